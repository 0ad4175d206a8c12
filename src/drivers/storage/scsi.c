/* Pools of SCSI devices: those of a host adapter, of an iSCSI session; and the host's multipath devices.
 *
 * See StorageBackend; on the calling worker.  What is there is read from sysfs; volumes cannot be made.
 */
#include "drivers/storage/scsi.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* --- devices of a host --- */

/* The name of a block device in the pool's target folder, which outlives this boot; the plain one where there is none. */
static char *
stable_path(const StoragePoolDef *def, const char *block)
{
    g_autofree char *device = g_strdup_printf("/dev/%s", block);
    const char *folder = def->target.path;
    g_autoptr(GDir) dir = folder && strcmp(folder, "/dev") != 0 ? g_dir_open(folder, 0, NULL) : NULL;
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *path = g_build_filename(folder, name, NULL), *real = realpath(path, NULL);
        if (real && strcmp(real, device) == 0)
            return g_steal_pointer(&path);
    }
    return g_steal_pointer(&device);
}

static char *
read_line(const char *path)
{
    char *text = NULL;
    return g_file_get_contents(path, &text, NULL, NULL) ? g_strstrip(text) : NULL;
}

/* What names the unit wherever it is attached, as udev's scsi_id writes it: the kind of number, then the number; else its path. */
static char *
unit_key(const char *device, const char *path)
{
    static const struct {
        const char *prefix, *kind;
    } kinds[] = {{"t10.", "1"}, {"eui.", "2"}, {"naa.", "3"}};
    g_autofree char *file = g_strdup_printf("%s/wwid", device), *wwid = read_line(file);
    for (gsize i = 0; wwid && i < G_N_ELEMENTS(kinds); i++) {
        if (!g_str_has_prefix(wwid, kinds[i].prefix))
            continue;
        g_autoptr(GString) key = g_string_new(kinds[i].kind);
        for (const char *c = wwid + strlen(kinds[i].prefix); *c; c++) {
            if (!g_ascii_isspace(*c))
                g_string_append_c(key, *c);
            else if (key->str[key->len - 1] != '_')
                g_string_append_c(key, '_');
        }
        return g_string_free(g_steal_pointer(&key), FALSE);
    }
    return g_strdup(path);
}

static void
add_unit(StorageScan *scan, const char *folder, const char *address)
{
    unsigned host, bus, target, unit;
    if (sscanf(address, "%u:%u:%u:%u", &host, &bus, &target, &unit) != 4)
        return;
    g_autofree char *device = g_build_filename(folder, address, NULL), *blocks = g_build_filename(device, "block", NULL);
    g_autofree char *type_file = g_build_filename(device, "type", NULL), *type = read_line(type_file);
    g_autoptr(GDir) dir = g_dir_open(blocks, 0, NULL);
    const char *block = dir ? g_dir_read_name(dir) : NULL;
    /* disks and CDs only */
    if (!block || (g_strcmp0(type, "0") != 0 && g_strcmp0(type, "5") != 0))
        return;
    g_autofree char *path = stable_path(scan->def, block), *name = g_strdup_printf("unit:%u:%u:%u", bus, target, unit);
    StorageVolDef *vol = storage_block_volume(path, name);
    if (!vol) {
        vr_error_clear(); /* a drive without a medium */
        return;
    }
    g_free(vol->key);
    vol->key = unit_key(device, path);
    storage_scan_add(scan, vol);
}

/* Names of new devices appear a moment after the devices. */
static int
settle(StorageScan *scan)
{
    g_autofree char *program = vr_command_find("udevadm");
    if (!program)
        return 0;
    g_autoptr(VrCommand) command = vr_command_new(program, "settle", "--timeout=10", NULL);
    int status = 0;
    storage_scan_guard(scan, command);
    return vr_command_status(command, &status, NULL, NULL);
}

int
storage_scan_host(StorageScan *scan, unsigned host)
{
    if (settle(scan) < 0)
        return -1;
    static const char folder[] = "/sys/bus/scsi/devices";
    g_autofree char *prefix = g_strdup_printf("%u:", host);
    DIR *dir = opendir(folder);
    if (!dir)
        return vr_error_system(VIR_FROM_STORAGE, errno, "Failed to opendir path '%s'", folder);
    int result = 0;
    for (struct dirent *entry; result == 0 && (entry = readdir(dir));) {
        if (storage_scan_cancelled(scan))
            result = -1;
        else if (g_str_has_prefix(entry->d_name, prefix))
            add_unit(scan, folder, entry->d_name);
    }
    closedir(dir);
    if (result == 0)
        storage_sum(scan->def, scan->volumes);
    return result;
}

/* --- adapters --- */

static int
host_of_address(const StoragePoolParentAddress *parent, unsigned *ret_host)
{
    const PciAddress *a = parent->address;
    g_autofree char *wanted = g_strdup_printf("/%04x:%02x:%02x.%x/", a->domain, a->bus, a->slot, a->function);
    g_autoptr(GDir) dir = g_dir_open("/sys/class/scsi_host", 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *link = g_build_filename("/sys/class/scsi_host", name, NULL), *real = realpath(link, NULL);
        g_autofree char *file = g_build_filename(link, "unique_id", NULL), *id = read_line(file);
        if (real && strstr(real, wanted) && id && strtoul(id, NULL, 10) == parent->unique_id &&
            sscanf(name, "host%u", ret_host) == 1)
            return 0;
    }
    return vr_error(VIR_FROM_STORAGE, VIR_ERR_XML_ERROR, "Failed to find scsi_host using PCI '%s' and unique_id='%u'", wanted,
                    parent->unique_id);
}

static bool
host_of_wwn(const StoragePoolAdapter *adapter, unsigned *ret_host)
{
    g_autoptr(GDir) dir = g_dir_open("/sys/class/fc_host", 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *node_file = g_build_filename("/sys/class/fc_host", name, "node_name", NULL), *node = read_line(node_file);
        g_autofree char *port_file = g_build_filename("/sys/class/fc_host", name, "port_name", NULL), *port = read_line(port_file);
        if (node && port && g_ascii_strcasecmp(node + 2 * g_str_has_prefix(node, "0x"), adapter->wwnn) == 0 &&
            g_ascii_strcasecmp(port + 2 * g_str_has_prefix(port, "0x"), adapter->wwpn) == 0 && sscanf(name, "host%u", ret_host) == 1)
            return true;
    }
    return false;
}

static int
find_host(const StoragePoolDef *def, unsigned *ret_host)
{
    const StoragePoolAdapter *adapter = def->source.adapter;
    if (adapter->type == STORAGE_POOL_ADAPTER_TYPE_FC_HOST) {
        if (host_of_wwn(adapter, ret_host))
            return 0;
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_XML_ERROR, "Failed to find SCSI host with wwnn='%s', wwpn='%s'", adapter->wwnn,
                        adapter->wwpn);
    }
    if (adapter->parentaddr)
        return host_of_address(adapter->parentaddr, ret_host);
    const char *name = g_str_has_prefix(adapter->name, "scsi_") ? adapter->name + strlen("scsi_") : adapter->name;
    char rest;
    if (sscanf(name, "host%u%c", ret_host, &rest) == 1)
        return 0;
    return vr_error(VIR_FROM_STORAGE, VIR_ERR_XML_ERROR, "Invalid adapter name '%s' for SCSI pool", name);
}

int
storage_write_sysfs(const char *path, const char *text, const char *what)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return vr_error_system(VIR_FROM_STORAGE, errno, "Could not open '%s' %s", path, what);
    int result = write(fd, text, strlen(text)) < 0 ? vr_error_system(VIR_FROM_STORAGE, errno, "Write to '%s' %s failed", path, what) : 0;
    close(fd);
    return result;
}

int
storage_rescan_host(unsigned host)
{
    g_autofree char *path = g_strdup_printf("/sys/class/scsi_host/host%u/scan", host);
    return storage_write_sysfs(path, "- - -", "to trigger host scan");
}

static int
check_adapter(const StoragePoolDef *def, bool *ret_active)
{
    unsigned host;
    if (find_host(def, &host) < 0) {
        vr_error_clear(); /* an adapter that comes and goes */
        return 0;
    }
    g_autofree char *path = g_strdup_printf("/sys/class/scsi_host/host%u", host);
    *ret_active = g_file_test(path, G_FILE_TEST_EXISTS);
    return 0;
}

/* A virtual adapter is made on its parent when it is not there. */
static int
make_vport(const StoragePoolAdapter *adapter, const char *verb)
{
    const char *parent = adapter->parent;
    unsigned host;
    if (!parent || sscanf(parent, "scsi_host%u", &host) != 1)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_CONFIG_UNSUPPORTED,
                        "a virtual adapter needs the name of its parent, such as 'scsi_host3'");
    g_autofree char *path = g_strdup_printf("/sys/class/fc_host/host%u/%s", host, verb);
    g_autofree char *ports = g_strdup_printf("%s:%s", adapter->wwpn, adapter->wwnn);
    return storage_write_sysfs(path, ports, "for a virtual port");
}

static int
start_adapter(VrInstance *instance, const StoragePoolDef *def)
{
    const StoragePoolAdapter *adapter = def->source.adapter;
    unsigned host;
    if (adapter->type == STORAGE_POOL_ADAPTER_TYPE_FC_HOST && !host_of_wwn(adapter, &host))
        return make_vport(adapter, "vport_create");
    return 0;
}

static int
stop_adapter(const StoragePoolDef *def)
{
    const StoragePoolAdapter *adapter = def->source.adapter;
    unsigned host;
    if (adapter->type != STORAGE_POOL_ADAPTER_TYPE_FC_HOST || adapter->managed != YES_NO_YES || !host_of_wwn(adapter, &host))
        return 0;
    return make_vport(adapter, "vport_delete");
}

static int
scan_adapter(VrInstance *instance, StorageScan *scan)
{
    unsigned host;
    if (find_host(scan->def, &host) < 0 || storage_rescan_host(host) < 0)
        return -1;
    return storage_scan_host(scan, host);
}

int
storage_look_unit(VrInstance *instance, const StoragePoolDef *def, StorageVolDef *vol)
{
    return storage_look_local(def, vol);
}

const StorageBackend storage_backend_scsi = {
    .local = true,
    .check = check_adapter,
    .start = start_adapter,
    .stop = stop_adapter,
    .scan = scan_adapter,
    .volume_look = storage_look_unit,
};

/* --- multipath --- */

/* There once the kernel maps devices. */
#define MAPPER "/sys/class/misc/device-mapper"

static int
check_mpath(const StoragePoolDef *def, bool *ret_active)
{
    *ret_active = g_file_test(MAPPER, G_FILE_TEST_EXISTS);
    return 0;
}

/* "name\t(253:0)" or "name\t(253, 0)" a line; a host without the device mapper has none. */
static int
scan_mpath(VrInstance *instance, StorageScan *scan)
{
    g_autoptr(VrCommand) command = vr_command_new("dmsetup", "ls", "--target", "multipath", NULL);
    g_autofree char *out = NULL;
    storage_scan_guard(scan, command);
    storage_sum(scan->def, scan->volumes);
    if (!g_file_test(MAPPER, G_FILE_TEST_EXISTS))
        return 0;
    if (vr_command_run(command, &out) < 0)
        return -1;
    g_auto(GStrv) lines = g_strsplit(out, "\n", -1);
    for (char **line = lines; *line; line++) {
        const char *numbers = strchr(*line, '(');
        unsigned minor;
        if (!numbers || (sscanf(numbers, "(%*u:%u", &minor) != 1 && sscanf(numbers, "(%*u, %u", &minor) != 1))
            continue;
        (*line)[strcspn(*line, "\t (")] = '\0';
        g_autofree char *path = g_strdup_printf("/dev/mapper/%s", *line), *name = g_strdup_printf("dm-%u", minor);
        StorageVolDef *vol = storage_block_volume(path, name);
        if (vol)
            storage_scan_add(scan, vol);
        vr_error_clear();
    }
    storage_sum(scan->def, scan->volumes);
    return 0;
}

const StorageBackend storage_backend_mpath = {
    .program = {"dmsetup"},
    .local = true,
    .check = check_mpath,
    .scan = scan_mpath,
    .volume_look = storage_look_unit,
};
