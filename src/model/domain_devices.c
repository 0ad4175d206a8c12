/* The other devices' own rules: defaults of one device, and what does not fit together in it.
 *
 * Called by the engine per device.
 */
#include "base/uuid.h"
#include "model/domain_rules.h"

#include <string.h>

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
    if (input->type == DOMAIN_INPUT_TYPE_PASSTHROUGH && input->source && !evdev)
        return XML_FAIL("Missing evdev path for input device passthrough");
    if (input->type == DOMAIN_INPUT_TYPE_EVDEV && input->source && !input->source->dev)
        return XML_FAIL("Missing evdev path for input device");
    if (!input->bus)
        input->bus = input->type == DOMAIN_INPUT_TYPE_TABLET ? INPUT_BUS_USB :
                     input->type == DOMAIN_INPUT_TYPE_PASSTHROUGH ? INPUT_BUS_VIRTIO :
                     input->type == DOMAIN_INPUT_TYPE_EVDEV ? INPUT_BUS_NONE : INPUT_BUS_PS2;
    if (input->model && input->bus != INPUT_BUS_VIRTIO)
        return UNSUPPORTED("only bus 'virtio' is supported for input model '%s'", vr_xml_attr(node, "model"));
    return 0;
}

int
domain_tpm_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainTpm *tpm = object;
    DomainTpmBackend *backend = &tpm->backend;

    DomainTpmSource *source = backend->source;

    if (backend->type == DOMAIN_TPM_BACKEND_TYPE_PASSTHROUGH && !backend->device_path)
        backend->device_path = g_strdup("/dev/tpm0");
    if (backend->type != DOMAIN_TPM_BACKEND_TYPE_EXTERNAL)
        return 0;
    if (!source || !source->type)
        return XML_FAIL("missing external TPM backend type");
    if (!source->path)
        return XML_FAIL("missing socket path for external TPM device");
    if (!source->mode)
        source->mode = DOMAIN_TPM_SOURCE_MODE_CONNECT;
    return 0;
}

int
domain_seclabel_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainSeclabel *seclabel = object;

    if (seclabel->type == DOMAIN_SECLABEL_TYPE_DYNAMIC && seclabel->relabel == YES_NO_NO)
        return UNSUPPORTED("dynamic label type must use resource relabeling");
    if (!seclabel->type && seclabel->model)
        return 0; /* whatever the model does of its own accord */
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
domain_seclabel_show(const void *object, const VrFormat *format)
{
    return ((const DomainSeclabel *) object)->type != DOMAIN_SECLABEL_TYPE_UNSET;
}

bool
domain_seclabel_show_relabel(const void *object, const VrFormat *format)
{
    return ((const DomainSeclabel *) object)->type != DOMAIN_SECLABEL_TYPE_NONE;
}

int
domain_video_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainVideo *video = object;
    const DomainVideoAcceleration *acceleration = video->model.acceleration;

    if (acceleration && !acceleration->accel2d && !acceleration->accel3d && !acceleration->rendernode)
        return UNSUPPORTED("missing values for acceleration");
    return 0;
}

/* s390 boot loaders know capital letters only. */
int
domain_boot_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainBoot *boot = object;

    size_t len = boot->loadparm ? strlen(boot->loadparm) : 0;

    if (!boot->loadparm)
        return 0;
    if (len < 1 || len > 8)
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR,
                        "loadparm value '%s' must be between 1 and 8 characters", boot->loadparm);
    if (boot->loadparm[strspn(boot->loadparm, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS ". ")])
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR,
                        "invalid loadparm value '%s', expecting chars in set of [a-zA-Z0-9.] and blank spaces",
                        boot->loadparm);
    for (char *c = boot->loadparm; *c; c++)
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

/* Each firmware feature once: the last that was written. */
static void
settle_firmware(DomainOsFirmwareInfo *info)
{
    for (size_t i = info ? info->n_feature : 0; i-- > 0;) {
        for (size_t j = i; j-- > 0;) {
            if (info->feature[j]->name != info->feature[i]->name)
                continue;
            info->feature[j]->enabled = info->feature[i]->enabled;
            domain_os_firmware_feature_free(vr_model_list_take(&info->feature, &info->n_feature, i));
            break;
        }
    }
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
    if (os->bios && os->bios->has_reboot_timeout &&
        (os->bios->reboot_timeout < -1 || os->bios->reboot_timeout > 65535))
        return UNSUPPORTED("invalid value for rebootTimeout, must be in range [-1,65535]");
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
    settle_firmware(os->firmware_info);
    if (os->nvram && os->nvram->type)
        g_clear_pointer(&os->nvram->path, g_free);
    if (os->nvram && !os->nvram->type && vr_xml_child(vr_xml_child(node, "nvram"), "source") && !os->nvram->path &&
        !os->nvram->template)
        g_clear_pointer(&os->nvram, domain_os_nvram_free);
    if (os->nvram && os->nvram->type && !vr_xml_child(vr_xml_child(node, "nvram"), "source"))
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR, "<nvram> of a type needs a <source>");
    if (!os->firmware)
        g_clear_pointer(&os->firmware_info, domain_os_firmware_info_free);
    if (loader && loader->value && !loader->type)
        loader->type = DOMAIN_OS_LOADER_TYPE_ROM;
    return 0;
}

int
domain_os_check(const DomainDef *def)
{
    const DomainOs *os = &def->os;
    const DomainOsLoader *loader = os->loader;

    if (loader && loader->stateless == YES_NO_YES && os->nvram)
        return DETAIL_FAIL(os->nvram->template ? "NVRAM template is not permitted when loader is stateless"
                                               : "NVRAM is not permitted when loader is stateless");
    if (loader && loader->type == DOMAIN_OS_LOADER_TYPE_ROM && loader->stateless == YES_NO_NO)
        return DETAIL_FAIL("Only EFI firmware permits NVRAM");
    return check_firmware(os);
}

static int
missing_of_clock(const char *attr, const char *offset)
{
    return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR, "missing '%s' attribute for clock with offset='%s'", attr,
                    offset);
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
        if (!clock->adjustment || !vr_read_llong(clock->adjustment, 10, &seconds))
            seconds = 0;
        g_free(clock->adjustment);
        clock->adjustment = g_strdup_printf("%lld", seconds);
        if (!clock->basis)
            clock->basis = DOMAIN_CLOCK_BASIS_UTC;
    }
    if (clock->offset == DOMAIN_CLOCK_OFFSET_TIMEZONE && !clock->timezone)
        return missing_of_clock("timezone", "timezone");
    if (clock->offset == DOMAIN_CLOCK_OFFSET_ABSOLUTE && !clock->has_start)
        return missing_of_clock("start", "absolute");
    return 0;
}

/* A guest's context id is given, or asked for. */
int
domain_vsock_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainVsock *vsock = object;

    if (vsock->cid.address && vsock->cid.address < 3)
        return UNSUPPORTED("guest CIDs must be >= 3");
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

/* A version as the descriptor has it: major and two digits. */
int
redirfilter_device_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    DomainRedirfilterDevice *device = object;
    g_auto(GStrv) parts = g_strsplit(device->version ? device->version : "-1", ".", -1);
    unsigned major, minor;

    if (device->class > 255)
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INTERNAL_ERROR, "Invalid USB Class code 0x%x", (unsigned) device->class);
    if (g_strcmp0(device->version, "-1") == 0)
        g_clear_pointer(&device->version, g_free);
    if (!device->version)
        return 0;
    if (g_strv_length(parts) != 2 || !vr_read_uint(parts[0], 10, &major) || !g_ascii_isdigit(*parts[0]) ||
        !vr_read_uint(parts[1], 10, &minor) || strlen(parts[1]) > 2 || major > 99)
        return XML_FAIL("Cannot parse USB device version %s", device->version);
    if (strlen(parts[1]) == 1)
        minor *= 10;
    g_free(device->version);
    device->version = g_strdup_printf("%u.%02u", major, minor);
    return 0;
}

/* Settings that are fixed are printed even if none was given. */
int
audio_stream_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    AudioStream *stream = object;

    if (stream->fixed_settings == YES_NO_YES && !stream->settings)
        stream->settings = audio_settings_new();
    return 0;
}

static int
check_stream(const AudioStream *stream)
{
    const AudioSettings *settings = stream ? stream->settings : NULL;

    if (!stream)
        return 0;
    if (settings && (settings->frequency || settings->channels || settings->format) &&
        stream->fixed_settings != YES_NO_YES)
        return UNSUPPORTED("audio settings specified without fixed settings flag");
    if (stream->fixed_settings == YES_NO_YES && stream->mixing_engine != YES_NO_YES)
        return UNSUPPORTED("fixed audio settings requires mixing engine");
    return 0;
}

int
domain_audios_check(const DomainDef *def)
{
    for (size_t i = 0; i < def->devices.n_audio; i++) {
        const DomainAudio *audio = def->devices.audio[i];

        if (check_stream(audio->input) < 0 || check_stream(audio->output) < 0)
            return -1;
        for (size_t j = 0; j < i; j++) {
            if (def->devices.audio[j]->id == audio->id)
                return XML_FAIL("audio ID %u is used multiple times", audio->id);
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
