group secret Secret

command secret-define -- keep a secret from an XML file, or change its definition
    <file>
    --validate sets=VIR_SECRET_DEFINE_VALIDATE
    run
command secret-dumpxml -- a secret's XML
    <secret>
    --xpath=TEXT named
    --wrap
    xml virSecretGetXMLDesc(secret, 0)
command secret-event -- wait for events of secrets
    --secret=TEXT
    --event=TEXT
    --loop
    --timeout=N
    --list
    --timestamp
    run
command secret-get-value -- print a secret's value, in base64
    <secret>
    --plain -- as it is
    run
command secret-list -- list secrets
    --ephemeral sets=VIR_CONNECT_LIST_SECRETS_EPHEMERAL -- only those in memory
    --no-ephemeral sets=VIR_CONNECT_LIST_SECRETS_NO_EPHEMERAL -- only those on disk
    --private sets=VIR_CONNECT_LIST_SECRETS_PRIVATE -- only those whose value is never shown
    --no-private sets=VIR_CONNECT_LIST_SECRETS_NO_PRIVATE -- only those whose value may be shown
    run
command secret-set-value -- set a secret's value
    <secret>
    --file=TEXT named -- file with the value
    --plain -- the file holds it as it is, not in base64
    --interactive -- ask for it
    --base64=TEXT -- the value in base64; others can see a command line
    exclusive file base64
    exclusive interactive file
    exclusive interactive base64
    exclusive interactive plain
    run
command secret-undefine -- forget a secret
    <secret>
    does virSecretUndefine(secret)
    says Secret %t deleted
    fails Failed to delete secret %t
