/* Sets of small numbers: CPU sets, NUMA nodes.
 *
 * Used by the model and by whoever pins CPUs; no state shared between threads.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    unsigned n_words;
    unsigned long words[];
} VrBitmap;

/* The largest number that a set may hold. */
#define VR_BITMAP_MAX 1048575u

/* "0-3,^2,7": NULL when TEXT is not such a list. */
VrBitmap *vr_bitmap_parse(const char *text);
VrBitmap *vr_bitmap_new(unsigned highest);
VrBitmap *vr_bitmap_copy(const VrBitmap *set);
char *vr_bitmap_format(const VrBitmap *set);
bool vr_bitmap_has(const VrBitmap *set, unsigned number);
/* The set may move: use the pointer returned. */
VrBitmap *vr_bitmap_add(VrBitmap *set, unsigned number);
void vr_bitmap_remove(VrBitmap *set, unsigned number);
bool vr_bitmap_is_empty(const VrBitmap *set);
bool vr_bitmap_equal(const VrBitmap *a, const VrBitmap *b);
bool vr_bitmap_overlaps(const VrBitmap *a, const VrBitmap *b);
unsigned vr_bitmap_count(const VrBitmap *set);
/* The smallest number above AFTER (-1: the first), or -1; the largest, or -1. */
int vr_bitmap_next(const VrBitmap *set, int after);
int vr_bitmap_last(const VrBitmap *set);
void vr_bitmap_free(VrBitmap *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VrBitmap, vr_bitmap_free)
