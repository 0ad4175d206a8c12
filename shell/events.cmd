group events Domain Events

command event -- wait for events of domains
    noconnect
    --domain=TEXT
    --event=TEXT
    --all -- every kind of event
    --loop
    --timeout=N
    --list
    --timestamp
    --run=TEXT named -- run this line of commands once listening
    run
