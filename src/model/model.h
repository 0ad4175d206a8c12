/* The model's public face: parse, format, copy, compare and describe any document of model/.
 *
 * Called by the drivers, the library and the daemon, on any thread; objects belong to their caller.
 * The typed wrappers (network_def_parse() and so on) are generated beside each structure.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "model/bitmap.h"
#include "model/xml.h"

typedef struct VrDesc VrDesc;
typedef struct VrParse VrParse;   /* one reading, as hooks see it (engine.h) */
typedef struct VrFormat VrFormat; /* one printing */

/* What a document is read and written for.  The low bits equal virDomainXMLFlags. */
typedef enum {
    VR_MODEL_SECURE = 1 << 0,     /* passwords and keys are kept */
    VR_MODEL_INACTIVE = 1 << 1,   /* the definition for the next start: nothing that only lives at run time */
    VR_MODEL_UPDATE_CPU = 1 << 2,
    VR_MODEL_MIGRATABLE = 1 << 3, /* without what older releases do not know */
    VR_MODEL_STATUS = 1 << 16,    /* the daemon's own status files: everything */
    VR_MODEL_VALIDATE = 1 << 17,  /* refuse elements and attributes that the model does not know */
    VR_MODEL_SKIP_VALIDATE = 1 << 18, /* read only: no rules beyond the form (our own files) */
    VR_MODEL_ABI_UPDATE = 1 << 19,    /* a new guest: defaults may differ from an existing one's */
    VR_MODEL_SKIP_POST = 1 << 20,     /* no defaults are filled in */
    VR_MODEL_VOL_BACKING_CAPACITY = 1 << 21, /* a volume's sizes come from another's: nothing is made up */
} VrModelFlags;

/* Handed through a parse to every hook. */
typedef struct {
    unsigned flags;
    const void *driver; /* the document's driver hooks (DomainDriver and the like; a volume's
                         * StoragePoolDef), may be NULL */
    void *opaque;       /* the hooks' own */
    const char *const *namespaces; /* prefixes of the foreign namespaces that are kept, NULL: none */
    const VrDesc *document; /* what a part that is read alone belongs to; NULL: it is a document */
} VrParseContext;

void *vr_model_new(const VrDesc *desc);
/* NULL with an error set when TEXT is not well formed, not this document, or breaks its rules. */
void *vr_model_parse(const VrDesc *desc, const char *text, const VrParseContext *context);
void *vr_model_parse_node(const VrDesc *desc, const VrXmlNode *node, const VrParseContext *context);
/* The XML text, or NULL with an error set.  TAG is the element name where the document has none of its own. */
char *vr_model_format(const VrDesc *desc, const void *object, unsigned flags);
/* Append OBJECT as element TAG at INDENT spaces. */
int vr_model_format_to(GString *out, const VrDesc *desc, const char *tag, const void *object,
                       unsigned flags, int indent);
void *vr_model_copy(const VrDesc *desc, const void *object);
void vr_model_free(const VrDesc *desc, void *object);
bool vr_model_equal(const VrDesc *desc, const void *a, const void *b);
/* Add an element to one of OBJECT's lists (ITEMS, COUNT its fields); the list owns ITEM then. */
void vr_model_list_add(void *items, size_t *count, void *item);
void vr_model_list_insert(void *items, size_t *count, size_t at, void *item);
/* Take item AT out of a list; the caller owns it. */
void *vr_model_list_take(void *items, size_t *count, size_t at);

/* One difference: where ("devices/disk[2]/@type") and both values (NULL: absent there). */
typedef void (*VrModelDiffFunc)(const char *path, const char *old_value, const char *new_value,
                                void *opaque);
void vr_model_diff(const VrDesc *desc, const void *old_object, const void *new_object,
                   VrModelDiffFunc func, void *opaque);
/* 0, or -1 with an error that names the first thing that a guest would see differ. */
int vr_model_check_stable(const VrDesc *desc, const void *source, const void *target);
/* OBJECT as one JSON object. */
char *vr_model_json(const VrDesc *desc, const void *object, unsigned flags);

/* A name-to-number table; an enum's first value may have no name (absent). */
typedef struct {
    const char *name;
    const char *const *values;
    int n;
    const char *absent; /* reads as the absent value, is never printed; may be NULL */
} VrEnum;
const char *vr_enum_to_string(const VrEnum *table, int value);
/* -1 when TEXT is none of the names. */
int vr_enum_from_string(const VrEnum *table, const char *text);

/* The typed faces of one structure and of one document, for the generated headers. */
#define VR_MODEL_STRUCT(Type, name)                                                                \
    static inline Type *name##_new(void)                                                           \
    {                                                                                              \
        return vr_model_new(&vr_desc_##name);                                                      \
    }                                                                                              \
    static inline void name##_free(Type *object)                                                   \
    {                                                                                              \
        vr_model_free(&vr_desc_##name, object);                                                    \
    }                                                                                              \
    G_DEFINE_AUTOPTR_CLEANUP_FUNC(Type, name##_free)                                               \
    static inline Type *name##_copy(const Type *object)                                            \
    {                                                                                              \
        return vr_model_copy(&vr_desc_##name, object);                                             \
    }
#define VR_MODEL_DOCUMENT(Type, name)                                                              \
    VR_MODEL_STRUCT(Type, name)                                                                    \
    static inline Type *name##_parse(const char *text, const VrParseContext *context)              \
    {                                                                                              \
        return vr_model_parse(&vr_desc_##name, text, context);                                     \
    }                                                                                              \
    static inline Type *name##_parse_node(const VrXmlNode *node, const VrParseContext *context)    \
    {                                                                                              \
        return vr_model_parse_node(&vr_desc_##name, node, context);                                \
    }                                                                                              \
    static inline char *name##_format(const Type *object, unsigned flags)                          \
    {                                                                                              \
        return vr_model_format(&vr_desc_##name, object, flags);                                    \
    }                                                                                              \
    static inline bool name##_equal(const Type *a, const Type *b)                                  \
    {                                                                                              \
        return vr_model_equal(&vr_desc_##name, a, b);                                              \
    }
