/* What the emulator of a running guest can do, in the words that other releases of the daemon keep in its status file and
 * look for when they take it over.  Called by status.c.
 *
 * Every emulator that we run, from 7.2 on, has these; a daemon that knows more words asks the emulator itself.
 */
#include <unistd.h>

#include "drivers/qemu/arch.h"
#include "drivers/qemu/status.h"

static const char *const everywhere[] = {
    "sdl", "spice", "hda-duplex", "ccid-emulated", "ccid-passthru", "piix3-usb-uhci", "piix4-usb-uhci", "usb-ehci",
    "ich9-usb-ehci1", "pci-ohci", "usb-redir", "usb-hub", "ich9-ahci", "no-acpi", "virtio-blk-pci.scsi",
    "scsi-disk.channel", "scsi-block", "hda-micro", "nec-usb-xhci", "lsi", "virtio-scsi-pci", "usb-redir.filter",
    "ide-drive.wwn", "scsi-disk.wwn", "seccomp-sandbox", "vnc", "VGA", "cirrus-vga", "vmware-svga", "usb-serial",
    "virtio-rng", "rng-random", "rng-egd", "megasas", "tpm-passthrough", "tpm-tis", "pci-bridge", "vfio-pci",
    "dmi-to-pci-bridge", "usb-storage", "usb-storage.removable", "virtio-mmio", "ich9-intel-hda", "usb-kbd",
    "usb-audio", "iothread", "migrate-rdma", "VGA.vgamem_mb", "vmware-svga.vgamem_mb", "pc-dimm", "pci-serial",
    "gpex-pcihost", "ioh3420", "x3130-upstream", "xio3130-downstream", "rtl8139", "e1000", "virtio-net", "virtio-gpu",
    "virtio-keyboard", "virtio-mouse", "virtio-tablet", "virtio-input-host", "virtio-balloon-pci.deflate-on-oom",
    "mptsas1068", "spice-gl", "pxb", "pxb-pcie", "ivshmem-plain", "ivshmem-doorbell", "vhost-scsi",
    "query-cpu-model-expansion", "spice-rendernode", "nvdimm", "pcie-root-port", "query-cpu-definitions", "qemu-xhci",
    "chardev-reconnect", "vmcoreinfo", "pcie-pci-bridge", "nbd-tls", "pr-manager-helper", "screendump_device",
    "hda-output", "vhost-vsock", "tpm-emulator", "egl-headless", "vfio-pci.display", "memory-backend-memfd",
    "memory-backend-memfd.hugetlb", "iothread.poll-max-ns", "egl-headless.rendernode", "memory-backend-file.pmem",
    "nvdimm.unarmed", "virtio-pci-non-transitional", "nbd-bitmap", "bochs-display", "migration-file-drop-cache",
    "dbus-vmstate", "vhost-user-gpu", "incremental-backup", "ramfb", "drive-nvme", "smp-dies", "rng-builtin",
    "vhost-user-fs", "query-named-block-nodes.flat", "blockdev-snapshot.allow-write-only-overlay", "blockdev-reopen",
    "fsdev.multidevs", "pcie-root-port.hotplug", "aio.io_uring", "tcg", "virtio-blk-pci.scsi.default.disabled",
    "pvscsi", "numa.hmat", "usb-host.hostdevice", "virtio-balloon.free-page-reporting", "block-export-add",
    "netdev.vhost-vdpa", "dc390", "am53c974", "vhost-user-fs.bootindex", "vhost-user-blk", "cpu-max",
    "memory-backend-file.x-use-canonical-path-for-ramblock-id", "migration-param.block-bitmap-mapping",
    "vnc-power-control", "object.qapified", "rotation-rate", "compat-deprecated", "acpi-index", "input-linux",
    "virtio-gpu-gl-pci", "confidential-guest-support", "set-action", "virtio-blk.queue-size", "virtio-mem-pci",
    "memory-backend-file.reserve", "netdev.json", "query-dirty-rate", "rbd-encryption", "sev-guest-kernel-hashes",
    "device.json+hotplug", "virtio-mem-pci.prealloc", "calc-dirty-rate", "dirtyrate-param.mode",
    "blockdev.nbd.tls-hostname", "memory-backend-file.prealloc-threads", "virtio-iommu-pci",
    "virtio-iommu.boot-bypass", "virtio-net.rss", "chardev.qemu-vdagent", "display-dbus", "iothread.thread-pool-max",
    "usb-host.guest-resets-all", "migration.blocked-reasons", "query-stats", "query-stats-schemas", "thread-context",
    "screenshot-format-png", "netdev.stream",
};

static const char *const x86[] = {
    "no-hpet", "disable-s3", "disable-s4", "qxl", "kvm-pit-lost-tick-policy", "pvpanic", "rtc-reset-reinjection",
    "qxl.vgamem_mb", "machine-vmport-opt", "ich9-disable-s3", "ich9-disable-s4", "qxl.vram64_size_mb", "intel-iommu",
    "query-hotpluggable-cpus", "virtio-vga", "cpu-cache", "intel-iommu.intremap", "intel-iommu.caching-mode",
    "intel-iommu.eim", "intel-iommu.device-iotlb", "isa-serial", "tpm-crb", "vmgenid", "mch",
    "mch.extended-tseg-mbytes", "x86-max-cpu", "cpu-unavailable-features", "canonical-cpu-features", "vhost-user-vga",
    "i8042", "cpu.migratable", "intel-iommu.aw-bits", "virtio-pmem-pci", "virtio-vga-gl",
    "piix4.acpi-root-pci-hotplug", "sev-inject-launch-secret",
};

static void
add(DomainStatusDef *status, const char *name)
{
    StatusFlag *flag = status_flag_new();
    flag->name = g_strdup(name);
    vr_model_list_add(&status->qemu_caps->flag, &status->qemu_caps->n_flag, flag);
}

void
qemu_status_add_flags(DomainStatusDef *status, const DomainDef *def, char *const *known)
{
    status->qemu_caps = status_capabilities_new();
    for (char *const *name = known; name && *name; name++)
        add(status, *name);
    if (known)
        return;
    if (access("/dev/kvm", F_OK) == 0)
        add(status, "kvm");
    for (gsize i = 0; i < G_N_ELEMENTS(everywhere); i++)
        add(status, everywhere[i]);
    for (gsize i = 0; qemu_is_x86(def) && i < G_N_ELEMENTS(x86); i++)
        add(status, x86[i]);
}
