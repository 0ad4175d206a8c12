group interface Interface

command iface-begin -- keep the host's interfaces as they are, to come back to
    does virInterfaceChangeBegin(conn, 0)
    says Network config change transaction started
    fails Failed to begin network config change transaction
command iface-bridge -- make a bridge with an interface on it
    <interface>
    <bridge>
    --no-stp
    --delay=N -- seconds that a new port waits
    --no-start
    run
command iface-commit -- keep the changes since iface-begin
    does virInterfaceChangeCommit(conn, 0)
    says Network config change transaction committed
    fails Failed to commit network config change transaction
command iface-define -- keep an interface from an XML file, or change its definition
    <file>
    --validate sets=VIR_INTERFACE_DEFINE_VALIDATE
    does virInterfaceDefineXML(conn, @file, flags)
    says Interface %s defined from %t
    fails Failed to define interface from %t
command iface-destroy -- take an interface down
    <interface>
    does virInterfaceDestroy(interface, 0)
    says Interface %t destroyed
    fails Failed to destroy interface %t
command iface-dumpxml -- an interface's XML
    <interface>
    --inactive sets=VIR_INTERFACE_XML_INACTIVE
    --xpath=TEXT named
    --wrap
    xml virInterfaceGetXMLDesc(interface, flags)
command iface-edit -- change an interface's XML in an editor
    <interface>
    run
command iface-list -- list the host's interfaces
    about Prints the interfaces that are up, unless told otherwise.
    --inactive
    --all
    run
command iface-mac -- an interface's MAC address
    <interface>
    tells virInterfaceGetMACString(interface)
command iface-name -- an interface's name
    <interface>
    tells virInterfaceGetName(interface)
command iface-rollback -- go back to what iface-begin kept
    does virInterfaceChangeRollback(conn, 0)
    says Network config change transaction rolled back
    fails Failed to rollback network config change transaction
command iface-start -- bring an interface up
    <interface>
    does virInterfaceCreate(interface, 0)
    says Interface %t started
    fails Failed to start interface %t
command iface-unbridge -- take an interface off its bridge and remove the bridge
    <bridge>
    --no-start
    run
command iface-undefine -- forget an interface's definition
    <interface>
    does virInterfaceUndefine(interface)
    says Interface %t undefined
    fails Failed to undefine interface %t
