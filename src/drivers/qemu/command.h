/* The command line in the making: arguments, and what every part needs to know while it adds its own.
 *
 * Included by this folder only; one thread per command.
 */
#pragma once

#include "drivers/qemu/devices.h"
#include "drivers/qemu/parse.h"
#include "drivers/qemu/props.h"

typedef struct {
    QemuDriver *driver;
    const QemuCaps *caps;
    DomainDef *def; /* a copy of the command's own */
    GPtrArray *args, *env;
    char *domain_dir, *short_name; /* the guest's own folder, and its name there */
    bool pretend; /* nothing is opened or made */
    struct QemuRun *run; /* the running guest that a device is made for; NULL: it is being started */
    void *plugged; /* that device */
    bool incoming; /* the guest is not to boot but to be loaded */
    GHashTable *ends; /* DomainNet to QemuNetEnds: what its interfaces lead to */
    GArray *passed; /* descriptors that the arguments name */
    GSList *fd_sets; /* GArray of those that are the command's own */
    int next_fd;  /* the number that a descriptor handed over gets */
    unsigned boot_disk, boot_cdrom, boot_floppy, boot_network; /* places in the boot order still to be given; 0: none */
} QemuCommand;

#define QEMU_FAIL(...) vr_error(VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, __VA_ARGS__)

/* command.c: the whole; NULL with the error set. */
QemuCommand *qemu_command_new(QemuDriver *driver, const QemuCaps *caps, const DomainDef *def, bool pretend);
int qemu_command_build(QemuCommand *command);
void qemu_command_free(QemuCommand *command);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuCommand, qemu_command_free)

/* command_args.c: adding to it. */
void qemu_arg(QemuCommand *command, const char *arg);
void qemu_arg2(QemuCommand *command, const char *option, const char *value);
void qemu_argf(QemuCommand *command, const char *option, const char *format, ...) G_GNUC_PRINTF(3, 4);
void qemu_arg_json(QemuCommand *command, const char *option, json_t *props); /* takes PROPS */
/* Hand FD over with the command (which borrows it): what the argument calls it, the caller's. */
char *qemu_command_pass(QemuCommand *command, int fd);
/* Credentials in folder DIR, as a server's or a client's. */
void qemu_command_tls(QemuCommand *command, const char *id, const char *dir, bool server, bool verify);
/* VALUE with its commas doubled, as option values are written. */
void qemu_append_value(GString *out, const char *value);
/* Add a device; its address goes in as well.  PROPS is taken. */
int qemu_arg_device(QemuCommand *command, json_t *props, const DomainAddress *address);
int qemu_put_address(const DomainDef *def, json_t *props, const DomainAddress *address);
/* The four options of every virtio device. */
void qemu_put_virtio(json_t *props, int iommu, int ats, int packed, int page_per_vq);
#define QEMU_PUT_VIRTIO(props, options)                                                            \
    do {                                                                                           \
        if (options)                                                                               \
            qemu_put_virtio(props, (options)->iommu, (options)->ats, (options)->packed,            \
                            (options)->page_per_vq);                                               \
    } while (0)
/* "virtio-blk" on the bus of ADDRESS: "virtio-blk-pci"; SUFFIX "-transitional" and the like, or "". */
char *qemu_virtio_name(const char *base, const DomainAddress *address, const char *suffix);

/* alias.c */
void qemu_assign_aliases(DomainDef *def);
const char *qemu_controller_alias(const DomainDef *def, int type, unsigned index);
bool qemu_scsi_is_narrow(const DomainDef *def, unsigned controller);

/* Each part of the command line: 0 or -1. */
int qemu_command_machine(QemuCommand *command);
int qemu_command_firmware(QemuCommand *command);
int qemu_command_check_cpu(QemuCommand *command);
int qemu_command_cpu(QemuCommand *command);
int qemu_command_smp(QemuCommand *command);
int qemu_command_memory(QemuCommand *command);
int qemu_command_numa(QemuCommand *command);
int qemu_command_memory_devices(QemuCommand *command);
int qemu_command_smbios(QemuCommand *command);
int qemu_command_clock(QemuCommand *command);
int qemu_command_power(QemuCommand *command);
int qemu_command_boot(QemuCommand *command);
int qemu_command_controllers(QemuCommand *command);
int qemu_command_disks(QemuCommand *command);
int qemu_command_filesystems(QemuCommand *command);
int qemu_command_nets(QemuCommand *command);
int qemu_command_chardevs(QemuCommand *command);
int qemu_command_smartcards(QemuCommand *command);
int qemu_command_redirdevs(QemuCommand *command);
int qemu_command_inputs(QemuCommand *command);
int qemu_command_tpms(QemuCommand *command);
int qemu_command_graphics(QemuCommand *command);
int qemu_command_videos(QemuCommand *command);
int qemu_command_audio(QemuCommand *command);
int qemu_command_sounds(QemuCommand *command);
int qemu_command_hostdevs(QemuCommand *command);
int qemu_command_misc(QemuCommand *command);
int qemu_command_rngs(QemuCommand *command);
int qemu_command_shmems(QemuCommand *command);
/* One device each. */
int qemu_command_controller(QemuCommand *command, const DomainController *controller);
int qemu_command_watchdog(QemuCommand *command, const DomainWatchdog *watchdog);
int qemu_command_vsock(QemuCommand *command, const DomainVsock *vsock);
int qemu_command_crypto(QemuCommand *command, const DomainCrypto *crypto);

/* chardev.c: -chardev for the back end of the device ALIAS; the id it has there is "char" + ALIAS. */
int qemu_command_chardev(QemuCommand *command, const ChardevSource *source, const char *id, bool wait_off);

/* blockdev.c */
int qemu_blockdev_number(DomainDef *def);
/* The nodes of one image and of those below it; the name of the topmost, which the caller frees, in RET_NODE. */
int qemu_blockdev_chain(QemuCommand *command, DomainDisk *disk, char **ret_node);
json_t *qemu_blockdev_source(QemuCommand *command, const StorageSource *source, const char *node, bool floppy,
                             const DomainDiskDriver *driver);
/* What QEMU calls each disk's nodes, noted in the definition for who takes over; the highest number. */
unsigned qemu_blockdev_note(DomainDef *def);
void qemu_blockdev_note_disk(DomainDisk *disk, unsigned *highest);
int qemu_blockdev_check(const StorageSource *source);
