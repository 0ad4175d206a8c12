/* Firmware descriptors: files that installed firmwares bring along and that say what each can do.
 *
 * Called before a guest is started, or its command line is shown; reads the descriptors each time, for they may change.
 */
#include "drivers/qemu/firmware.h"

#include <jansson.h>
#include <string.h>

#include "base/error.h"

/* Later folders win over earlier ones, file by file. */
static const char *const folders[] = {"/usr/share/qemu/firmware", "/etc/qemu/firmware"};

static int
by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names of descriptors with the paths that are valid, in the order in which they are tried. */
static GPtrArray *
descriptors(void)
{
    g_autoptr(GHashTable) paths = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    for (gsize i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autoptr(GDir) dir = g_dir_open(folders[i], 0, NULL);
        for (const char *name; dir && (name = g_dir_read_name(dir));) {
            if (g_str_has_suffix(name, ".json"))
                g_hash_table_replace(paths, g_strdup(name), g_build_filename(folders[i], name, NULL));
        }
    }
    GHashTableIter iter;
    void *name;
    g_hash_table_iter_init(&iter, paths);
    while (g_hash_table_iter_next(&iter, &name, NULL))
        g_ptr_array_add(names, g_strdup(name));
    if (names->len)
        qsort(names->pdata, names->len, sizeof(void *), by_name);
    for (guint i = 0; i < names->len; i++) {
        char *path = g_strdup(g_hash_table_lookup(paths, names->pdata[i]));
        g_free(names->pdata[i]);
        names->pdata[i] = path;
    }
    return names;
}

static bool
lists(const json_t *list, const char *word)
{
    const json_t *item;
    size_t i;
    json_array_foreach(list, i, item) {
        const char *text = json_string_value(item);
        if (text && strcmp(text, word) == 0)
            return true;
    }
    return false;
}

static bool
fits_machine(const json_t *firmware, const DomainDef *def)
{
    const json_t *target, *machine;
    size_t i, j;
    const char *arch = def->os.type.arch;
    json_array_foreach(json_object_get(firmware, "targets"), i, target) {
        const char *for_arch = json_string_value(json_object_get(target, "architecture"));
        bool same = for_arch && (strcmp(for_arch, arch) == 0 ||
                                 (strcmp(for_arch, "i386") == 0 && strcmp(arch, "i686") == 0) ||
                                 (strcmp(for_arch, "arm") == 0 && strcmp(arch, "armv7l") == 0));
        if (!same)
            continue;
        json_array_foreach(json_object_get(target, "machines"), j, machine) {
            const char *pattern = json_string_value(machine);
            if (pattern && g_pattern_match_simple(pattern, def->os.type.machine))
                return true;
        }
    }
    return false;
}

/* Whether the guest insists on a feature (YES_NO_YES), on its absence, or on neither. */
static int
wanted_feature(const DomainDef *def, int name)
{
    const DomainOsFirmwareInfo *info = def->os.firmware_info;
    for (size_t i = 0; info && i < info->n_feature; i++) {
        if ((int)info->feature[i]->name == name)
            return info->feature[i]->enabled;
    }
    return YES_NO_UNSET;
}

static bool
agrees(int wanted, bool has)
{
    return wanted == YES_NO_UNSET || (wanted == YES_NO_YES) == has;
}

static bool
fits(const json_t *firmware, const DomainDef *def)
{
    const json_t *features = json_object_get(firmware, "features"), *mapping = json_object_get(firmware, "mapping");
    const char *interface = def->os.firmware == DOMAIN_OS_FIRMWARE_EFI ? "uefi" : "bios";
    const char *device = json_string_value(json_object_get(mapping, "device"));
    const char *mode = json_string_value(json_object_get(mapping, "mode"));
    const DomainOsLoader *loader = def->os.loader;
    bool stateless = device && strcmp(device, "flash") == 0 && mode && strcmp(mode, "stateless") == 0;
    if (!lists(json_object_get(firmware, "interface-types"), interface) || !fits_machine(firmware, def))
        return false;
    if (def->pm && def->pm->suspend_to_mem == YES_NO_YES && !lists(features, "acpi-s3"))
        return false;
    if (def->pm && def->pm->suspend_to_disk == YES_NO_YES && !lists(features, "acpi-s4"))
        return false;
    if (!agrees(wanted_feature(def, DOMAIN_OS_FIRMWARE_FEATURE_NAME_SECURE_BOOT), lists(features, "secure-boot")) ||
        !agrees(wanted_feature(def, DOMAIN_OS_FIRMWARE_FEATURE_NAME_ENROLLED_KEYS), lists(features, "enrolled-keys")))
        return false;
    if (loader && loader->secure == YES_NO_YES && !lists(features, "requires-smm"))
        return false;
    if (loader && loader->stateless == YES_NO_YES && !stateless && !(device && strcmp(device, "memory") == 0))
        return false;
    return !(loader && loader->stateless == YES_NO_NO && stateless);
}

static const char *
file_name(const json_t *object, const char *name)
{
    const json_t *file = json_object_get(object, name);
    return json_string_value(json_is_string(file) ? file : json_object_get(file, "filename"));
}

static void
use(DomainDef *def, const json_t *firmware, const char *variables)
{
    const json_t *mapping = json_object_get(firmware, "mapping");
    const char *device = json_string_value(json_object_get(mapping, "device"));
    DomainOs *os = &def->os;
    if (!os->loader)
        os->loader = domain_os_loader_new();
    g_free(os->loader->value);
    if (device && strcmp(device, "flash") == 0) {
        const char *template = file_name(mapping, "nvram-template");
        os->loader->type = DOMAIN_OS_LOADER_TYPE_PFLASH;
        os->loader->readonly = YES_NO_YES;
        os->loader->value = g_strdup(file_name(mapping, "executable"));
        if (template) {
            if (!os->nvram)
                os->nvram = domain_os_nvram_new();
            if (!os->nvram->template)
                os->nvram->template = g_strdup(template);
            if (!os->nvram->path && !os->nvram->type)
                os->nvram->path = g_strdup_printf("%s/%s_VARS.fd", variables, def->name);
        }
    } else {
        os->loader->type = DOMAIN_OS_LOADER_TYPE_ROM;
        os->loader->value = g_strdup(file_name(mapping, "filename"));
    }
    if (!lists(json_object_get(firmware, "features"), "requires-smm"))
        return;
    if (!def->features.smm)
        def->features.smm = domain_smm_new();
    def->features.smm->state = ON_OFF_ON;
    if (!os->loader->secure)
        os->loader->secure = YES_NO_YES;
}

int
qemu_firmware_choose(DomainDef *def, const char *variables)
{
    if (!def->os.firmware || (def->os.loader && def->os.loader->value))
        return 0;
    g_autoptr(GPtrArray) paths = descriptors();
    for (guint i = 0; i < paths->len; i++) {
        json_t *firmware = json_load_file(paths->pdata[i], 0, NULL); /* NULL for a masked or broken one */
        bool found = firmware && fits(firmware, def);
        if (found)
            use(def, firmware, variables);
        json_decref(firmware);
        if (found)
            return 0;
    }
    return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED, "Unable to find any firmware to satisfy '%s'",
                    def->os.firmware == DOMAIN_OS_FIRMWARE_EFI ? "efi" : "bios");
}

void
qemu_firmwares_of(const DomainDef *def, QemuFirmwares *ret)
{
    g_autoptr(GStrvBuilder) found = g_strv_builder_new();
    g_autoptr(GPtrArray) paths = descriptors();
    *ret = (QemuFirmwares){0};
    for (guint i = 0; i < paths->len; i++) {
        json_t *firmware = json_load_file(paths->pdata[i], 0, NULL);
        const json_t *mapping = json_object_get(firmware, "mapping"), *kinds = json_object_get(firmware, "interface-types");
        const char *file = file_name(mapping, "executable") ?: file_name(mapping, "filename");
        if (firmware && file && fits_machine(firmware, def)) {
            g_strv_builder_add(found, file);
            ret->efi |= lists(kinds, "uefi");
            ret->bios |= lists(kinds, "bios");
            ret->secure |= lists(json_object_get(firmware, "features"), "requires-smm");
        }
        json_decref(firmware);
    }
    ret->paths = g_strv_builder_end(found);
    if (*ret->paths)
        return;
    /* firmwares from before there were descriptors */
    static const char *const old[] = {"/usr/share/AAVMF/AAVMF_CODE.fd", "/usr/share/AAVMF/AAVMF32_CODE.fd",
                                      "/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_CODE.secboot.fd"};
    g_clear_pointer(&ret->paths, g_strfreev);
    for (gsize i = 0; i < G_N_ELEMENTS(old); i++) {
        if (g_file_test(old[i], G_FILE_TEST_EXISTS))
            g_strv_builder_add(found, old[i]);
    }
    ret->paths = g_strv_builder_end(found);
}
