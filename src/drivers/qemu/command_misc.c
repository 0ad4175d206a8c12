/* The smaller devices, one function each: input, TPM, random numbers, shared memory, watchdog, balloon and the like.
 *
 * Called by command.c.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "drivers/qemu/arch.h"
#include "drivers/qemu/command.h"

static void
input_linux(QemuCommand *command, const DomainInput *input)
{
    static const char *const toggles[] = {NULL, "ctrl-ctrl", "alt-alt", "shift-shift", "meta-meta", "scrolllock",
                                          "ctrl-scrolllock"};
    const DomainInputSource *source = input->source;
    json_t *props = qemu_object_new("input-linux", input->alias);
    if (source) {
        qemu_put_text(props, "evdev", source->dev);
        qemu_put_switch(props, "repeat", source->repeat);
        if (source->grab)
            qemu_put_bool(props, "grab_all", true);
        qemu_put_text(props, "grab-toggle", toggles[source->grab_toggle]);
    }
    qemu_arg_json(command, "-object", props);
}

static int
input(QemuCommand *command, const DomainInput *input)
{
    static const char *const usb[] = {"usb-mouse", "usb-tablet", "usb-kbd", NULL, NULL};
    static const char *const virtio[] = {"virtio-mouse", "virtio-tablet", "virtio-keyboard", "virtio-input-host", NULL};
    if (input->type == DOMAIN_INPUT_TYPE_EVDEV) {
        input_linux(command, input);
        return 0;
    }
    if (input->bus != INPUT_BUS_USB && input->bus != INPUT_BUS_VIRTIO)
        return 0; /* the machine's own */
    const char *base = input->bus == INPUT_BUS_USB ? usb[input->type] : virtio[input->type];
    if (!base)
        return UNSUPPORTED("unsupported input type '%s' on this bus",
                           vr_enum_to_string(&vr_enum_domain_input_type, input->type));
    const char *suffix = input->model == DOMAIN_INPUT_MODEL_VIRTIO_TRANSITIONAL       ? "-transitional"
                         : input->model == DOMAIN_INPUT_MODEL_VIRTIO_NON_TRANSITIONAL ? "-non-transitional"
                                                                                      : "";
    g_autofree char *driver = input->bus == INPUT_BUS_USB ? g_strdup(base)
                                                          : qemu_virtio_name(base, input->address, suffix);
    json_t *props = qemu_device_new(driver, input->alias);
    if (input->type == DOMAIN_INPUT_TYPE_PASSTHROUGH && input->source)
        qemu_put_text(props, "evdev", input->source->evdev);
    QEMU_PUT_VIRTIO(props, input->driver);
    return qemu_arg_device(command, props, input->address);
}

int
qemu_command_inputs(QemuCommand *command)
{
    const DomainDevices *devices = &command->def->devices;
    for (size_t i = 0; i < devices->n_input; i++) {
        if (input(command, devices->input[i]) < 0)
            return -1;
    }
    return 0;
}

/* What the TPM's emulator listens on; nothing does while nothing is started. */
static int
tpm_chardev(QemuCommand *command, const DomainTpm *tpm)
{
    const DomainTpmSource *given = tpm->backend.source;
    g_autofree char *socket = g_strdup_printf("%s/swtpm.sock", command->domain_dir);
    ChardevSource source = {.type = CHARDEV_TYPE_UNIX, .path = socket};
    if (tpm->backend.type == DOMAIN_TPM_BACKEND_TYPE_EXTERNAL && given)
        source.path = given->path;
    else if (command->pretend)
        source = (ChardevSource){.type = CHARDEV_TYPE_NULL};
    return qemu_command_chardev(command, &source, "chrtpm", false);
}

static int
tpm(QemuCommand *command, const DomainTpm *tpm)
{
    const char *path = tpm->backend.device_path;
    if (tpm->model == DOMAIN_TPM_MODEL_SPAPR_TPM_PROXY) {
        json_t *props = qemu_device_new("spapr-tpm-proxy", tpm->alias);
        qemu_put_text(props, "host-path", path);
        return qemu_arg_device(command, props, NULL);
    }
    if (tpm->backend.type == DOMAIN_TPM_BACKEND_TYPE_PASSTHROUGH) {
        if (access(path, R_OK | W_OK) < 0)
            return vr_error_system(VIR_FROM_QEMU, errno, "Could not open TPM device %s", path);
        qemu_argf(command, "-tpmdev", "passthrough,id=tpm-%s,path=%s", tpm->alias, path);
    } else {
        if (tpm_chardev(command, tpm) < 0)
            return -1;
        qemu_argf(command, "-tpmdev", "emulator,id=tpm-%s,chardev=chrtpm", tpm->alias);
    }
    const char *model = vr_enum_to_string(&vr_enum_domain_tpm_model, tpm->model);
    if (!qemu_is_x86(command->def) && tpm->model == DOMAIN_TPM_MODEL_TPM_TIS)
        model = "tpm-tis-device";
    json_t *props = qemu_device_new(model, NULL);
    qemu_put_format(props, "tpmdev", "tpm-%s", tpm->alias);
    qemu_put_text(props, "id", tpm->alias);
    return qemu_arg_device(command, props, tpm->address);
}

int
qemu_command_tpms(QemuCommand *command)
{
    const DomainDevices *devices = &command->def->devices;
    for (size_t i = 0; i < devices->n_tpm; i++) {
        if (tpm(command, devices->tpm[i]) < 0)
            return -1;
    }
    return 0;
}

static int
rng(QemuCommand *command, const DomainRng *rng)
{
    static const char *const types[] = {"rng-random", "rng-egd", "rng-builtin"};
    const DomainRngBackend *backend = rng->backend;
    g_autofree char *id = g_strconcat("obj", rng->alias, NULL), *chardev = NULL;
    if (backend->model == DOMAIN_RNG_BACKEND_MODEL_EGD) {
        chardev = g_strconcat("char", rng->alias, NULL);
        if (qemu_command_chardev(command, &backend->source, chardev, false) < 0)
            return -1;
    }
    json_t *props = qemu_object_new(types[backend->model], id);
    if (backend->model == DOMAIN_RNG_BACKEND_MODEL_RANDOM)
        qemu_put_text(props, "filename", backend->path);
    qemu_put_text(props, "chardev", chardev);
    qemu_arg_json(command, "-object", props);
    const char *suffix = rng->model == RNG_MODEL_VIRTIO_TRANSITIONAL       ? "-transitional"
                         : rng->model == RNG_MODEL_VIRTIO_NON_TRANSITIONAL ? "-non-transitional"
                                                                           : "";
    g_autofree char *driver = qemu_virtio_name("virtio-rng", rng->address, suffix);
    props = qemu_device_new(driver, NULL);
    qemu_put_text(props, "rng", id);
    qemu_put_text(props, "id", rng->alias);
    if (rng->rate && rng->rate->bytes) {
        qemu_put_number(props, "max-bytes", rng->rate->bytes);
        qemu_put_number(props, "period", rng->rate->period ? rng->rate->period : 1000);
    }
    QEMU_PUT_VIRTIO(props, rng->driver);
    qemu_put_positive(props, "acpi-index", rng->acpi_index);
    return qemu_arg_device(command, props, rng->address);
}

int
qemu_command_rngs(QemuCommand *command)
{
    const DomainDevices *devices = &command->def->devices;
    for (size_t i = 0; i < devices->n_rng; i++) {
        if (rng(command, devices->rng[i]) < 0)
            return -1;
    }
    return 0;
}

static int
shmem_doorbell(QemuCommand *command, const DomainShmem *shmem)
{
    g_autofree char *made_up = g_strdup_printf("/var/lib/libvirt/shmem-%s-sock", shmem->name);
    g_autofree char *id = g_strconcat("char", shmem->alias, NULL);
    char *path = shmem->server && shmem->server->path ? shmem->server->path : made_up;
    ChardevSource source = {.type = CHARDEV_TYPE_UNIX, .path = path};
    if (qemu_command_chardev(command, &source, id, false) < 0)
        return -1;
    json_t *props = qemu_device_new("ivshmem-doorbell", shmem->alias);
    qemu_put_text(props, "chardev", id);
    if (shmem->msi) {
        qemu_put_positive(props, "vectors", shmem->msi->vectors);
        qemu_put_switch(props, "ioeventfd", shmem->msi->ioeventfd);
    }
    return qemu_arg_device(command, props, shmem->address);
}

static int
shmem_plain(QemuCommand *command, const DomainShmem *shmem)
{
    g_autofree char *id = g_strconcat("shmmem-", shmem->alias, NULL);
    json_t *props = qemu_object_new("memory-backend-file", id);
    qemu_put_format(props, "mem-path", "/dev/shm/%s", shmem->name);
    qemu_put_number(props, "size", (long long)(shmem->size << 20));
    qemu_put_bool(props, "share", true);
    qemu_arg_json(command, "-object", props);
    props = qemu_device_new("ivshmem-plain", shmem->alias);
    qemu_put_text(props, "memdev", id);
    if (shmem->role)
        qemu_put_text(props, "master", shmem->role == DOMAIN_SHMEM_ROLE_MASTER ? "on" : "off");
    return qemu_arg_device(command, props, shmem->address);
}

int
qemu_command_shmems(QemuCommand *command)
{
    const DomainDevices *devices = &command->def->devices;
    for (size_t i = 0; i < devices->n_shmem; i++) {
        const DomainShmem *shmem = devices->shmem[i];
        if (shmem->model == DOMAIN_SHMEM_MODEL_IVSHMEM_DOORBELL ? shmem_doorbell(command, shmem)
                                                                 : shmem_plain(command, shmem))
            return -1;
    }
    return 0;
}

int
qemu_command_watchdog(QemuCommand *command, const DomainWatchdog *watchdog)
{
    const char *model = vr_enum_to_string(&vr_enum_domain_watchdog_model, watchdog->model);
    const char *action = vr_enum_to_string(&vr_enum_domain_watchdog_action, watchdog->action);
    if (watchdog->model != DOMAIN_WATCHDOG_MODEL_ITCO &&
        qemu_arg_device(command, qemu_device_new(model, watchdog->alias), watchdog->address) < 0)
        return -1;
    /* the dump is ours to make once the guest stands still */
    if (watchdog->action == DOMAIN_WATCHDOG_ACTION_DUMP)
        action = "pause";
    qemu_arg2(command, "-watchdog-action", action);
    return 0;
}

static int
balloon(QemuCommand *command, const DomainMemballoon *balloon)
{
    const char *suffix = "";
    switch (balloon->model) {
    case DOMAIN_MEMBALLOON_MODEL_VIRTIO_TRANSITIONAL:
        suffix = "-transitional";
        break;
    case DOMAIN_MEMBALLOON_MODEL_VIRTIO_NON_TRANSITIONAL:
        suffix = "-non-transitional";
        break;
    case DOMAIN_MEMBALLOON_MODEL_VIRTIO:
        break;
    default:
        return 0;
    }
    if (!balloon->address)
        return 0; /* a board without a bus for it */
    g_autofree char *driver = qemu_virtio_name("virtio-balloon", balloon->address, suffix);
    json_t *props = qemu_device_new(driver, balloon->alias);
    qemu_put_switch(props, "deflate-on-oom", balloon->autodeflate);
    qemu_put_switch(props, "free-page-reporting", balloon->free_page_reporting);
    QEMU_PUT_VIRTIO(props, balloon->driver);
    return qemu_arg_device(command, props, balloon->address);
}

int
qemu_command_vsock(QemuCommand *command, const DomainVsock *vsock)
{
    const char *suffix = vsock->model == DOMAIN_VSOCK_MODEL_VIRTIO_TRANSITIONAL       ? "-transitional"
                         : vsock->model == DOMAIN_VSOCK_MODEL_VIRTIO_NON_TRANSITIONAL ? "-non-transitional"
                                                                                      : "";
    g_autofree char *driver = qemu_virtio_name("vhost-vsock", vsock->address, suffix);
    json_t *props = qemu_device_new(driver, vsock->alias);
    qemu_put_number(props, "guest-cid", vsock->cid.address);
    qemu_put_format(props, "vhostfd", "%d", command->pretend ? -1 : command->next_fd);
    command->next_fd += 2;
    QEMU_PUT_VIRTIO(props, vsock->driver);
    return qemu_arg_device(command, props, vsock->address);
}

static int
iommu(QemuCommand *command, const DomainIommu *iommu)
{
    const DomainIommuDriver *driver = iommu->driver;
    json_t *props;
    switch (iommu->model) {
    case DOMAIN_IOMMU_MODEL_INTEL:
        props = qemu_device_new("intel-iommu", iommu->alias);
        if (driver) {
            qemu_put_on_off(props, "intremap", driver->intremap);
            qemu_put_switch(props, "caching-mode", driver->caching_mode);
            qemu_put_on_off(props, "eim", driver->eim);
            qemu_put_switch(props, "device-iotlb", driver->iotlb);
            qemu_put_positive(props, "aw-bits", driver->aw_bits);
        }
        return qemu_arg_device(command, props, NULL);
    case DOMAIN_IOMMU_MODEL_VIRTIO:
        return qemu_arg_device(command, qemu_device_new("virtio-iommu", iommu->alias), iommu->address);
    default:
        return 0; /* an option of the machine */
    }
}

int
qemu_command_crypto(QemuCommand *command, const DomainCrypto *crypto)
{
    g_autofree char *id = g_strconcat("obj", crypto->alias, NULL);
    json_t *props = qemu_object_new(crypto->backend.model == DOMAIN_CRYPTO_BACKEND_MODEL_LKCF
                                        ? "cryptodev-backend-lkcf" : "cryptodev-backend-builtin", id);
    qemu_put_positive(props, "queues", crypto->backend.queues);
    qemu_arg_json(command, "-object", props);
    g_autofree char *driver = qemu_virtio_name("virtio-crypto", crypto->address, "");
    props = qemu_device_new(driver, crypto->alias);
    qemu_put_text(props, "cryptodev", id);
    QEMU_PUT_VIRTIO(props, crypto->driver);
    return qemu_arg_device(command, props, crypto->address);
}

static int
panic(QemuCommand *command, const DomainPanic *panic)
{
    if (panic->model != DOMAIN_PANIC_MODEL_ISA)
        return 0; /* part of the machine or the processor */
    json_t *props = qemu_device_new("pvpanic", NULL);
    if (panic->address && panic->address->type == DOMAIN_ADDRESS_TYPE_ISA)
        qemu_put_number(props, "ioport", panic->address->iobase);
    qemu_arg_json(command, "-device", props);
    return 0;
}

int
qemu_command_misc(QemuCommand *command)
{
    const DomainDevices *devices = &command->def->devices;
    for (size_t i = 0; i < devices->n_watchdog; i++) {
        if (qemu_command_watchdog(command, devices->watchdog[i]) < 0)
            return -1;
    }
    if (devices->memballoon && balloon(command, devices->memballoon) < 0)
        return -1;
    if (devices->nvram && devices->nvram->address)
        qemu_argf(command, "-global", "spapr-nvram.reg=0x%llx", devices->nvram->address->reg);
    if (command->def->features.vmcoreinfo && command->def->features.vmcoreinfo->state == ON_OFF_ON)
        qemu_arg_json(command, "-device", qemu_device_new("vmcoreinfo", NULL));
    for (size_t i = 0; i < devices->n_panic; i++) {
        if (panic(command, devices->panic[i]) < 0)
            return -1;
    }
    for (size_t i = 0; i < devices->n_iommu; i++) {
        if (iommu(command, devices->iommu[i]) < 0)
            return -1;
    }
    for (size_t i = 0; i < devices->n_crypto; i++) {
        if (qemu_command_crypto(command, devices->crypto[i]) < 0)
            return -1;
    }
    return devices->vsock ? qemu_command_vsock(command, devices->vsock) : 0;
}
