group nodedev Node Device

command nodedev-create -- make a device of the host from an XML file
    <file>
    --validate sets=VIR_NODE_DEVICE_CREATE_XML_VALIDATE
    does virNodeDeviceCreateXML(conn, @file, flags)
    says Node device %s created from %t
    fails Failed to create node device from %t
command nodedev-destroy -- remove a device of the host that was made
    --name alias=device
    <device> -- the device's name, or WWNN,WWPN
    does virNodeDeviceDestroy(device)
    says Destroyed node device '%t'
    fails Failed to destroy node device '%t'
command nodedev-detach -- take a device away from the host's driver
    <device>
    --driver=TEXT
    run
command nodedev-dettach
    alias nodedev-detach
command nodedev-dumpxml -- a host device's XML
    <device> -- the device's name, or WWNN,WWPN
    --xpath=TEXT named
    --wrap
    xml virNodeDeviceGetXMLDesc(device, 0)
command nodedev-list -- list the host's devices
    --tree
    --cap=TEXT
    --inactive
    --all
    exclusive tree cap
    exclusive tree inactive
    exclusive tree all
    run
command nodedev-reattach -- give a device back to the host's driver
    <device>
    does virNodeDeviceReAttach(device)
    says Device %t re-attached
    fails Failed to re-attach device %t
command nodedev-reset -- reset a host device
    <device>
    does virNodeDeviceReset(device)
    says Device %t reset
    fails Failed to reset device %t
command nodedev-event -- wait for events of host devices
    --device=TEXT
    --event=TEXT
    --loop
    --timeout=N
    --list
    --timestamp
    run
command nodedev-define -- keep a device of the host from an XML file
    <file>
    --validate sets=VIR_NODE_DEVICE_DEFINE_XML_VALIDATE
    does virNodeDeviceDefineXML(conn, @file, flags)
    says Node device '%s' defined from '%t'
    fails Failed to define node device from '%t'
command nodedev-undefine -- forget a device's definition
    <device>
    does virNodeDeviceUndefine(device, 0)
    says Undefined node device '%t'
    fails Failed to undefine node device '%t'
command nodedev-start -- start a device that is defined
    <device>
    does virNodeDeviceCreate(device, 0)
    says Device %t started
    fails Failed to start device %t
command nodedev-autostart -- start a device with the host, or no longer
    <device>
    --disable
    run
command nodedev-info -- what a host device is
    <device>
    run
