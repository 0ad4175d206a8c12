vol-create-as default-pool v1 10G --allocation 1G --format qcow2
vol-create-as default-pool v2 5 --print-xml
vol-info v1 --pool default-pool
vol-info v1 --pool default-pool --bytes
vol-list default-pool
vol-list default-pool --details
vol-pool /default-pool/v1
vol-pool --uuid /default-pool/v1
vol-path v1 --pool default-pool
vol-path v1
vol-name /default-pool/v1
vol-key v1 --pool default-pool
vol-clone v1 v3 --pool default-pool
vol-delete v3 default-pool
vol-wipe v1 --pool default-pool
pool-define-as p1 dir --target /tmp/xx
pool-define-as p2 iscsi --source-host h --source-dev d --target /x --auth-type chap --auth-username u --secret-usage x --print-xml
pool-list --all
pool-list --all --details
pool-list --name
find-storage-pool-sources-as logical
find-storage-pool-sources-as netfs h
pool-info p1
pool-autostart p1
pool-autostart p1 --disable
pool-create-as p3 dir --target /tmp/yy
vol-create-as default-pool v6 10G --backing-vol v1 --backing-vol-format qcow2
vol-dumpxml v6 --pool default-pool
pool-list --type dir
pool-list --type foo
pool-list --inactive
pool-uuid default-pool
pool-name dfe224cb-28fb-8dd0-c4b2-64eb3f0f4566
pool-dumpxml default-pool
pool-build p1
pool-delete p1
pool-start p1
pool-refresh p1
pool-destroy p1
pool-undefine p1
net-list
net-list --all
net-list --name
net-list --uuid
net-info default
net-uuid default
net-name dd8fe884-6c02-601e-7551-cca97df1c5df
net-dumpxml default
net-autostart default
net-autostart default --disable
net-destroy default
net-start default
net-start default
net-undefine default
net-dhcp-leases default
net-update default delete ip-dhcp-host "<host mac='52:54:00:00:00:01' ip='192.168.122.7'/>" --live --config
net-update default --command foo --section x --xml y
iface-list
iface-list --all
iface-mac eth1
iface-dumpxml eth1
iface-destroy eth1
iface-list --inactive
iface-start eth1
iface-begin
iface-commit
iface-rollback
nodedev-dumpxml computer
nodedev-event --list
pool-event --list
secret-event --list
domid test
domuuid test
domname 1
dominfo test
list
list --all
list --name
list --uuid
list --all --title
domstate test --reason
net-dumpxml default --xpath //ip/@address
nodedev-list --cap nope
vol-info nope
pool-info nope
net-info nope
iface-mac nope
secret-dumpxml 1
nwfilter-dumpxml x
uri
maxvcpus
nodeinfo
capabilities
pool-capabilities
cpu-models x86_64
