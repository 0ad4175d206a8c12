group network Networking

command net-autostart -- start a network with the host, or no longer
    <network>
    --disable
    run
command net-create -- start a network from an XML file
    about The network is gone when it is stopped; net-define keeps one.
    <file>
    --validate sets=VIR_NETWORK_CREATE_VALIDATE
    does virNetworkCreateXMLFlags(conn, @file, flags)
    says Network %s created from %t
    fails Failed to create network from %t
command net-define -- keep a network from an XML file, or change its definition
    <file>
    --validate sets=VIR_NETWORK_DEFINE_VALIDATE
    does virNetworkDefineXMLFlags(conn, @file, flags)
    says Network %s defined from %t
    fails Failed to define network from %t
command net-destroy -- stop a network
    <network>
    does virNetworkDestroy(network)
    says Network %t destroyed
    fails Failed to destroy network %t
command net-dhcp-leases -- addresses that a network's DHCP service has given out
    <network>
    --mac=TEXT -- only this client's, by its MAC address
    run
command net-dumpxml -- a network's XML
    <network>
    --inactive sets=VIR_NETWORK_XML_INACTIVE
    --xpath=TEXT named
    --wrap
    xml virNetworkGetXMLDesc(network, flags)
command net-edit -- change a network's XML in an editor
    <network>
    run
command net-event -- wait for events of networks
    --network=TEXT is=network
    --event=TEXT
    --loop
    --timeout=N
    --list
    --timestamp
    run
command net-info -- what a network is
    <network>
    run
command net-list -- list networks
    about Prints the networks that run, unless told otherwise.
    --inactive
    --all
    --persistent sets=VIR_CONNECT_LIST_NETWORKS_PERSISTENT
    --transient sets=VIR_CONNECT_LIST_NETWORKS_TRANSIENT
    --autostart sets=VIR_CONNECT_LIST_NETWORKS_AUTOSTART
    --no-autostart sets=VIR_CONNECT_LIST_NETWORKS_NO_AUTOSTART
    --uuid
    --name
    --table
    run
command net-name -- a network's name
    <network>
    tells virNetworkGetName(network)
command net-start -- start a network that is defined
    <network>
    does virNetworkCreate(network)
    says Network %t started
    fails Failed to start network %t
command net-undefine -- forget a network's definition
    <network>
    does virNetworkUndefine(network)
    says Network %t has been undefined
    fails Failed to undefine network %t
command net-update -- change one part of a network
    <network>
    <command> -- add-first, add-last (or add), delete, or modify
    <section>
    <xml> -- the element, or a file with it
    --parent-index=N
    --config sets=VIR_NETWORK_UPDATE_AFFECT_CONFIG
    --live sets=VIR_NETWORK_UPDATE_AFFECT_LIVE
    --current
    exclusive current live
    exclusive current config
    run
command net-uuid -- a network's UUID
    <network>
    run
command net-port-list -- list a network's ports
    <network>
    --uuid
    --table
    exclusive table uuid
    run
command net-port-create -- make a network port from an XML file
    <network>
    <file>
    --validate sets=VIR_NETWORK_PORT_CREATE_VALIDATE
    run
command net-port-dumpxml -- a network port's XML
    <network>
    <port>
    --xpath=TEXT named
    --wrap
    xml virNetworkPortGetXMLDesc(port, 0)
command net-port-delete -- remove a network port
    <network>
    <port>
    does virNetworkPortDelete(port, 0)
    says Network port %t deleted
    fails Failed to delete network port %t
