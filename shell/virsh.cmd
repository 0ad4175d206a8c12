group virsh Virsh itself

command connect -- connect to another hypervisor
    noconnect
    --name=TEXT empty -- its URI
    --readonly -- only to look
    run
