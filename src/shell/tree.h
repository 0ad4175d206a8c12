/* Named things below one another, drawn as a tree. */
#pragma once

#include "shell/shell.h"

typedef struct Tree Tree;

Tree *tree_new(void);
void tree_free(Tree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tree, tree_free)
/* NAME is below PARENT; NULL, or a name that is not added, makes it a root.  In the order of adding. */
void tree_add(Tree *tree, const char *name, const char *parent);
void tree_print(Shell *sh, Tree *tree);
