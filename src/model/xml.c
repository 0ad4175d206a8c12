/* The XML tree: expat feeds it, an arena holds it.
 *
 * Called by the model engine on any thread.  Every bound is checked as the input arrives, so that hostile
 * input costs no more than its own size.
 */
#include "model/xml.h"

#include <expat.h>
#include <string.h>

#include "base/error.h"

#define ARENA_BLOCK 16384 /* enough for most documents */
#define KEPT_BLOCK 256    /* a part that is kept takes little more than it needs */

typedef struct Block Block;
struct Block {
    Block *next;
    size_t used, size;
    char data[];
};

struct VrXmlTree {
    Block *blocks;
    size_t block_size; /* the next block's */
    VrXmlNode *root;
};

typedef struct {
    VrXmlTree *tree;
    XML_Parser expat;
    VrXmlNode *open;
    GString *text; /* characters since the last tag */
    const char *document;
    size_t counted; /* bytes of it whose lines were counted */
    unsigned line;
    unsigned depth, nodes;
    const char *refusal;
} Reader;

/* What reading a document needs and the next one needs again: every thread keeps it. */
typedef struct {
    XML_Parser expat;
    GString *text;
    Block *block;
} Spare;

static void
spare_free(void *data)
{
    Spare *spare = data;

    if (spare->expat)
        XML_ParserFree(spare->expat);
    if (spare->text)
        g_string_free(spare->text, TRUE);
    g_free(spare->block);
    g_free(spare);
}

static GPrivate spares = G_PRIVATE_INIT(spare_free);

static Spare *
spare_of_thread(void)
{
    Spare *spare = g_private_get(&spares);

    if (!spare) {
        spare = g_new0(Spare, 1);
        g_private_set(&spares, spare);
    }
    return spare;
}

static Block *
block_new(size_t room)
{
    Block *block = room == ARENA_BLOCK ? g_steal_pointer(&spare_of_thread()->block) : NULL;

    return block ? block : g_malloc(sizeof(*block) + room);
}

static void
block_free(Block *block)
{
    Spare *spare = block->size == ARENA_BLOCK ? spare_of_thread() : NULL;

    if (spare && !spare->block)
        spare->block = block;
    else
        g_free(block);
}

static XML_Parser
parser_take(Spare *spare)
{
    static gsize salt; /* that of the tables: nobody outside guesses it, and drawing it anew is a system call */
    XML_Parser parser = g_steal_pointer(&spare->expat);

    if (g_once_init_enter(&salt))
        g_once_init_leave(&salt, (gsize) g_random_int() << 16 ^ g_random_int() ^ 1u << 30);
    if (parser)
        XML_ParserReset(parser, NULL);
    else
        parser = XML_ParserCreate(NULL);
    XML_SetHashSalt(parser, salt);
    return parser;
}

#define MAX_KEPT 65536 /* what read more has grown: it goes */

static void
reader_finish(Spare *spare, Reader *reader, size_t read)
{
    if (read > MAX_KEPT) {
        XML_ParserFree(reader->expat);
        g_string_free(reader->text, TRUE);
        return;
    }
    spare->expat = reader->expat;
    spare->text = reader->text;
    g_string_truncate(spare->text, 0);
}

static VrXmlTree *
tree_new(size_t block_size)
{
    VrXmlTree *tree = g_new0(VrXmlTree, 1);

    tree->block_size = block_size;
    return tree;
}

static void *
arena_take(VrXmlTree *tree, size_t size)
{
    Block *block = tree->blocks;

    size = (size + 7) & ~(size_t) 7;
    if (!block || block->size - block->used < size) {
        size_t room = MAX(size, tree->block_size);

        tree->block_size = MIN(tree->block_size * 2, (size_t) ARENA_BLOCK);
        block = block_new(room);
        *block = (Block){.next = tree->blocks, .size = room};
        tree->blocks = block;
    }
    block->used += size;
    return memset(block->data + block->used - size, 0, size);
}

static const char *
arena_text(VrXmlTree *tree, const char *text, size_t len)
{
    char *copy = arena_take(tree, len + 1);

    memcpy(copy, text, len);
    return copy;
}

static void
split_name(VrXmlTree *tree, const char *qualified, const char **ret_prefix, const char **ret_name)
{
    const char *colon = strchr(qualified, ':');

    *ret_prefix = colon ? arena_text(tree, qualified, (size_t) (colon - qualified)) : NULL;
    qualified = colon ? colon + 1 : qualified;
    *ret_name = arena_text(tree, qualified, strlen(qualified));
}

static void
append(VrXmlNode *parent, VrXmlNode *node)
{
    node->parent = parent;
    if (!parent)
        return;
    if (parent->last)
        parent->last->next = node;
    else
        parent->first = node;
    parent->last = node;
}

static void
refuse(Reader *reader, const char *why)
{
    reader->refusal = why;
    XML_StopParser(reader->expat, XML_FALSE);
}

/* The line that expat is at; asked for in rising order. */
static unsigned
current_line(Reader *reader)
{
    size_t at = (size_t) MAX(XML_GetCurrentByteIndex(reader->expat), 0);
    const char *from = reader->document + reader->counted, *end = reader->document + at;

    while (from < end && (from = memchr(from, '\n', (size_t) (end - from)))) {
        reader->line++;
        from++;
    }
    reader->counted = MAX(reader->counted, at);
    return reader->line;
}

static VrXmlNode *
node_new(Reader *reader)
{
    VrXmlNode *node;

    if (++reader->nodes > VR_XML_MAX_NODES) {
        refuse(reader, "too many elements");
        return NULL;
    }
    node = arena_take(reader->tree, sizeof(*node));
    node->line = current_line(reader);
    return node;
}

static void
flush_text(Reader *reader)
{
    VrXmlNode *node;

    if (!reader->text->len)
        return;
    if (reader->open && (node = node_new(reader))) {
        node->text = arena_text(reader->tree, reader->text->str, reader->text->len);
        append(reader->open, node);
    }
    g_string_truncate(reader->text, 0);
}

static void
on_start(void *opaque, const XML_Char *name, const XML_Char **attrs)
{
    Reader *reader = opaque;
    VrXmlTree *tree = reader->tree;
    VrXmlNode *node;

    flush_text(reader);
    if (++reader->depth > VR_XML_MAX_DEPTH) {
        refuse(reader, "elements are nested too deeply");
        return;
    }
    if (!(node = node_new(reader)))
        return;
    split_name(tree, name, &node->prefix, &node->name);
    while (attrs[node->n_attrs * 2])
        node->n_attrs++;
    node->attrs = arena_take(tree, sizeof(VrXmlAttr) * (node->n_attrs + 1));
    for (unsigned i = 0; i < node->n_attrs; i++) {
        VrXmlAttr *attr = &node->attrs[i];

        split_name(tree, attrs[2 * i], &attr->prefix, &attr->name);
        attr->value = arena_text(tree, attrs[2 * i + 1], strlen(attrs[2 * i + 1]));
    }
    append(reader->open, node);
    if (!reader->open)
        tree->root = node;
    reader->open = node;
}

static void
on_end(void *opaque, const XML_Char *name)
{
    Reader *reader = opaque;

    flush_text(reader);
    reader->depth--;
    reader->open = reader->open->parent;
}

static void
on_text(void *opaque, const XML_Char *text, int len)
{
    Reader *reader = opaque;

    g_string_append_len(reader->text, text, len);
}

static void
on_entity(void *opaque, const XML_Char *name, int parameter, const XML_Char *value, int len,
          const XML_Char *base_uri, const XML_Char *system, const XML_Char *public,
          const XML_Char *notation)
{
    refuse(opaque, "entity declarations are not accepted");
}

VrXmlTree *
vr_xml_parse(int domain, const char *text, const char *what)
{
    g_autoptr(VrXmlTree) tree = tree_new(ARENA_BLOCK);
    Spare *spare = spare_of_thread();
    Reader reader = {.tree = tree, .document = text, .line = 1};
    size_t len = strlen(text);
    enum XML_Status status;

    if (len > VR_XML_MAX_BYTES)
        return vr_error_null(domain, VIR_ERR_XML_DETAIL,
                             "%s: the document has %zu bytes, more than the %u accepted", what, len,
                             VR_XML_MAX_BYTES);
    reader.expat = parser_take(spare);
    reader.text = spare->text ? g_steal_pointer(&spare->text) : g_string_sized_new(256);
    XML_SetUserData(reader.expat, &reader);
    XML_SetElementHandler(reader.expat, on_start, on_end);
    XML_SetCharacterDataHandler(reader.expat, on_text);
    XML_SetEntityDeclHandler(reader.expat, on_entity);
    status = XML_Parse(reader.expat, text, (int) len, XML_TRUE);
    if (status != XML_STATUS_OK)
        vr_error(domain, VIR_ERR_XML_DETAIL, "%s:%u: %s", what, (unsigned) XML_GetCurrentLineNumber(reader.expat),
                 reader.refusal ? reader.refusal : XML_ErrorString(XML_GetErrorCode(reader.expat)));
    reader_finish(spare, &reader, len);
    return status == XML_STATUS_OK ? g_steal_pointer(&tree) : NULL;
}

VrXmlTree *
vr_xml_parse_file(const char *path)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) failure = NULL;
    gsize len;

    if (!g_file_get_contents(path, &text, &len, &failure))
        return vr_error_null(VIR_FROM_XML, VIR_ERR_OPEN_FAILED, "%s", failure->message);
    if (strlen(text) != len)
        return vr_error_null(VIR_FROM_XML, VIR_ERR_XML_DETAIL, "%s: the file holds a zero byte", path);
    return vr_xml_parse(VIR_FROM_XML, text, path);
}

/* What was declared further out than the copy reaches is declared on the element that uses it. */
static void
keep_namespace(VrXmlTree *tree, const VrXmlNode *node, VrXmlNode *copy)
{
    const char *address = vr_xml_namespace(node, node->prefix);
    VrXmlAttr *attr = &copy->attrs[copy->n_attrs];

    if (!address || vr_xml_namespace(copy, node->prefix))
        return;
    attr->prefix = node->prefix ? arena_text(tree, "xmlns", 5) : NULL;
    attr->name = node->prefix ? arena_text(tree, node->prefix, strlen(node->prefix)) : arena_text(tree, "xmlns", 5);
    attr->value = arena_text(tree, address, strlen(address));
    copy->n_attrs++;
}

static VrXmlNode *
clone_into(VrXmlTree *tree, const VrXmlNode *node, VrXmlNode *parent)
{
    VrXmlNode *copy = arena_take(tree, sizeof(*copy));

#define KEEP(s) ((s) ? arena_text(tree, (s), strlen(s)) : NULL)
    copy->line = node->line;
    copy->name = KEEP(node->name);
    copy->prefix = KEEP(node->prefix);
    copy->text = KEEP(node->text);
    copy->n_attrs = node->n_attrs;
    copy->attrs = arena_take(tree, sizeof(VrXmlAttr) * (node->n_attrs + 1));
    for (unsigned i = 0; i < node->n_attrs; i++)
        copy->attrs[i] = (VrXmlAttr){KEEP(node->attrs[i].name), KEEP(node->attrs[i].prefix),
                                     KEEP(node->attrs[i].value)};
#undef KEEP
    append(parent, copy);
    if (parent)
        keep_namespace(tree, node, copy);
    for (const VrXmlNode *child = node->first; child; child = child->next)
        clone_into(tree, child, copy); /* depth is bounded by the parser */
    return copy;
}

VrXmlTree *
vr_xml_clone(const VrXmlNode *node)
{
    VrXmlTree *tree = tree_new(KEPT_BLOCK);

    tree->root = clone_into(tree, node, NULL);
    return tree;
}

void
vr_xml_free(VrXmlTree *tree)
{
    if (!tree)
        return;
    for (Block *block = tree->blocks, *next; block; block = next) {
        next = block->next;
        block_free(block);
    }
    g_free(tree);
}

VrXmlNode *
vr_xml_root(const VrXmlTree *tree)
{
    return tree->root;
}

static VrXmlNode *
find(VrXmlNode *node, const char *name)
{
    while (node && (!node->name || node->prefix || strcmp(node->name, name) != 0))
        node = node->next;
    return node;
}

static VrXmlNode *
skip_text(VrXmlNode *node)
{
    while (node && !node->name)
        node = node->next;
    return node;
}

VrXmlNode *
vr_xml_child(const VrXmlNode *node, const char *name)
{
    return find(node->first, name);
}

VrXmlNode *
vr_xml_next(const VrXmlNode *node, const char *name)
{
    return find(node->next, name);
}

VrXmlNode *
vr_xml_first(const VrXmlNode *node)
{
    return skip_text(node->first);
}

VrXmlNode *
vr_xml_after(const VrXmlNode *node)
{
    return skip_text(node->next);
}

const char *
vr_xml_attr(const VrXmlNode *node, const char *name)
{
    for (unsigned i = 0; i < node->n_attrs; i++) {
        if (!node->attrs[i].prefix && strcmp(node->attrs[i].name, name) == 0)
            return node->attrs[i].value;
    }
    return NULL;
}

const char *
vr_xml_text(const VrXmlNode *node)
{
    const VrXmlNode *child = node->first;

    while (child && !child->text)
        child = child->next;
    return child ? child->text : NULL;
}

static void
append_text(GString *out, const VrXmlNode *node)
{
    for (const VrXmlNode *child = node->first; child; child = child->next) {
        if (child->text)
            g_string_append(out, child->text);
        append_text(out, child); /* depth is bounded by the parser */
    }
}

char *
vr_xml_string(const VrXmlNode *node)
{
    GString *out = g_string_new(NULL);

    append_text(out, node);
    return g_string_free(out, FALSE);
}

void
vr_xml_move_children(VrXmlNode *to, VrXmlNode *from)
{
    while (from->first) {
        VrXmlNode *child = from->first;

        from->first = child->next;
        child->next = NULL;
        append(to, child);
    }
    from->last = NULL;
}

const char *
vr_xml_namespace(const VrXmlNode *node, const char *prefix)
{
    for (; node; node = node->parent) {
        for (unsigned i = 0; i < node->n_attrs; i++) {
            const VrXmlAttr *attr = &node->attrs[i];

            if (prefix ? g_strcmp0(attr->prefix, "xmlns") == 0 && strcmp(attr->name, prefix) == 0
                       : !attr->prefix && strcmp(attr->name, "xmlns") == 0)
                return attr->value;
        }
    }
    return NULL;
}

/* The next child that says something. */
static const VrXmlNode *
skip_blank(const VrXmlNode *node)
{
    while (node && node->text && !node->text[strspn(node->text, " \t\r\n")])
        node = node->next;
    return node;
}

gboolean
vr_xml_equal(const VrXmlNode *a, const VrXmlNode *b)
{
    const VrXmlNode *x, *y;

    if (g_strcmp0(a->name, b->name) != 0 || g_strcmp0(a->prefix, b->prefix) != 0 ||
        g_strcmp0(a->text, b->text) != 0 || a->n_attrs != b->n_attrs)
        return FALSE;
    for (unsigned i = 0; i < a->n_attrs; i++) {
        if (strcmp(a->attrs[i].name, b->attrs[i].name) != 0 ||
            g_strcmp0(a->attrs[i].prefix, b->attrs[i].prefix) != 0 ||
            strcmp(a->attrs[i].value, b->attrs[i].value) != 0)
            return FALSE;
    }
    for (x = skip_blank(a->first), y = skip_blank(b->first); x && y; x = skip_blank(x->next), y = skip_blank(y->next)) {
        if (!vr_xml_equal(x, y))
            return FALSE;
    }
    return !x && !y;
}
