/* A slab of equal slots in aligned chunks, found again through a small table of chunk addresses.
 *
 * Freed slots wait in a queue before they are used again, so that a stale pointer meets an empty slot, not
 * somebody else's object.
 */
#include "base/handle.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/lock.h"

#define CHUNK_SIZE ((gsize)1 << 20)
#define SLOTS_PER_CHUNK (CHUNK_SIZE / VR_HANDLE_SIZE)
#define TABLE_SIZE 8192 /* a power of two; half full at most */
#define QUARANTINE 1024

typedef struct FreeSlot {
    VrHandle handle;
    struct FreeSlot *next;
} FreeSlot;

static VrMutex lock = VR_MUTEX_INIT;
static gpointer chunks[TABLE_SIZE]; /* open addressing; entries are only ever added */
static guint n_chunks;
static char *fresh;       /* never used slots of the newest chunk */
static gsize n_fresh;
static FreeSlot *first_free, *last_free;
static gsize n_free;

static gsize
chunk_hash(guintptr base)
{
    return (base / CHUNK_SIZE * 0x9E3779B1u) & (TABLE_SIZE - 1);
}

static gboolean
chunk_known(guintptr base)
{
    for (gsize i = chunk_hash(base);; i = (i + 1) & (TABLE_SIZE - 1)) {
        guintptr entry = (guintptr)g_atomic_pointer_get(&chunks[i]);
        if (entry == base)
            return TRUE;
        if (!entry)
            return FALSE;
    }
}

static void
chunk_add(void)
{
    if (n_chunks >= TABLE_SIZE / 2)
        g_error("more than %lu API objects are alive: the application leaks them",
                (unsigned long)(n_chunks * SLOTS_PER_CHUNK));
    char *area = mmap(NULL, 2 * CHUNK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                      -1, 0);
    if (area == MAP_FAILED)
        g_error("out of memory for API objects: %s", g_strerror(errno));
    char *base = (char *)(((guintptr)area + CHUNK_SIZE - 1) & ~(CHUNK_SIZE - 1));
    if (base > area)
        munmap(area, (gsize)(base - area));
    munmap(base + CHUNK_SIZE, (gsize)(area + CHUNK_SIZE - base));
    gsize i = chunk_hash((guintptr)base);
    while (chunks[i])
        i = (i + 1) & (TABLE_SIZE - 1);
    g_atomic_pointer_set(&chunks[i], (gpointer)base);
    n_chunks++;
    fresh = base;
    n_fresh = SLOTS_PER_CHUNK;
}

void *
vr_handle_new(guint32 magic)
{
    VrHandle *h;
    vr_mutex_lock(&lock);
    if (n_free > QUARANTINE) {
        FreeSlot *slot = first_free;
        first_free = slot->next;
        n_free--;
        h = &slot->handle;
    } else {
        if (n_fresh == 0)
            chunk_add();
        h = (VrHandle *)fresh;
        fresh += VR_HANDLE_SIZE;
        n_fresh--;
    }
    vr_mutex_unlock(&lock);
    memset(h + 1, 0, VR_HANDLE_SIZE - sizeof(*h));
    g_atomic_int_set(&h->refs, 1);
    g_atomic_int_set((gint *)&h->magic, (gint)magic);
    return h;
}

guint32
vr_handle_magic(const void *p)
{
    guintptr base = (guintptr)p & ~(CHUNK_SIZE - 1);
    if (!base || ((guintptr)p - base) % VR_HANDLE_SIZE || !chunk_known(base))
        return 0;
    return (guint32)g_atomic_int_get((const gint *)&((const VrHandle *)p)->magic);
}

gboolean
vr_handle_is(const void *p, guint32 magic)
{
    return vr_handle_magic(p) == magic;
}

void
vr_handle_ref(void *p)
{
    g_atomic_int_inc(&((VrHandle *)p)->refs);
}

gboolean
vr_handle_unref(void *p)
{
    VrHandle *h = p;
    if (!g_atomic_int_dec_and_test(&h->refs))
        return FALSE;
    g_atomic_int_set((gint *)&h->magic, 0);
    return TRUE;
}

void
vr_handle_free(void *p)
{
    FreeSlot *slot = p;
    slot->next = NULL;
    vr_mutex_lock(&lock);
    if (n_free)
        last_free->next = slot;
    else
        first_free = slot;
    last_free = slot;
    n_free++;
    vr_mutex_unlock(&lock);
}
