/* What the firmware says about the machine: from dmidecode, or from the kernel's own copy.  See node.h. */
#include <libvirt/virterror.h>
#include <string.h>
#include <unistd.h>

#include "base/command.h"
#include "base/entry.h"
#include "base/error.h"
#include "host/node.h"

/* One entry of a block: its name, dmidecode's, the kernel's file (NULL: none). */
typedef struct {
    const char *name, *label, *file;
} Entry;

#define MOST_ENTRIES 12

static const struct {
    const char *element, *heading;
    Entry entries[MOST_ENTRIES];
} blocks[] = {
    {"bios", "BIOS Information",
     {{"vendor", "Vendor", "bios_vendor"}, {"version", "Version", "bios_version"}, {"date", "Release Date", "bios_date"},
      {"release", "BIOS Revision", "bios_release"}}},
    {"system", "System Information",
     {{"manufacturer", "Manufacturer", "sys_vendor"}, {"product", "Product Name", "product_name"},
      {"version", "Version", "product_version"}, {"serial", "Serial Number", "product_serial"}, {"uuid", "UUID", "product_uuid"},
      {"sku", "SKU Number", "product_sku"}, {"family", "Family", "product_family"}}},
    {"baseBoard", "Base Board Information",
     {{"manufacturer", "Manufacturer", "board_vendor"}, {"product", "Product Name", "board_name"},
      {"version", "Version", "board_version"}, {"serial", "Serial Number", "board_serial"}, {"asset", "Asset Tag", "board_asset_tag"},
      {"location", "Location In Chassis", NULL}}},
    {"chassis", "Chassis Information",
     {{"manufacturer", "Manufacturer", "chassis_vendor"}, {"version", "Version", "chassis_version"},
      {"serial", "Serial Number", "chassis_serial"}, {"asset", "Asset Tag", "chassis_asset_tag"}, {"sku", "SKU Number", NULL}}},
    {"processor", "Processor Information",
     {{"socket_destination", "Socket Designation", NULL}, {"type", "Type", NULL}, {"family", "Family", NULL},
      {"manufacturer", "Manufacturer", NULL}, {"signature", "Signature", NULL}, {"version", "Version", NULL},
      {"external_clock", "External Clock", NULL}, {"max_speed", "Max Speed", NULL}, {"status", "Status", NULL},
      {"serial_number", "Serial Number", NULL}, {"part_number", "Part Number", NULL}}},
    {"memory_device", "Memory Device",
     {{"size", "Size", NULL}, {"form_factor", "Form Factor", NULL}, {"locator", "Locator", NULL},
      {"bank_locator", "Bank Locator", NULL}, {"type", "Type", NULL}, {"type_detail", "Type Detail", NULL},
      {"speed", "Speed", NULL}, {"manufacturer", "Manufacturer", NULL}, {"serial_number", "Serial Number", NULL},
      {"part_number", "Part Number", NULL}}},
    {"oemStrings", "OEM Strings", {{NULL, NULL, NULL}}},
};

static void
open_block(GString *xml, const char *element)
{
    g_string_append_printf(xml, "  <%s>\n", element);
}

static void
append_entry(GString *xml, const char *name, const char *value)
{
    /* what no document may hold is left out */
    g_autofree char *clean = g_utf8_make_valid(value, -1);
    for (char *c = clean; *c; c++) {
        if ((unsigned char)*c < ' ')
            *c = ' ';
    }
    g_autofree char *text = g_markup_escape_text(clean, -1);
    if (name)
        g_string_append_printf(xml, "    <entry name='%s'>%s</entry>\n", name, text);
    else
        g_string_append_printf(xml, "    <entry>%s</entry>\n", text);
}

/* The value of LABEL in the lines of one structure; NULL when it has none. */
static char *
value_of(char *const *lines, const char *label)
{
    gsize n = strlen(label);
    for (; *lines && g_ascii_isspace(**lines); lines++) {
        const char *line = *lines + strspn(*lines, "\t ");
        if (strncmp(line, label, n) == 0 && line[n] == ':')
            return g_strstrip(g_strdup(line + n + 1));
    }
    return NULL;
}

static void
append_structure(GString *xml, gsize block, char *const *lines)
{
    gsize before = xml->len;
    open_block(xml, blocks[block].element);
    gsize opened = xml->len;
    for (gsize i = 0; i < MOST_ENTRIES && blocks[block].entries[i].name; i++) {
        g_autofree char *value = value_of(lines, blocks[block].entries[i].label);
        if (value && *value)
            append_entry(xml, blocks[block].entries[i].name, value);
    }
    for (char *const *l = lines; !blocks[block].entries[0].name && *l && g_ascii_isspace(**l); l++) {
        const char *text = strstr(*l, ": ");
        if (text)
            append_entry(xml, NULL, text + 2);
    }
    if (xml->len == opened)
        g_string_truncate(xml, before);
    else
        g_string_append_printf(xml, "  </%s>\n", blocks[block].element);
}

static char *
document(GString *inside)
{
    return inside->len ? g_strdup_printf("<sysinfo type='smbios'>\n%s</sysinfo>\n", inside->str) : NULL;
}

char *
vr_sysinfo_from_dmidecode(const char *text)
{
    g_autoptr(GString) xml = g_string_new(NULL);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (gsize block = 0; block < G_N_ELEMENTS(blocks); block++) {
        for (char **l = lines; *l; l++) {
            if (strcmp(*l, blocks[block].heading) == 0)
                append_structure(xml, block, l + 1);
        }
    }
    return document(xml);
}

static char *
from_kernel(void)
{
    g_autoptr(GString) xml = g_string_new(NULL);
    for (gsize block = 0; block < G_N_ELEMENTS(blocks); block++) {
        gsize before = xml->len;
        open_block(xml, blocks[block].element);
        gsize opened = xml->len;
        for (gsize i = 0; i < MOST_ENTRIES && blocks[block].entries[i].file; i++) {
            g_autofree char *value = vr_node_read("/sys/class/dmi/id/%s", blocks[block].entries[i].file);
            if (value && *g_strstrip(value))
                append_entry(xml, blocks[block].entries[i].name, value);
        }
        if (xml->len == opened)
            g_string_truncate(xml, before);
        else
            g_string_append_printf(xml, "  </%s>\n", blocks[block].element);
    }
    return document(xml);
}

char *
vr_node_get_sysinfo(virConnectPtr conn, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_NONE) < 0)
        return NULL;
    g_autofree char *path = vr_command_find("dmidecode");
    g_autofree char *out = NULL;
    g_autoptr(VrCommand) command = path ? vr_command_new(path, "-q", "-t", "0,1,2,3,4,11,17", NULL) : NULL;
    char *xml = command && vr_command_run(command, &out) == 0 ? vr_sysinfo_from_dmidecode(out) : NULL;
    vr_error_clear();
    if (!xml)
        xml = from_kernel();
    return xml ? xml : vr_error_null(VIR_FROM_NONE, VIR_ERR_CONFIG_UNSUPPORTED, "Host SMBIOS information is not available");
}
