/* The picture on every mock guest's screen: a chequered test card, made here and sent as PNG. */
#include "drivers/test/ops.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/memstream.h"

#define WIDTH 320 /* pixels, a multiple of 8 */
#define HEIGHT 200
#define SQUARE 32
#define ROW (1 + WIDTH / 8) /* filter byte and one bit per pixel */

static guint32
crc32_of(const guint8 *data, gsize len)
{
    guint32 crc = 0xffffffffu;
    for (gsize i = 0; i < len; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return ~crc;
}

static guint32
adler32_of(const guint8 *data, gsize len)
{
    guint32 a = 1, b = 0;
    for (gsize i = 0; i < len; i++) {
        a = (a + data[i]) % 65521;
        b = (b + a) % 65521;
    }
    return b << 16 | a;
}

static void
append_u32(GByteArray *out, guint32 value)
{
    guint32 big = htonl(value);
    g_byte_array_append(out, (const guint8 *)&big, sizeof(big));
}

/* Length, name, data, and a checksum over name and data. */
static void
append_chunk(GByteArray *png, const char *name, const guint8 *data, guint len)
{
    append_u32(png, len);
    guint begin = png->len;
    g_byte_array_append(png, (const guint8 *)name, 4);
    if (len)
        g_byte_array_append(png, data, len);
    append_u32(png, crc32_of(png->data + begin, png->len - begin));
}

static void
append_pixels(GByteArray *png)
{
    guint8 rows[ROW * HEIGHT];
    memset(rows, 0, sizeof(rows));
    for (int y = 0; y < HEIGHT; y++) {
        for (int x = 0; x < WIDTH; x++) {
            if ((x / SQUARE + y / SQUARE) % 2)
                rows[y * ROW + 1 + x / 8] |= (guint8)(0x80 >> (x % 8));
        }
    }
    /* A zlib stream of one stored block: the picture is too small to be worth compressing. */
    const guint16 len = sizeof(rows);
    const guint8 head[] = {0x78, 0x01, 0x01, len & 0xff, len >> 8, (guint8)(~len & 0xff), (guint8)(~len >> 8 & 0xff)};
    GByteArray *zlib = g_byte_array_new();
    g_byte_array_append(zlib, head, sizeof(head));
    g_byte_array_append(zlib, rows, sizeof(rows));
    append_u32(zlib, adler32_of(rows, sizeof(rows)));
    append_chunk(png, "IDAT", zlib->data, zlib->len);
    g_byte_array_unref(zlib);
}

static GBytes *
make_png(void)
{
    static const guint8 signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    static const guint8 header[] = {0, 0, WIDTH >> 8, WIDTH & 0xff, 0, 0, HEIGHT >> 8, HEIGHT & 0xff, 1, 0, 0, 0, 0};
    GByteArray *png = g_byte_array_new();
    g_byte_array_append(png, signature, sizeof(signature));
    append_chunk(png, "IHDR", header, sizeof(header));
    append_pixels(png);
    append_chunk(png, "IEND", NULL, 0);
    return g_byte_array_free_to_bytes(png);
}

char *
test_domain_screenshot(virDomainPtr dom, virStreamPtr stream, unsigned int screen, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0 || vr_memstream_open(stream, make_png()) < 0)
        return NULL;
    return g_strdup("image/png");
}
