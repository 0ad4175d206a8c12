group virsh Virsh itself

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
command connect -- connect to another hypervisor
    noconnect
    --name=TEXT empty -- its URI
    --readonly -- only to look
    run
