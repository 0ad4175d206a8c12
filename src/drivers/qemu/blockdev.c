/* Disk images as QEMU's block nodes: one node for the storage, one for the format, chained to the image below.
 *
 * Called by command_*.c.
 */
#include <string.h>

#include "drivers/qemu/command.h"
#include "drivers/qemu/paths.h"

/* What can be told before anything is opened: secrets, pools, protocols. */
static int
check_secret(const unsigned char *uuid, const char *usage)
{
    char text[VR_UUID_TEXT_SIZE];
    if (usage)
        return vr_error(VIR_FROM_SECRET, VIR_ERR_NO_SECRET, "no secret with matching usage '%s'", usage);
    vr_uuid_format(uuid, text);
    return vr_error(VIR_FROM_SECRET, VIR_ERR_NO_SECRET, "no secret with matching uuid '%s'", text);
}

int
qemu_blockdev_check(const StorageSource *source)
{
    if (source->type == STORAGE_TYPE_VOLUME && !source->volume_path)
        return vr_error(VIR_FROM_STORAGE, VIR_ERR_NO_STORAGE_POOL, "no storage pool with matching name '%s'",
                        source->pool);
    if (source->type == STORAGE_TYPE_NETWORK && source->protocol == STORAGE_PROTOCOL_VXHS)
        return UNSUPPORTED("VxHS protocol is not supported with this QEMU binary");
    if (source->type == STORAGE_TYPE_NETWORK && source->n_host > 1 &&
        (source->protocol == STORAGE_PROTOCOL_NBD || source->protocol == STORAGE_PROTOCOL_ISCSI ||
         source->protocol == STORAGE_PROTOCOL_SSH || source->protocol == STORAGE_PROTOCOL_SHEEPDOG))
        return QEMU_FAIL("%s protocol accepts only one host",
                         vr_enum_to_string(&vr_enum_storage_protocol, source->protocol));
    if (source->auth && source->type == STORAGE_TYPE_NETWORK &&
        (source->protocol == STORAGE_PROTOCOL_ISCSI || source->protocol == STORAGE_PROTOCOL_RBD))
        return check_secret(source->auth->secret->uuid, source->auth->secret->usage);
    if (source->encryption && source->encryption->n_secret)
        return check_secret(source->encryption->secret[0]->uuid, source->encryption->secret[0]->usage);
    return 0;
}

static json_t *
inet_server(const StorageHost *host)
{
    json_t *server = json_object();
    if (host->transport == STORAGE_HOST_TRANSPORT_UNIX) {
        qemu_put_text(server, "type", "unix");
        qemu_put_text(server, "path", host->socket);
        return server;
    }
    qemu_put_text(server, "type", "inet");
    qemu_put_text(server, "host", host->name);
    qemu_put_text(server, "port", host->port);
    return server;
}

static const char *
slashless(const char *name)
{
    return name && *name == '/' ? name + 1 : name;
}

/* One function per protocol that is more than a name. */
static void
put_nbd(json_t *props, const StorageSource *source)
{
    if (source->n_host)
        json_object_set_new(props, "server", inet_server(source->host[0]));
    qemu_put_text(props, "export", source->name);
}

static void
put_gluster(json_t *props, const StorageSource *source)
{
    const char *name = slashless(source->name), *slash = name ? strchr(name, '/') : NULL;
    g_autofree char *volume = slash ? g_strndup(name, (gsize)(slash - name)) : g_strdup(name);
    json_t *servers = json_array();
    qemu_put_text(props, "volume", volume);
    qemu_put_text(props, "path", slash ? slash + 1 : "");
    for (size_t i = 0; i < source->n_host; i++)
        json_array_append_new(servers, inet_server(source->host[i]));
    json_object_set_new(props, "server", servers);
    qemu_put_number(props, "debug", 4);
}

static void
put_iscsi(json_t *props, const StorageSource *source)
{
    const StorageHost *host = source->n_host ? source->host[0] : NULL;
    const char *slash = source->name ? strchr(source->name, '/') : NULL;
    g_autofree char *target = slash ? g_strndup(source->name, (gsize)(slash - source->name)) : g_strdup(source->name);
    bool v6 = host && host->name && strchr(host->name, ':');
    if (host)
        qemu_put_format(props, "portal", v6 ? "[%s]:%s" : "%s:%s", host->name, host->port ? host->port : "3260");
    qemu_put_text(props, "target", target);
    qemu_put_number(props, "lun", slash ? g_ascii_strtoll(slash + 1, NULL, 10) : 0);
    qemu_put_text(props, "transport", "tcp");
    qemu_put_text(props, "initiator-name", source->initiator);
}

static void
put_rbd(json_t *props, const StorageSource *source)
{
    const char *slash = source->name ? strchr(source->name, '/') : NULL;
    g_autofree char *pool = slash ? g_strndup(source->name, (gsize)(slash - source->name)) : g_strdup(source->name);
    json_t *servers = json_array();
    qemu_put_text(props, "pool", pool);
    qemu_put_text(props, "image", slash ? slash + 1 : NULL);
    qemu_put_text(props, "snapshot", source->snapshot);
    qemu_put_text(props, "conf", source->config_file);
    for (size_t i = 0; i < source->n_host; i++) {
        json_t *server = json_object();
        qemu_put_text(server, "host", source->host[i]->name);
        qemu_put_text(server, "port", source->host[i]->port ? source->host[i]->port : "0");
        json_array_append_new(servers, server);
    }
    if (source->n_host)
        json_object_set_new(props, "server", servers);
    else
        json_decref(servers);
}

static void
put_url(json_t *props, const StorageSource *source)
{
    const StorageHost *host = source->n_host ? source->host[0] : NULL;
    const char *scheme = vr_enum_to_string(&vr_enum_storage_protocol, source->protocol);
    qemu_put_format(props, "url", "%s://%s%s%s/%s%s%s", scheme, host && host->name ? host->name : "",
                    host && host->port ? ":" : "", host && host->port ? host->port : "",
                    source->name ? slashless(source->name) : "", source->query ? "?" : "",
                    source->query ? source->query : "");
    qemu_put_switch(props, "sslverify", source->ssl_verify);
    qemu_put_positive(props, "readahead", source->readahead);
    qemu_put_positive(props, "timeout", source->timeout);
}

static void
put_ssh(json_t *props, const StorageSource *source)
{
    const StorageHost *host = source->n_host ? source->host[0] : NULL;
    json_t *server = json_object();
    qemu_put_text(props, "path", source->name);
    qemu_put_text(server, "host", host ? host->name : NULL);
    qemu_put_text(server, "port", host && host->port ? host->port : "22");
    json_object_set_new(props, "server", server);
    if (source->auth)
        qemu_put_text(props, "user", source->auth->username);
    else if (source->identity)
        qemu_put_text(props, "user", source->identity->username);
}

static void
put_nfs(json_t *props, const StorageSource *source)
{
    const StorageHost *host = source->n_host ? source->host[0] : NULL;
    json_t *server = json_object();
    qemu_put_text(server, "host", host ? host->name : NULL);
    qemu_put_text(server, "type", "inet");
    json_object_set_new(props, "server", server);
    qemu_put_format(props, "path", "/%s", source->name ? slashless(source->name) : "");
    const char *user = source->identity ? source->identity->user : NULL;
    const char *group = source->identity ? source->identity->group : NULL;
    /* "+" marks a number */
    if (user)
        qemu_put_number(props, "user", g_ascii_strtoll(user + (*user == '+'), NULL, 10));
    if (group)
        qemu_put_number(props, "group", g_ascii_strtoll(group + (*group == '+'), NULL, 10));
}

static void
put_sheepdog(json_t *props, const StorageSource *source)
{
    if (source->n_host)
        json_object_set_new(props, "server", inet_server(source->host[0]));
    qemu_put_text(props, "vdi", source->name);
}

static const struct {
    int protocol;
    const char *driver;
    void (*put)(json_t *props, const StorageSource *source);
} protocols[] = {
    {STORAGE_PROTOCOL_NBD, "nbd", put_nbd},         {STORAGE_PROTOCOL_GLUSTER, "gluster", put_gluster},
    {STORAGE_PROTOCOL_ISCSI, "iscsi", put_iscsi},   {STORAGE_PROTOCOL_RBD, "rbd", put_rbd},
    {STORAGE_PROTOCOL_HTTP, "http", put_url},       {STORAGE_PROTOCOL_HTTPS, "https", put_url},
    {STORAGE_PROTOCOL_FTP, "ftp", put_url},         {STORAGE_PROTOCOL_FTPS, "ftps", put_url},
    {STORAGE_PROTOCOL_TFTP, "tftp", put_url},       {STORAGE_PROTOCOL_SSH, "ssh", put_ssh},
    {STORAGE_PROTOCOL_NFS, "nfs", put_nfs},         {STORAGE_PROTOCOL_SHEEPDOG, "sheepdog", put_sheepdog},
};

static void
put_network(json_t *props, const StorageSource *source)
{
    for (gsize i = 0; i < G_N_ELEMENTS(protocols); i++) {
        if (protocols[i].protocol != source->protocol)
            continue;
        qemu_put_text(props, "driver", protocols[i].driver);
        protocols[i].put(props, source);
    }
}

static void
put_cache(json_t *props, const DomainDiskDriver *driver)
{
    if (!driver || driver->cache == DOMAIN_DISK_DRIVER_CACHE_DEFAULT)
        return;
    json_t *cache = json_object();
    qemu_put_bool(cache, "direct", driver->cache == DOMAIN_DISK_DRIVER_CACHE_NONE ||
                                       driver->cache == DOMAIN_DISK_DRIVER_CACHE_DIRECTSYNC);
    qemu_put_bool(cache, "no-flush", driver->cache == DOMAIN_DISK_DRIVER_CACHE_UNSAFE);
    json_object_set_new(props, "cache", cache);
}

/* Credentials for a server behind TLS; their id in RET_ID. */
static void
add_tls(QemuCommand *command, const StorageSource *source, const char *node, json_t *props)
{
    const QemuConf *conf = command->driver->conf;
    bool vxhs = source->protocol == STORAGE_PROTOCOL_VXHS, nbd = source->protocol == STORAGE_PROTOCOL_NBD;
    bool standard = (nbd && conf->nbd_tls) || (vxhs && conf->vxhs_tls);
    if (source->type != STORAGE_TYPE_NETWORK || (source->tls != YES_NO_YES && !(standard && !source->tls)))
        return;
    g_autofree char *id = g_strdup_printf("obj%s_tls0", node);
    g_autofree char *dir = qemu_conf_tls_dir(conf, vxhs ? "vxhs" : "nbd",
                                             vxhs ? conf->vxhs_tls_x509_cert_dir : conf->nbd_tls_x509_cert_dir);
    qemu_command_tls(command, id, dir, false, true);
    qemu_put_text(props, "tls-creds", id);
    qemu_put_text(props, "tls-hostname", source->tls_hostname);
}

json_t *
qemu_blockdev_source(QemuCommand *command, const StorageSource *source, const char *node, bool floppy,
                     const DomainDiskDriver *driver)
{
    static const char *const aio[] = {NULL, "native", "threads", "io_uring"};
    json_t *props = json_object();
    int type = qemu_source_type(source);
    switch (type) {
    case STORAGE_TYPE_BLOCK:
        qemu_put_text(props, "driver", "host_device");
        qemu_put_text(props, "filename", qemu_source_path(source));
        break;
    case STORAGE_TYPE_DIR:
        qemu_put_text(props, "driver", "vvfat");
        qemu_put_text(props, "dir", qemu_source_path(source));
        qemu_put_bool(props, "floppy", floppy);
        qemu_put_bool(props, "rw", false);
        break;
    case STORAGE_TYPE_NETWORK:
        put_network(props, source);
        break;
    case STORAGE_TYPE_NVME:
        qemu_put_text(props, "driver", "nvme");
        if (source->address)
            qemu_put_format(props, "device", "%04x:%02x:%02x.%x", source->address->domain, source->address->bus,
                            source->address->slot, source->address->function);
        qemu_put_number(props, "namespace", (long long)source->namespace);
        break;
    default:
        qemu_put_text(props, "driver", "file");
        if (source->fdgroup && !command->pretend)
            qemu_put_format(props, "filename", "/dev/fdset/%u", source->index);
        else
            qemu_put_text(props, "filename", qemu_source_path(source));
        break;
    }
    if (driver && driver->io && (type == STORAGE_TYPE_FILE || type == STORAGE_TYPE_BLOCK))
        qemu_put_text(props, "aio", aio[driver->io]);
    add_tls(command, source, node, props);
    if (source->reconnect && source->reconnect->enabled == YES_NO_YES && source->reconnect->has_timeout &&
        source->protocol == STORAGE_PROTOCOL_NBD)
        qemu_put_number(props, "reconnect-delay", source->reconnect->timeout);
    qemu_put_text(props, "node-name", node);
    put_cache(props, driver);
    qemu_put_bool(props, "auto-read-only", true);
    qemu_put_text(props, "discard", "unmap");
    return props;
}

static bool
is_empty(const StorageSource *source)
{
    switch (source->type) {
    case STORAGE_TYPE_FILE:
        return !source->file;
    case STORAGE_TYPE_BLOCK:
        return !source->dev;
    case STORAGE_TYPE_DIR:
        return !source->dir;
    case STORAGE_TYPE_NETWORK:
        return source->protocol == STORAGE_PROTOCOL_UNSET || source->protocol == STORAGE_PROTOCOL_NONE;
    default:
        return false;
    }
}

/* Every image gets a number, and every empty drive: the last disk's first, the topmost of a chain before those below. */
int
qemu_blockdev_number(DomainDef *def)
{
    unsigned next = 1;
    for (size_t i = def->devices.n_disk; i-- > 0;) {
        DomainDisk *disk = def->devices.disk[i];
        disk->source.index = next++;
        for (BackingStore *store = disk->backing_store; store && store->type; store = store->backing_store)
            store->source.index = next++;
    }
    return 0;
}

/* A format whose images may lie on others. */
static bool
has_backing(const char *format)
{
    static const char *const formats[] = {"cow", "qcow", "qcow2", "qed", "vmdk", NULL};
    return format && g_strv_contains(formats, format);
}

/* One image: its nodes, given what lies below it: BELOW is a node's name, NULL for none; TERMINATED: nothing is there. */
static void
add_image(QemuCommand *command, const DomainDisk *disk, const StorageSource *source, const char *format, bool readonly,
          bool top, const StorageMetadataCache *cache, const char *below, bool terminated)
{
    static const char *const discards[] = {NULL, "unmap", "ignore"};
    static const char *const zeroes[] = {NULL, "off", "on", "unmap"};
    const DomainDiskDriver *driver = disk->driver;
    g_autofree char *storage = g_strdup_printf("libvirt-%u-storage", source->index);
    json_t *props = qemu_blockdev_source(command, source, storage, disk->device == DOMAIN_DISK_DEVICE_FLOPPY, driver);
    if (source->fdgroup) { /* a descriptor is opened for what it is opened for */
        qemu_put_bool(props, "auto-read-only", false);
        qemu_put_bool(props, "read-only", readonly);
    }
    qemu_arg_json(command, "-blockdev", props);
    const StorageSlice *slice = source->slices && source->slices->n_slice ? source->slices->slice[0] : NULL;
    bool raw = !format || strcmp(format, "raw") == 0 || strcmp(format, "fat") == 0;
    if (slice && !raw) {
        g_autofree char *file = g_steal_pointer(&storage);
        storage = g_strdup_printf("libvirt-%u-slice-sto", source->index);
        props = json_object();
        qemu_put_text(props, "driver", "raw");
        qemu_put_text(props, "node-name", storage);
        qemu_put_number(props, "offset", (long long)slice->offset);
        qemu_put_number(props, "size", (long long)slice->size);
        qemu_put_text(props, "file", file);
        qemu_put_bool(props, "auto-read-only", true);
        qemu_put_text(props, "discard", "unmap");
        qemu_arg_json(command, "-blockdev", props);
    }
    props = json_object();
    qemu_put_format(props, "node-name", "libvirt-%u-format", source->index);
    qemu_put_bool(props, "read-only", readonly);
    put_cache(props, driver);
    if (top && driver && driver->discard)
        qemu_put_text(props, "discard", discards[driver->discard]);
    if (top && driver && driver->detect_zeroes) {
        int mode = driver->detect_zeroes;
        /* zeroes can be given back only where that is allowed */
        if (mode == DOMAIN_DISK_DRIVER_DETECT_ZEROES_UNMAP && driver->discard != DOMAIN_DISK_DRIVER_DISCARD_UNMAP)
            mode = DOMAIN_DISK_DRIVER_DETECT_ZEROES_ON;
        qemu_put_text(props, "detect-zeroes", zeroes[mode]);
    }
    qemu_put_text(props, "driver", raw ? "raw" : format);
    if (slice && raw) {
        qemu_put_number(props, "offset", (long long)slice->offset);
        qemu_put_number(props, "size", (long long)slice->size);
    }
    if (cache && cache->max_size && !raw)
        qemu_put_number(props, "cache-size", (long long)cache->max_size);
    qemu_put_text(props, "file", storage);
    if (below)
        qemu_put_text(props, "backing", below);
    else if (terminated && has_backing(format))
        json_object_set_new(props, "backing", json_null());
    qemu_arg_json(command, "-blockdev", props);
}

#define MAX_CHAIN 200 /* images on top of each other that QEMU opens */

int
qemu_blockdev_chain(QemuCommand *command, DomainDisk *disk, char **ret_node)
{
    BackingStore *chain[MAX_CHAIN];
    size_t n = 0;
    bool terminated = false;
    *ret_node = NULL;
    if (is_empty(&disk->source))
        return 0;
    if (qemu_blockdev_check(&disk->source) < 0)
        return -1;
    for (BackingStore *store = disk->backing_store; store; store = store->backing_store) {
        if (!store->type) {
            terminated = true;
            break;
        }
        if (n == MAX_CHAIN)
            return QEMU_FAIL("disk '%s' has more than %d images on top of each other", disk->target->dev, MAX_CHAIN);
        if (qemu_blockdev_check(&store->source) < 0)
            return -1;
        chain[n++] = store;
    }
    if (n && disk->driver && disk->driver->type && !has_backing(disk->driver->type))
        return UNSUPPORTED("storage format '%s' does not support backing store", disk->driver->type);
    g_autofree char *below = NULL;
    for (size_t i = n; i-- > 0;) {
        const BackingFormat *format = chain[i]->format;
        add_image(command, disk, &chain[i]->source, format ? format->type : "raw", true, false,
                  format ? format->metadata_cache : NULL, below, terminated && i + 1 == n);
        g_free(below);
        below = g_strdup_printf("libvirt-%u-format", chain[i]->source.index);
    }
    add_image(command, disk, &disk->source, disk->driver ? disk->driver->type : NULL, disk->readonly, true,
              disk->driver ? disk->driver->metadata_cache : NULL, below, terminated && n == 0);
    if (disk->driver && disk->driver->copy_on_read == ON_OFF_ON) {
        json_t *props = json_object();
        qemu_put_text(props, "driver", "copy-on-read");
        qemu_put_format(props, "node-name", "libvirt-CoR-%s", disk->target->dev);
        qemu_put_format(props, "file", "libvirt-%u-format", disk->source.index);
        qemu_put_text(props, "discard", "unmap");
        qemu_arg_json(command, "-blockdev", props);
        *ret_node = g_strdup_printf("libvirt-CoR-%s", disk->target->dev);
        return 0;
    }
    *ret_node = g_strdup_printf("libvirt-%u-format", disk->source.index);
    return 0;
}

static void
note_source(StorageSource *source, unsigned *highest)
{
    static const char *const kinds[] = {"storage", "format"};
    *highest = MAX(*highest, source->index);
    if (is_empty(source) || !source->index)
        return;
    if (!source->private_data)
        source->private_data = source_private_new();
    SourcePrivate *data = source->private_data;
    while (data->n_nodename)
        source_node_free(vr_model_list_take(&data->nodename, &data->n_nodename, 0));
    for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
        SourceNode *node = source_node_new();
        node->type = g_strdup(kinds[i]);
        node->name = g_strdup_printf("libvirt-%u-%s", source->index, kinds[i]);
        vr_model_list_add(&data->nodename, &data->n_nodename, node);
    }
}

void
qemu_blockdev_note_disk(DomainDisk *disk, unsigned *highest)
{
    note_source(&disk->source, highest);
    for (BackingStore *store = disk->backing_store; store && store->type; store = store->backing_store)
        note_source(&store->source, highest);
    if (!disk->alias || disk->target->bus == DISK_BUS_SD)
        return;
    if (!disk->private_data)
        disk->private_data = disk_private_new();
    g_free(disk->private_data->qom_name);
    disk->private_data->qom_name = disk->target->bus == DISK_BUS_VIRTIO
                                       ? g_strdup_printf("/machine/peripheral/%s/virtio-backend", disk->alias)
                                       : g_strdup(disk->alias);
}

unsigned
qemu_blockdev_note(DomainDef *def)
{
    unsigned highest = 0;
    for (size_t i = 0; i < def->devices.n_disk; i++)
        qemu_blockdev_note_disk(def->devices.disk[i], &highest);
    return highest;
}
