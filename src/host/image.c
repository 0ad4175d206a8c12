/* One row per image format: its mark, where its numbers stand, what reads the rest: see image.h. */
#include "host/image.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <libvirt/virterror.h>

#include "base/error.h"

/* Most formats show themselves in the first bytes; the mark of a CD lies far behind. */
#define FIRST_READ 4096
#define NAME_MAX_LENGTH 1023

typedef struct {
    const guint8 *data;
    gsize length;
} Bytes;

static bool
has(const Bytes *b, guint64 at, guint64 length)
{
    return at <= b->length && length <= b->length - at;
}

/* LENGTH bytes at AT as a number, 0 where there are none. */
static guint64
number(const Bytes *b, guint64 at, unsigned length, bool little)
{
    guint64 value = 0;
    if (!has(b, at, length))
        return 0;
    for (unsigned i = 0; i < length; i++)
        value = value << 8 | b->data[at + (little ? length - 1 - i : i)];
    return value;
}

static guint64
big(const Bytes *b, guint64 at, unsigned length)
{
    return number(b, at, length, false);
}

static guint64
little(const Bytes *b, guint64 at, unsigned length)
{
    return number(b, at, length, true);
}

static int
malformed(const char *format, const char *what)
{
    return vr_error(VIR_FROM_STORAGE, VIR_ERR_INTERNAL_ERROR, "the %s image's header is damaged: %s", format, what);
}

/* A name of LENGTH bytes at AT: text without zeros, of a length that a path may have. */
static char *
name_at(const Bytes *b, guint64 at, guint64 length)
{
    if (length == 0 || length > NAME_MAX_LENGTH || !has(b, at, length) || memchr(b->data + at, 0, length))
        return NULL;
    return g_strndup((const char *)b->data + at, length);
}

/* --- qcow2 --- */

enum { QCOW2_EXT_END = 0, QCOW2_EXT_BACKING = 0xe2792aca, QCOW2_EXT_DATA_FILE = 0x44415441 };

static void
qcow2_extensions(const Bytes *b, guint64 at, guint64 end, VrImageInfo *info)
{
    while (at + 8 <= end && has(b, at, 8)) {
        guint64 type = big(b, at, 4), length = big(b, at + 4, 4);
        at += 8;
        if (type == QCOW2_EXT_END || !has(b, at, length) || length > end - at)
            return;
        char **slot = type == QCOW2_EXT_BACKING ? &info->backing_format : type == QCOW2_EXT_DATA_FILE ? &info->data_file : NULL;
        if (slot && !*slot)
            *slot = name_at(b, at, length);
        at += (length + 7) & ~7ull;
    }
}

static int
qcow2(const Bytes *b, VrImageInfo *info)
{
    guint64 version = big(b, 4, 4), bits = big(b, 20, 4), features = 0, end = 72;
    guint64 backing = big(b, 8, 8), backing_length = big(b, 16, 4);
    if (!has(b, 0, 72))
        return malformed("qcow2", "it is cut off");
    if (bits < 9 || bits > 30)
        return malformed("qcow2", "impossible size of clusters");
    info->cluster_size = 1ull << bits;
    info->compat = version >= 3 ? "1.1" : "0.10";
    guint64 crypt = big(b, 32, 4);
    info->encryption = crypt == 1 ? "qcow" : crypt == 2 ? "luks" : NULL;
    if (version >= 3) {
        if (!has(b, 0, 104))
            return malformed("qcow2", "it is cut off");
        features = big(b, 72, 8);
        info->lazy_refcounts = big(b, 80, 8) & 1;
        info->extended_l2 = features & 1 << 4;
        end = big(b, 100, 4);
        if (end < 104 || end > info->cluster_size)
            return malformed("qcow2", "impossible length");
    }
    if (backing && backing_length) {
        info->backing = name_at(b, backing, backing_length);
        if (!info->backing)
            return malformed("qcow2", "the name of its backing file is not in it");
    }
    qcow2_extensions(b, end, backing ? backing : info->cluster_size, info);
    if (!(features & 1 << 2))
        g_clear_pointer(&info->data_file, g_free);
    return 0;
}

static int
qcow1(const Bytes *b, VrImageInfo *info)
{
    guint64 backing = big(b, 8, 8), length = big(b, 16, 4);
    info->encryption = big(b, 36, 4) == 1 ? "qcow" : NULL;
    if (backing && length && !(info->backing = name_at(b, backing, length)))
        return malformed("qcow", "the name of its backing file is not in it");
    return 0;
}

static int
qed(const Bytes *b, VrImageInfo *info)
{
    guint64 features = little(b, 16, 8), backing = little(b, 56, 4), length = little(b, 60, 4);
    info->cluster_size = little(b, 4, 4);
    if (!(features & 1))
        return 0;
    if (!(info->backing = name_at(b, backing, length)))
        return malformed("qed", "the name of its backing file is not in it");
    if (features & 4)
        info->backing_format = g_strdup("raw");
    return 0;
}

/* The text in front of a sparse VMware disk tells what it was made from. */
static int
vmdk(const Bytes *b, VrImageInfo *info)
{
    static const char hint[] = "parentFileNameHint=\"";
    if (b->length <= 512)
        return 0;
    g_autofree char *text = g_strndup((const char *)b->data + 512, b->length - 512);
    const char *from = strstr(text, hint), *to;
    if (!from)
        return 0;
    from += strlen(hint);
    if (!(to = strchr(from, '"')) || to == from || to - from > NAME_MAX_LENGTH)
        return malformed("vmdk", "the name of its parent does not end");
    info->backing = g_strndup(from, (gsize)(to - from));
    info->backing_format = g_strdup("vmdk");
    return 0;
}

static int
cow(const Bytes *b, VrImageInfo *info)
{
    gsize length = has(b, 8, 1024) ? strnlen((const char *)b->data + 8, 1024) : 0;
    if (length)
        info->backing = name_at(b, 8, length);
    return 0;
}

static int
luks(const Bytes *b, VrImageInfo *info)
{
    guint64 version = big(b, 6, 2);
    if (version == 1) {
        info->encryption = "luks";
        info->payload = big(b, 104, 4) * 512;
    } else if (version == 2) {
        info->encryption = "luks2";
    }
    return 0;
}

/* --- formats --- */

typedef enum { NO_SIZE, BIG, LITTLE } Order;

static const struct {
    const char *format;
    guint16 mark_at;
    guint8 mark_length;
    const char *mark;
    guint16 version_at; /* 0: none */
    Order version_order;
    guint32 versions[4];
    guint16 size_at;
    Order size_order;
    guint32 size_unit;
    int (*more)(const Bytes *b, VrImageInfo *info);
} formats[] = {
    {"qcow2", 0, 4, "QFI\xfb", 4, BIG, {2, 3}, 24, BIG, 1, qcow2},
    {"qcow", 0, 4, "QFI\xfb", 4, BIG, {1}, 24, BIG, 1, qcow1},
    {"raw", 0, 6, "LUKS\xba\xbe", 0, NO_SIZE, {0}, 0, NO_SIZE, 0, luks},
    {"qed", 0, 4, "QED\0", 0, NO_SIZE, {0}, 48, LITTLE, 1, qed},
    {"vmdk", 0, 4, "KDMV", 4, LITTLE, {1, 2, 3}, 12, LITTLE, 512, vmdk},
    {"vmdk", 0, 4, "COWD", 4, LITTLE, {1}, 16, NO_SIZE, 1, NULL},
    {"vdi", 64, 4, "\x7f\x10\xda\xbe", 68, LITTLE, {0x10001}, 368, LITTLE, 1, NULL},
    {"vpc", 0, 8, "conectix", 12, BIG, {0x10000}, 48, BIG, 1, NULL},
    {"ploop", 0, 16, "WithouFreSpacExt", 16, LITTLE, {2}, 36, LITTLE, 512, NULL},
    {"cow", 0, 4, "OOOM", 4, BIG, {2}, 1036, BIG, 1, cow},
    {"bochs", 0, 20, "Bochs Virtual HD Image", 64, LITTLE, {0x20000}, 84, LITTLE, 1, NULL},
    {"iso", 32769, 5, "CD001", 0, NO_SIZE, {0}, 0, NO_SIZE, 0, NULL},
};

static bool
fits(const Bytes *b, gsize row)
{
    if (!has(b, formats[row].mark_at, formats[row].mark_length) ||
        memcmp(b->data + formats[row].mark_at, formats[row].mark, formats[row].mark_length) != 0)
        return false;
    if (!formats[row].version_at)
        return true;
    if (!has(b, formats[row].version_at, 4))
        return false;
    guint64 version = number(b, formats[row].version_at, 4, formats[row].version_order == LITTLE);
    for (gsize i = 0; i < G_N_ELEMENTS(formats[row].versions); i++) {
        if (formats[row].versions[i] && formats[row].versions[i] == version)
            return true;
    }
    return false;
}

int
vr_image_read_header(const guint8 *bytes, gsize length, const char *format, VrImageInfo *ret_info)
{
    const Bytes b = {bytes, length};
    g_auto(VrImageInfo) info = {.format = format ? format : "raw"};
    for (gsize i = 0; i < G_N_ELEMENTS(formats); i++) {
        if ((format && strcmp(format, formats[i].format) != 0) || !fits(&b, i))
            continue;
        info.format = formats[i].format;
        guint64 size = formats[i].size_order == NO_SIZE ? 0 : number(&b, formats[i].size_at, 8, formats[i].size_order == LITTLE);
        if (formats[i].size_order != NO_SIZE && __builtin_mul_overflow(size, (guint64)formats[i].size_unit, &info.capacity))
            return malformed(info.format, "impossible size");
        if (formats[i].more && formats[i].more(&b, &info) < 0)
            return -1;
        break;
    }
    *ret_info = info;
    info = (VrImageInfo){0};
    return 0;
}

static gssize
read_at(int fd, guint8 *buffer, gsize from, gsize to)
{
    while (from < to) {
        ssize_t n = pread(fd, buffer + from, to - from, (off_t)from);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        from += (gsize)n;
    }
    return (gssize)from;
}

int
vr_image_probe_fd(int fd, const char *format, VrImageInfo *ret_info)
{
    guint8 buffer[VR_IMAGE_HEADER_MAX];
    gssize length = read_at(fd, buffer, 0, FIRST_READ);
    const Bytes first = {buffer, length > 0 ? (gsize)length : 0};
    bool short_form = false;
    /* enough for a mark that says the rest is not needed */
    for (gsize i = 0; length == FIRST_READ && i < G_N_ELEMENTS(formats) && !short_form; i++)
        short_form = formats[i].more != qcow2 && formats[i].more != vmdk && formats[i].more != qcow1 && formats[i].more != qed &&
                     fits(&first, i);
    if (length == FIRST_READ && !short_form)
        length = read_at(fd, buffer, FIRST_READ, sizeof(buffer));
    if (length < 0)
        return vr_error_system(VIR_FROM_STORAGE, errno, "cannot read the image's header");
    return vr_image_read_header(buffer, (gsize)length, format, ret_info);
}

void
vr_image_info_clear(VrImageInfo *info)
{
    g_clear_pointer(&info->backing, g_free);
    g_clear_pointer(&info->backing_format, g_free);
    g_clear_pointer(&info->data_file, g_free);
}

char *
vr_image_backing_path(const char *path, const char *backing)
{
    if (g_str_has_prefix(backing, "json:"))
        return NULL;
    if (g_str_has_prefix(backing, "file:"))
        backing += strlen("file:");
    /* "scheme:" before any slash is no file */
    gsize word = strcspn(backing, ":/");
    if (backing[word] == ':')
        return NULL;
    if (*backing == '/')
        return g_strdup(backing);
    g_autofree char *folder = g_path_get_dirname(path);
    return g_build_filename(folder, backing, NULL);
}
