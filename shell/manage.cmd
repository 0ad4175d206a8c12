group management Management commands

command server-threadpool-set -- change the workers of a server
    <server>
    --min-workers=N -- so many at least
    --max-workers=N -- so many at most
    --priority-workers=N -- so many more for calls that never wait
    run
command srv-threadpool-set -- change the workers of a server
    alias server-threadpool-set
command client-disconnect -- send a client away
    <server>
    <client> number -- its number
    run
command server-clients-set -- change how many clients a server may have
    <server>
    --max-clients=N -- so many at most
    --max-unauth-clients=N -- so many at most that have not said who they are
    run
command srv-clients-set -- change how many clients a server may have
    alias server-clients-set
command server-update-tls -- let a server read its certificates anew
    <server>
    run
command srv-update-tls -- let a server read its certificates anew
    alias server-update-tls
command daemon-log-filters -- show or set what the daemon logs
    --filters=TEXT empty -- LEVEL:NAME, between blanks
    run
command daemon-log-outputs -- show or set where the daemon logs to
    --outputs=TEXT empty -- LEVEL:KIND[:DATA], between blanks
    run
command daemon-timeout -- how long the daemon stays without anything to do
    --timeout=N required named -- seconds; 0: for ever
    run
command daemon-shutdown -- end the daemon
    --preserve sets=VIR_DAEMON_SHUTDOWN_PRESERVE -- keep its guests as they are for the next one
    run
