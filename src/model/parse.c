/* Reading: XML into objects, by walking the descriptor tables.
 *
 * Called through the typed wrappers on any thread.  Children are read in document order, the first of
 * several where one is meant; what no row names is skipped, or refused under VR_MODEL_VALIDATE.
 */
#include "model/engine.h"

#include <string.h>

#include "base/error.h"

/* What a number should have been. */
static const char *
expectation(const VrRow *row)
{
    if (row->kind == &vr_kind_uint || row->kind == &vr_kind_ullong)
        return " Expected non-negative integer value";
    return row->kind == &vr_kind_int || row->kind == &vr_kind_llong ? " Expected integer value" : "";
}

int
vr_bad_attr(const VrXmlNode *node, const char *attr, const char *value)
{
    return vr_error(VIR_FROM_XML, VIR_ERR_XML_ERROR,
                    "Invalid value for attribute '%s' in element '%s': '%s'.", attr, node->name, value);
}

int
vr_missing_attr(const VrXmlNode *node, const char *attr)
{
    return vr_error(VIR_FROM_XML, VIR_ERR_XML_ERROR,
                    "Missing required attribute '%s' in element '%s'", attr, node->name);
}

/* TEMPLATE holds at most one "%s". */
static char *
fill_in(const char *template, const char *value)
{
    const char *mark = strstr(template, "%s");

    return mark ? g_strdup_printf("%.*s%s%s", (int) (mark - template), template, value, mark + 2)
                : g_strdup(template);
}

/* A value as a message shows it: one that is longer than any sensible one is cut. */
#define MAX_SHOWN 1000

static int
bad_value(const VrParse *parse, const VrRow *row, const VrXmlNode *node, const char *text)
{
    g_autofree char *cut = strlen(text) > MAX_SHOWN ? g_strdup_printf("%.*s...", MAX_SHOWN, text) : NULL;
    const char *value = cut ? cut : text;
    g_autofree char *said = row->says ? fill_in(row->says, value) : NULL;

    if (!said && !row->bad && row->kind == &vr_kind_bitmap)
        return vr_error(VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "Failed to parse bitmap '%s'", value);
    if (!said && row->place == VR_AT_ATTR)
        said = g_strdup_printf("Invalid value for attribute '%s' in element '%s': '%s'.%s", row->name,
                               node->name, value, expectation(row));
    else if (!said)
        said = g_strdup_printf("Invalid value '%s' for element '%s' (line %u)", value, node->name,
                               node->line);
    vr_error(row->bad || row->says ? parse->document->error_domain : VIR_FROM_XML,
             row->bad ? row->bad : VIR_ERR_XML_ERROR, "%s", said);
    vr_error_last()->int1 = (int) node->line;
    return -1;
}

static int
missing_value(const VrParse *parse, const VrRow *row, const VrXmlNode *node)
{
    int code = row->missing ? row->missing : VIR_ERR_XML_ERROR;

    if (row->says_missing)
        return vr_error(parse->document->error_domain, code, "%s", row->says_missing);
    if (code == VIR_ERR_NO_NAME)
        return vr_error(parse->document->error_domain, code, NULL);
    if (row->place == VR_AT_ATTR && !row->missing)
        return vr_missing_attr(node, row->name);
    return vr_error(parse->document->error_domain, code, "Missing required %s '%s' in element '%s'",
                    row->place == VR_AT_ATTR ? "attribute" : "element", row->name, node->name);
}

static bool
may_read(const VrParse *parse, const VrRow *row)
{
    unsigned flags = parse->context->flags;

    if (row->flags & VR_ROW_READONLY)
        return false;
    if (row->flags & VR_ROW_LIVE && flags & VR_MODEL_INACTIVE)
        return false;
    return !(row->flags & VR_ROW_STATUS) || flags & VR_MODEL_STATUS;
}

static int
read_scalar(VrParse *parse, const VrRow *row, const VrXmlNode *node, const char *text, void *object,
            void *field)
{
    int result;

    parse->node = (VrXmlNode *) node;
    result = row->kind->parse(parse, row, text, field);
    if (result == 1 && row->flags & VR_ROW_LENIENT)
        return 0;
    if (result)
        return result > 0 || row->bad == VIR_ERR_CONFIG_UNSUPPORTED ? bad_value(parse, row, node, text) : -1;
    if (row->flags & VR_ROW_OPT)
        *(bool *) VR_FIELD(object, row->aux) = true;
    return 0;
}

void *
vr_parse_child(VrParse *parse, const VrDesc *desc, const VrXmlNode *node)
{
    void *object = vr_model_new(desc);

    if (vr_parse_into(parse, desc, node, object) < 0) {
        vr_model_free(desc, object);
        return NULL;
    }
    return object;
}

void
vr_pass_on(const VrRow *row, const void *object, void *child)
{
    const VrDesc *desc = row->ref;

    if (row->flags & VR_ROW_PASS)
        *(int *) VR_FIELD(child, desc->passed_offset) = *(const int *) VR_FIELD_CONST(object, row->pass);
}

static int
read_child(VrParse *parse, const VrRow *row, const VrXmlNode *child, void *object)
{
    void *made = vr_model_new(row->ref);

    vr_pass_on(row, object, made);
    if (vr_parse_into(parse, row->ref, child, made) < 0) {
        vr_model_free(row->ref, made);
        return -1;
    }
    *(void **) VR_FIELD(object, row->offset) = made;
    return 0;
}

/* Nothing has more parts than this, so that no rule that compares them takes long. */
#define MAX_ITEMS 65536

static int
check_room(const VrRow *row, const VrXmlNode *child, const void *object)
{
    size_t most = row->max > 0 ? (size_t) row->max : MAX_ITEMS;

    if (*(const size_t *) VR_FIELD_CONST(object, row->aux) < most)
        return 0;
    return vr_error(VIR_FROM_XML, VIR_ERR_XML_ERROR, "Too many elements '%s' in element '%s': more than %zu (line %u)",
                    child->name, child->parent ? child->parent->name : "", most, child->line);
}

static int
read_list_item(VrParse *parse, const VrRow *row, const VrXmlNode *child, void *object)
{
    const VrDesc *desc = row->ref;
    void *item;

    if (check_room(row, child, object) < 0)
        return -1;
    item = vr_model_new(desc);
    vr_pass_on(row, object, item);
    if (row->flags & VR_ROW_TAG)
        *(int *) VR_FIELD(item, desc->tag_offset) = vr_enum_from_string(desc->tags, child->name);
    if (vr_parse_into(parse, desc, child, item) < 0) {
        vr_model_free(desc, item);
        return -1;
    }
    vr_model_list_add(VR_FIELD(object, row->offset), VR_FIELD(object, row->aux), item);
    return 0;
}

static int
read_scalar_item(VrParse *parse, const VrRow *row, const VrXmlNode *child, void *object)
{
    char **items = VR_FIELD(object, row->offset);
    size_t *count = VR_FIELD(object, row->aux);
    const char *text = vr_xml_text(child);

    if (!text)
        return 0;
    if (check_room(row, child, object) < 0)
        return -1;
    *items = g_realloc_n(*items, *count + 1, row->kind->size);
    memset(*items + *count * row->kind->size, 0, row->kind->size);
    (*count)++;
    return read_scalar(parse, row, child, text, object, *items + (*count - 1) * row->kind->size);
}

/* What ELEMENT says: its own text, with that of its children where it has any. */
static const char *
text_of(const VrXmlNode *element, char **ret_owned)
{
    if (!vr_xml_first(element))
        return vr_xml_text(element);
    *ret_owned = vr_xml_string(element);
    return **ret_owned ? *ret_owned : NULL;
}

static int
read_element(VrParse *parse, const VrRow *row, const VrXmlNode *child, void *object)
{
    void *field = VR_FIELD(object, row->offset);
    g_autofree char *owned = NULL;
    const char *text;

    switch ((VrShape) row->shape) {
    case VR_SHAPE_SCALAR:
        if (row->kind == &vr_kind_xml) {
            *(VrXmlTree **) field = vr_xml_clone(child);
            return 0;
        }
        text = text_of(child, &owned);
        if (!text && !row->kind->is_flag && !(row->flags & VR_ROW_EMPTY_OK))
            return 1; /* an empty element says nothing */
        return read_scalar(parse, row, child, text ? text : "", object, field);
    case VR_SHAPE_SCALARS:
        return read_scalar_item(parse, row, child, object);
    case VR_SHAPE_CHILD:
        return read_child(parse, row, child, object);
    case VR_SHAPE_INLINE:
        if (row->flags & VR_ROW_OPT)
            *(bool *) VR_FIELD(object, row->aux) = true;
        vr_pass_on(row, object, field);
        return vr_parse_into(parse, row->ref, child, field);
    case VR_SHAPE_LIST:
        return read_list_item(parse, row, child, object);
    case VR_SHAPE_FLAT:
        if (row->flags & VR_ROW_OPT)
            *(bool *) VR_FIELD(object, row->aux) = true;
        return vr_parse_into(parse, row->ref, child, object);
    }
    return 0;
}

static bool
names_match(const VrParse *parse, const VrRow *row, const VrXmlNode *child)
{
    if (row->place != VR_AT_ELEMENT)
        return false;
    if (row->flags & VR_ROW_TAG)
        return !child->prefix &&
               vr_enum_from_string(((const VrDesc *) row->ref)->tags, child->name) >= 0;
    if (row->name[0] != child->name[0] || strcmp(row->name, child->name) != 0)
        return false;
    if (!row->prefix || !child->prefix)
        return !row->prefix && !child->prefix;
    return parse->context->namespaces &&
           g_strv_contains(parse->context->namespaces, row->prefix) &&
           g_strcmp0(vr_xml_namespace(child, child->prefix), row->ns) == 0;
}

/* MARK is "@" for attributes. */
static bool
hook_knows(const VrRow *row, const char *mark, const char *name)
{
    size_t mark_len = strlen(mark), len = strlen(name);

    for (const char *word = row->knows; (word = strstr(word, name)); word++) {
        const char *begin = word - mark_len;
        if (word[len] == ',' && begin > row->knows && begin[-1] == ',' && memcmp(begin, mark, mark_len) == 0)
            return true;
    }
    return false;
}

static bool
hook_reads(const VrDesc *desc, const char *name)
{
    for (unsigned i = 0; i < desc->n_rows; i++) {
        if (desc->rows[i].knows && hook_knows(&desc->rows[i], "", name))
            return true;
    }
    return false;
}

static const VrRow *
row_for(const VrParse *parse, const VrDesc *desc, const VrXmlNode *child, const void *object)
{
    for (unsigned i = 0; i < desc->n_rows; i++) {
        if (names_match(parse, &desc->rows[i], child) && vr_row_applies(&desc->rows[i], object))
            return &desc->rows[i];
    }
    return NULL;
}

static int
refuse_unknown(const VrXmlNode *node, const VrXmlNode *child, const char *attr)
{
    return vr_error(VIR_FROM_XML, VIR_ERR_XML_INVALID_SCHEMA, "%s '%s' in element '%s' (line %u)",
                    attr ? "Unknown attribute" : "Unknown element", attr ? attr : child->name,
                    node->name, child ? child->line : node->line);
}

static int
refuse_unknown_attrs(const VrDesc *desc, const VrXmlNode *node)
{
    for (unsigned a = 0; a < node->n_attrs; a++) {
        const VrXmlAttr *attr = &node->attrs[a];
        bool known = attr->prefix || strcmp(attr->name, "xmlns") == 0;

        for (unsigned i = 0; !known && i < desc->n_rows; i++) {
            const VrRow *row = &desc->rows[i];

            known = (row->place == VR_AT_ATTR && strcmp(row->name, attr->name) == 0) ||
                    (row->flags & VR_ROW_HAS_UNIT && strcmp(attr->name, "unit") == 0) ||
                    (row->knows && hook_knows(row, "@", attr->name));
        }
        if (!known)
            return refuse_unknown(node, NULL, attr->name);
    }
    return 0;
}

static bool
holds_elements(const VrDesc *desc)
{
    for (unsigned i = 0; i < desc->n_rows; i++) {
        if (desc->rows[i].place == VR_AT_ELEMENT || desc->rows[i].knows)
            return true;
    }
    return false;
}

static int
read_attrs(VrParse *parse, const VrDesc *desc, const VrXmlNode *node, void *object)
{
    for (unsigned i = 0; i < desc->attrs_end; i++) {
        const VrRow *row = &desc->rows[i];
        g_autofree char *owned = NULL;
        const char *text = NULL;

        if (row->place == VR_AT_HOOK && row->flags & VR_ROW_ATTRS && row->parse_hook &&
            row->parse_hook(parse, node, object) < 0)
            return -1;
        if ((row->place != VR_AT_ATTR && row->place != VR_AT_TEXT) || !may_read(parse, row) ||
            !vr_row_applies(row, object))
            continue;
        text = row->place == VR_AT_ATTR ? vr_xml_attr(node, row->name) :
               holds_elements(desc) ? vr_xml_text(node) : text_of(node, &owned);
        if (text && !*text && row->flags & VR_ROW_NONEMPTY)
            text = NULL;
        if (text && read_scalar(parse, row, node, text, object, VR_FIELD(object, row->offset)) < 0)
            return -1;
        if (!text && row->flags & VR_ROW_REQUIRED)
            return missing_value(parse, row, node);
    }
    return 0;
}

/* A child and the row that reads it. */
typedef struct {
    const VrXmlNode *child;
    unsigned row, place;
} Reading;

static int
by_row(const void *a, const void *b)
{
    const Reading *x = a, *y = b;

    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    return x->place < y->place ? -1 : 1;
}

/* Hand the children of a repeated element to the first of its row. */
static bool
absorb(GArray *readings, const Reading *reading)
{
    for (unsigned i = 0; i < readings->len; i++) {
        const Reading *first = &g_array_index(readings, Reading, i);

        if (first->row != reading->row)
            continue;
        vr_xml_move_children((VrXmlNode *) first->child, (VrXmlNode *) reading->child);
        return true;
    }
    return false;
}

/* Children in the order of the description, so that errors come in one order whatever the document's. */
static int
sort_children(VrParse *parse, const VrDesc *desc, const VrXmlNode *node, const void *object,
              GArray *readings)
{
    bool strict = parse->context->flags & VR_MODEL_VALIDATE, sorted = true;
    unsigned last = 0;

    for (const VrXmlNode *child = vr_xml_first(node); child; child = vr_xml_after(child)) {
        const VrRow *row = row_for(parse, desc, child, object);
        Reading reading = {.child = child, .place = readings->len};

        if (!row && strict && !child->prefix && !hook_reads(desc, child->name))
            return refuse_unknown(node, child, NULL);
        if (!row || !may_read(parse, row))
            continue;
        reading.row = (unsigned) (row - desc->rows);
        if (row->flags & VR_ROW_MERGE && absorb(readings, &reading))
            continue;
        sorted &= reading.row >= last;
        last = reading.row;
        g_array_append_val(readings, reading);
    }
    if (!sorted)
        g_array_sort(readings, by_row);
    return 0;
}

static bool
says_something(const VrRow *row, const VrXmlNode *child)
{
    return row->shape != VR_SHAPE_SCALAR || row->kind == &vr_kind_xml || row->kind->is_flag ||
           row->flags & VR_ROW_EMPTY_OK || vr_xml_text(child);
}

static int
check_required(VrParse *parse, const VrDesc *desc, const VrXmlNode *node, const void *object,
               const GArray *readings)
{
    for (unsigned i = 0; desc->has_required && i < desc->n_rows; i++) {
        const VrRow *row = &desc->rows[i];
        bool found = false;

        if (row->place != VR_AT_ELEMENT || !(row->flags & VR_ROW_REQUIRED) || !vr_row_applies(row, object))
            continue;
        for (unsigned j = 0; j < readings->len && !found; j++) {
            const Reading *reading = &g_array_index(readings, Reading, j);

            found = reading->row == i && says_something(row, reading->child);
        }
        if (!found)
            return missing_value(parse, row, node);
    }
    return 0;
}

/* The same for an element without children, as most are. */
static int
check_required_alone(VrParse *parse, const VrDesc *desc, const VrXmlNode *node, const void *object)
{
    for (unsigned i = 0; desc->has_required && i < desc->n_rows; i++) {
        const VrRow *row = &desc->rows[i];

        if (row->place == VR_AT_ELEMENT && row->flags & VR_ROW_REQUIRED && vr_row_applies(row, object))
            return missing_value(parse, row, node);
    }
    return 0;
}

static int
read_children(VrParse *parse, const VrDesc *desc, const VrXmlNode *node, void *object)
{
    g_autoptr(GArray) readings = g_array_new(FALSE, FALSE, sizeof(Reading));
    const VrRow *done = NULL;

    if (sort_children(parse, desc, node, object, readings) < 0 ||
        check_required(parse, desc, node, object, readings) < 0)
        return -1;
    for (unsigned i = 0; i < readings->len; i++) {
        const Reading *reading = &g_array_index(readings, Reading, i);
        const VrRow *row = &desc->rows[reading->row];
        bool many = row->shape == VR_SHAPE_LIST || row->shape == VR_SHAPE_SCALARS;
        bool again = i > 0 && g_array_index(readings, Reading, i - 1).row == reading->row;
        int result;

        if (again && row->once)
            return vr_error(parse->document->error_domain, row->once, "%s", row->says_once);
        if (row == done && !many)
            continue;
        if (row->flags & VR_ROW_LAST && i + 1 < readings->len &&
            g_array_index(readings, Reading, i + 1).row == reading->row)
            continue;
        result = read_element(parse, row, reading->child, object);
        if (result < 0)
            return -1;
        if (result == 0)
            done = row;
    }
    return 0;
}

int
vr_parse_into(VrParse *parse, const VrDesc *desc, const VrXmlNode *node, void *object)
{
    if (read_attrs(parse, desc, node, object) < 0)
        return -1;
    if (parse->context->flags & VR_MODEL_VALIDATE && refuse_unknown_attrs(desc, node) < 0)
        return -1;
    if (vr_xml_first(node) ? read_children(parse, desc, node, object) < 0 :
                             check_required_alone(parse, desc, node, object) < 0)
        return -1;
    for (unsigned i = desc->hooks_from; i < desc->n_rows; i++) {
        const VrRow *row = &desc->rows[i];

        if (row->parse_hook && row->place == VR_AT_HOOK && !(row->flags & VR_ROW_ATTRS) && row->parse_hook(parse, node, object) < 0)
            return -1;
    }
    return desc->parsed ? desc->parsed(parse, node, object) : 0;
}

void *
vr_model_parse_node(const VrDesc *desc, const VrXmlNode *node, const VrParseContext *context)
{
    static const VrParseContext nothing;
    VrParse parse = {.context = context ? context : &nothing, .document = desc};

    if (parse.context->document)
        parse.document = parse.context->document;

    if (desc->tag && strcmp(node->name, desc->tag) != 0)
        return vr_error_null(VIR_FROM_XML, VIR_ERR_XML_ERROR,
                             "expecting root element of '%s', not '%s'", desc->tag, node->name);
    return vr_parse_child(&parse, desc, node);
}

void *
vr_model_parse(const VrDesc *desc, const char *text, const VrParseContext *context)
{
    int domain = desc->error_domain ? desc->error_domain : VIR_FROM_XML;
    g_autoptr(VrXmlTree) tree = vr_xml_parse(domain, text, desc->what);

    return tree ? vr_model_parse_node(desc, vr_xml_root(tree), context) : NULL;
}
