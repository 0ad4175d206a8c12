/* See spec.h. */
#include "shell/spec.h"

#include <string.h>

char **
spec_split(const char *text)
{
    g_autoptr(GStrvBuilder) words = g_strv_builder_new();
    g_autoptr(GString) word = g_string_new(NULL);
    for (const char *p = text;; p++) {
        if (*p == ',' && p[1] == ',') {
            g_string_append_c(word, *p++);
        } else if (!*p || *p == ',') {
            g_strv_builder_add(words, word->str);
            g_string_truncate(word, 0);
            if (!*p)
                break;
        } else {
            g_string_append_c(word, *p);
        }
    }
    return g_strv_builder_end(words);
}

const char *
spec_value(const char *word, const char *key)
{
    gsize len = strlen(key);
    return strncmp(word, key, len) == 0 && word[len] == '=' ? word + len + 1 : NULL;
}
