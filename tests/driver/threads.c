/* Eight threads on one connection and eight connections, changing and asking at once; under TSan no report. */
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include <glib.h>
#include <stdlib.h>

#define THREADS 8
#define ROUNDS 200

static void
quiet(void *data, virErrorPtr err)
{
}

/* A guest of the thread's own comes and goes while everybody looks at everything. */
static void
work(virConnectPtr conn, int self)
{
    g_autofree char *xml =
        g_strdup_printf("<domain type='test'><name>guest%d</name><memory>1024</memory><os><type>hvm</type></os></domain>", self);
    for (int round = 0; round < ROUNDS; round++) {
        virDomainPtr mine = virDomainDefineXML(conn, xml);
        g_assert_nonnull(mine);
        g_assert_cmpint(virDomainCreate(mine), ==, 0);
        g_assert_cmpint(virDomainSuspend(mine), ==, 0);
        virDomainPtr *all = NULL;
        int n = virConnectListAllDomains(conn, &all, 0);
        g_assert_cmpint(n, >, 0);
        for (int i = 0; i < n; i++) {
            virDomainInfo info;
            char *text = virDomainGetXMLDesc(all[i], 0);
            if (virDomainGetInfo(all[i], &info) < 0)
                g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_NO_DOMAIN);
            free(text);
            virDomainFree(all[i]);
        }
        free(all);
        g_assert_cmpint(virDomainResume(mine), ==, 0);
        g_assert_cmpint(virDomainDestroy(mine), ==, 0);
        g_assert_cmpint(virDomainUndefine(mine), ==, 0);
        virDomainFree(mine);
    }
}

typedef struct {
    virConnectPtr conn; /* NULL: one of its own */
    int self;
} Job;

static gpointer
run(gpointer data)
{
    Job *job = data;
    virConnectPtr conn = job->conn ? job->conn : virConnectOpen("test:///default");
    g_assert_nonnull(conn);
    work(conn, job->self);
    if (!job->conn)
        virConnectClose(conn);
    return NULL;
}

static void
start_and_join(virConnectPtr shared)
{
    GThread *threads[THREADS];
    Job jobs[THREADS];
    for (int i = 0; i < THREADS; i++) {
        jobs[i] = (Job){shared, i};
        threads[i] = g_thread_new("worker", run, &jobs[i]);
    }
    for (int i = 0; i < THREADS; i++)
        g_thread_join(threads[i]);
}

static void
test_one_connection(void)
{
    virConnectPtr conn = virConnectOpen("test:///default");
    g_assert_nonnull(conn);
    start_and_join(conn);
    virConnectClose(conn);
}

static void
test_many_connections(void)
{
    start_and_join(NULL);
}

static int events;

static int
on_event(virConnectPtr conn, virDomainPtr dom, int event, int detail, void *opaque)
{
    g_atomic_int_inc(&events);
    return 0;
}

static gpointer
loop(gpointer data)
{
    while (!g_atomic_int_get((gint *)data))
        virEventRunDefaultImpl();
    return NULL;
}

static void
wake(int timer, void *opaque)
{
}

/* Five events for each round of each thread arrive, all of them. */
static void
test_events(void)
{
    gint stop = 0;
    virConnectPtr conn = virConnectOpen("test:///default");
    int id = virConnectDomainEventRegisterAny(conn, NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE, VIR_DOMAIN_EVENT_CALLBACK(on_event),
                                              NULL, NULL);
    g_assert_cmpint(id, >=, 0);
    GThread *thread = g_thread_new("loop", loop, &stop);
    start_and_join(conn);
    for (int i = 0; i < 100 && g_atomic_int_get(&events) < THREADS * ROUNDS * 6; i++)
        g_usleep(50 * 1000);
    g_assert_cmpint(events, ==, THREADS * ROUNDS * 6);
    g_atomic_int_set(&stop, 1);
    int timer = virEventAddTimeout(0, wake, NULL, NULL);
    g_thread_join(thread);
    virEventRemoveTimeout(timer);
    g_assert_cmpint(virConnectDomainEventDeregisterAny(conn, id), >=, 0);
    virConnectClose(conn);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    virSetErrorFunc(NULL, quiet);
    virEventRegisterDefaultImpl();
    g_test_add_func("/threads/one-connection", test_one_connection);
    g_test_add_func("/threads/many-connections", test_many_connections);
    g_test_add_func("/threads/events", test_events);
    return g_test_run();
}
