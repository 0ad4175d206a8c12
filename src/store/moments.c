/* Trees of snapshots and checkpoints: see moments.h. */
#include "store/moments.h"

#include <string.h>

VrMoment *
vr_moment_new(const char *name, const char *parent, const VrDesc *desc, void *def, unsigned traits)
{
    VrMoment *moment = g_new0(VrMoment, 1);
    moment->refs = 1;
    moment->name = g_strdup(name);
    moment->parent = g_strdup(parent);
    moment->desc = desc;
    moment->def = def;
    moment->traits = traits;
    return moment;
}

VrMoment *
vr_moment_ref(VrMoment *moment)
{
    g_atomic_int_inc(&moment->refs);
    return moment;
}

void
vr_moment_unref(VrMoment *moment)
{
    if (!moment || !g_atomic_int_dec_and_test(&moment->refs))
        return;
    vr_model_free(moment->desc, moment->def);
    g_free(moment->name);
    g_free(moment->parent);
    g_free(moment);
}

static void
unref_moment(void *moment)
{
    vr_moment_unref(moment);
}

VrMoments *
vr_moments_new(void)
{
    VrMoments *set = g_new0(VrMoments, 1);
    set->refs = 1;
    set->all = g_ptr_array_new_with_free_func(unref_moment);
    return set;
}

VrMoments *
vr_moments_ref(VrMoments *set)
{
    g_atomic_int_inc(&set->refs);
    return set;
}

void
vr_moments_unref(VrMoments *set)
{
    if (!set || !g_atomic_int_dec_and_test(&set->refs))
        return;
    g_ptr_array_unref(set->all);
    g_free(set->current);
    g_free(set);
}

VrMoments *
vr_moments_writable(VrMoments **set)
{
    VrMoments *from = *set;
    if (g_atomic_int_get(&from->refs) == 1)
        return from;
    VrMoments *copy = vr_moments_new();
    for (guint i = 0; i < from->all->len; i++)
        g_ptr_array_add(copy->all, vr_moment_ref(from->all->pdata[i]));
    copy->current = g_strdup(from->current);
    vr_moments_unref(from);
    return *set = copy;
}

static guint
position(const VrMoments *set, const char *name)
{
    for (guint i = 0; name && i < set->all->len; i++) {
        const VrMoment *moment = set->all->pdata[i];
        if (strcmp(moment->name, name) == 0)
            return i;
    }
    return G_MAXUINT;
}

VrMoment *
vr_moments_find(const VrMoments *set, const char *name)
{
    guint at = position(set, name);
    return at == G_MAXUINT ? NULL : set->all->pdata[at];
}

bool
vr_moments_has_children(const VrMoments *set, const char *name)
{
    for (guint i = 0; i < set->all->len; i++) {
        const VrMoment *moment = set->all->pdata[i];
        if (g_strcmp0(moment->parent, name) == 0)
            return true;
    }
    return false;
}

bool
vr_moments_below(const VrMoments *set, const char *name, const char *ancestor)
{
    /* As many steps as there are members: a circle would be a bug, not a reason to hang. */
    for (guint steps = 0; name && steps <= set->all->len; steps++) {
        if (strcmp(name, ancestor) == 0)
            return true;
        const VrMoment *moment = vr_moments_find(set, name);
        name = moment ? moment->parent : NULL;
    }
    return false;
}

void
vr_moments_add(VrMoments *set, VrMoment *moment)
{
    guint at = position(set, moment->name);
    if (at == G_MAXUINT) {
        g_ptr_array_add(set->all, moment);
        return;
    }
    vr_moment_unref(set->all->pdata[at]);
    set->all->pdata[at] = moment;
}

void
vr_moments_remove(VrMoments *set, const char *name)
{
    guint at = position(set, name);
    if (at == G_MAXUINT)
        return;
    if (g_strcmp0(set->current, name) == 0)
        vr_moments_set_current(set, NULL);
    g_ptr_array_remove_index(set->all, at);
}

void
vr_moments_set_current(VrMoments *set, const char *name)
{
    char *copy = g_strdup(name);
    g_free(set->current);
    set->current = copy;
}

void
vr_moments_adopt(VrMoments *set, const char *name, const char *parent)
{
    for (guint i = 0; i < set->all->len; i++) {
        VrMoment *moment = set->all->pdata[i];
        if (g_strcmp0(moment->parent, name) != 0)
            continue;
        VrMoment *moved = vr_moment_new(moment->name, parent, moment->desc,
                                        vr_model_copy(moment->desc, moment->def), moment->traits);
        set->all->pdata[i] = moved;
        vr_moment_unref(moment);
    }
}

static bool
wanted(const VrMoments *set, const VrMoment *moment, const VrMomentFilter *filter, unsigned flags)
{
    /* Asking for leaves and for others at once asks for what does not exist. */
    if ((flags & filter->leaves) && vr_moments_has_children(set, moment->name))
        return false;
    if ((flags & filter->no_leaves) && !vr_moments_has_children(set, moment->name))
        return false;
    for (const unsigned *group = filter->groups; *group; group++) {
        unsigned asked = flags & *group;
        if (asked && asked != *group && !(moment->traits & asked))
            return false;
    }
    return true;
}

/* A parent is not always older than its children once snapshots were redefined. */
static guint
depth(const VrMoments *set, const VrMoment *moment)
{
    guint n = 0;
    while (moment && moment->parent && n <= set->all->len) {
        moment = vr_moments_find(set, moment->parent);
        n++;
    }
    return n;
}

GPtrArray *
vr_moments_list(const VrMoments *set, const char *from, const VrMomentFilter *filter, unsigned flags)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(unref_moment);
    guint deepest = 0;
    for (guint i = 0; i < set->all->len; i++)
        deepest = MAX(deepest, depth(set, set->all->pdata[i]));
    for (guint level = 0; level <= deepest; level++) {
        for (guint i = 0; i < set->all->len; i++) {
            VrMoment *moment = set->all->pdata[i];
            if (depth(set, moment) != level)
                continue;
            bool in_reach;
            if (!from)
                in_reach = !(flags & filter->roots) || !moment->parent;
            else if (flags & filter->roots)
                in_reach = strcmp(moment->name, from) != 0 && vr_moments_below(set, moment->name, from);
            else
                in_reach = g_strcmp0(moment->parent, from) == 0;
            if (in_reach && wanted(set, moment, filter, flags))
                g_ptr_array_add(list, vr_moment_ref(moment));
        }
    }
    return g_steal_pointer(&list);
}
