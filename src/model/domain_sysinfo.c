/* What the firmware tells the guest about itself: which entries each block knows, and the UUID in them.
 *
 * Called by domain_post.c once the guest was read.
 */
#include "base/uuid.h"
#include "model/domain_rules.h"

#include <string.h>

static const char *const bios_names[] = {"vendor", "version", "date", "release", NULL};
static const char *const system_names[] = {"manufacturer", "product", "version", "serial", "uuid", "sku", "family", NULL};
static const char *const board_names[] = {"manufacturer", "product", "version", "serial", "asset", "location", NULL};
static const char *const chassis_names[] = {"manufacturer", "version", "serial", "asset", "sku", NULL};

/* The known entries in their order, the first of each name. */
static void
settle_block(DomainSysinfoBlock *block, const char *const *names)
{
    DomainSysinfoEntry **entries;
    size_t n;

    if (!block)
        return;
    entries = g_steal_pointer(&block->entry);
    n = block->n_entry;
    block->n_entry = 0;
    for (; *names; names++) {
        for (size_t i = 0; i < n; i++) {
            if (!entries[i] || g_strcmp0(entries[i]->name, *names) != 0)
                continue;
            vr_model_list_add(&block->entry, &block->n_entry, g_steal_pointer(&entries[i]));
            break;
        }
    }
    for (size_t i = 0; i < n; i++) {
        if (entries[i])
            domain_sysinfo_entry_free(entries[i]);
    }
    g_free(entries);
}

static int
check_firmware_entries(const DomainSysinfo *info)
{
    for (size_t i = 0; info->type == DOMAIN_SYSINFO_TYPE_FWCFG && i < info->n_entry; i++) {
        const DomainSysinfoEntry *entry = info->entry[i];

        if (!entry->name)
            return XML_FAIL("Firmware entry is missing 'name' attribute");
        if (!entry->value && !entry->file)
            return XML_FAIL("Firmware entry must have either value or 'file' attribute");
    }
    return 0;
}

int
domain_sysinfo_settle(DomainDef *def)
{
    for (size_t i = 0; i < def->n_sysinfo; i++) {
        DomainSysinfo *info = def->sysinfo[i];

        settle_block(info->bios, bios_names);
        settle_block(info->system, system_names);
        settle_block(info->chassis, chassis_names);
        for (size_t j = 0; j < info->n_base_board; j++)
            settle_block(info->base_board[j], board_names);
        if (check_firmware_entries(info) < 0)
            return -1;
    }
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
