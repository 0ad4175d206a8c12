/* Logging to stderr, files, syslog and the journal, with filters by source.
 *
 * Settings are two immutable lists behind one mutex; the mutex also keeps lines whole.  vr_log_threshold
 * lets callers skip everything when nobody listens.
 */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"
#include "base/lock.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"
#define DEFAULT_LEVEL VR_LOG_WARN

typedef struct {
    VrLogLevel level;
    GPatternSpec *pattern;
    char *text;
} Filter;

typedef struct Output Output;

typedef struct {
    const char *name;
    gboolean takes_argument;
    int (*open)(Output *out);
    void (*write)(Output *out, VrLogLevel level, const char *source, const char *line, const char *text);
} Sink;

struct Output {
    VrLogLevel level;
    const Sink *sink;
    char *argument;
    int fd;
};

static VrMutex lock = VR_MUTEX_INIT;
static GPtrArray *filters; /* of Filter */
static GPtrArray *outputs; /* of Output */
static VrLogLevel default_level = DEFAULT_LEVEL;
int vr_log_threshold = VR_LOG_ERROR + 1;
gboolean vr_log_to_chosen_outputs;

static const char *const level_names[] = {"", "debug", "info", "warning", "error"};

static void
filter_free(void *data)
{
    Filter *f = data;
    g_pattern_spec_free(f->pattern);
    g_free(f->text);
    g_free(f);
}

static void
output_free(void *data)
{
    Output *o = data;
    if (o->fd > STDERR_FILENO)
        close(o->fd);
    g_free(o->argument);
    g_free(o);
}

static void
write_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        data += n;
        len -= (size_t)n;
    }
}

static int
stderr_open(Output *out)
{
    out->fd = STDERR_FILENO;
    return 0;
}

static int
file_open(Output *out)
{
    out->fd = open(out->argument, O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0600);
    if (out->fd < 0)
        return vr_error_system(VIR_FROM_NONE, errno, "cannot open log file '%s'", out->argument);
    return 0;
}

static void
line_write(Output *out, VrLogLevel level, const char *source, const char *line, const char *text)
{
    write_all(out->fd, line, strlen(line));
}

static int
syslog_open(Output *out)
{
    openlog(out->argument, LOG_PID, LOG_DAEMON);
    return 0;
}

static void
syslog_write(Output *out, VrLogLevel level, const char *source, const char *line, const char *text)
{
    static const int priorities[] = {LOG_DEBUG, LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERR};
    syslog(priorities[level], "%s: %s", source, text);
}

static int
journald_open(Output *out)
{
    out->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (out->fd < 0)
        return vr_error_system(VIR_FROM_NONE, errno, "cannot open a socket for the journal");
    return 0;
}

static void
journald_write(Output *out, VrLogLevel level, const char *source, const char *line, const char *text)
{
    static const int priorities[] = {7, 7, 6, 4, 3};
    struct sockaddr_un addr = {.sun_family = AF_UNIX, .sun_path = JOURNAL_SOCKET};
    g_autofree char *flat = g_strdelimit(g_strdup(text), "\n", ' ');
    g_autofree char *entry = g_strdup_printf("MESSAGE=%s\nPRIORITY=%d\nLIBVIRT_SOURCE=%s\n", flat,
                                             priorities[level], source);
    /* A journal that is away is no reason to fail or to block. */
    if (sendto(out->fd, entry, strlen(entry), MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&addr,
               sizeof(addr)) < 0)
        errno = 0;
}

static const Sink sinks[] = {
    {"stderr", FALSE, stderr_open, line_write},
    {"file", TRUE, file_open, line_write},
    {"syslog", TRUE, syslog_open, syslog_write},
    {"journald", FALSE, journald_open, journald_write},
};

static void
update_threshold(void)
{
    int lowest = default_level;
    for (guint i = 0; filters && i < filters->len; i++)
        lowest = MIN(lowest, (int)((Filter *)filters->pdata[i])->level);
    int heard = VR_LOG_ERROR + 1;
    for (guint i = 0; outputs && i < outputs->len; i++)
        heard = MIN(heard, (int)((Output *)outputs->pdata[i])->level);
    __atomic_store_n(&vr_log_threshold, MAX(lowest, heard), __ATOMIC_RELAXED);
}

static VrLogLevel
level_for(const char *source)
{
    for (guint i = 0; filters && i < filters->len; i++) {
        Filter *f = filters->pdata[i];
        if (g_pattern_spec_match_string(f->pattern, source))
            return f->level;
    }
    return default_level;
}

static char *
time_text(void)
{
    gint64 now = g_get_real_time();
    time_t seconds = (time_t)(now / G_USEC_PER_SEC);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    char day[32];
    strftime(day, sizeof(day), "%Y-%m-%d %H:%M:%S", &tm);
    return g_strdup_printf("%s.%03d+0000", day, (int)(now % G_USEC_PER_SEC / 1000));
}

void
vr_log(VrLogLevel level, const char *source, const char *format, ...)
{
    if (G_LIKELY((int)level < vr_log_from()))
        return;
    int keep = errno;
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *when = time_text();
    g_autofree char *line = g_strdup_printf("%s: %d: %s : %s : %s\n", when, (int)gettid(), level_names[level],
                                            source, text);
    vr_mutex_lock(&lock);
    if (level >= level_for(source)) {
        for (guint i = 0; outputs && i < outputs->len; i++) {
            Output *o = outputs->pdata[i];
            if (level >= o->level)
                o->sink->write(o, level, source, line, text);
        }
    }
    vr_mutex_unlock(&lock);
    errno = keep;
}

/* "N:rest" -> level N, rest; NULL with the error set when N is no level. */
static const char *
split_level(const char *word, const char *what, VrLogLevel *ret_level)
{
    if (word[0] < '1' || word[0] > '4' || word[1] != ':')
        return vr_error_null(VIR_FROM_NONE, VIR_ERR_INVALID_ARG,
                             "log %s '%s' must start with a level from 1 to 4 and a colon", what, word);
    *ret_level = (VrLogLevel)(word[0] - '0');
    return word + 2;
}

static int
parse_words(const char *text, GPtrArray *list, int (*parse)(const char *word, GPtrArray *list))
{
    g_auto(GStrv) words = g_strsplit_set(text ? text : "", " \t\n", -1);
    for (char **w = words; *w; w++) {
        if (**w && parse(*w, list) < 0)
            return -1;
    }
    return 0;
}

static int
parse_filter(const char *word, GPtrArray *list)
{
    VrLogLevel level = VR_LOG_DEBUG;
    const char *match = split_level(word, "filter", &level);
    if (!match)
        return -1;
    if (*match == '+')
        match++;
    if (!*match)
        return vr_error(VIR_FROM_NONE, VIR_ERR_INVALID_ARG, "log filter '%s' names no source", word);
    Filter *f = g_new0(Filter, 1);
    g_autofree char *glob = strpbrk(match, "*?") ? g_strdup(match) : g_strdup_printf("*%s*", match);
    f->level = level;
    f->pattern = g_pattern_spec_new(glob);
    f->text = g_strdup(word);
    g_ptr_array_add(list, f);
    return 0;
}

static int
parse_output(const char *word, GPtrArray *list)
{
    VrLogLevel level = VR_LOG_DEBUG;
    const char *rest = split_level(word, "output", &level);
    if (!rest)
        return -1;
    for (gsize i = 0; i < G_N_ELEMENTS(sinks); i++) {
        size_t len = strlen(sinks[i].name);
        if (strncmp(rest, sinks[i].name, len) != 0)
            continue;
        const char *argument = rest[len] == ':' ? rest + len + 1 : NULL;
        if ((rest[len] && !argument) || !sinks[i].takes_argument != !(argument && *argument))
            break;
        Output *o = g_new0(Output, 1);
        o->level = level;
        o->sink = &sinks[i];
        o->argument = g_strdup(argument);
        o->fd = -1;
        g_ptr_array_add(list, o);
        return o->sink->open(o);
    }
    return vr_error(VIR_FROM_NONE, VIR_ERR_INVALID_ARG,
                    "log output '%s' must be LEVEL:stderr, LEVEL:file:PATH, LEVEL:syslog:NAME or LEVEL:journald",
                    word);
}

static void
replace(GPtrArray **slot, GPtrArray *fresh)
{
    vr_mutex_lock(&lock);
    GPtrArray *old = *slot;
    *slot = fresh;
    update_threshold();
    vr_mutex_unlock(&lock);
    if (old)
        g_ptr_array_unref(old);
}

int
vr_log_set_filters(const char *text)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(filter_free);
    if (parse_words(text, list, parse_filter) < 0)
        return -1;
    replace(&filters, g_steal_pointer(&list));
    return 0;
}

int
vr_log_set_outputs(const char *text)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func(output_free);
    if (parse_words(text, list, parse_output) < 0)
        return -1;
    replace(&outputs, g_steal_pointer(&list));
    vr_log_to_chosen_outputs = TRUE;
    return 0;
}

void
vr_log_set_level(VrLogLevel level)
{
    vr_mutex_lock(&lock);
    default_level = level;
    update_threshold();
    vr_mutex_unlock(&lock);
}

char *
vr_log_get_filters(void)
{
    GString *text = g_string_new(NULL);
    vr_mutex_lock(&lock);
    for (guint i = 0; filters && i < filters->len; i++)
        g_string_append_printf(text, "%s%s", i ? " " : "", ((Filter *)filters->pdata[i])->text);
    vr_mutex_unlock(&lock);
    return g_string_free(text, FALSE);
}

char *
vr_log_get_outputs(void)
{
    GString *text = g_string_new(NULL);
    vr_mutex_lock(&lock);
    for (guint i = 0; outputs && i < outputs->len; i++) {
        Output *o = outputs->pdata[i];
        g_string_append_printf(text, "%s%d:%s%s%s", i ? " " : "", (int)o->level, o->sink->name,
                               o->argument ? ":" : "", o->argument ? o->argument : "");
    }
    vr_mutex_unlock(&lock);
    return g_string_free(text, FALSE);
}

static gboolean
parse_level(const char *text, VrLogLevel *ret_level)
{
    for (int i = VR_LOG_DEBUG; i <= VR_LOG_ERROR; i++) {
        if (text[0] == '0' + i && !text[1]) {
            *ret_level = (VrLogLevel)i;
            return TRUE;
        }
        if (g_ascii_strcasecmp(text, level_names[i]) == 0) {
            *ret_level = (VrLogLevel)i;
            return TRUE;
        }
    }
    return FALSE;
}

void
vr_log_setup_from_environment(void)
{
    const char *debug = g_getenv("LIBVIRT_DEBUG");
    const char *filter_text = g_getenv("LIBVIRT_LOG_FILTERS");
    const char *output_text = g_getenv("LIBVIRT_LOG_OUTPUTS");
    if (!debug && !filter_text && !output_text)
        return;
    VrLogLevel level = VR_LOG_DEBUG;
    if (debug && *debug) {
        if (parse_level(debug, &level))
            vr_log_set_level(level);
        else
            g_printerr("libvirt: LIBVIRT_DEBUG ignored: '%s' is no level\n", debug);
    }
    if (filter_text && *filter_text && vr_log_set_filters(filter_text) < 0)
        g_printerr("libvirt: LIBVIRT_LOG_FILTERS ignored: %s\n", vr_error_last()->message);
    if (output_text && *output_text) {
        if (vr_log_set_outputs(output_text) < 0)
            g_printerr("libvirt: LIBVIRT_LOG_OUTPUTS ignored: %s\n", vr_error_last()->message);
    } else {
        (void)vr_log_set_outputs("1:stderr");
        vr_log_to_chosen_outputs = FALSE;
    }
    vr_error_clear();
}
