group filter Network Filter

command nwfilter-define -- keep a network filter from an XML file, or change it
    <file>
    --validate sets=VIR_NWFILTER_DEFINE_VALIDATE
    does virNWFilterDefineXMLFlags(conn, @file, flags)
    says Network filter %s defined from %t
    fails Failed to define network filter from %t
command nwfilter-dumpxml -- a network filter's XML
    <nwfilter>
    --xpath=TEXT named
    --wrap
    xml virNWFilterGetXMLDesc(nwfilter, 0)
command nwfilter-edit -- change a network filter's XML in an editor
    <nwfilter>
    run
command nwfilter-list -- list network filters
    run
command nwfilter-undefine -- forget a network filter
    <nwfilter>
    does virNWFilterUndefine(nwfilter)
    says Network filter %t undefined
    fails Failed to undefine network filter %t
command nwfilter-binding-create -- put a filter on an interface, from an XML file
    <file>
    --validate sets=VIR_NWFILTER_BINDING_CREATE_VALIDATE
    run
command nwfilter-binding-delete -- take a filter off an interface
    <binding> -- name of the guest's interface on the host
    does virNWFilterBindingDelete(binding)
    says Network filter binding on %t deleted
    fails Failed to delete network filter binding on %t
command nwfilter-binding-dumpxml -- a filter binding's XML
    <binding> -- name of the guest's interface on the host
    --xpath=TEXT named
    --wrap
    xml virNWFilterBindingGetXMLDesc(binding, 0)
command nwfilter-binding-list -- list filter bindings
    run
