memtune test
memtune test --hard-limit 100M
memtune test
blkiotune test
numatune test
blkdeviotune test vda
domiftune test testnet0
schedinfo test
schedinfo test --set weight=30
perf test
vcpuinfo test
vcpuinfo test --pretty
vcpupin test
vcpupin test 0
vcpupin test 0 1
vcpupin test
emulatorpin test
emulatorpin test 0-1
iothreadinfo test
iothreadadd test 5
iothreadinfo test
iothreadset test 5 --poll-max-ns 10
iothreadpin test 5 1
iothreaddel test 5
cpu-stats test
guestvcpus test
guestvcpus test --cpulist 0 --enable
setvcpu test 1 --disable
guestinfo test
send-key test KEY_A
send-key test 30
send-process-signal test 1 sighup
detach-disk test vda
detach-interface test network
attach-disk test /x vdb --print-xml
attach-interface test network default --model virtio --mac 52:54:00:00:00:09 --print-xml
attach-disk test /x vdb --driver qemu --subdriver qcow2 --cache none --targetbus scsi --serial S --mode readonly --print-xml
attach-disk test /dev/x hdc --type cdrom --sourcetype block --print-xml
attach-interface test bridge br0 --inbound 100,200,300 --target vnet5 --print-xml
attach-disk test img vdz --sourcetype network --source-protocol nbd --source-host-name h:1 --print-xml
migrate-getspeed test
migrate-getmaxdowntime test
