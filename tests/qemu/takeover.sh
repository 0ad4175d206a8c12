#!/bin/sh
# Guests pass between the original daemon and ours, alive and manageable, both ways.  VIREO_ORIGINAL names the root folder of a
# Debian system with libvirt's own daemon, shell and an emulator in it; without one the test is skipped.
[ -n "$VIREO_ORIGINAL" ] && [ -x "$VIREO_ORIGINAL/usr/sbin/libvirtd" ] || {
    echo "1..0 # skip VIREO_ORIGINAL names no folder with the original daemon"; exit 77; }
[ "$(id -u)" = 0 ] || { echo "1..0 # skip needs root"; exit 77; }
if [ "$1" != inside ]; then
    unset LD_PRELOAD LD_LIBRARY_PATH
    exec unshare --mount --net --pid --fork --kill-child --propagation private "$0" inside
fi

R=$VIREO_ORIGINAL
export LC_ALL=C.UTF-8 HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin
ip link set lo up
mount -t proc proc "$R/proc" && mount --rbind /sys "$R/sys" && mount --rbind /dev "$R/dev" || exit 1
mount -t tmpfs tmpfs "$R/run"; mount -t tmpfs tmpfs "$R/tmp"; mount -t tmpfs tmpfs "$R/var/lib/libvirt"; mount -t tmpfs tmpfs "$R/mnt"
cp -a "$R/etc/libvirt" "$R/tmp/etc"; mount -t tmpfs tmpfs "$R/etc/libvirt"; cp -a "$R/tmp/etc/." "$R/etc/libvirt/"
mkdir -p "$R/mnt/ours" "$R/mnt/lib" "$R/var/lib/libvirt/qemu" "$R/run/libvirt"
mount --bind "$VIREO_BUILD" "$R/mnt/ours"
for lib in $(ldd "$VIREO_BUILD/src/daemon/libvirtd" | awk '/libuv|jansson|expat/ {print $3}') \
        $(ldd "$VIREO_BUILD/src/drivers/qemu/libvirt_driver_qemu.so" | awk '/jansson/ {print $3}'); do
    cp -L "$lib" "$R/mnt/lib/"
done
printf 'auth_unix_rw="none"\nauth_unix_ro="none"\n' >>"$R/etc/libvirt/libvirtd.conf"
printf 'security_driver="none"\nuser="root"\nstdio_handler="file"\nnamespaces=[]\n' >>"$R/etc/libvirt/qemu.conf"
for i in 1 2 3 4; do truncate -s 1M "$R/mnt/disk$i"; done
for name in first second; do cat >"$R/mnt/$name.xml" <<X
<domain type='qemu'><name>$name</name><memory unit='MiB'>32</memory><os><type arch='x86_64' machine='pc'>hvm</type></os>
<features><acpi/></features><devices><emulator>/usr/bin/qemu-system-x86_64</emulator><serial type='pty'/>
<disk type='file'><driver name='qemu' type='raw'/><source file='/mnt/disk$([ $name = first ] && echo 1 || echo 2)'/><target dev='vda' bus='virtio'/></disk>
</devices></domain>
X
done

n=0; failed=0
check() { # WHAT STATUS SEEN
    n=$((n + 1))
    if [ "$2" = 0 ]; then echo "ok $n - $1"; else echo "not ok $n - $1"; echo "#   $3" | head -c 500; echo; failed=1; fi
}
theirs() { chroot "$R" virsh -c qemu:///system "$@" 2>&1; }
ours() { chroot "$R" env LD_LIBRARY_PATH=/mnt/ours/src/library:/mnt/lib /mnt/ours/src/shell/virsh -c qemu:///system "$@" 2>&1; }
try() { what=$1; shift; said=$("$@"); check "$what" $? "$said"; }
says() { what=$1 word=$2; shift 2; said=$("$@"); echo "$said" | grep -q -- "$word"; check "$what" $? "$said"; }
await() { i=0; until "$@" list >/dev/null 2>&1; do i=$((i + 1)); [ $i -lt 600 ] || break; sleep 0.1; done; }
original_up() { chroot "$R" libvirtd -d 2>/dev/null; await theirs; }
ours_up() { chroot "$R" env LD_LIBRARY_PATH=/mnt/ours/src/library:/mnt/lib /mnt/ours/src/daemon/libvirtd -d; await ours; }
down() {
    pid=$(cat "$R/run/libvirtd.pid"); kill "$pid"; i=0
    while kill -0 "$pid" 2>/dev/null; do i=$((i + 1)); [ $i -lt 300 ] || kill -9 "$pid"; sleep 0.1; done
}
same() { [ "$1" = "$2" ]; }

original_up
theirs define /mnt/first.xml >/dev/null; theirs start first >/dev/null
id=$(theirs domid first); emulator=$(cat "$R/run/libvirt/qemu/first.pid")
down
tr "\0" " " <"$R/proc/$emulator/cmdline" | grep -q guest=first; check "the guest of the original outlives it" $? "$emulator"

ours_up
says "ours finds it running" running ours domstate first
same "$(ours domid first | head -1)" "$id"; check "under its number" $? "$(ours domid first) $id"
try "suspends it" ours suspend first
says "it is paused" paused ours domstate first
try "resumes it" ours resume first
try "plugs a disk in" ours attach-disk first /mnt/disk3 vdb --targetbus virtio
try "saves it" ours save first /mnt/image
try "restores it" ours restore /mnt/image
says "with both disks" vdb ours domblklist first
ours define /mnt/second.xml >/dev/null
try "starts one of its own" ours start second
down

original_up
for name in first second; do
    says "the original finds $name running" running theirs domstate $name
    try "suspends it" theirs suspend $name
    try "resumes it" theirs resume $name
done
says "sees the disk that ours plugged in" vdb theirs domblklist first
try "unplugs it" theirs detach-disk first vdb
try "plugs another into the second" theirs attach-disk second /mnt/disk4 vdb --targetbus virtio
try "ends the first" theirs destroy first
down

ours_up
says "ours finds the second again" running ours domstate second
says "with the disk that the original plugged in" vdb ours domblklist second
says "and the first stopped" "shut off" ours domstate first
try "ends the second" ours destroy second
[ -z "$(ls "$R"/run/libvirt/qemu/*.xml "$R"/var/lib/libvirt/qemu/domain-* 2>/dev/null)" ]
check "nothing of them is left" $? "$(ls "$R"/run/libvirt/qemu "$R"/var/lib/libvirt/qemu)"
down
echo "1..$n"
exit $failed
