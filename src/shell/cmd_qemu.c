/* What goes into a guest or its hypervisor as it is: monitor and agent commands, keys, signals. */
#include "shell/commands.h"

#include <libvirt/libvirt-qemu.h>
#include <stdlib.h>
#include <string.h>

/* The words of option cmd as one command. */
static char *
joined(const Args *args)
{
    return g_strjoinv(" ", (char **)args_words(args, "cmd"));
}

gboolean
run_qemu_monitor_command(Shell *sh, const Args *args)
{
    unsigned int flags = args_flags(args);
    g_autofree char *command = joined(args);
    g_autofree char *result = NULL;
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom || virDomainQemuMonitorCommand(dom, command, &result, flags) < 0)
        return FALSE;
    g_autofree char *shown = NULL;
    if (args_flag(args, "return-value")) {
        shown = shell_json_member(result, "return");
        if (!shown) {
            shell_error(sh, "failed to find 'return' field in reply '%s'", result);
            return FALSE;
        }
    }
    if (args_flag(args, "pretty")) {
        char *pretty = shell_json_pretty(shown ? shown : result);
        if (pretty) {
            g_free(shown);
            shown = pretty;
        }
    }
    shell_print(sh, "%s\n", shown ? shown : result);
    return TRUE;
}

gboolean
run_qemu_agent_command(Shell *sh, const Args *args)
{
    long long seconds = 0;
    int timeout = VIR_DOMAIN_QEMU_AGENT_COMMAND_DEFAULT;
    int given = args_number(sh, args, "timeout", G_MININT, G_MAXINT, &seconds);
    if (given < 0)
        return FALSE;
    if (given && seconds < 1) {
        shell_error(sh, "%s", "timeout must be positive");
        return FALSE;
    }
    if (given)
        timeout = (int)seconds;
    else if (args_flag(args, "async"))
        timeout = VIR_DOMAIN_QEMU_AGENT_COMMAND_NOWAIT;
    else if (args_flag(args, "block"))
        timeout = VIR_DOMAIN_QEMU_AGENT_COMMAND_BLOCK;
    g_autofree char *command = joined(args);
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    g_autofree char *result = dom ? virDomainQemuAgentCommand(dom, command, timeout, 0) : NULL;
    if (!result)
        return FALSE;
    g_autofree char *pretty = args_flag(args, "pretty") ? shell_json_pretty(result) : NULL;
    shell_print(sh, "%s\n", pretty ? pretty : result);
    return TRUE;
}

gboolean
run_guest_agent_timeout(Shell *sh, const Args *args)
{
    long long seconds = VIR_DOMAIN_AGENT_RESPONSE_TIMEOUT_BLOCK;
    if (args_number(sh, args, "timeout", G_MININT, G_MAXINT, &seconds) < 0)
        return FALSE;
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    return dom && virDomainAgentSetResponseTimeout(dom, (int)seconds, 0) == 0;
}

gboolean
run_guestinfo(Shell *sh, const Args *args)
{
    virTypedParameterPtr params = NULL;
    int n = 0;
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom || virDomainGetGuestInfo(dom, args_flags(args), &params, &n, 0) < 0)
        return FALSE;
    for (int i = 0; i < n; i++) {
        g_autofree char *text = shell_param_text(&params[i]);
        shell_print(sh, "%-20s: %s\n", params[i].field, text);
    }
    virTypedParamsFree(params, n);
    return TRUE;
}

/* Linux' names of keys, those that people send; numbers do for the rest. */
static const struct {
    const char *name;
    unsigned int code;
} linux_keys[] = {
    {"KEY_ESC", 1}, {"KEY_1", 2}, {"KEY_2", 3}, {"KEY_3", 4}, {"KEY_4", 5}, {"KEY_5", 6}, {"KEY_6", 7}, {"KEY_7", 8}, {"KEY_8", 9},
    {"KEY_9", 10}, {"KEY_0", 11}, {"KEY_MINUS", 12}, {"KEY_EQUAL", 13}, {"KEY_BACKSPACE", 14}, {"KEY_TAB", 15}, {"KEY_Q", 16},
    {"KEY_W", 17}, {"KEY_E", 18}, {"KEY_R", 19}, {"KEY_T", 20}, {"KEY_Y", 21}, {"KEY_U", 22}, {"KEY_I", 23}, {"KEY_O", 24},
    {"KEY_P", 25}, {"KEY_LEFTBRACE", 26}, {"KEY_RIGHTBRACE", 27}, {"KEY_ENTER", 28}, {"KEY_LEFTCTRL", 29}, {"KEY_A", 30},
    {"KEY_S", 31}, {"KEY_D", 32}, {"KEY_F", 33}, {"KEY_G", 34}, {"KEY_H", 35}, {"KEY_J", 36}, {"KEY_K", 37}, {"KEY_L", 38},
    {"KEY_SEMICOLON", 39}, {"KEY_APOSTROPHE", 40}, {"KEY_GRAVE", 41}, {"KEY_LEFTSHIFT", 42}, {"KEY_BACKSLASH", 43}, {"KEY_Z", 44},
    {"KEY_X", 45}, {"KEY_C", 46}, {"KEY_V", 47}, {"KEY_B", 48}, {"KEY_N", 49}, {"KEY_M", 50}, {"KEY_COMMA", 51}, {"KEY_DOT", 52},
    {"KEY_SLASH", 53}, {"KEY_RIGHTSHIFT", 54}, {"KEY_KPASTERISK", 55}, {"KEY_LEFTALT", 56}, {"KEY_SPACE", 57}, {"KEY_CAPSLOCK", 58},
    {"KEY_F1", 59}, {"KEY_F2", 60}, {"KEY_F3", 61}, {"KEY_F4", 62}, {"KEY_F5", 63}, {"KEY_F6", 64}, {"KEY_F7", 65}, {"KEY_F8", 66},
    {"KEY_F9", 67}, {"KEY_F10", 68}, {"KEY_NUMLOCK", 69}, {"KEY_SCROLLLOCK", 70}, {"KEY_KP7", 71}, {"KEY_KP8", 72}, {"KEY_KP9", 73},
    {"KEY_KPMINUS", 74}, {"KEY_KP4", 75}, {"KEY_KP5", 76}, {"KEY_KP6", 77}, {"KEY_KPPLUS", 78}, {"KEY_KP1", 79}, {"KEY_KP2", 80},
    {"KEY_KP3", 81}, {"KEY_KP0", 82}, {"KEY_KPDOT", 83}, {"KEY_F11", 87}, {"KEY_F12", 88}, {"KEY_KPENTER", 96}, {"KEY_RIGHTCTRL", 97},
    {"KEY_KPSLASH", 98}, {"KEY_SYSRQ", 99}, {"KEY_RIGHTALT", 100}, {"KEY_HOME", 102}, {"KEY_UP", 103}, {"KEY_PAGEUP", 104},
    {"KEY_LEFT", 105}, {"KEY_RIGHT", 106}, {"KEY_END", 107}, {"KEY_DOWN", 108}, {"KEY_PAGEDOWN", 109}, {"KEY_INSERT", 110},
    {"KEY_DELETE", 111}, {"KEY_POWER", 116}, {"KEY_PAUSE", 119}, {"KEY_LEFTMETA", 125}, {"KEY_RIGHTMETA", 126},
};

/* A word's number: from TABLE if it is there, else as it is written; -1 if neither. */
static long long
key_number(const char *word)
{
    char *end;
    for (gsize i = 0; i < G_N_ELEMENTS(linux_keys); i++) {
        if (strcmp(linux_keys[i].name, word) == 0)
            return linux_keys[i].code;
    }
    guint64 value = g_ascii_strtoull(word, &end, 0);
    return end == word || *end || value > G_MAXUINT16 ? -1 : (long long)value;
}

gboolean
run_send_key(Shell *sh, const Args *args)
{
    static const char *const sets[] = {"linux", "xt", "atset1", "atset2", "atset3", "os_x", "xt_kbd", "usb", "win32", "qnum"};
    const char *set = args_string(args, "codeset");
    const char *const *words = args_words(args, "keycode");
    unsigned int codes[VIR_DOMAIN_SEND_KEY_MAX_KEYS], n = 0, codeset = 0;
    long long hold = 0;
    while (set && codeset < G_N_ELEMENTS(sets) && strcmp(sets[codeset], set) != 0)
        codeset++;
    if (set && strcmp(set, "rfb") == 0)
        codeset = VIR_KEYCODE_SET_QNUM;
    if (codeset == G_N_ELEMENTS(sets)) {
        shell_error(sh, "unknown codeset: '%s'", set);
        return FALSE;
    }
    if (args_number(sh, args, "holdtime", 0, G_MAXUINT, &hold) < 0)
        return FALSE;
    for (const char *const *word = words; *word; word++) {
        if (n == VIR_DOMAIN_SEND_KEY_MAX_KEYS) {
            shell_error(sh, "%s", "too many keycodes");
            return FALSE;
        }
        long long code = key_number(*word);
        if (code < 0) {
            shell_error(sh, "invalid keycode: '%s'", *word);
            return FALSE;
        }
        codes[n++] = (unsigned int)code;
    }
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    return dom && virDomainSendKey(dom, codeset, (unsigned int)hold, codes, (int)n, 0) == 0;
}

gboolean
run_send_process_signal(Shell *sh, const Args *args)
{
    static const char *const names[] = {
        "nop", "hup", "int", "quit", "ill", "trap", "abrt", "bus", "fpe", "kill", "usr1", "segv", "usr2", "pipe", "alrm", "term",
        "stkflt", "chld", "cont", "stop", "tstp", "ttin", "ttou", "urg", "xcpu", "xfsz", "vtalrm", "prof", "winch", "poll", "pwr", "sys"};
    const char *word = args_string(args, "signame"), *pid_text = args_string(args, "pid");
    char *end;
    gint64 pid = g_ascii_strtoll(pid_text, &end, 10);
    if (end == pid_text || *end) {
        shell_error(sh, "malformed PID value: %s", pid_text);
        return FALSE;
    }
    const char *bare = g_ascii_strncasecmp(word, "sig_", 4) == 0 ? word + 4 : g_ascii_strncasecmp(word, "sig", 3) == 0 ? word + 3 : word;
    int number = -1;
    for (int i = 0; i < (int)G_N_ELEMENTS(names); i++) {
        if (g_ascii_strcasecmp(names[i], bare) == 0)
            number = i;
    }
    if (number < 0) {
        gint64 value = g_ascii_strtoll(word, &end, 10);
        number = end != word && !*end && value >= 0 && value <= VIR_DOMAIN_PROCESS_SIGNAL_RT32 ? (int)value : -1;
    }
    if (number < 0) {
        shell_error(sh, "malformed signal name: %s", word);
        return FALSE;
    }
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    return dom && virDomainSendProcessSignal(dom, pid, (unsigned int)number, 0) == 0;
}

gboolean
run_migrate_getmaxdowntime(Shell *sh, const Args *args)
{
    unsigned long long ms;
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom || virDomainMigrateGetMaxDowntime(dom, &ms, 0) < 0)
        return FALSE;
    shell_print(sh, "%llu\n", ms);
    return TRUE;
}

gboolean
run_migrate_getspeed(Shell *sh, const Args *args)
{
    unsigned long mib;
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom || virDomainMigrateGetMaxSpeed(dom, &mib, args_flags(args)) < 0)
        return FALSE;
    shell_print(sh, "%lu\n", mib);
    return TRUE;
}

gboolean
run_blockresize(Shell *sh, const Args *args)
{
    const char *path = args_string(args, "path"), *text = args_string(args, "size");
    gboolean bare = g_ascii_isdigit(text[strlen(text) - 1]);
    unsigned long long bytes;
    g_autofree char *in_kib = bare ? g_strconcat(text, "K", NULL) : NULL;
    if (!shell_size(sh, "size", bare ? in_kib : text, &bytes))
        return FALSE;
    g_autoptr(virDomain) dom = shell_domain(sh, args, NULL);
    if (!dom)
        return FALSE;
    /* Whole KiB where they do, for older hypervisors. */
    gboolean whole = bytes % 1024 == 0;
    int bad = virDomainBlockResize(dom, path, whole ? bytes / 1024 : bytes, whole ? 0 : VIR_DOMAIN_BLOCK_RESIZE_BYTES);
    return shell_outcome(sh, bad == 0, "Block device '%t' is resized", "Failed to resize block device '%t'", NULL, path);
}
