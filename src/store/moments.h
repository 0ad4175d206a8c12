/* Snapshots and checkpoints of one guest: two trees of the same shape, immutable once published.
 *
 * A set is shared by reference between guest states; changing it means copying the array of its members.  Any thread.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "model/model.h"

/* One snapshot or checkpoint.  Its document is never changed once it is in a set. */
typedef struct {
    gint refs;
    char *name;
    char *parent;         /* NULL for a root */
    const VrDesc *desc;   /* what DEF is */
    void *def;
    unsigned traits;      /* the list flags (not ROOTS, LEAVES and their like) that it answers to */
} VrMoment;

typedef struct {
    gint refs;
    GPtrArray *all; /* VrMoment, oldest first */
    char *current;  /* a member's name, or NULL */
} VrMoments;

VrMoment *vr_moment_new(const char *name, const char *parent, const VrDesc *desc, void *def, unsigned traits);
VrMoment *vr_moment_ref(VrMoment *moment);
void vr_moment_unref(VrMoment *moment);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VrMoment, vr_moment_unref)

VrMoments *vr_moments_new(void);
VrMoments *vr_moments_ref(VrMoments *set);
void vr_moments_unref(VrMoments *set);
/* *SET as one that may be written to. */
VrMoments *vr_moments_writable(VrMoments **set);

VrMoment *vr_moments_find(const VrMoments *set, const char *name);
bool vr_moments_has_children(const VrMoments *set, const char *name);
/* Whether NAME is ANCESTOR or stands below it. */
bool vr_moments_below(const VrMoments *set, const char *name, const char *ancestor);

/* Writing, on a set from vr_moments_writable().  MOMENT is taken over; one of the same name is replaced. */
void vr_moments_add(VrMoments *set, VrMoment *moment);
void vr_moments_remove(VrMoments *set, const char *name);
void vr_moments_set_current(VrMoments *set, const char *name);
/* Give NAME's children another parent. */
void vr_moments_adopt(VrMoments *set, const char *name, const char *parent);

/* How list flags are read: kinds of filter, each a set of bits of which none or all mean "do not filter". */
typedef struct {
    unsigned roots;       /* with FROM given the same bit means "all descendants" */
    unsigned leaves, no_leaves, topological;
    const unsigned *groups; /* traits that exclude each other, 0-terminated */
} VrMomentFilter;

/* The members that FLAGS select, parents before children: below FROM, or of the whole set when it is NULL. */
GPtrArray *vr_moments_list(const VrMoments *set, const char *from, const VrMomentFilter *filter, unsigned flags);
