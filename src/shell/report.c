/* Reports as columns, as pairs, as JSON and as YAML: see report.h. */
#include "shell/report.h"

#include <stdarg.h>
#include <string.h>

typedef enum {
    VALUE_NOTHING,
    VALUE_TEXT,
    VALUE_BOOL,
    VALUE_NUMBER,
} ValueKind;

typedef struct {
    char *key, *label;
    char *text;  /* what people read */
    char *exact; /* what machines read, for text */
    ValueKind kind;
    long long number;
} Value;

typedef struct {
    GPtrArray *values;
} Record;

struct Report {
    const Column *columns; /* NULL: one record */
    guint n_columns;
    int width;
    GPtrArray *records;
};

static void
value_free(void *data)
{
    Value *value = data;
    g_free(value->key);
    g_free(value->label);
    g_free(value->text);
    g_free(value->exact);
    g_free(value);
}

static void
record_free(void *data)
{
    Record *record = data;
    g_ptr_array_unref(record->values);
    g_free(record);
}

Report *
report_list(const Column *columns)
{
    Report *report = g_new0(Report, 1);
    report->columns = columns;
    while (columns[report->n_columns].key)
        report->n_columns++;
    report->records = g_ptr_array_new_with_free_func(record_free);
    return report;
}

Report *
report_one(int width)
{
    Report *report = g_new0(Report, 1);
    report->width = width;
    report->records = g_ptr_array_new_with_free_func(record_free);
    report_row(report);
    return report;
}

void
report_free(Report *report)
{
    g_ptr_array_unref(report->records);
    g_free(report);
}

void
report_row(Report *report)
{
    Record *record = g_new0(Record, 1);
    record->values = g_ptr_array_new_with_free_func(value_free);
    g_ptr_array_add(report->records, record);
}

static Value *
put(Report *report, const char *key, const char *label, ValueKind kind, const char *text)
{
    Record *record = report->records->pdata[report->records->len - 1];
    Value *value = g_new0(Value, 1);
    if (report->columns) {
        g_return_val_if_fail(record->values->len < report->n_columns, value);
        const Column *column = &report->columns[record->values->len];
        key = column->key;
        label = column->title;
    }
    value->key = g_strdup(key);
    value->label = g_strdup(label);
    value->kind = kind;
    value->text = g_strdup(text);
    g_ptr_array_add(record->values, value);
    return value;
}

void
put_text(Report *report, const char *key, const char *label, const char *text)
{
    Value *value = put(report, key, label, text ? VALUE_TEXT : VALUE_NOTHING, text ? text : "-");
    value->exact = g_strdup(text);
}

void
put_bool(Report *report, const char *key, const char *label, gboolean flag, const char *text)
{
    put(report, key, label, VALUE_BOOL, text)->number = flag;
}

void
put_number(Report *report, const char *key, const char *label, long long number, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    put(report, key, label, VALUE_NUMBER, text)->number = number;
}

void
put_param(Report *report, const virTypedParameter *param)
{
    g_autofree char *text = shell_param_text(param);
    switch (param->type) {
    case VIR_TYPED_PARAM_INT:
    case VIR_TYPED_PARAM_UINT:
    case VIR_TYPED_PARAM_LLONG:
    case VIR_TYPED_PARAM_ULLONG:
        put(report, param->field, param->field, VALUE_NUMBER, text)->number = g_ascii_strtoll(text, NULL, 10);
        break;
    case VIR_TYPED_PARAM_BOOLEAN:
        put_bool(report, param->field, param->field, param->value.b, text);
        break;
    default:
        put_text(report, param->field, param->field, text);
    }
}

void
put_nothing(Report *report, const char *key, const char *label, const char *text)
{
    put(report, key, label, VALUE_NOTHING, text);
}

/* Columns on a terminal: wide characters count as two, combining ones as none. */
static gsize
width_of(const char *text)
{
    if (!g_utf8_validate(text, -1, NULL))
        return strlen(text);
    gsize width = 0;
    for (const char *p = text; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        width += g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
    }
    return width;
}

/* The text of column C in a record, or its title. */
static const char *
cell(const Report *report, const Record *record, guint c)
{
    if (!record)
        return report->columns[c].title;
    const Value *value = c < record->values->len ? record->values->pdata[c] : NULL;
    return value ? value->text : "";
}

static void
print_line(Shell *sh, const Report *report, const Record *record, const gsize *widths, guint last)
{
    gboolean first = TRUE;
    for (guint c = 0; c <= last; c++) {
        if (!report->columns[c].title)
            continue;
        const char *text = cell(report, record, c);
        shell_print(sh, "%s%s", first ? " " : "   ", text);
        first = FALSE;
        if (c < last)
            shell_print(sh, "%*s", (int)(widths[c] - width_of(text)), "");
    }
    shell_print(sh, "\n");
}

static void
print_columns(Shell *sh, const Report *report, gboolean header)
{
    g_autofree gsize *widths = g_new0(gsize, report->n_columns);
    gsize total = 0;
    guint last = 0;
    for (guint c = 0; c < report->n_columns; c++) {
        if (!report->columns[c].title)
            continue;
        last = c;
        widths[c] = header ? width_of(report->columns[c].title) : 0;
        for (guint r = 0; r < report->records->len; r++)
            widths[c] = MAX(widths[c], width_of(cell(report, report->records->pdata[r], c)));
        total += widths[c] + 3;
    }
    if (header) {
        print_line(sh, report, NULL, widths, last);
        g_autofree char *line = g_strnfill(total, '-');
        shell_print(sh, "%s\n", line);
    }
    for (guint r = 0; r < report->records->len; r++)
        print_line(sh, report, report->records->pdata[r], widths, last);
}

static void
print_pairs(Shell *sh, const Report *report)
{
    const Record *record = report->records->pdata[0];
    for (guint i = 0; i < record->values->len; i++) {
        const Value *value = record->values->pdata[i];
        if (value->label)
            shell_print(sh, "%-*s %s\n", MAX(report->width - 1, 0), value->label, value->text);
    }
}

static void
append_quoted(GString *out, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_string_append_c(out, '"');
    for (const char *p = valid; *p; p++) {
        if (*p == '"' || *p == '\\')
            g_string_append_printf(out, "\\%c", *p);
        else if (*p == '\n')
            g_string_append(out, "\\n");
        else if ((unsigned char)*p < 0x20 || *p == 0x7f)
            g_string_append_printf(out, "\\u%04x", *p);
        else
            g_string_append_c(out, *p);
    }
    g_string_append_c(out, '"');
}

static void
append_value(GString *out, const Value *value)
{
    switch (value->kind) {
    case VALUE_NOTHING:
        g_string_append(out, "null");
        break;
    case VALUE_TEXT:
        append_quoted(out, value->exact);
        break;
    case VALUE_BOOL:
        g_string_append(out, value->number ? "true" : "false");
        break;
    case VALUE_NUMBER:
        g_string_append_printf(out, "%lld", value->number);
        break;
    }
}

/* YAML takes JSON's scalars; quoting every text spares guessing which words it would take for something else. */
static void
append_yaml(GString *out, const Record *record, const char *bullet)
{
    for (guint i = 0; i < record->values->len; i++) {
        const Value *value = record->values->pdata[i];
        g_string_append_printf(out, "%s%s: ", i ? (*bullet ? "  " : "") : bullet, value->key);
        append_value(out, value);
        g_string_append_c(out, '\n');
    }
}

static void
append_json(GString *out, const Record *record, const char *indent)
{
    g_string_append(out, "{");
    for (guint i = 0; i < record->values->len; i++) {
        const Value *value = record->values->pdata[i];
        g_string_append_printf(out, "%s\n%s  ", i ? "," : "", indent);
        append_quoted(out, value->key);
        g_string_append(out, ": ");
        append_value(out, value);
    }
    g_string_append_printf(out, "\n%s}", indent);
}

static char *
as_yaml(const Report *report)
{
    GString *out = g_string_new(NULL);
    if (report->columns && report->records->len == 0)
        g_string_append(out, "[]\n");
    for (guint r = 0; r < report->records->len; r++)
        append_yaml(out, report->records->pdata[r], report->columns ? "- " : "");
    return g_string_free(out, FALSE);
}

static char *
as_json(const Report *report)
{
    GString *out = g_string_new(report->columns ? "[" : "");
    for (guint r = 0; r < report->records->len; r++) {
        if (report->columns)
            g_string_append(out, r ? ",\n  " : "\n  ");
        append_json(out, report->records->pdata[r], report->columns ? "  " : "");
    }
    if (report->columns)
        g_string_append(out, report->records->len ? "\n]" : "]");
    g_string_append_c(out, '\n');
    return g_string_free(out, FALSE);
}

void
report_print_line(Shell *sh, Report *report)
{
    const Record *record = report->records->pdata[0];
    g_autoptr(GString) out = g_string_new("{");
    for (guint i = 0; i < record->values->len; i++) {
        const Value *value = record->values->pdata[i];
        g_string_append(out, i ? ", " : "");
        append_quoted(out, value->key);
        g_string_append(out, ": ");
        append_value(out, value);
    }
    shell_print(sh, "%s}\n", out->str);
}

void
report_print(Shell *sh, Report *report, gboolean header)
{
    g_autofree char *text = NULL;
    switch (sh->format) {
    case FORMAT_TEXT:
        if (report->columns)
            print_columns(sh, report, header);
        else
            print_pairs(sh, report);
        break;
    case FORMAT_JSON:
        text = as_json(report);
        break;
    case FORMAT_YAML:
        text = as_yaml(report);
        break;
    }
    if (text)
        shell_print(sh, "%s", text);
}
