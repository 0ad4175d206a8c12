/* How commands end and what they share: one sentence on success or failure, documents, sizes. */
#include "shell/shell.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#define MAX_FILE (10 * 1024 * 1024)

/* TEMPLATE with %s and %t filled in. */
static char *
sentence(const char *template, const char *name, const char *typed)
{
    GString *out = g_string_new(NULL);
    for (const char *p = template; *p; p++) {
        const char *word = p[0] != '%' ? NULL : p[1] == 's' ? name : p[1] == 't' ? typed : NULL;
        if (word) {
            g_string_append(out, word);
            p++;
        } else {
            g_string_append_c(out, *p);
        }
    }
    return g_string_free(out, FALSE);
}

gboolean
shell_outcome(Shell *sh, gboolean ok, const char *says, const char *fails, const char *name, const char *typed)
{
    if (ok) {
        g_autofree char *line = sentence(says, name, typed);
        if (*line)
            shell_note(sh, "%s\n", line);
        return TRUE;
    }
    shell_save_error(sh);
    if (fails) {
        g_autofree char *line = sentence(fails, name, typed);
        shell_error(sh, "%s", line);
    }
    return FALSE;
}

gboolean
shell_tell(Shell *sh, const char *text, const char *fails, const char *typed)
{
    if (!text)
        return shell_outcome(sh, FALSE, NULL, fails, NULL, typed);
    shell_print(sh, "%s\n", text);
    return TRUE;
}

gboolean
shell_tell_xml(Shell *sh, const Args *args, const char *xml, const char *fails, const char *typed)
{
    const char *xpath = args_string(args, "xpath");
    if (!xml)
        return shell_outcome(sh, FALSE, NULL, fails, NULL, typed);
    if (!xpath) {
        shell_print(sh, "%s", xml);
        return TRUE;
    }
    g_autofree char *chosen = shell_xpath(sh, xml, xpath, args_flag(args, "wrap"));
    if (!chosen)
        return FALSE;
    shell_print(sh, "%s", chosen);
    return TRUE;
}

char *
shell_read_file(Shell *sh, const char *path)
{
    g_autoptr(GError) problem = NULL;
    g_autofree char *text = NULL;
    gsize len = 0;
    errno = 0;
    if (!g_file_get_contents(strcmp(path, "-") == 0 ? "/dev/stdin" : path, &text, &len, &problem)) {
        int reason = errno ? errno : EIO;
        shell_error(sh, "Failed to open file '%s': %s", path, g_strerror(reason));
        return NULL;
    }
    if (len > MAX_FILE) {
        shell_error(sh, "file '%s' is larger than %d bytes", path, MAX_FILE);
        return NULL;
    }
    return g_steal_pointer(&text);
}

char *
shell_size_text(unsigned long long bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    gsize unit = 0;
    double value = (double)bytes;
    for (; value >= 1024 && unit + 1 < G_N_ELEMENTS(units); unit++)
        value /= 1024;
    return g_strdup_printf("%.2f %s", value, units[unit]);
}

/* Powers of 1024 for k, K, M ... and KiB; of 1000 for kB, MB ... */
gboolean
shell_scale(const char *unit, unsigned long long *ret_scale)
{
    const char *units = "bkmgtpe", *at = *unit ? strchr(units, g_ascii_tolower(*unit)) : units;
    gboolean thousands = at && at != units && unit[1] && g_ascii_strcasecmp(unit + 1, "b") == 0;
    gboolean known = at && (!*unit || !unit[1] || thousands || g_ascii_strcasecmp(unit + 1, "ib") == 0 ||
                            g_ascii_strcasecmp(unit, "bytes") == 0 || g_ascii_strcasecmp(unit, "byte") == 0);
    if (!known)
        return FALSE;
    *ret_scale = 1;
    for (const char *u = units; u < at; u++)
        *ret_scale *= thousands ? 1000 : 1024;
    return TRUE;
}

gboolean
shell_size(Shell *sh, const char *option, const char *text, unsigned long long *ret_bytes)
{
    char *end;
    unsigned long long value = g_ascii_strtoull(text, &end, 10), scale;
    if (end == text || *text == '-' || !shell_scale(end, &scale) || __builtin_mul_overflow(value, scale, &value)) {
        shell_error(sh, "Scaled numeric value '%s' for <%s> option is malformed or out of range", text, option);
        return FALSE;
    }
    *ret_bytes = value;
    return TRUE;
}

const char *
yes_no(int value)
{
    return value < 0 ? "unknown" : value ? "yes" : "no";
}

char *
shell_param_text(const virTypedParameter *param)
{
    switch (param->type) {
    case VIR_TYPED_PARAM_INT:
        return g_strdup_printf("%d", param->value.i);
    case VIR_TYPED_PARAM_UINT:
        return g_strdup_printf("%u", param->value.ui);
    case VIR_TYPED_PARAM_LLONG:
        return g_strdup_printf("%lld", param->value.l);
    case VIR_TYPED_PARAM_ULLONG:
        return g_strdup_printf("%llu", param->value.ul);
    case VIR_TYPED_PARAM_DOUBLE:
        return g_strdup_printf("%f", param->value.d);
    case VIR_TYPED_PARAM_BOOLEAN:
        return g_strdup(param->value.b ? "yes" : "no");
    case VIR_TYPED_PARAM_STRING:
        return g_strdup(param->value.s);
    default:
        return g_strdup_printf("unknown type %d", param->type);
    }
}

void *
shell_newer(Shell *sh, const char *name)
{
    void *function = dlsym(RTLD_DEFAULT, name);
    if (!function)
        shell_error(sh, "the installed libvirt is too old for this: it has no %s", name);
    return function;
}
