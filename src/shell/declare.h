/* Documents that say what is to be, against what is: what apply and diff share. */
#pragma once

#include "shell/element.h"
#include "shell/shell.h"

/* One way in which what is differs from what is to be. */
typedef struct {
    char *path; /* "domain/devices/disk[2]/target/@dev" */
    char *is;   /* NULL: nothing */
    char *wanted; /* NULL: nothing */
} Difference;

/* What WANTED says and HAVE does not.  What WANTED leaves open may be anything; devices of which it names some are all that
 * there are to be, but for those that are added by themselves. */
GPtrArray *declare_differences(const Element *wanted, const Element *have);

typedef struct DeclareKind DeclareKind;

/* A document that was read, of a kind that is known. */
typedef struct {
    const DeclareKind *kind;
    char *file, *xml, *name;
    Element *root;
} Declared;

void declared_free(Declared *declared);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Declared, declared_free)

/* One kind of object: how it is found, read, made and changed.  Handles are the library's. */
struct DeclareKind {
    const char *tag; /* of its documents' root */
    const char *plural;
    void *(*find)(Shell *sh, const Declared *declared); /* NULL with the error kept when there is none */
    char *(*xml)(void *object);
    /* Make it, or put XML in OBJECT's place; FALSE with the error kept. */
    gboolean (*put)(Shell *sh, const Declared *declared, const char *xml, void *object);
    /* Running, started with the host: NULL where there is no such thing. */
    int (*is_active)(void *object);
    int (*start)(void *object);
    int (*autostart)(void *object);
    void (*free)(void *object);
    /* Objects that apply has marked: those and only those go with --prune.  NULL: none is. */
    int (*mark)(void *object);
    GPtrArray *(*marked)(Shell *sh); /* handles */
    const char *(*name)(void *object);
    gboolean (*remove)(void *object);
};

/* In the order in which one needs another. */
extern const DeclareKind declare_kinds[];
extern const guint n_declare_kinds;

/* The document in XML from FILE; NULL after an error was told. */
Declared *declared_parse(Shell *sh, const char *file, char *xml);
