define domain.xml
start d1
domblklist d1
domblklist d1 --details
domblklist d1 --inactive
domiflist d1
domif-getlink d1 52:54:00:00:00:02
domif-getlink d1 52:54:00:00:00:01
domif-getlink d1 vnet9
domdisplay d1
domdisplay d1 --all
domdisplay d1 --include-password
domdisplay d1 --type spice
vncdisplay d1
ttyconsole d1
desc d1
desc d1 --title
desc d1 --title New T
desc d1 foo bar
desc d1
domblkinfo d1 vda
domblkinfo d1 --all
domblkstat d1 vda
domblkstat d1 vda --human
domifstat d1 testnet0
dommemstat d1
domifaddr d1
domifaddr d1 --full
domstats d1
vcpucount d1
vcpucount d1 --maximum --config
vcpucount d1 --current
setvcpus d1 3
setmem d1 4M
setmaxmem d1 100M
setvcpus d1 9
domhostname d1
domfsinfo d1
domjobinfo d1
domjobabort d1
metadata d1 http://x
metadata d1 http://x --set '<a/>' --key k
metadata d1 http://x
metadata d1 http://x --remove
set-lifecycle-action d1 poweroff restart
set-user-password d1 root x
domrename d1 d2
freecell
freecell --all
nodecpumap
nodecpumap --pretty
cpu-models ppc64
domif-setlink d1 52:54:00:00:00:01 down
dump d1 /dev/null
domfsfreeze d1
domfsthaw d1
domfstrim d1
dompmsuspend d1 mem
inject-nmi d1
undefine d1 --managed-save
undefine d1
