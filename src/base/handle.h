/* Handles: the memory behind every pointer the API gives out.
 *
 * Slots come from chunks that are never returned to the system, so asking whether a pointer is a live handle
 * of some kind is safe for any pointer whatever: freed, foreign or garbage.  Lock-free to check, any thread.
 */
#pragma once

#include <glib.h>

#define VR_HANDLE_SIZE 128

/* First member of every handle. */
typedef struct {
    guint32 magic; /* the kind; 0 once freed */
    gint refs;
} VrHandle;

/* A zeroed slot with one reference. */
void *vr_handle_new(guint32 magic);

/* True when P is a live handle with that magic. */
gboolean vr_handle_is(const void *p, guint32 magic);

/* The magic of P, or 0 when it is no live handle. */
guint32 vr_handle_magic(const void *p);

void vr_handle_ref(void *p);

/* Drop a reference; TRUE when it was the last: the caller then frees what the slot owns and calls vr_handle_free(). */
gboolean vr_handle_unref(void *p);

void vr_handle_free(void *p);
