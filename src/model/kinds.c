/* The scalar kinds: one row each in the table at the end of this file's concern.
 *
 * Called by the engine (parse, format, copy, compare) on any thread.
 */
#include "model/engine.h"
#include "model/put.h"
#include "model/ip.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* --- reading numbers -------------------------------------------------------------------------- */

static const char *
number_start(const char *text, bool *ret_negative)
{
    text += strspn(text, " \t\r\n");
    *ret_negative = *text == '-';
    return text;
}

bool
vr_read_ullong(const char *text, int base, unsigned long long *ret)
{
    bool negative;
    char *end;
    unsigned long long value;

    text = number_start(text, &negative);
    errno = 0;
    value = strtoull(text, &end, base);
    if (end == text || *end || errno || negative)
        return false;
    *ret = value;
    return true;
}

bool
vr_read_llong(const char *text, int base, long long *ret)
{
    char *end;
    long long value;

    errno = 0;
    value = strtoll(text, &end, base);
    if (end == text || *end || errno)
        return false;
    *ret = value;
    return true;
}

bool
vr_read_int(const char *text, int base, int *ret)
{
    long long value;

    if (!vr_read_llong(text, base, &value) || value < G_MININT || value > G_MAXINT)
        return false;
    *ret = (int) value;
    return true;
}

bool
vr_read_uint(const char *text, int base, unsigned *ret)
{
    unsigned long long value;

    if (!vr_read_ullong(text, base, &value) || value > G_MAXUINT)
        return false;
    *ret = (unsigned) value;
    return true;
}

int
vr_scale(const char *number, const char *unit, unsigned long long fallback,
         unsigned long long *ret_bytes)
{
    static const char letters[] = "kmgtpe";
    unsigned long long value, factor = fallback;

    if (!vr_read_ullong(number, 10, &value))
        return 1;
    if (unit && *unit) {
        const char *letter = strchr(letters, g_ascii_tolower(*unit));
        int power = letter ? (int) (letter - letters) + 1 : 0;

        factor = 1;
        if (g_ascii_strcasecmp(unit, "b") == 0 || g_ascii_strcasecmp(unit, "byte") == 0 ||
            g_ascii_strcasecmp(unit, "bytes") == 0)
            power = 0;
        else if (!letter || (unit[1] && g_ascii_strcasecmp(unit + 1, "ib") != 0 &&
                             g_ascii_strcasecmp(unit + 1, "b") != 0))
            return vr_error(VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "unknown suffix '%s'", unit);
        while (power-- > 0)
            factor *= unit[1] && g_ascii_tolower(unit[1]) == 'b' ? 1000 : 1024;
    }
    if (value && factor > (unsigned long long) G_MAXINT64 / value)
        return vr_error(VIR_FROM_NONE, VIR_ERR_OVERFLOW, "value too large: %llu%s", value,
                        unit ? unit : "");
    *ret_bytes = value * factor;
    return 0;
}

/* --- the kinds -------------------------------------------------------------------------------- */

#define PLAIN(type, id)                                                                            \
    static void id##_copy(void *to, const void *from)                                              \
    {                                                                                              \
        *(type *) to = *(const type *) from;                                                       \
    }                                                                                              \
    static bool id##_equal(const void *a, const void *b)                                           \
    {                                                                                              \
        return *(const type *) a == *(const type *) b;                                             \
    }                                                                                              \
    static bool id##_is_default(const VrRow *row, const void *field)                               \
    {                                                                                              \
        return *(const type *) field == (type) row->def;                                           \
    }

PLAIN(int, int)
PLAIN(unsigned, uint)
PLAIN(long long, llong)
PLAIN(unsigned long long, ullong)
PLAIN(bool, bool)

static bool
in_range(const VrRow *row, int64_t value)
{
    return row->min >= row->max || (value >= row->min && value <= row->max);
}

/* FMT is "0x4" or "0X4": hexadecimal in small or capital letters, with that many digits at least. */
static void
hex_format(GString *out, const char *fmt, unsigned long long bits)
{
    vr_put(out, "0x", 2);
    vr_put_digits(out, bits, 16, (unsigned) atoi(fmt + 2), fmt[1] == 'X' ? "0123456789ABCDEF" : "0123456789abcdef");
}

#define NUMBER(type, id, read, put, bounded)                                                       \
    static int id##_parse(const VrParse *parse, const VrRow *row, const char *text, void *field)  \
    {                                                                                              \
        type value;                                                                                \
                                                                                                   \
        if (!read(text, row->base, &value) || !in_range(row, (int64_t) (bounded)))                 \
            return 1;                                                                              \
        *(type *) field = value;                                                                   \
        return 0;                                                                                  \
    }                                                                                              \
    static void id##_format(GString *out, const VrRow *row, const void *field)                     \
    {                                                                                              \
        unsigned long long bits = (unsigned long long) *(const type *) field;                      \
                                                                                                   \
        if (row->fmt)                                                                              \
            hex_format(out, row->fmt, bits);                                                       \
        else                                                                                       \
            put(out, *(const type *) field);                                                       \
    }

NUMBER(int, int, vr_read_int, vr_put_signed, value)
NUMBER(unsigned, uint, vr_read_uint, vr_put_number, value)
NUMBER(long long, llong, vr_read_llong, vr_put_signed, value)
NUMBER(unsigned long long, ullong, vr_read_ullong, vr_put_number, value > G_MAXINT64 ? G_MAXINT64 : value)

static int
octal_parse(const VrParse *parse, const VrRow *row, const char *text, void *field)
{
    unsigned value;

    if (!vr_read_uint(text, 8, &value) || value > 0777)
        return 1;
    *(unsigned *) field = value;
    return 0;
}

static void
octal_format(GString *out, const VrRow *row, const void *field)
{
    if (!row->fmt)
        g_string_append_c(out, '0');
    vr_put_digits(out, *(const unsigned *) field, 8, row->fmt ? 4 : 1, "01234567");
}

static bool
is_among(const char *words, const char *text)
{
    size_t len = strlen(text);

    for (const char *at = strstr(words, text); at && len; at = strstr(at + 1, text)) {
        if (at > words && at[-1] == ' ' && at[len] == ' ')
            return true;
    }
    return false;
}

static int
string_parse(const VrParse *parse, const VrRow *row, const char *text, void *field)
{
    if (row->among && !is_among(row->among, text))
        return 1;
    g_free(*(char **) field);
    *(char **) field = g_strdup(text);
    return 0;
}

static void
string_format(GString *out, const VrRow *row, const void *field)
{
    vr_xml_escape(out, *(char *const *) field);
}

static bool
string_is_default(const VrRow *row, const void *field)
{
    const char *value = *(char *const *) field;

    return !value || (row->def_text && strcmp(value, row->def_text) == 0);
}

static void
string_free(void *field)
{
    g_clear_pointer((char **) field, g_free);
}

static void
string_copy(void *to, const void *from)
{
    *(char **) to = g_strdup(*(char *const *) from);
}

static bool
string_equal(const void *a, const void *b)
{
    return g_strcmp0(*(char *const *) a, *(char *const *) b) == 0;
}

/* Names that the daemon gave live as long as the guest runs; the user's own begin with "ua-". */
static int
alias_parse(const VrParse *parse, const VrRow *row, const char *text, void *field)
{
    if (parse->context->flags & VR_MODEL_INACTIVE && !g_str_has_prefix(text, "ua-"))
        return 0;
    return string_parse(parse, row, text, field);
}

/* An IP address is kept as text in its canonical form. */
static int
ip_parse(const VrParse *parse, const VrRow *row, const char *text, void *field)
{
    VrIp ip;

    if (!vr_ip_read(text, &ip))
        return 1;
    g_free(*(char **) field);
    *(char **) field = vr_ip_text(&ip);
    return 0;
}

static int
yes_parse(const VrParse *parse, const VrRow *row, const char *text, void *field)
{
    bool yes = strcmp(text, "yes") == 0;

    if (!yes && strcmp(text, "no") != 0)
        return 1;
    *(bool *) field = yes;
    return 0;
}

static void
yes_format(GString *out, const VrRow *row, const void *field)
{
    g_string_append(out, *(const bool *) field ? "yes" : "no");
}

static int
on_parse(const VrParse *parse, const VrRow *row, const char *text, void *field)
{
    bool on = strcmp(text, "on") == 0;

    if (!on && strcmp(text, "off") != 0)
        return 1;
    *(bool *) field = on;
    return 0;
}

static void
on_format(GString *out, const VrRow *row, const void *field)
{
    g_string_append(out, *(const bool *) field ? "on" : "off");
}

static int
flag_parse(const VrParse *parse, const VrRow *row, const char *text, void *field)
{
    *(bool *) field = true;
    return 0;
}

static void
flag_format(GString *out, const VrRow *row, const void *field)
{
}

const char *
vr_enum_to_string(const VrEnum *table, int value)
{
    return value >= 0 && value < table->n ? table->values[value] : NULL;
}

int
vr_enum_from_string(const VrEnum *table, const char *text)
{
    for (int i = 0; text && i < table->n; i++) {
        if (table->values[i] && strcmp(table->values[i], text) == 0)
            return i;
    }
    return text && table->absent && strcmp(table->absent, text) == 0 ? 0 : -1;
}

static int
enum_parse(const VrParse *parse, const VrRow *row, const char *text, void *field)
{
    int value = vr_enum_from_string(row->ref, text);

    if (value < 0 || !in_range(row, value))
        return 1;
    *(int *) field = value;
    return 0;
}

static void
enum_format(GString *out, const VrRow *row, const void *field)
{
    const char *text = vr_enum_to_string(row->ref, *(const int *) field);

    g_string_append(out, text ? text : "");
}

/* A value without a name (absent) is never printed, whatever the default. */
static bool
enum_is_default(const VrRow *row, const void *field)
{
    return *(const int *) field == (int) row->def || !vr_enum_to_string(row->ref, *(const int *) field);
}

#define UUID_BYTES 16

static int
uuid_parse(const VrParse *parse, const VrRow *row, const char *text, void *field)
{
    unsigned char bytes[UUID_BYTES];
    unsigned n = 0;

    text += strspn(text, " \t\r\n");
    while (n < UUID_BYTES && *text) {
        if (*text == '-') {
            text++;
            continue;
        }
        if (!g_ascii_isxdigit(text[0]) || !g_ascii_isxdigit(text[1]))
            return 1;
        bytes[n++] = (unsigned char) (g_ascii_xdigit_value(text[0]) << 4 |
                                      g_ascii_xdigit_value(text[1]));
        text += 2;
    }
    if (n < UUID_BYTES || text[strspn(text, " \t\r\n")])
        return 1;
    memcpy(field, bytes, UUID_BYTES);
    return 0;
}

static void
uuid_format(GString *out, const VrRow *row, const void *field)
{
    const unsigned char *bytes = field;

    for (int i = 0; i < UUID_BYTES; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            g_string_append_c(out, '-');
        vr_put_hex(out, bytes[i], 2);
    }
}

static bool
all_zero(const void *field, size_t size)
{
    const unsigned char *bytes = field;

    while (size-- > 0) {
        if (bytes[size])
            return false;
    }
    return true;
}

static bool
uuid_is_default(const VrRow *row, const void *field)
{
    return all_zero(field, UUID_BYTES);
}

static void
uuid_copy(void *to, const void *from)
{
    memcpy(to, from, UUID_BYTES);
}

static bool
uuid_equal(const void *a, const void *b)
{
    return memcmp(a, b, UUID_BYTES) == 0;
}

#define MAC_BYTES 6

static int
mac_parse(const VrParse *parse, const VrRow *row, const char *text, void *field)
{
    unsigned char bytes[MAC_BYTES];

    for (int i = 0; i < MAC_BYTES; i++) {
        char *end;
        unsigned long byte;

        if (!g_ascii_isxdigit(*text))
            return 1;
        byte = strtoul(text, &end, 16);
        if (byte > 0xff || *end != (i < MAC_BYTES - 1 ? ':' : '\0'))
            return 1;
        bytes[i] = (unsigned char) byte;
        text = end + 1;
    }
    memcpy(field, bytes, MAC_BYTES);
    return 0;
}

static void
mac_format(GString *out, const VrRow *row, const void *field)
{
    const unsigned char *mac = field;

    for (int i = 0; i < MAC_BYTES; i++) {
        if (i > 0)
            g_string_append_c(out, ':');
        vr_put_hex(out, mac[i], 2);
    }
}

static bool
mac_is_default(const VrRow *row, const void *field)
{
    return all_zero(field, MAC_BYTES);
}

static void
mac_copy(void *to, const void *from)
{
    memcpy(to, from, MAC_BYTES);
}

static bool
mac_equal(const void *a, const void *b)
{
    return memcmp(a, b, MAC_BYTES) == 0;
}

#define MAX_CPU 16383 /* of a set in a document; wider sets exist only in memory */

static int
bitmap_parse(const VrParse *parse, const VrRow *row, const char *text, void *field)
{
    VrBitmap *set = vr_bitmap_parse(text);

    if (!set || vr_bitmap_last(set) > MAX_CPU || !text[strspn(text, " \t\r\n")]) {
        vr_bitmap_free(set);
        return 1;
    }
    g_free(*(VrBitmap **) field);
    *(VrBitmap **) field = set;
    return 0;
}

static void
bitmap_format(GString *out, const VrRow *row, const void *field)
{
    g_autofree char *text = vr_bitmap_format(*(VrBitmap *const *) field);

    g_string_append(out, text);
}

static bool
pointer_is_null(const VrRow *row, const void *field)
{
    return !*(void *const *) field;
}

static void
bitmap_copy(void *to, const void *from)
{
    *(VrBitmap **) to = vr_bitmap_copy(*(VrBitmap *const *) from);
}

static bool
bitmap_equal(const void *a, const void *b)
{
    return vr_bitmap_equal(*(VrBitmap *const *) a, *(VrBitmap *const *) b);
}

/* Sizes: the unit is the neighbouring attribute "unit"; kept in the kind's own unit, rounded up. */
static int
sized_parse(const VrParse *parse, const VrRow *row, const char *text, void *field,
            unsigned long long fallback, unsigned long long keep)
{
    unsigned long long bytes;
    const char *unit = parse->node ? vr_xml_attr(parse->node, "unit") : NULL;
    int result = vr_scale(text, unit, fallback, &bytes);

    if (result)
        return result;
    bytes = bytes / keep + (bytes % keep ? 1 : 0);
    if (!in_range(row, bytes > G_MAXINT64 ? G_MAXINT64 : (int64_t) bytes))
        return 1;
    *(unsigned long long *) field = bytes;
    return 0;
}

static int
kib_parse(const VrParse *parse, const VrRow *row, const char *text, void *field)
{
    return sized_parse(parse, row, text, field, 1024, 1024);
}

static int
bytes_parse(const VrParse *parse, const VrRow *row, const char *text, void *field)
{
    return sized_parse(parse, row, text, field, row->base > 10 ? row->base : 1, 1);
}

/* A size that is printed in the largest unit that holds it without a rest. */
static const char *const pretty_units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

static unsigned
pretty_power(unsigned long long bytes)
{
    unsigned power = 0;

    for (; bytes && bytes % 1024 == 0 && power + 1 < G_N_ELEMENTS(pretty_units); bytes /= 1024)
        power++;
    return power;
}

static const char *
pretty_unit(const void *field)
{
    return pretty_units[pretty_power(*(const unsigned long long *) field)];
}

static void
pretty_format(GString *out, const VrRow *row, const void *field)
{
    unsigned long long bytes = *(const unsigned long long *) field;

    g_string_append_printf(out, "%llu", bytes >> (10 * pretty_power(bytes)));
}

/* Whole megabytes; what is over is dropped. */
static int
megs_parse(const VrParse *parse, const VrRow *row, const char *text, void *field)
{
    int result = sized_parse(parse, row, text, field, 1, 1);

    if (result == 0)
        *(unsigned long long *) field >>= 20;
    return result;
}

static int
mib_parse(const VrParse *parse, const VrRow *row, const char *text, void *field)
{
    return sized_parse(parse, row, text, field, 1024 * 1024, 1024 * 1024);
}

static int
double_parse(const VrParse *parse, const VrRow *row, const char *text, void *field)
{
    char *end;
    double value = g_ascii_strtod(text, &end);

    if (end == text || *end)
        return 1;
    *(double *) field = value;
    return 0;
}

static void
double_format(GString *out, const VrRow *row, const void *field)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    g_string_append(out, g_ascii_formatd(text, sizeof(text), "%g", *(const double *) field));
}

PLAIN(double, double)

/* A kept tree: metadata and what only a driver understands. */
static void
tree_free(void *field)
{
    g_clear_pointer((VrXmlTree **) field, vr_xml_free);
}

static void
tree_copy(void *to, const void *from)
{
    VrXmlTree *tree = *(VrXmlTree *const *) from;

    *(VrXmlTree **) to = tree ? vr_xml_clone(vr_xml_root(tree)) : NULL;
}

static bool
tree_equal(const void *a, const void *b)
{
    VrXmlTree *x = *(VrXmlTree *const *) a, *y = *(VrXmlTree *const *) b;

    return x && y ? vr_xml_equal(vr_xml_root(x), vr_xml_root(y)) : x == y;
}

#define OWNED(id) .free = id##_free, .copy = id##_copy, .equal = id##_equal
#define VALUE(id) .is_default = id##_is_default, .copy = id##_copy, .equal = id##_equal
#define TEXT(id) .parse = id##_parse, .format = id##_format

const VrKind vr_kind_string = {.name = "string", .size = sizeof(char *), TEXT(string),
                               .is_default = string_is_default, OWNED(string), .rng = "text"};
const VrKind vr_kind_alias = {.name = "alias", .size = sizeof(char *), .parse = alias_parse,
                              .format = string_format, .is_default = string_is_default,
                              OWNED(string), .rng = "text"};
const VrKind vr_kind_ip = {.name = "ip", .size = sizeof(char *), .parse = ip_parse,
                           .format = string_format, .is_default = string_is_default, OWNED(string),
                           .rng = "ip"};
const VrKind vr_kind_int = {.name = "int", .size = sizeof(int), TEXT(int), VALUE(int),
                            .is_number = true, .rng = "integer"};
const VrKind vr_kind_uint = {.name = "uint", .size = sizeof(unsigned), TEXT(uint), VALUE(uint),
                             .is_number = true, .rng = "number"};
const VrKind vr_kind_octal = {.name = "octal", .size = sizeof(unsigned), TEXT(octal), VALUE(uint),
                              .rng = "octal"};
const VrKind vr_kind_llong = {.name = "llong", .size = sizeof(long long), TEXT(llong), VALUE(llong),
                              .is_number = true, .rng = "integer"};
const VrKind vr_kind_ullong = {.name = "ullong", .size = sizeof(unsigned long long), TEXT(ullong),
                               VALUE(ullong), .is_number = true, .rng = "number"};
const VrKind vr_kind_double = {.name = "double", .size = sizeof(double), TEXT(double), VALUE(double),
                               .is_number = true, .rng = "decimal"};
const VrKind vr_kind_bool_yes = {.name = "bool_yes", .size = sizeof(bool), TEXT(yes), VALUE(bool),
                                 .rng = "yes_no"};
const VrKind vr_kind_bool_on = {.name = "bool_on", .size = sizeof(bool), TEXT(on), VALUE(bool),
                                .rng = "on_off"};
const VrKind vr_kind_flag = {.name = "flag", .size = sizeof(bool), TEXT(flag), VALUE(bool),
                             .is_flag = true, .rng = "empty"};
const VrKind vr_kind_enum = {.name = "enum", .size = sizeof(int), TEXT(enum),
                             .is_default = enum_is_default, .copy = int_copy, .equal = int_equal};
const VrKind vr_kind_uuid = {.name = "uuid", .size = UUID_BYTES, TEXT(uuid), VALUE(uuid),
                             .rng = "uuid"};
const VrKind vr_kind_mac = {.name = "mac", .size = MAC_BYTES, TEXT(mac), VALUE(mac), .rng = "mac"};
const VrKind vr_kind_bitmap = {.name = "bitmap", .size = sizeof(VrBitmap *), TEXT(bitmap),
                               .is_default = pointer_is_null, .free = string_free,
                               .copy = bitmap_copy, .equal = bitmap_equal, .rng = "cpuset"};
const VrKind vr_kind_kib = {.name = "kib", .size = sizeof(unsigned long long), .parse = kib_parse,
                            .format = ullong_format, VALUE(ullong), .unit = "KiB",
                            .is_number = true, .rng = "number"};
const VrKind vr_kind_mib = {.name = "mib", .size = sizeof(unsigned long long), .parse = mib_parse,
                            .format = ullong_format, VALUE(ullong), .unit = "MiB",
                            .is_number = true, .rng = "number"};
const VrKind vr_kind_megs = {.name = "megs", .size = sizeof(unsigned long long), .parse = megs_parse,
                             .format = ullong_format, VALUE(ullong), .unit = "M",
                             .is_number = true, .rng = "number"};
const VrKind vr_kind_pretty = {.name = "pretty", .size = sizeof(unsigned long long),
                               .parse = bytes_parse, .format = pretty_format, VALUE(ullong),
                               .unit = "B", .unit_of = pretty_unit, .rng = "number"};
const VrKind vr_kind_bytes = {.name = "bytes", .size = sizeof(unsigned long long),
                              .parse = bytes_parse, .format = ullong_format, VALUE(ullong),
                              .unit = "bytes", .is_number = true, .rng = "number"};
const VrKind vr_kind_octets = {.name = "octets", .size = sizeof(unsigned long long),
                               .parse = bytes_parse, .format = ullong_format, VALUE(ullong),
                               .unit = "B", .is_number = true, .rng = "number"};
const VrKind vr_kind_xml = {.name = "xml", .size = sizeof(VrXmlTree *), .is_default = pointer_is_null,
                            OWNED(tree), .rng = "any"};
