/* Commands about secrets: those that do more than call one function.  Values leave no trace in memory that is freed. */
#include "shell/commands.h"

#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "shell/report.h"

/* Free what held a secret. */
static void
forget(void *data, gsize len)
{
    if (data)
        explicit_bzero(data, len);
    g_free(data);
}

gboolean
run_secret_define(Shell *sh, const Args *args)
{
    const char *path = args_string(args, "file");
    g_autofree char *xml = shell_read_file(sh, path);
    if (!xml)
        return FALSE;
    g_autoptr(virSecret) secret = virSecretDefineXML(sh->conn, xml, args_flags(args));
    char uuid[VIR_UUID_STRING_BUFLEN] = "";
    if (secret && virSecretGetUUIDString(secret, uuid) < 0)
        return shell_outcome(sh, FALSE, NULL, "Failed to get UUID of created secret", NULL, NULL);
    return shell_outcome(sh, secret != NULL, "Secret %s created", "Failed to set attributes from %t", uuid, path);
}

gboolean
run_secret_list(Shell *sh, const Args *args)
{
    static const Column columns[] = {{"uuid", "UUID"}, {"usage", "Usage"}, {NULL}};
    static const char *const kinds[] = {"none", "volume", "ceph", "iscsi", "tls", "vtpm"};
    virSecretPtr *secrets = NULL;
    int n = virConnectListAllSecrets(sh->conn, &secrets, args_flags(args));
    if (n < 0)
        return shell_outcome(sh, FALSE, NULL, "Failed to list secrets", NULL, NULL);
    g_autoptr(Report) report = report_list(columns);
    for (int i = 0; i < n; i++) {
        char uuid[VIR_UUID_STRING_BUFLEN] = "";
        int type = virSecretGetUsageType(secrets[i]);
        const char *kind = type >= 0 && type < (int)G_N_ELEMENTS(kinds) ? kinds[type] : "unknown";
        g_autofree char *usage = type > 0 ? g_strdup_printf("%s %s", kind, virSecretGetUsageID(secrets[i])) : NULL;
        virSecretGetUUIDString(secrets[i], uuid);
        report_row(report);
        put_text(report, NULL, NULL, uuid);
        if (usage)
            put_text(report, NULL, NULL, usage);
        else
            put_nothing(report, NULL, NULL, "Unused");
        virSecretFree(secrets[i]);
    }
    free(secrets);
    report_print(sh, report, TRUE);
    return TRUE;
}

gboolean
run_secret_get_value(Shell *sh, const Args *args)
{
    g_autoptr(virSecret) secret = shell_secret(sh, args, NULL);
    size_t len = 0;
    unsigned char *value = secret ? virSecretGetValue(secret, &len, 0) : NULL;
    if (!value)
        return FALSE;
    gboolean ok = TRUE;
    if (args_flag(args, "plain")) {
        ok = fwrite(value, 1, len, stdout) == len;
    } else {
        char *text = g_base64_encode(value, len);
        shell_print(sh, "%s", text);
        forget(text, strlen(text));
    }
    explicit_bzero(value, len);
    free(value);
    return ok;
}

/* A line from the terminal, unseen; NULL at its end. */
static char *
ask_secret(Shell *sh)
{
    struct termios before, unseen;
    gboolean terminal = tcgetattr(STDIN_FILENO, &before) == 0;
    shell_print(sh, "Enter new value for secret: ");
    fflush(stdout);
    if (terminal) {
        unseen = before;
        unseen.c_lflag &= (tcflag_t)~ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &unseen);
    }
    char line[4096];
    char *text = fgets(line, sizeof(line), stdin) ? g_strdup(line) : NULL;
    explicit_bzero(line, sizeof(line));
    if (terminal)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    shell_print(sh, "\n");
    if (text)
        text[strcspn(text, "\n")] = '\0';
    return text;
}

gboolean
run_secret_set_value(Shell *sh, const Args *args)
{
    const char *path = args_string(args, "file"), *base64 = args_string(args, "base64");
    gboolean ask = args_flag(args, "interactive"), plain = args_flag(args, "plain") || ask;
    g_autoptr(virSecret) secret = shell_secret(sh, args, NULL);
    g_autoptr(GError) problem = NULL;
    char *text = NULL;
    gsize len = 0;
    if (!secret)
        return FALSE;
    if (path) {
        if (!g_file_get_contents(path, &text, &len, &problem)) {
            shell_error(sh, "%s", problem->message);
            return FALSE;
        }
    } else if (base64) {
        text = g_strdup(base64);
        len = strlen(text);
        if (plain)
            plain = ask;
        shell_error(sh, "%s", "Passing secret value as command-line argument is insecure!");
    } else if (ask) {
        text = ask_secret(sh);
        len = text ? strlen(text) : 0;
    }
    if (!text) {
        shell_error(sh, "%s", "Input secret value is missing");
        return FALSE;
    }
    gsize size = len;
    guchar *value = plain ? g_memdup2(text, len) : g_base64_decode(text, &size);
    int bad = virSecretSetValue(secret, value, size, 0);
    forget(value, size);
    forget(text, len);
    return shell_outcome(sh, bad == 0, "Secret value set", "Failed to set secret value", NULL, NULL);
}
