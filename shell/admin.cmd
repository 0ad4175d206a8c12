group virt-admin Virt-admin itself

command uri -- the connection's URI
    run run_admin_uri
command version -- versions of library and daemon
    run run_admin_version
command connect -- connect to another daemon
    noconnect
    --name=TEXT empty -- its URI
    run run_admin_connect
