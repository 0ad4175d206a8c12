/* What a call through a daemon costs.  usage: wire pingpong | wire URI | wire URI clients N | wire URI list N | wire URI events N
 *
 * Nanoseconds for each, best of several rounds; the public API only.  "pingpong" passes the same number of bytes between two
 * processes that do nothing with them: what the kernel takes.
 */
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 7
#define CALLS 10000
#define ASKED 56
#define ANSWERED 60

static double
now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void
die(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, virGetLastErrorMessage());
    exit(1);
}

static int
pass(int fd, char *buffer, size_t out, size_t in)
{
    return (out == 0 || write(fd, buffer, out) == (ssize_t)out) && read(fd, buffer, in) == (ssize_t)in;
}

static int
pingpong(void)
{
    int pair[2];
    char buffer[ANSWERED];
    memset(buffer, 0, sizeof(buffer));
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
        return 1;
    pid_t pid = fork();
    if (pid == 0) {
        size_t out = 0;
        close(pair[0]);
        while (pass(pair[1], buffer, out, ASKED))
            out = ANSWERED;
        _exit(0);
    }
    close(pair[1]);
    double best = 1e18;
    for (int round = 0; round < ROUNDS; round++) {
        double begun = now();
        for (int i = 0; i < CALLS; i++) {
            if (!pass(pair[0], buffer, ASKED, ANSWERED))
                return 1;
        }
        double each = (now() - begun) / CALLS;
        best = each < best ? each : best;
    }
    close(pair[0]);
    waitpid(pid, NULL, 0);
    printf("pingpong %.0f\n", best);
    return 0;
}

static virConnectPtr
connect_to(const char *uri)
{
    virConnectPtr conn = virConnectOpen(uri);
    if (!conn)
        die(uri);
    return conn;
}

static double
info(virDomainPtr dom, int calls)
{
    virDomainInfo got;
    double begun = now();
    for (int i = 0; i < calls; i++) {
        if (virDomainGetInfo(dom, &got) < 0)
            die("virDomainGetInfo");
    }
    return (now() - begun) / calls;
}

static int
one(const char *uri)
{
    virConnectPtr conn = connect_to(uri);
    virDomainPtr dom = virDomainLookupByName(conn, "test");
    double best = 1e18, best_xml = 1e18;
    info(dom, 500);
    for (int round = 0; round < ROUNDS; round++) {
        double each = info(dom, CALLS);
        best = each < best ? each : best;
        double begun = now();
        for (int i = 0; i < 1000; i++)
            free(virDomainGetXMLDesc(dom, 0));
        each = (now() - begun) / 1000;
        best_xml = each < best_xml ? each : best_xml;
    }
    printf("info %.0f\nxml %.0f\n", best, best_xml);
    virDomainFree(dom);
    virConnectClose(conn);
    return 0;
}

/* N processes at once: nanoseconds of the whole for each call. */
static int
clients(const char *uri, int n)
{
    int *go = mmap(NULL, sizeof(int) * 2, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    for (int i = 0; i < n; i++) {
        if (fork() == 0) {
            virConnectPtr conn = connect_to(uri);
            virDomainPtr dom = virDomainLookupByName(conn, "test");
            info(dom, 100);
            __atomic_add_fetch(&go[0], 1, __ATOMIC_SEQ_CST);
            while (!__atomic_load_n(&go[1], __ATOMIC_SEQ_CST))
                usleep(100);
            info(dom, CALLS);
            _exit(0);
        }
    }
    while (__atomic_load_n(&go[0], __ATOMIC_SEQ_CST) < n)
        usleep(1000);
    double begun = now();
    __atomic_store_n(&go[1], 1, __ATOMIC_SEQ_CST);
    for (int i = 0; i < n; i++)
        wait(NULL);
    printf("info-%d-clients %.0f\n", n, (now() - begun) / ((double)n * CALLS));
    return 0;
}

/* Make sure that there are N domains, then list them all and read every one's XML. */
static int
list(const char *uri, int n)
{
    virConnectPtr conn = connect_to(uri);
    char xml[512];
    for (int i = virConnectNumOfDefinedDomains(conn); i < n; i++) {
        snprintf(xml, sizeof(xml),
                 "<domain type='test'><name>guest%d</name><memory>8192</memory><os><type>hvm</type></os></domain>", i);
        virDomainPtr dom = virDomainDefineXML(conn, xml);
        if (!dom)
            die("virDomainDefineXML");
        virDomainFree(dom);
    }
    double best = 1e18, best_xml = 1e18;
    for (int round = 0; round < 50; round++) {
        virDomainPtr *all = NULL;
        double begun = now();
        int got = virConnectListAllDomains(conn, &all, 0);
        double took = now() - begun;
        best = took < best ? took : best;
        begun = now();
        for (int i = 0; i < got && round % 10 == 0; i++)
            free(virDomainGetXMLDesc(all[i], 0));
        took = now() - begun;
        best_xml = round % 10 == 0 && took < best_xml ? took : best_xml;
        for (int i = 0; i < got; i++)
            virDomainFree(all[i]);
        free(all);
    }
    printf("list-%d %.0f\nxml-of-%d %.0f\n", n, best, n, best_xml);
    virConnectClose(conn);
    return 0;
}

static int heard;

static int
hear(virConnectPtr conn, virDomainPtr dom, int event, int detail, void *opaque)
{
    heard++;
    return 0;
}

/* Change a guest while N connections listen, until all of them have heard of it: for each that hears. */
static int
events(const char *uri, int n)
{
    struct rlimit limit = {16384, 16384};
    setrlimit(RLIMIT_NOFILE, &limit);
    virEventRegisterDefaultImpl();
    virConnectPtr *conns = calloc((size_t)n, sizeof(*conns));
    for (int i = 0; i < n; i++) {
        conns[i] = connect_to(uri);
        if (virConnectDomainEventRegisterAny(conns[i], NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE, VIR_DOMAIN_EVENT_CALLBACK(hear), NULL,
                                             NULL) < 0)
            die("virConnectDomainEventRegisterAny");
    }
    virConnectPtr conn = connect_to(uri);
    virDomainPtr dom = virDomainLookupByName(conn, "test");
    double best = 1e18;
    for (int round = 0; round < 2 * ROUNDS; round++) {
        heard = 0;
        double begun = now();
        if ((round % 2 ? virDomainResume(dom) : virDomainSuspend(dom)) < 0)
            die("virDomainSuspend");
        while (heard < n)
            virEventRunDefaultImpl();
        double each = (now() - begun) / n;
        best = each < best ? each : best;
    }
    printf("event-to-%d %.0f\n", n, best);
    return 0;
}

int
main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "pingpong") == 0)
        return pingpong();
    if (argc == 2)
        return one(argv[1]);
    if (argc == 4 && strcmp(argv[2], "clients") == 0)
        return clients(argv[1], atoi(argv[3]));
    if (argc == 4 && strcmp(argv[2], "list") == 0)
        return list(argv[1], atoi(argv[3]));
    if (argc == 4 && strcmp(argv[2], "events") == 0)
        return events(argv[1], atoi(argv[3]));
    return 2;
}
