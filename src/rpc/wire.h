/* What may be on the wire: the programs, their procedures and the layout of each message, from api/NAME.wire.
 *
 * A layout is a few words of code that one engine walks; it checks a message of any procedure before anybody reads it.
 * Constant data; any thread.
 */
#pragma once

#include <glib.h>

#include "rpc/xdr.h"

typedef enum {
    VR_PROC_EVENT = 1 << 0,           /* from the server, nobody answers */
    VR_PROC_HIGH = 1 << 1,            /* never waits long: may use the reserved workers */
    VR_PROC_DIRECT = 1 << 2,          /* only reads what is in memory: answered on the loop's thread */
    VR_PROC_UNAUTHENTICATED = 1 << 3, /* allowed before authentication */
    VR_PROC_WRITE = 1 << 4,           /* refused on read-only connections by the function itself */
    VR_PROC_STREAM = 1 << 5,          /* opens a stream with the call's serial */
    VR_PROC_STREAM_IN = 1 << 6,       /* ... on which the client sends */
} VrProcFlags;

/* A permission that a call needs, always or by its flags; a list of them ends with one without an object. */
typedef struct {
    const char *object;     /* "domain", as polkit's actions spell it */
    const char *permission; /* "read-secure" */
    enum {
        VR_RULE_ALWAYS,
        VR_RULE_IF,     /* any of these flags is set */
        VR_RULE_UNLESS,
        VR_RULE_EQUALS, /* the parameter that decides is this */
    } when;
    guint32 flags;
} VrAccessRule;

extern const VrAccessRule vr_access_rules[];

typedef struct {
    const char *name; /* "DOMAIN_GET_INFO" */
    guint16 number;
    guint16 flags;    /* VrProcFlags */
    guint32 args, ret; /* layouts; 0 for none */
    guint16 access; /* the first of its access rules in vr_access_rules */
    guint16 filter; /* the rule for each item of the result, if any */
} VrProc;

typedef struct {
    const char *name;
    guint32 number;
    guint32 version;
    const VrProc *procs; /* by number, from 1 */
    guint32 n_procs;
} VrProgram;

/* The programs that api/NAME.wire describes. */
extern const VrProgram vr_program_remote, vr_program_qemu, vr_program_lxc, vr_program_admin, vr_program_keepalive,
    vr_program_lock, vr_program_log;
extern const guint32 vr_layout_error;

/* NULL when PROGRAM has no such procedure. */
static inline const VrProc *
vr_program_proc(const VrProgram *program, gint32 number)
{
    if (number < 1 || (guint32)number > program->n_procs || !program->procs[number - 1].name)
        return NULL;
    return &program->procs[number - 1];
}

/* TRUE when DATA begins with a message of that layout: lengths and counts within their bounds and within LEN.  Padding may
 * hold anything, and a flag that is not 0 is set: clients are about that get these wrong.  What follows is for the caller to
 * judge: *ret_used (may be NULL) says where. */
gboolean vr_layout_check(guint32 layout, const guint8 *data, gsize len, gsize *ret_used);

/* The words of layout code, for the engine and its tests. */
enum {
    VR_LAYOUT_END,     /* of a type */
    VR_LAYOUT_WORDS,   /* OPERAND words of any value */
    VR_LAYOUT_BYTES,   /* a count up to OPERAND, bytes, padding */
    VR_LAYOUT_MANY,    /* a count up to OPERAND of the type in the next word */
    VR_LAYOUT_MAYBE,   /* a flag, then the type OPERAND */
    VR_LAYOUT_TYPE,    /* the type OPERAND */
    VR_LAYOUT_VALUE,   /* a typed parameter's kind and value; strings up to OPERAND */
};
#define VR_LAYOUT_OP(word) ((word) & 0xf)
#define VR_LAYOUT_OPERAND(word) ((word) >> 4)
extern const guint32 vr_layout_code[];
