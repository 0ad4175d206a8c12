/* JSON as QEMU and its agent answer it: one member taken out, or laid out to be read.  Text in, text out. */
#include "shell/shell.h"

#include <string.h>

/* The end of the string that begins at P (at its quote); NULL when it has none. */
static const char *
string_end(const char *p)
{
    for (p++; *p; p++) {
        if (*p == '\\' && p[1])
            p++;
        else if (*p == '"')
            return p + 1;
    }
    return NULL;
}

/* The end of the value that begins at P. */
static const char *
value_end(const char *p)
{
    int depth = 0;
    for (; *p; p++) {
        if (*p == '"') {
            p = string_end(p);
            if (!p || depth == 0)
                return p;
            p--;
        } else if (*p == '{' || *p == '[') {
            depth++;
        } else if (*p == '}' || *p == ']') {
            if (depth == 0)
                return p;
            if (--depth == 0)
                return p + 1;
        } else if (*p == ',' && depth == 0) {
            return p;
        }
    }
    return depth == 0 ? p : NULL;
}

char *
shell_json_member(const char *json, const char *name)
{
    const char *p = strchr(json, '{');
    gsize len = strlen(name);
    for (p = p ? p + 1 : NULL; p && *p && *p != '}';) {
        p += strspn(p, " \t\r\n,");
        if (*p != '"')
            return NULL;
        const char *key = p + 1, *after = string_end(p);
        if (!after)
            return NULL;
        p = after + strspn(after, " \t\r\n:");
        const char *end = value_end(p);
        if (!end)
            return NULL;
        if ((gsize)(after - key - 1) == len && strncmp(key, name, len) == 0)
            return g_strndup(p, (gsize)(end - p));
        p = end;
    }
    return NULL;
}

static void
new_line(GString *out, int depth)
{
    g_string_append_printf(out, "\n%*s", depth * 2, "");
}

char *
shell_json_pretty(const char *json)
{
    GString *out = g_string_new(NULL);
    int depth = 0;
    for (const char *p = json; *p; p++) {
        switch (*p) {
        case '"': {
            const char *end = string_end(p);
            if (!end)
                return g_string_free(out, TRUE), NULL;
            g_string_append_len(out, p, end - p);
            p = end - 1;
            break;
        }
        case '{':
        case '[':
            g_string_append_c(out, *p);
            p += strspn(p + 1, " \t\r\n");
            if (p[1] == '}' || p[1] == ']') {
                g_string_append_c(out, *++p);
                break;
            }
            new_line(out, ++depth);
            break;
        case '}':
        case ']':
            new_line(out, depth > 0 ? --depth : 0);
            g_string_append_c(out, *p);
            break;
        case ',':
            g_string_append_c(out, ',');
            new_line(out, depth);
            break;
        case ':':
            g_string_append(out, ": ");
            break;
        case ' ':
        case '\t':
        case '\r':
        case '\n':
            break;
        default:
            g_string_append_c(out, *p);
        }
    }
    return g_string_free(out, FALSE);
}
