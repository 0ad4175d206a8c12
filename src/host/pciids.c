/* Looking up numbers in pci.ids: mapped once, its makers found by one pass, the rest read where it is. */
#include "host/pciids.h"

#include <glib.h>
#include <string.h>

#include "base/lock.h"

static const char *const places[] = {"/usr/share/hwdata/pci.ids", "/usr/share/misc/pci.ids", "/usr/share/pci.ids"};

static VrMutex lock = VR_MUTEX_INIT;
static GMappedFile *file;
static GHashTable *vendors; /* number -> offset of its line + 1 */

static int
read_hex(const char *text, const char *end)
{
    int value = 0;
    for (int i = 0; i < 4; i++) {
        int digit = text + i < end ? g_ascii_xdigit_value(text[i]) : -1;
        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

static void
index_vendors(void)
{
    for (gsize i = 0; i < G_N_ELEMENTS(places) && !file; i++)
        file = g_mapped_file_new(places[i], FALSE, NULL);
    vendors = g_hash_table_new(NULL, NULL);
    const char *text = file ? g_mapped_file_get_contents(file) : NULL;
    const char *end = text ? text + g_mapped_file_get_length(file) : NULL;
    for (const char *line = text; line && line < end;) {
        int vendor = *line != '\t' && *line != '#' ? read_hex(line, end) : -1;
        if (*line == 'C' && line + 1 < end && line[1] == ' ')
            break; /* classes of devices follow */
        if (vendor >= 0)
            g_hash_table_insert(vendors, GINT_TO_POINTER(vendor), GSIZE_TO_POINTER((gsize)(line - text) + 1));
        const char *next = memchr(line, '\n', (gsize)(end - line));
        line = next ? next + 1 : NULL;
    }
}

/* What stands after the number and two spaces on LINE. */
static char *
name_on(const char *line, const char *end)
{
    const char *stop = memchr(line, '\n', (gsize)(end - line));
    if (!stop)
        stop = end;
    return stop - line > 6 ? g_strstrip(g_strndup(line + 4, (gsize)(stop - line - 4))) : NULL;
}

static char *
look_up(unsigned vendor, int product)
{
    VR_SCOPED_LOCK(&lock);
    if (!vendors)
        index_vendors();
    gsize at = GPOINTER_TO_SIZE(g_hash_table_lookup(vendors, GUINT_TO_POINTER(vendor)));
    if (at == 0)
        return NULL;
    const char *text = g_mapped_file_get_contents(file), *end = text + g_mapped_file_get_length(file);
    const char *line = text + at - 1;
    if (product < 0)
        return name_on(line, end);
    while ((line = memchr(line, '\n', (gsize)(end - line))) && ++line < end) {
        if (*line == '#')
            continue;
        if (*line != '\t')
            break;
        if (line + 1 < end && line[1] != '\t' && read_hex(line + 1, end) == product)
            return name_on(line + 1, end);
    }
    return NULL;
}

char *
vr_pci_vendor_name(unsigned vendor)
{
    return look_up(vendor, -1);
}

char *
vr_pci_product_name(unsigned vendor, unsigned product)
{
    return look_up(vendor, (int)product);
}
