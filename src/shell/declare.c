/* See declare.h: how documents are compared. */
#include "shell/declare.h"

#include <string.h>

static void
difference_free(void *data)
{
    Difference *d = data;
    g_free(d->path);
    g_free(d->is);
    g_free(d->wanted);
    g_free(d);
}

static void
add(GPtrArray *found, const char *path, const char *is, const char *wanted)
{
    Difference *d = g_new0(Difference, 1);
    d->path = g_strdup(path);
    d->is = g_strdup(is);
    d->wanted = g_strdup(wanted);
    g_ptr_array_add(found, d);
}

/* Parts that there is one of for each that somebody wrote, never one more. */
static gboolean
is_counted(const char *name)
{
    static const char *const counted[] = {"disk",  "interface", "filesystem", "hostdev", "redirdev", "tpm", "rng",   "watchdog", "shmem",
                                          "vsock", "host",      "forward",    "portgroup", "route",  "boot", "srv", "txt", "rule", NULL};
    return g_strv_contains(counted, name);
}

static char *
trimmed(const char *text)
{
    return g_strstrip(g_strdup(text));
}

/* An amount with its unit, in bytes; FALSE when E is none. */
static gboolean
amount(const Element *e, unsigned long long *ret_bytes)
{
    static const char *const kib[] = {"memory", "currentMemory", "maxMemory", "hard_limit", "soft_limit", "swap_hard_limit", NULL};
    const char *unit = element_attr(e, "unit");
    g_autofree char *text = trimmed(element_text(e));
    char *end;
    unsigned long long value = g_ascii_strtoull(text, &end, 10), scale;
    if (*end || end == text || (!unit && !g_strv_contains(kib, element_name(e))))
        return FALSE;
    return shell_scale(unit ? unit : "KiB", &scale) && !__builtin_mul_overflow(value, scale, ret_bytes);
}

static gboolean
same_text(const char *a, const char *b)
{
    g_autofree char *x = trimmed(a), *y = trimmed(b);
    return g_ascii_strcasecmp(x, y) == 0;
}

static void compare(GPtrArray *found, const char *path, const Element *wanted, const Element *have);

static guint
count(const Element *e, const char *name)
{
    guint n = 0;
    for (const Element *child = NULL; (child = element_next(e, child, name));)
        n++;
    return n;
}

static gboolean
agrees(const Element *wanted, const Element *have)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(difference_free);
    compare(found, "", wanted, have);
    return found->len == 0;
}

/* The child of HAVE that CHILD, the one with number AT of its name, is about: one that says the same, else that of the same place. */
static const Element *
partner(const Element *have, const Element *child, guint at, GHashTable *taken)
{
    const Element *same_place = NULL;
    guint n = 0;
    for (const Element *other = NULL; (other = element_next(have, other, element_name(child)));) {
        if (!g_hash_table_contains(taken, other) && agrees(child, other))
            return other;
        if (n++ == at && !g_hash_table_contains(taken, other))
            same_place = other;
    }
    return same_place;
}

static void
compare_children(GPtrArray *found, const char *path, const Element *wanted, const Element *have)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal); /* name -> how many */
    g_autoptr(GHashTable) taken = g_hash_table_new(NULL, NULL);
    for (const Element *child = NULL; (child = element_next(wanted, child, NULL));) {
        const char *name = element_name(child);
        guint at = GPOINTER_TO_UINT(g_hash_table_lookup(seen, name));
        g_hash_table_insert(seen, (void *)name, GUINT_TO_POINTER(at + 1));
        const Element *other = partner(have, child, at, taken);
        g_autofree char *below = count(wanted, name) > 1 ? g_strdup_printf("%s/%s[%u]", path, name, at + 1)
                                                         : g_strdup_printf("%s/%s", path, name);
        if (other)
            g_hash_table_add(taken, (void *)other);
        if (other)
            compare(found, below, child, other);
        else
            add(found, below, NULL, "there");
    }
    GHashTableIter iter;
    void *name, *number;
    g_hash_table_iter_init(&iter, seen);
    while (g_hash_table_iter_next(&iter, &name, &number)) {
        guint more = is_counted(name) ? count(have, name) : 0;
        for (guint i = GPOINTER_TO_UINT(number); i < more; i++) {
            g_autofree char *below = g_strdup_printf("%s/%s[%u]", path, (char *)name, i + 1);
            add(found, below, "there", NULL);
        }
    }
}

static void
compare(GPtrArray *found, const char *path, const Element *wanted, const Element *have)
{
    unsigned long long is, should;
    gboolean amounts = amount(wanted, &should) && amount(have, &is);
    for (char **a = element_attributes(wanted); *a; a += 2) {
        const char *value = element_attr(have, a[0]);
        gboolean ours = strcmp(element_name(wanted), "volume") == 0 && strcmp(a[0], "pool") == 0; /* says where, not what */
        if ((value && same_text(value, a[1])) || (amounts && strcmp(a[0], "unit") == 0) || g_str_has_prefix(a[0], "xmlns") || ours)
            continue;
        g_autofree char *below = g_strdup_printf("%s/@%s", path, a[0]);
        add(found, below, value, a[1]);
    }
    g_autofree char *is_text = trimmed(element_text(have)), *should_text = trimmed(element_text(wanted));
    gboolean says = *should_text && !element_next(wanted, NULL, NULL);
    if (amounts ? is != should : says && g_ascii_strcasecmp(is_text, should_text) != 0)
        add(found, path, is_text, should_text);
    compare_children(found, path, wanted, have);
}

GPtrArray *
declare_differences(const Element *wanted, const Element *have)
{
    GPtrArray *found = g_ptr_array_new_with_free_func(difference_free);
    compare(found, element_name(wanted), wanted, have);
    return found;
}

void
declared_free(Declared *declared)
{
    g_free(declared->file);
    g_free(declared->xml);
    g_free(declared->name);
    element_free(declared->root);
    g_free(declared);
}

Declared *
declared_parse(Shell *sh, const char *file, char *xml)
{
    g_autoptr(Declared) declared = g_new0(Declared, 1);
    declared->file = g_strdup(file);
    declared->xml = xml;
    declared->root = element_parse(xml);
    if (!declared->root) {
        shell_error(sh, "%s: this is not XML", file);
        return NULL;
    }
    for (guint i = 0; i < n_declare_kinds; i++) {
        if (strcmp(declare_kinds[i].tag, element_name(declared->root)) == 0)
            declared->kind = &declare_kinds[i];
    }
    if (!declared->kind) {
        shell_error(sh, "%s: <%s> is nothing that can be declared: domain, network, pool, volume, secret or filter", file,
                    element_name(declared->root));
        return NULL;
    }
    const Element *name = element_at(declared->root, "name"), *usage = element_at(declared->root, "usage");
    declared->name = name ? trimmed(element_text(name)) : element_attr(declared->root, "name") ? g_strdup(element_attr(declared->root, "name"))
                     : usage && element_next(usage, NULL, NULL) ? trimmed(element_text(element_next(usage, NULL, NULL))) : NULL;
    if (!declared->name) {
        shell_error(sh, "%s: the %s has no name", file, declared->kind->tag);
        return NULL;
    }
    return g_steal_pointer(&declared);
}
