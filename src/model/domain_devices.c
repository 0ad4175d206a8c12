/* The other devices' own rules: defaults of one device, and what does not fit together in it.
 *
 * Called by the engine per device.
 */
#include "base/uuid.h"
#include "model/domain_rules.h"

#include <string.h>

/* Which guest addresses each mediated device model may have. */
static int
check_mdev_address(const DomainHostdev *hostdev)
{
    bool fits;

    if (hostdev->type != HOSTDEV_TYPE_MDEV || !hostdev->address)
        return 0;
    fits = hostdev->model == HOSTDEV_MODEL_VFIO_PCI ? hostdev->address->type == DOMAIN_ADDRESS_TYPE_PCI :
           hostdev->model == HOSTDEV_MODEL_VFIO_CCW ? hostdev->address->type == DOMAIN_ADDRESS_TYPE_CCW :
           hostdev->model != HOSTDEV_MODEL_VFIO_AP;
    if (fits || hostdev->address->type == DOMAIN_ADDRESS_TYPE_UNASSIGNED)
        return 0;
    return XML_FAIL("Unsupported address type '%s' with mediated device model '%s'",
                    vr_enum_to_string(&vr_enum_domain_address_type, hostdev->address->type),
                    vr_enum_to_string(&vr_enum_hostdev_model, hostdev->model));
}

int
domain_hostdev_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainHostdev *hostdev = object;

    if (hostdev->source.protocol == HOSTDEV_SOURCE_PROTOCOL_ISCSI)
        iscsi_name_complete(&hostdev->source.name);
    return check_mdev_address(hostdev);
}

int
domain_input_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainInput *input = object;
    const char *evdev = input->source ? input->source->evdev : NULL;

    if (vr_xml_attr(node, "bus") && input->bus == INPUT_BUS_PS2 &&
        input->type != DOMAIN_INPUT_TYPE_MOUSE && input->type != DOMAIN_INPUT_TYPE_KEYBOARD)
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR, "ps2 bus does not support %s input device",
                        vr_enum_to_string(&vr_enum_domain_input_type, input->type));
    if (input->source && input->type != DOMAIN_INPUT_TYPE_PASSTHROUGH && input->type != DOMAIN_INPUT_TYPE_EVDEV)
        g_clear_pointer(&input->source, domain_input_source_free);
    if (input->type == DOMAIN_INPUT_TYPE_PASSTHROUGH && !evdev)
        return XML_FAIL("Missing evdev path for input device passthrough");
    if (input->model && vr_xml_attr(node, "bus") && input->bus != INPUT_BUS_VIRTIO)
        return UNSUPPORTED("only bus 'virtio' is supported for input model '%s'", vr_xml_attr(node, "model"));
    if (!input->bus)
        input->bus = input->type == DOMAIN_INPUT_TYPE_TABLET ? INPUT_BUS_USB :
                     input->type == DOMAIN_INPUT_TYPE_PASSTHROUGH ? INPUT_BUS_VIRTIO :
                     input->type == DOMAIN_INPUT_TYPE_EVDEV ? INPUT_BUS_NONE : INPUT_BUS_PS2;
    return 0;
}

int
domain_tpm_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainTpm *tpm = object;
    DomainTpmBackend *backend = &tpm->backend;

    if (backend->type == DOMAIN_TPM_BACKEND_TYPE_PASSTHROUGH && !backend->device_path)
        backend->device_path = g_strdup("/dev/tpm0");
    return 0;
}

int
domain_seclabel_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainSeclabel *seclabel = object;

    if (!seclabel->type)
        seclabel->type = DOMAIN_SECLABEL_TYPE_DYNAMIC;
    if (!seclabel->relabel)
        seclabel->relabel = seclabel->type == DOMAIN_SECLABEL_TYPE_STATIC ||
                            seclabel->type == DOMAIN_SECLABEL_TYPE_NONE ? YES_NO_NO : YES_NO_YES;
    if (seclabel->type == DOMAIN_SECLABEL_TYPE_NONE && !seclabel->model)
        seclabel->model = g_strdup("none");
    if (seclabel->type == DOMAIN_SECLABEL_TYPE_STATIC && !seclabel->label)
        return XML_FAIL("security label is missing");
    return 0;
}

bool
domain_seclabel_show_relabel(const void *object, const VrFormat *format)
{
    return ((const DomainSeclabel *) object)->type != DOMAIN_SECLABEL_TYPE_NONE;
}

/* Models that are known by name are known in any spelling. */
static void
net_model_normalize(DomainNet *net)
{
    static const char *const known[] = {
        "netfront", "rtl8139", "virtio", "e1000", "e1000e", "igb", "virtio-transitional",
        "virtio-non-transitional", "usb-net", "spapr-vlan", "lan9118", "smc91c111", "vlance", "vmxnet",
        "vmxnet2", "vmxnet3", "Am79C970A", "Am79C973", "82540EM", "82545EM", "82543GC",
    };

    for (size_t i = 0; net->model && i < G_N_ELEMENTS(known); i++) {
        if (g_ascii_strcasecmp(net->model, known[i]) != 0)
            continue;
        g_free(net->model);
        net->model = g_strdup(known[i]);
    }
}

/* A device handed through has no queues of ours: only who hands it over counts. */
static void
hostdev_driver_trim(DomainNet *net)
{
    DomainNetDriver *trimmed;

    if (net->type != NET_TYPE_HOSTDEV || !net->driver)
        return;
    trimmed = domain_net_driver_new();
    trimmed->name = net->driver->name;
    trimmed->model = g_steal_pointer(&net->driver->model);
    domain_net_driver_free(net->driver);
    net->driver = trimmed;
}

int
domain_net_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainNet *net = object;
    const VrXmlNode *mac = vr_xml_child(node, "mac");

    net->source.type = net->type;
    net->mac_given = mac && vr_xml_attr(mac, "address");
    if (!net->mac_given)
        vr_mac_make(net->mac.address);
    net_model_normalize(net);
    if (net->teaming && net->teaming->type == DOMAIN_NET_TEAMING_TYPE_TRANSIENT && !net->teaming->persistent)
        return UNSUPPORTED("teaming persistent attribute must be set if teaming type is 'transient'");
    if (net->source.host_address && !net->source.host_address->type)
        return XML_FAIL("missing source address type");
    hostdev_driver_trim(net);
    return 0;
}

int
domain_video_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainVideo *video = object;
    const VrXmlNode *model = vr_xml_child(node, "model");
    const char *type = model ? vr_xml_attr(model, "type") : NULL;

    if (type && strcmp(type, "default") == 0)
        return XML_FAIL("unknown video model '%s'", type);
    if (video->model.acceleration && !video->model.acceleration->accel2d &&
        !video->model.acceleration->accel3d && !video->model.acceleration->rendernode)
        return UNSUPPORTED("missing values for acceleration");
    if (video->model.ram && video->model.type != VIDEO_TYPE_QXL && video->model.type != VIDEO_TYPE_NONE)
        return UNSUPPORTED("ram attribute only supported for video type qxl");
    if (video->model.vram64 && video->model.type != VIDEO_TYPE_QXL && video->model.type != VIDEO_TYPE_NONE)
        return UNSUPPORTED("vram64 attribute only supported for video type qxl");
    if (video->model.vgamem && video->model.type != VIDEO_TYPE_QXL && video->model.type != VIDEO_TYPE_NONE)
        return UNSUPPORTED("vgamem attribute only supported for video type qxl");
    if (!video->model.heads && video->model.type != VIDEO_TYPE_NONE &&
        video->model.type != VIDEO_TYPE_DEFAULT)
        video->model.heads = 1;
    return 0;
}

/* s390 boot loaders know capital letters only. */
int
domain_boot_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainBoot *boot = object;

    for (char *c = boot->loadparm; c && *c; c++)
        *c = g_ascii_toupper(*c);
    return 0;
}

int
domain_rng_backend_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainRngBackend *backend = object;

    if (backend->model == DOMAIN_RNG_BACKEND_MODEL_RANDOM && !backend->path)
        backend->path = g_strdup("/dev/random");
    return 0;
}

static int
check_firmware(const DomainOs *os)
{
    const DomainOsFirmwareInfo *info = os->firmware_info;
    int secure_boot = 0, enrolled_keys = 0;

    for (size_t i = 0; info && i < info->n_feature; i++) {
        if (info->feature[i]->name == DOMAIN_OS_FIRMWARE_FEATURE_NAME_SECURE_BOOT)
            secure_boot = info->feature[i]->enabled;
        else
            enrolled_keys = info->feature[i]->enabled;
    }
    if (enrolled_keys == YES_NO_YES && secure_boot == YES_NO_NO)
        return DETAIL_FAIL("firmware feature 'enrolled-keys' cannot be enabled when firmware feature "
                           "'secure-boot' is disabled");
    if (os->firmware == DOMAIN_OS_FIRMWARE_BIOS && os->nvram)
        return DETAIL_FAIL("firmware type 'bios' does not support nvram");
    if (os->firmware == DOMAIN_OS_FIRMWARE_BIOS && os->loader && os->loader->stateless == YES_NO_NO)
        return DETAIL_FAIL("Only EFI firmware permits NVRAM");
    return 0;
}

static void
drop_init(DomainOs *os)
{
    g_clear_pointer(&os->init, g_free);
    g_clear_pointer(&os->initdir, g_free);
    g_clear_pointer(&os->inituser, g_free);
    g_clear_pointer(&os->initgroup, g_free);
    for (size_t i = 0; i < os->n_initarg; i++)
        g_free(os->initarg[i]);
    g_clear_pointer(&os->initarg, g_free);
    os->n_initarg = 0;
    while (os->n_initenv)
        domain_os_initenv_free(vr_model_list_take(&os->initenv, &os->n_initenv, 0));
}

int
domain_os_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainOs *os = object;
    DomainOsLoader *loader = os->loader;

    /* only containers start a program, and only full guests know an order of boot devices */
    if (g_strcmp0(os->type.value, "exe") != 0)
        drop_init(os);
    if (os->type.value && strcmp(os->type.value, "hvm") != 0 && strcmp(os->type.value, "xen") != 0)
        while (os->n_boot)
            domain_os_boot_free(vr_model_list_take(&os->boot, &os->n_boot, 0));
    if (!os->firmware)
        g_clear_pointer(&os->firmware_info, domain_os_firmware_info_free);
    if (loader && loader->value && !loader->type)
        loader->type = DOMAIN_OS_LOADER_TYPE_ROM;
    if (loader && loader->stateless == YES_NO_YES && os->nvram)
        return DETAIL_FAIL(os->nvram->template ? "NVRAM template is not permitted when loader is stateless"
                                               : "NVRAM is not permitted when loader is stateless");
    if (loader && loader->type == DOMAIN_OS_LOADER_TYPE_ROM && loader->stateless == YES_NO_NO)
        return DETAIL_FAIL("Only EFI firmware permits NVRAM");
    return check_firmware(os);
}

/* An adjustment in seconds makes the clock a variable one. */
int
domain_clock_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainClock *clock = object;
    long long seconds;
    bool fixed = clock->offset == DOMAIN_CLOCK_OFFSET_UTC || clock->offset == DOMAIN_CLOCK_OFFSET_LOCALTIME;

    if (fixed && clock->adjustment && strcmp(clock->adjustment, "reset") != 0) {
        if (!vr_read_llong(clock->adjustment, 10, &seconds))
            return XML_FAIL("invalid clock adjustment '%s'", clock->adjustment);
        clock->basis = clock->offset == DOMAIN_CLOCK_OFFSET_UTC ? DOMAIN_CLOCK_BASIS_UTC :
                       DOMAIN_CLOCK_BASIS_LOCALTIME;
        clock->offset = DOMAIN_CLOCK_OFFSET_VARIABLE;
    }
    if (clock->offset == DOMAIN_CLOCK_OFFSET_VARIABLE) {
        if (!clock->adjustment)
            clock->adjustment = g_strdup("0");
        if (!clock->basis)
            clock->basis = DOMAIN_CLOCK_BASIS_UTC;
    }
    if (clock->offset == DOMAIN_CLOCK_OFFSET_TIMEZONE && !clock->timezone)
        return XML_FAIL("missing 'timezone' attribute for clock with offset='timezone'");
    return 0;
}

/* A guest's context id is given, or asked for. */
int
domain_vsock_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainVsock *vsock = object;

    if (!vsock->cid.auto_)
        vsock->cid.auto_ = vsock->cid.address ? YES_NO_NO : YES_NO_YES;
    return 0;
}

/* Memory file systems are measured in KiB, whatever they were given in. */
int
domain_filesystem_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainFilesystem *fs = object;
    g_autofree char *usage = g_strdup_printf("%llu", fs->source.usage);
    unsigned long long bytes;

    if (fs->type != FILESYSTEM_TYPE_RAM)
        return 0;
    if (vr_scale(usage, fs->source.units, 1024, &bytes) < 0)
        return -1;
    fs->source.usage = bytes / 1024;
    g_free(fs->source.units);
    fs->source.units = g_strdup("KiB");
    return 0;
}

/* The firmware tells the guest its UUID: the one that the guest has, or the one that it gets thereby. */
int
domain_sysinfo_agree(DomainDef *def)
{
    for (size_t i = 0; i < def->n_sysinfo; i++) {
        const DomainSysinfoBlock *system = def->sysinfo[i]->system;

        for (size_t j = 0; system && j < system->n_entry; j++) {
            DomainSysinfoEntry *entry = system->entry[j];
            char text[VR_UUID_TEXT_SIZE];
            unsigned char uuid[VR_UUID_SIZE];

            if (g_strcmp0(entry->name, "uuid") != 0 || !entry->value)
                continue;
            if (!vr_uuid_parse(entry->value, uuid))
                return DETAIL_FAIL("malformed <sysinfo> uuid element");
            if (vr_uuid_is_set(def->uuid) && memcmp(uuid, def->uuid, sizeof(uuid)) != 0)
                return DETAIL_FAIL("UUID mismatch between <uuid> and <sysinfo>");
            memcpy(def->uuid, uuid, sizeof(uuid));
            vr_uuid_format(uuid, text);
            g_free(entry->value);
            entry->value = g_strdup(text);
        }
    }
    return 0;
}

int
domain_shmem_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    const DomainShmem *shmem = object;

    if (strchr(shmem->name, '/'))
        return UNSUPPORTED("shmem name cannot include '/' character");
    if (shmem->msi && !shmem->server)
        return XML_FAIL("msi option is only supported with a server");
    return 0;
}

int
filterref_sort_parameters(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainNetFilterref *ref = object;

    vr_filter_parameters_clean(&ref->parameter, &ref->n_parameter);
    return 0;
}

int
net_ip_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    NetIp *ip = object;

    if (!ip->family)
        ip->family = g_strdup(strchr(ip->address, ':') ? "ipv6" : "ipv4");
    return 0;
}
