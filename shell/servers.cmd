group monitor Monitoring commands

command server-list -- list the servers of a daemon
    run
command srv-list -- list the servers of a daemon
    alias server-list
command server-threadpool-info -- the workers of a server
    <server>
    run
command srv-threadpool-info -- the workers of a server
    alias server-threadpool-info
command client-list -- list the clients of a server
    <server>
    run
command srv-clients-list -- list the clients of a server
    alias client-list
command client-info -- who a client is
    <server>
    <client> number -- its number
    run
command server-clients-info -- how many clients a server has, and may have
    <server>
    run
command srv-clients-info -- how many clients a server has, and may have
    alias server-clients-info
