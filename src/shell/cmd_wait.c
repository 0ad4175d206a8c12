/* wait: until a domain is in a state, has an address, or makes an event. */
#include "shell/commands.h"

#include <string.h>

#include "shell/progress.h"
#include "shell/report.h"

#define LOOK_MS 250 /* how often it is asked where no event tells */
#define GONE (-1)

static const struct {
    const char *name;
    int state;
} states[] = {
    {"running", VIR_DOMAIN_RUNNING}, {"paused", VIR_DOMAIN_PAUSED},           {"off", VIR_DOMAIN_SHUTOFF}, {"shut off", VIR_DOMAIN_SHUTOFF},
    {"crashed", VIR_DOMAIN_CRASHED}, {"suspended", VIR_DOMAIN_PMSUSPENDED}, {"gone", GONE},
};

/* The first address that anybody knows of, or NULL. */
static char *
address_of(virDomainPtr dom)
{
    static const unsigned int sources[] = {VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_LEASE, VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_AGENT,
                                           VIR_DOMAIN_INTERFACE_ADDRESSES_SRC_ARP};
    char *address = NULL;
    for (gsize s = 0; s < G_N_ELEMENTS(sources) && !address; s++) {
        virDomainInterfacePtr *interfaces = NULL;
        int n = virDomainInterfaceAddresses(dom, &interfaces, sources[s], 0);
        for (int i = 0; i < n; i++) {
            for (unsigned j = 0; j < interfaces[i]->naddrs && !address && strcmp(interfaces[i]->name, "lo") != 0; j++)
                address = g_strdup(interfaces[i]->addrs[j].addr);
            virDomainInterfaceFree(interfaces[i]);
        }
        free(interfaces);
    }
    virResetLastError();
    return address;
}

static int
state_of(Shell *sh, const char *name)
{
    int state = GONE;
    g_autoptr(virDomain) dom = virDomainLookupByName(sh->conn, name);
    if (dom && virDomainGetState(dom, &state, NULL, 0) < 0)
        state = GONE;
    virResetLastError();
    return state;
}

static int
on_lifecycle(virConnectPtr conn, virDomainPtr dom, int event, int detail, void *opaque)
{
    return 0; /* that the loop has turned is enough */
}

static void
on_look(int timer, void *opaque)
{
}

typedef struct {
    const char *name;
    int state; /* what is waited for */
    gboolean address;
    char *found;
} Awaited;

static gboolean
has_come(Shell *sh, Awaited *awaited)
{
    if (!awaited->address)
        return state_of(sh, awaited->name) == awaited->state;
    g_autoptr(virDomain) dom = virDomainLookupByName(sh->conn, awaited->name);
    awaited->found = dom ? address_of(dom) : NULL;
    virResetLastError();
    return awaited->found != NULL;
}

static gboolean
await(Shell *sh, Awaited *awaited, int seconds)
{
    gint64 end = g_get_monotonic_time() + seconds * (gint64)G_USEC_PER_SEC;
    int timer = virEventAddTimeout(LOOK_MS, on_look, NULL, NULL);
    int callback = virConnectDomainEventRegisterAny(sh->conn, NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                                    VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle), NULL, NULL);
    virResetLastError();
    gboolean come = FALSE, late = FALSE;
    interrupt_begin();
    while (!(come = has_come(sh, awaited)) && !late && !sh->lost && !interrupt_came()) {
        if (virEventRunDefaultImpl() < 0)
            break;
        late = seconds > 0 && g_get_monotonic_time() >= end;
    }
    gboolean stopped = interrupt_came();
    interrupt_end();
    if (callback >= 0)
        virConnectDomainEventDeregisterAny(sh->conn, callback);
    if (timer >= 0)
        virEventRemoveTimeout(timer);
    if (!come && sh->lost)
        shell_error(sh, "the connection was lost while waiting for '%s'", awaited->name);
    else if (!come && stopped)
        shell_error(sh, "no longer waiting for '%s'", awaited->name);
    else if (!come)
        shell_error(sh, "'%s' did not come so far within %d s", awaited->name, seconds);
    return come;
}

gboolean
run_wait(Shell *sh, const Args *args)
{
    const char *state = args_string(args, "state"), *event = args_string(args, "event"), *typed = NULL;
    long long seconds = 0;
    if (args_number(sh, args, "timeout", 1, G_MAXINT / 1000, &seconds) < 0)
        return FALSE;
    g_autoptr(virDomain) dom = shell_domain(sh, args, &typed);
    if (!dom)
        return FALSE;
    Awaited awaited = {.name = virDomainGetName(dom), .state = VIR_DOMAIN_NOSTATE, .address = args_flag(args, "address")};
    if (event) {
        g_autofree char *limit = g_strdup_printf("--timeout=%lld", seconds);
        char *words[] = {(char *)"event", (char *)"--domain", (char *)awaited.name, (char *)"--event", (char *)event,
                         seconds ? limit : NULL, NULL};
        return shell_run_words(sh, words);
    }
    for (gsize i = 0; state && i < G_N_ELEMENTS(states); i++) {
        if (strcmp(states[i].name, state) == 0)
            awaited.state = states[i].state;
    }
    if (!awaited.address && awaited.state == VIR_DOMAIN_NOSTATE) {
        shell_error(sh, "say what to wait for: --state running|paused|off|crashed|suspended|gone, --address or --event NAME");
        return FALSE;
    }
    gboolean come = await(sh, &awaited, (int)seconds);
    g_autofree char *found = awaited.found;
    if (come && sh->format != FORMAT_TEXT) {
        g_autoptr(Report) report = report_one(0);
        put_text(report, "domain", NULL, awaited.name);
        put_text(report, awaited.address ? "address" : "state", NULL, awaited.address ? found : state);
        report_print(sh, report, FALSE);
    } else if (come) {
        shell_print(sh, "%s\n", awaited.address ? found : state);
    }
    return come;
}
