/* See tree.h. */
#include "shell/tree.h"

#define MAX_DEPTH 1000

typedef struct {
    char *name, *parent;
} Leaf;

struct Tree {
    GPtrArray *leaves;
    GHashTable *names;
};

static void
leaf_free(void *data)
{
    Leaf *leaf = data;
    g_free(leaf->name);
    g_free(leaf->parent);
    g_free(leaf);
}

Tree *
tree_new(void)
{
    Tree *tree = g_new0(Tree, 1);
    tree->leaves = g_ptr_array_new_with_free_func(leaf_free);
    tree->names = g_hash_table_new(g_str_hash, g_str_equal);
    return tree;
}

void
tree_free(Tree *tree)
{
    g_hash_table_unref(tree->names);
    g_ptr_array_unref(tree->leaves);
    g_free(tree);
}

void
tree_add(Tree *tree, const char *name, const char *parent)
{
    Leaf *leaf = g_new0(Leaf, 1);
    leaf->name = g_strdup(name);
    leaf->parent = g_strdup(parent);
    g_ptr_array_add(tree->leaves, leaf);
    g_hash_table_add(tree->names, leaf->name);
}

/* What is below NAME, each with its own; INDENT grows with the depth.
   A leaf that ends its group is followed by a line of its indent, as the
   original sets groups apart: a root is a group of its own. */
static void
print_below(Shell *sh, const Tree *tree, const char *name, gboolean last, GString *indent, int depth)
{
    g_autoptr(GPtrArray) below = g_ptr_array_new();
    for (guint i = 0; i < tree->leaves->len && depth < MAX_DEPTH; i++) {
        const Leaf *leaf = tree->leaves->pdata[i];
        if (g_strcmp0(leaf->parent, name) == 0)
            g_ptr_array_add(below, leaf->name);
    }
    if (below->len)
        shell_print(sh, "%s  |\n", indent->str);
    else if (last)
        shell_print(sh, "%s\n", indent->str);
    for (guint i = 0; i < below->len; i++) {
        gboolean ends = i + 1 == below->len;
        gsize len = indent->len;
        shell_print(sh, "%s  +- %s\n", indent->str, (const char *)below->pdata[i]);
        g_string_append(indent, ends ? "    " : "  | ");
        print_below(sh, tree, below->pdata[i], ends, indent, depth + 1);
        g_string_truncate(indent, len);
    }
}

void
tree_print(Shell *sh, Tree *tree)
{
    for (guint i = 0; i < tree->leaves->len; i++) {
        const Leaf *leaf = tree->leaves->pdata[i];
        if (leaf->parent && g_hash_table_contains(tree->names, leaf->parent))
            continue;
        g_autoptr(GString) indent = g_string_new(NULL);
        shell_print(sh, "%s\n", leaf->name);
        print_below(sh, tree, leaf->name, TRUE, indent, 0);
    }
}
