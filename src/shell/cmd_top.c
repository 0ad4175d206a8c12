/* top: which domains use the host's processors, memory, disks and networks, looked at again and again. */
#include "shell/commands.h"

#include <poll.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "shell/progress.h"
#include "shell/report.h"

/* Figures that grow, and one that does not. */
typedef struct {
    unsigned long long cpu, disk, net, memory;
} Figures;

typedef struct {
    char *name;
    double cpu; /* percent of one processor */
    unsigned long long memory, disk, net; /* bytes; the last two a second */
} Row;

static void
row_free(void *data)
{
    Row *row = data;
    g_free(row->name);
    g_free(row);
}

static const char *sort_key;

static gint
busier(const void *a, const void *b)
{
    const Row *x = *(Row *const *)a, *y = *(Row *const *)b;
    double left = *sort_key == 'm' ? (double)x->memory : *sort_key == 'd' ? (double)x->disk : *sort_key == 'n' ? (double)x->net : x->cpu;
    double right = *sort_key == 'm' ? (double)y->memory : *sort_key == 'd' ? (double)y->disk : *sort_key == 'n' ? (double)y->net : y->cpu;
    return left > right ? -1 : left < right ? 1 : strcmp(x->name, y->name);
}

static Figures
figures_of(const virDomainStatsRecord *record)
{
    Figures f = {0};
    for (int i = 0; i < record->nparams; i++) {
        const virTypedParameter *p = &record->params[i];
        if (p->type != VIR_TYPED_PARAM_ULLONG)
            continue;
        if (strcmp(p->field, "cpu.time") == 0)
            f.cpu = p->value.ul;
        else if (strcmp(p->field, "balloon.rss") == 0 || (strcmp(p->field, "balloon.current") == 0 && !f.memory))
            f.memory = p->value.ul * 1024;
        else if (g_str_has_prefix(p->field, "block.") && (g_str_has_suffix(p->field, ".rd.bytes") || g_str_has_suffix(p->field, ".wr.bytes")))
            f.disk += p->value.ul;
        else if (g_str_has_prefix(p->field, "net.") && (g_str_has_suffix(p->field, ".rx.bytes") || g_str_has_suffix(p->field, ".tx.bytes")))
            f.net += p->value.ul;
    }
    return f;
}

static unsigned long long
rate(unsigned long long now, unsigned long long before, double seconds)
{
    return now > before && seconds > 0 ? (unsigned long long)((double)(now - before) / seconds) : 0;
}

/* Look at the running domains; NULL with the error set.  KNOWN is what was seen before, by UUID, SECONDS ago. */
static GPtrArray *
look(Shell *sh, GHashTable *known, double seconds)
{
    virDomainStatsRecordPtr *records = NULL;
    unsigned int kinds = VIR_DOMAIN_STATS_CPU_TOTAL | VIR_DOMAIN_STATS_BALLOON | VIR_DOMAIN_STATS_BLOCK | VIR_DOMAIN_STATS_INTERFACE;
    int n = virConnectGetAllDomainStats(sh->conn, kinds, &records, VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE);
    if (n < 0) /* a driver that has fewer kinds */
        n = virConnectGetAllDomainStats(sh->conn, 0, &records, VIR_CONNECT_GET_ALL_DOMAINS_STATS_ACTIVE);
    if (n < 0)
        return NULL;
    virResetLastError();
    GPtrArray *rows = g_ptr_array_new_with_free_func(row_free);
    for (int i = 0; i < n; i++) {
        char uuid[VIR_UUID_STRING_BUFLEN] = "";
        virDomainGetUUIDString(records[i]->dom, uuid);
        Figures now = figures_of(records[i]), *before = g_hash_table_lookup(known, uuid);
        Row *row = g_new0(Row, 1);
        row->name = g_strdup(virDomainGetName(records[i]->dom));
        row->memory = now.memory;
        if (before) {
            row->cpu = (double)rate(now.cpu, before->cpu, seconds) / 1e7;
            row->disk = rate(now.disk, before->disk, seconds);
            row->net = rate(now.net, before->net, seconds);
        }
        g_ptr_array_add(rows, row);
        g_hash_table_insert(known, g_strdup(uuid), g_memdup2(&now, sizeof(now)));
    }
    virDomainStatsRecordListFree(records);
    g_ptr_array_sort(rows, busier);
    return rows;
}

static void
show(Shell *sh, const GPtrArray *rows, gboolean screen)
{
    static const Column columns[] = {{"name", "Name"}, {"cpu_percent", "CPU"}, {"memory", "Memory"}, {"disk", "Disk"}, {"net", "Network"}, {NULL}};
    g_autoptr(Report) report = report_list(columns);
    for (guint i = 0; i < rows->len; i++) {
        const Row *row = rows->pdata[i];
        g_autofree char *memory = shell_size_text(row->memory), *disk = shell_size_text(row->disk), *net = shell_size_text(row->net);
        report_row(report);
        put_text(report, NULL, NULL, row->name);
        put_number(report, NULL, NULL, (long long)row->cpu, "%.1f %%", row->cpu);
        put_number(report, NULL, NULL, (long long)row->memory, "%s", memory);
        put_number(report, NULL, NULL, (long long)row->disk, "%s/s", disk);
        put_number(report, NULL, NULL, (long long)row->net, "%s/s", net);
    }
    if (screen)
        shell_print(sh, "\033[H\033[J%u running\n\n", rows->len);
    report_print(sh, report, TRUE);
    fflush(stdout);
}

static struct termios terminal;

/* The terminal in a screen of its own that takes single keys, and back. */
static void
screen_begin(void)
{
    struct termios raw;
    tcgetattr(STDIN_FILENO, &terminal);
    raw = terminal;
    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    fputs("\033[?1049h\033[?25l", stdout);
}

static void
screen_end(void)
{
    fputs("\033[?25h\033[?1049l", stdout);
    fflush(stdout);
    tcsetattr(STDIN_FILENO, TCSANOW, &terminal);
}

/* Wait for MS or a key; FALSE when it ends: q, Escape, the end of input, Ctrl-C. */
static gboolean
pause_for(int ms, gboolean keys)
{
    char key = 0;
    struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
    int n = poll(&p, keys ? 1 : 0, ms);
    if (interrupt_came())
        return FALSE;
    if (n <= 0)
        return TRUE;
    if (read(STDIN_FILENO, &key, 1) <= 0 || key == 'q' || key == 27)
        return FALSE;
    for (const char *const *k = (const char *const[]){"cpu", "memory", "disk", "net", NULL}; *k; k++)
        sort_key = **k == key ? *k : sort_key;
    return TRUE;
}

static gboolean
watch(Shell *sh, int interval, long long looks, gboolean screen)
{
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    gint64 last = g_get_monotonic_time();
    g_autoptr(GPtrArray) first = look(sh, known, 0);
    gboolean ok = first != NULL;
    if (ok && screen)
        show(sh, first, TRUE);
    int ms = screen ? MIN(interval * 1000, 500) : interval * 1000; /* figures soon */
    for (long long i = 0; ok && (!looks || i < looks); i++) {
        if (!pause_for(ms, screen))
            break;
        gint64 now = g_get_monotonic_time();
        g_autoptr(GPtrArray) rows = look(sh, known, (double)(now - last) / G_USEC_PER_SEC);
        last = now;
        ms = interval * 1000;
        ok = rows != NULL;
        if (ok)
            show(sh, rows, screen);
    }
    return ok;
}

gboolean
run_top(Shell *sh, const Args *args)
{
    long long interval = 2, looks = 0;
    const char *sort = args_string(args, "sort");
    if (args_number(sh, args, "interval", 1, 3600, &interval) < 0 || args_number(sh, args, "count", 1, G_MAXINT, &looks) < 0)
        return FALSE;
    sort_key = sort ? sort : "cpu";
    if (!g_strv_contains((const char *const[]){"cpu", "memory", "disk", "net", NULL}, sort_key)) {
        shell_error(sh, "'%s' is nothing to sort by: cpu, memory, disk or net", sort_key);
        return FALSE;
    }
    gboolean screen = sh->format == FORMAT_TEXT && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    if (!screen && !looks)
        looks = 1;
    interrupt_begin();
    if (screen)
        screen_begin();
    gboolean ok = watch(sh, (int)interval, looks, screen);
    if (screen)
        screen_end();
    interrupt_end();
    return ok;
}
