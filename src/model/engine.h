/* What the generator writes and the engine walks: one descriptor per structure, one row per attribute,
 * element or text.  Only the engine, the generated files and hooks include this.
 */
#pragma once

#include "model/model.h"

typedef struct VrRow VrRow;
typedef struct VrKind VrKind;

typedef enum { VR_AT_ATTR, VR_AT_ELEMENT, VR_AT_TEXT, VR_AT_HIDDEN, VR_AT_HOOK } VrPlace;

typedef enum {
    VR_SHAPE_SCALAR,  /* one value */
    VR_SHAPE_SCALARS, /* repeated element with a value each: T *x; size_t n_x */
    VR_SHAPE_CHILD,   /* T *x, NULL when absent */
    VR_SHAPE_INLINE,  /* T x */
    VR_SHAPE_LIST,    /* T **x; size_t n_x */
    VR_SHAPE_FLAT,    /* an element whose fields are the enclosing structure's */
} VrShape;

enum {
    VR_ROW_ALWAYS = 1 << 0,   /* printed even when it holds the default */
    VR_ROW_REQUIRED = 1 << 1,
    VR_ROW_OPT = 1 << 2,      /* a bool beside it tells whether it was given */
    VR_ROW_KEEP = 1 << 3,     /* the element is printed even when it is empty */
    VR_ROW_OPEN = 1 << 4,     /* an empty element is printed as open and close tag */
    VR_ROW_LIVE = 1 << 5,     /* not read and not printed in an inactive definition */
    VR_ROW_SECURE = 1 << 6,   /* printed only with VR_MODEL_SECURE */
    VR_ROW_STATUS = 1 << 7,   /* only in status files */
    VR_ROW_UNMIGRATABLE = 1 << 8, /* left out of migratable output */
    VR_ROW_READONLY = 1 << 9, /* printed, never read */
    VR_ROW_WRITEONLY = 1 << 10, /* read, never printed (old spellings) */
    VR_ROW_TAG = 1 << 11,     /* the list's element name is the item's enum field (ref: a VrTag) */
    VR_ROW_LENIENT = 1 << 12, /* a value that cannot be read counts as absent */
    VR_ROW_EMPTY_OK = 1 << 13, /* empty text is kept as an empty string */
    VR_ROW_INACTIVE = 1 << 14, /* printed only in an inactive definition */
    VR_ROW_ATTRS = 1 << 15,    /* a hook that prints attributes, not elements */
    VR_ROW_PASS = 1 << 17,     /* the child starts with one of our enum fields */
    VR_ROW_AGAIN = 1 << 18,    /* one more way to write an earlier row's field */
    VR_ROW_NONEMPTY = 1 << 19, /* an empty attribute counts as absent */
    VR_ROW_LAST = 1 << 20,     /* of several, the last one counts */
    VR_ROW_ASIDE = 1 << 22,    /* where a value came from: copied, never compared */
    VR_ROW_MERGE = 1 << 21,    /* several are read as one with the children of all */
    VR_ROW_HAS_UNIT = 1 << 16, /* an attribute or text whose unit is attribute "unit" */
};

struct VrParse {
    VrXmlNode *node; /* the element being read */
    const VrParseContext *context;
    const VrDesc *document;
};

struct VrFormat {
    GString *out;
    unsigned flags;
    int indent;
    const void *root; /* the document's object */
    size_t lines;     /* begun so far */
    bool gaps;        /* a blank line before each element of the first level */
    bool first;       /* the next line needs no line break before it */
};

struct VrRow {
    const char *name;
    const char *prefix; /* of a foreign namespace, or NULL */
    uint8_t place, shape;
    const VrKind *kind;
    uint32_t flags;
    uint32_t offset, aux; /* the value; its count or its "has" bool */
    uint32_t pass;        /* our field that the child gets before it is read */
    const char *knows;    /* elements that a hook reads: ",a,b," */
    const void *ref;      /* VrEnum or VrDesc */
    int64_t def;
    const char *def_text;
    int64_t min, max;     /* bounds of a number, when min < max */
    const char *fmt;      /* how a number is printed */
    const char *among;    /* the words that a string may be, each between spaces */
    uint32_t base;        /* how a number is read; what a size without a unit counts */
    uint16_t bad, missing; /* error codes that differ from the usual */
    uint16_t once;         /* the error for a second one of what may be there once */
    const char *says;     /* message for a bad value, one %s */
    const char *says_missing, *says_once;
    const char *stable;   /* what is said when a guest would see the difference (stable.c) */
    const char *ns;       /* the address that PREFIX must be bound to */
    uint32_t when_offset; /* the row exists only while this enum field is in WHEN (0: always) */
    uint64_t when;
    bool (*show)(const void *object, const VrFormat *format);
    int (*parse_hook)(VrParse *parse, const VrXmlNode *node, void *object);
    int (*format_hook)(VrFormat *format, const void *object);
};

struct VrDesc {
    const char *name; /* the structure's */
    const char *tag;  /* root element, for documents */
    const char *what; /* how parse messages name the text */
    size_t size;
    const VrRow *rows;
    unsigned n_rows;
    unsigned attrs_end;  /* no attribute, text or hook for attributes stands at or after this row */
    unsigned hooks_from; /* no hook that reads stands before this row */
    bool has_required;   /* an element is */
    bool has_defaults;   /* a fresh object is not all zeroes */
    bool silent;         /* an object of zeroes prints nothing */
    int error_domain;
    /* After the rows were read: 0, or -1 with an error set. */
    int (*parsed)(VrParse *parse, const VrXmlNode *node, void *object);
    /* Before the element is printed: FALSE leaves it out. */
    bool (*show)(const void *object, const VrFormat *format);
    /* Tag lists: which of the item's fields holds the element name's number. */
    uint32_t tag_offset;
    const VrEnum *tags;
    uint32_t passed_offset; /* the field that a parent's value is passed to */
    void (*clear)(void *object);
    bool gaps; /* printed with blank lines between its elements */
};

/* One scalar kind: how it is read, printed, owned and compared. */
struct VrKind {
    const char *name;
    size_t size;
    /* 0; -1 with an error set; 1 when TEXT is not a value of this kind. */
    int (*parse)(const VrParse *parse, const VrRow *row, const char *text, void *field);
    void (*format)(GString *out, const VrRow *row, const void *field);
    bool (*is_default)(const VrRow *row, const void *field);
    void (*free)(void *field);
    void (*copy)(void *to, const void *from);
    bool (*equal)(const void *a, const void *b);
    const char *(*unit_of)(const void *field);
    const char *unit; /* printed as attribute "unit"; the number is read with it */
    bool is_number;   /* a JSON number */
    bool is_flag;     /* the element's presence is the value */
    const char *rng;  /* data type of the schema */
};

extern const VrKind vr_kind_string, vr_kind_int, vr_kind_uint, vr_kind_llong, vr_kind_ullong,
    vr_kind_bool_yes, vr_kind_bool_on, vr_kind_flag, vr_kind_enum, vr_kind_uuid, vr_kind_mac, vr_kind_ip,
    vr_kind_bitmap, vr_kind_kib, vr_kind_bytes, vr_kind_octets, vr_kind_mib, vr_kind_xml, vr_kind_octal, vr_kind_double,
    vr_kind_alias, vr_kind_megs, vr_kind_pretty;

#define VR_FIELD(object, at) ((void *) ((char *) (object) + (at)))
#define VR_FIELD_CONST(object, at) ((const void *) ((const char *) (object) + (at)))

/* Where the fields of ROW's child live (the object itself for flat rows), or NULL when absent. */
const void *vr_row_child(const VrRow *row, const void *object);
bool vr_row_applies(const VrRow *row, const void *object);
void vr_desc_init(const VrDesc *desc, void *object);
void vr_desc_clear(const VrDesc *desc, void *object);
/* Read NODE's attributes and children into OBJECT. */
int vr_parse_into(VrParse *parse, const VrDesc *desc, const VrXmlNode *node, void *object);
/* Hooks that read an element of their own into a new object. */
void *vr_parse_child(VrParse *parse, const VrDesc *desc, const VrXmlNode *node);
/* Hand the parent's enum field on to the child that ROW holds. */
void vr_pass_on(const VrRow *row, const void *object, void *child);
int vr_format_element(VrFormat *format, const VrDesc *desc, const char *tag, const void *object,
                      unsigned row_flags);

/* Reading helpers for hooks; messages and codes are the usual ones. */
int vr_bad_attr(const VrXmlNode *node, const char *attr, const char *value);
int vr_missing_attr(const VrXmlNode *node, const char *attr);
bool vr_read_int(const char *text, int base, int *ret);
bool vr_read_uint(const char *text, int base, unsigned *ret);
bool vr_read_ullong(const char *text, int base, unsigned long long *ret);
bool vr_read_llong(const char *text, int base, long long *ret);
/* NUMBER in UNIT ("KiB", "MB", ...; NULL: FALLBACK bytes each) as bytes. */
int vr_scale(const char *number, const char *unit, unsigned long long fallback,
             unsigned long long *ret_bytes);
/* Printing helpers for hooks. */
void vr_print_attr(GString *out, const char *name, const char *value);
/* Begin a line at the present depth: every element does, none ends one. */
void vr_print_line(VrFormat *format);
