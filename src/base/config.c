/* A hand-sized scanner for "name = value" files: see config.h. */
#include "base/config.h"

#include <string.h>

#include "base/error.h"

#define MAX_FILE (1 << 20)

typedef enum { VALUE_NUMBER, VALUE_STRING, VALUE_LIST } ValueKind;

typedef struct {
    ValueKind kind;
    long long number;
    char *string;
    GPtrArray *list; /* NULL-terminated */
} Value;

struct VrConfig {
    char *name;
    GHashTable *values;
};

typedef struct {
    const char *at;
    const char *name;
    int line;
} Scanner;

static void
value_free(void *data)
{
    Value *v = data;
    g_free(v->string);
    g_clear_pointer(&v->list, g_ptr_array_unref);
    g_free(v);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Value, value_free)

void
vr_config_free(VrConfig *config)
{
    if (!config)
        return;
    g_free(config->name);
    g_hash_table_unref(config->values);
    g_free(config);
}

static int
syntax_error(const Scanner *s, const char *what)
{
    return vr_error(VIR_FROM_CONF, VIR_ERR_CONF_SYNTAX, "%s:%d: %s", s->name, s->line, what);
}

/* Skip blanks and comments, over line ends too when LINES. */
static void
skip(Scanner *s, gboolean lines)
{
    for (;; s->at++) {
        if (*s->at == '#') {
            while (*s->at && *s->at != '\n')
                s->at++;
        }
        if (*s->at == '\n') {
            if (!lines)
                return;
            s->line++;
        } else if (*s->at != ' ' && *s->at != '\t' && *s->at != '\r') {
            return;
        }
    }
}

static char *
scan_string(Scanner *s)
{
    char quote = *s->at;
    gboolean triple = strncmp(s->at, "\"\"\"", 3) == 0;
    const char *begin = s->at + (triple ? 3 : 1);
    const char *end = triple ? strstr(begin, "\"\"\"") : strchr(begin, quote);
    const char *newline = strchr(begin, '\n');
    if (!end || (!triple && newline && newline < end)) {
        syntax_error(s, "unterminated string");
        return NULL;
    }
    for (const char *p = begin; p < end; p++)
        s->line += *p == '\n';
    s->at = end + (triple ? 3 : 1);
    return g_strndup(begin, (gsize)(end - begin));
}

static Value *
scan_value(Scanner *s)
{
    g_autoptr(Value) v = g_new0(Value, 1);
    if (*s->at == '"' || *s->at == '\'') {
        v->kind = VALUE_STRING;
        v->string = scan_string(s);
        return v->string ? g_steal_pointer(&v) : NULL;
    }
    if (*s->at == '[') {
        v->kind = VALUE_LIST;
        v->list = g_ptr_array_new_with_free_func(g_free);
        s->at++;
        for (skip(s, TRUE); *s->at != ']'; skip(s, TRUE)) {
            if (*s->at != '"' && *s->at != '\'') {
                syntax_error(s, "expecting a string in the list");
                return NULL;
            }
            char *item = scan_string(s);
            if (!item)
                return NULL;
            g_ptr_array_add(v->list, item);
            skip(s, TRUE);
            if (*s->at == ',')
                s->at++;
            else if (*s->at != ']') {
                syntax_error(s, "expecting a comma or ] in the list");
                return NULL;
            }
        }
        s->at++;
        g_ptr_array_add(v->list, NULL);
        return g_steal_pointer(&v);
    }
    if (*s->at == '-' || g_ascii_isdigit(*s->at)) {
        char *end;
        v->number = g_ascii_strtoll(s->at, &end, 10);
        s->at = end;
        return g_steal_pointer(&v);
    }
    syntax_error(s, "expecting a value");
    return NULL;
}

VrConfig *
vr_config_parse(const char *text, const char *name)
{
    g_autoptr(VrConfig) config = g_new0(VrConfig, 1);
    config->name = g_strdup(name);
    config->values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, value_free);
    Scanner s = {text, name, 1};
    for (skip(&s, TRUE); *s.at; skip(&s, TRUE)) {
        const char *begin = s.at;
        while (g_ascii_isalnum(*s.at) || *s.at == '_' || *s.at == '-' || *s.at == '.')
            s.at++;
        if (s.at == begin) {
            syntax_error(&s, "expecting a name");
            return NULL;
        }
        g_autofree char *key = g_strndup(begin, (gsize)(s.at - begin));
        skip(&s, FALSE);
        if (*s.at != '=') {
            syntax_error(&s, "expecting an assignment");
            return NULL;
        }
        s.at++;
        skip(&s, FALSE);
        Value *value = scan_value(&s);
        if (!value)
            return NULL;
        g_hash_table_replace(config->values, g_steal_pointer(&key), value);
        skip(&s, FALSE);
        if (*s.at && *s.at != '\n') {
            syntax_error(&s, "expecting a separator");
            return NULL;
        }
    }
    return g_steal_pointer(&config);
}

VrConfig *
vr_config_read(const char *path)
{
    g_autofree char *text = NULL;
    gsize len = 0;
    g_autoptr(GError) problem = NULL;
    if (!g_file_get_contents(path, &text, &len, &problem)) {
        if (g_error_matches(problem, G_FILE_ERROR, G_FILE_ERROR_NOENT))
            return vr_config_parse("", path);
        return vr_error_null(VIR_FROM_CONF, VIR_ERR_OPEN_FAILED, "'%s': %s", path, problem->message);
    }
    if (len > MAX_FILE)
        return vr_error_null(VIR_FROM_CONF, VIR_ERR_READ_FAILED, "'%s': larger than %d bytes", path, MAX_FILE);
    return vr_config_parse(text, path);
}

static int
lookup(const VrConfig *config, const char *key, ValueKind kind, const char *what, const Value **ret)
{
    const Value *v = g_hash_table_lookup(config->values, key);
    if (!v)
        return 0;
    if (v->kind != kind)
        return vr_error(VIR_FROM_CONF, VIR_ERR_INTERNAL_ERROR, "%s: expected %s for '%s' parameter", config->name, what,
                        key);
    *ret = v;
    return 1;
}

int
vr_config_string(const VrConfig *config, const char *key, const char **ret)
{
    const Value *v = NULL;
    int rc = lookup(config, key, VALUE_STRING, "a string", &v);
    if (rc > 0)
        *ret = v->string;
    return rc;
}

int
vr_config_strings(const VrConfig *config, const char *key, const char *const **ret)
{
    const Value *v = NULL;
    int rc = lookup(config, key, VALUE_LIST, "a list of strings", &v);
    if (rc > 0)
        *ret = (const char *const *)v->list->pdata;
    return rc;
}

int
vr_config_number(const VrConfig *config, const char *key, long long *ret)
{
    const Value *v = NULL;
    int rc = lookup(config, key, VALUE_NUMBER, "a number", &v);
    if (rc > 0)
        *ret = v->number;
    return rc;
}
