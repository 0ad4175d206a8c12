/* What a daemon takes for the parts of a host: a pool of many files, a network, the host's devices.  usage: bench-host URI FOLDER
 *
 * FOLDER has the pool's files, as the daemon sees them.  Prints "name nanoseconds", the best of several; "meanwhile" is the worst
 * answer to a question about the pool while it is refreshed.
 */
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static virConnectPtr conn;
static virStoragePoolPtr pool;
static virNetworkPtr network;
static atomic_int over;

static double
now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e9 + t.tv_nsec;
}

static void
need(int good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "%s: %s\n", what, virGetLastErrorMessage());
    exit(1);
}

static void
measure(const char *name, int rounds, void (*work)(void), void (*undo)(void))
{
    double best = 0;
    for (int i = 0; i < rounds; i++) {
        double begun = now();
        work();
        double took = now() - begun;
        if (undo)
            undo();
        best = i == 0 || took < best ? took : best;
    }
    printf("%s %.0f\n", name, best);
    fflush(stdout);
}

static void
pool_start(void)
{
    need(virStoragePoolCreate(pool, 0) == 0, "start");
}

static void
pool_stop(void)
{
    need(virStoragePoolDestroy(pool) == 0, "stop");
}

static void
pool_refresh(void)
{
    need(virStoragePoolRefresh(pool, 0) == 0, "refresh");
}

static void
pool_list(void)
{
    virStorageVolPtr *vols;
    int n = virStoragePoolListAllVolumes(pool, &vols, 0);
    need(n >= 0, "list");
    for (int i = 0; i < n; i++)
        virStorageVolFree(vols[i]);
    free(vols);
}

static void
network_start(void)
{
    need(virNetworkCreate(network) == 0, "network");
}

static void
network_stop(void)
{
    need(virNetworkDestroy(network) == 0, "network");
}

static void
devices(int xml)
{
    virNodeDevicePtr *all;
    int n = virConnectListAllNodeDevices(conn, &all, 0);
    need(n >= 0, "devices");
    for (int i = 0; i < n; i++) {
        if (xml)
            free(virNodeDeviceGetXMLDesc(all[i], 0));
        virNodeDeviceFree(all[i]);
    }
    free(all);
}

static void
device_list(void)
{
    devices(0);
}

static void
device_xml(void)
{
    devices(1);
}

static void *
ask(void *unused)
{
    double worst = 0;
    while (!atomic_load(&over)) {
        virStoragePoolInfo info;
        double begun = now();
        need(virStoragePoolGetInfo(pool, &info) == 0, "info");
        worst = now() - begun > worst ? now() - begun : worst;
    }
    printf("meanwhile %.0f\n", worst);
    return NULL;
}

int
main(int argc, char **argv)
{
    char xml[4096];
    pthread_t asker;
    if (argc < 3)
        return 2;
    virSetErrorFunc(NULL, NULL);
    conn = virConnectOpen(argv[1]);
    need(conn != NULL, "open");
    snprintf(xml, sizeof(xml), "<pool type='dir'><name>bench</name><target><path>%s</path></target></pool>", argv[2]);
    need((pool = virStoragePoolDefineXML(conn, xml, 0)) != NULL, "define");
    measure("pool-start", 3, pool_start, pool_stop);
    pool_start();
    measure("pool-refresh", 5, pool_refresh, NULL);
    measure("pool-list", 10, pool_list, NULL);
    pthread_create(&asker, NULL, ask, NULL);
    for (int i = 0; i < 3; i++)
        pool_refresh();
    atomic_store(&over, 1);
    pthread_join(asker, NULL);
    pool_stop();
    virStoragePoolUndefine(pool);
    const char *net = "<network><name>bench</name><forward mode='nat'/><bridge name='bench0'/><ip address='192.168.199.1' netmask='255.255.255.0'>"
                      "<dhcp><range start='192.168.199.2' end='192.168.199.254'/></dhcp></ip></network>";
    need((network = virNetworkDefineXML(conn, net)) != NULL, "define");
    measure("network-start", 5, network_start, network_stop);
    virNetworkUndefine(network);
    measure("device-list", 10, device_list, NULL);
    measure("device-xml", 5, device_xml, NULL);
    return 0;
}
