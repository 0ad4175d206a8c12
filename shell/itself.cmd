# What every shell can do.
command cd -- change the folder that file names start from
    noconnect
    --dir=TEXT is=file -- folder; the home folder without
    run
command echo -- print words, quoted as asked
    noconnect
    --shell -- for a shell
    --xml -- for XML
    --split -- at commas
    --err -- to standard error
    --str alias=string
    --hi alias=string=hello
    --string... empty -- what to print
    --prefix=TEXT named -- what goes before it
    run
command exit -- leave this session
    noconnect
    run run_quit
command help -- what commands there are, and what they do
    noconnect
    --command=TEXT -- a command, or a group of them
    run
command pwd -- print the folder that file names start from
    noconnect
    run
command quit -- leave this session
    noconnect
    run
command complete -- what words on a command line can become
    noconnect
    hidden
    --string... empty -- the words, of which the last is being typed
    run
command self-test -- look whether the table of commands is sound
    noconnect
    hidden
    --completers-missing -- nothing; for scripts that ask it
    --dump-help -- the help of every command
    run
