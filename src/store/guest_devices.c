/* See guest_devices.h. */
#include "store/guest_devices.h"

#include <libvirt/virterror.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

const char *
vr_domain_disk_path(const DomainDisk *disk)
{
    switch (disk->type) {
    case STORAGE_TYPE_FILE:
        return disk->source.file;
    case STORAGE_TYPE_BLOCK:
        return disk->source.dev;
    case STORAGE_TYPE_DIR:
        return disk->source.dir;
    default:
        return NULL;
    }
}

DomainDisk *
vr_domain_disk(const DomainDef *def, const char *name)
{
    for (size_t i = 0; i < def->devices.n_disk; i++) {
        DomainDisk *disk = def->devices.disk[i];
        if (*name == '/' ? g_strcmp0(vr_domain_disk_path(disk), name) == 0
                         : disk->target && g_strcmp0(disk->target->dev, name) == 0)
            return disk;
    }
    return NULL;
}

static bool
parse_mac(const char *text, unsigned char ret[6])
{
    int used = 0;
    return sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &ret[0], &ret[1], &ret[2], &ret[3], &ret[4], &ret[5],
                  &used) == 6 &&
           text[used] == '\0';
}

DomainNet *
vr_domain_net(const DomainDef *def, const char *name)
{
    unsigned char mac[6];
    bool is_mac = parse_mac(name, mac);
    DomainNet *found = NULL;
    for (size_t i = 0; i < def->devices.n_interface; i++) {
        DomainNet *net = def->devices.interface[i];
        bool match = is_mac ? memcmp(net->mac.address, mac, sizeof(mac)) == 0
                            : net->target && g_strcmp0(net->target->dev, name) == 0;
        if (!match)
            continue;
        if (found)
            return vr_error_null(VIR_FROM_DOMAIN, VIR_ERR_OPERATION_FAILED,
                                 "multiple devices matching MAC address %s found", name);
        found = net;
    }
    if (!found)
        vr_error(VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "'%s' is not a known interface", name);
    return found;
}

bool
vr_domain_disk_is_empty(const DomainDisk *disk)
{
    switch (disk->type) {
    case STORAGE_TYPE_FILE:
    case STORAGE_TYPE_BLOCK:
    case STORAGE_TYPE_DIR:
        return !vr_domain_disk_path(disk);
    case STORAGE_TYPE_NETWORK:
        return disk->source.protocol == STORAGE_PROTOCOL_NONE;
    default:
        return false;
    }
}
