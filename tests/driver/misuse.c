/* Misuse of every public function on test:///default: an error each time, never a crash or a leak.
 *
 * generate/misuse.py writes the calls; this file makes the objects that they misuse.
 */
#include <libvirt/libvirt.h>
#include <libvirt/libvirt-admin.h>
#include <libvirt/libvirt-lxc.h>
#include <libvirt/libvirt-qemu.h>
#include <libvirt/virterror.h>

#include <glib.h>
#include <string.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

#include "base/object.h"

#define ANY (-1)

static void *objects[VR_N_KINDS];           /* live ones, NULL where the driver has none */
static void *read_only_objects[VR_N_KINDS]; /* the same on a read-only connection */
static void *freed[VR_N_KINDS];
static const char *function, *how;
static int failures;

static void
quiet(void *data, virErrorPtr err)
{
}

static void
callback(void)
{
}

static void *
valid(VrKind kind)
{
    return objects[kind];
}

static void *
read_only(VrKind kind)
{
    return read_only_objects[kind];
}

static void *
null_object(VrKind kind)
{
    return NULL;
}

static void *
freed_object(VrKind kind)
{
    return freed[kind];
}

static void *
foreign_object(VrKind kind)
{
    static char memory[4096];
    memset(memory, 0xff, sizeof(memory));
    return memory + 64 * (kind % 8);
}

static void *
other_object(VrKind kind)
{
    return objects[kind == VR_DOMAIN ? VR_CONNECT : VR_DOMAIN];
}

/* Room for any output, zeroed so that counts in it are zero. */
static void *
scratch(void)
{
    static char memory[1 << 16] __attribute__((aligned(16)));
    memset(memory, 0, sizeof(memory));
    return memory;
}

static void
begin(const char *name, const char *mistake)
{
    function = name;
    how = mistake;
    virResetLastError();
}

static void
check(gboolean failed, int code)
{
    int got = virGetLastErrorCode();
    if (failed && got != VIR_ERR_OK && (code == ANY || got == code))
        return;
    g_test_message("%s, %s: %s, error %d, expected %d", function, how, failed ? "failed" : "succeeded", got, code);
    failures++;
}

/* NULL is allowed there, or not: it must not crash.  What such a call returns has no owner. */
#ifdef __SANITIZE_ADDRESS__
#define survive(call) (__lsan_disable(), (void)(call), __lsan_enable())
#else
#define survive(call) ((void)(call))
#endif

#include "misuse-calls.h"

static void
run(gconstpointer data)
{
    failures = 0;
    misuses[GPOINTER_TO_SIZE(data)].run();
    g_assert_cmpint(failures, ==, 0);
}

static void
make_objects(virConnectPtr conn, void **to)
{
    to[VR_CONNECT] = conn;
    to[VR_DOMAIN] = virDomainLookupByName(conn, "test");
    to[VR_NETWORK] = virNetworkLookupByName(conn, "default");
    to[VR_INTERFACE] = virInterfaceLookupByName(conn, "eth1");
    to[VR_STORAGE_POOL] = virStoragePoolLookupByName(conn, "default-pool");
    to[VR_NODE_DEVICE] = virNodeDeviceLookupByName(conn, "computer");
    to[VR_STREAM] = virStreamNew(conn, 0);
    if (!virConnectIsAlive(conn))
        g_error("the test driver's connection is dead");
}

static void
make_more(void **to)
{
    to[VR_STORAGE_VOL] = virStorageVolCreateXML(to[VR_STORAGE_POOL], "<volume><name>v</name><capacity>1</capacity></volume>", 0);
    to[VR_DOMAIN_SNAPSHOT] = virDomainSnapshotCreateXML(to[VR_DOMAIN], "<domainsnapshot><name>s</name></domainsnapshot>", 0);
    to[VR_DOMAIN_CHECKPOINT] = virDomainCheckpointCreateXML(to[VR_DOMAIN], "<domaincheckpoint><name>c</name></domaincheckpoint>", 0);
}

static void
free_objects(void **from)
{
    for (int kind = VR_N_KINDS - 1; kind > VR_CONNECT; kind--) {
        if (from[kind])
            vr_object_unref(from[kind]);
    }
    virConnectClose(from[VR_CONNECT]);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    virSetErrorFunc(NULL, quiet);
    virConnectPtr conn = virConnectOpen("test:///default");
    virConnectPtr ro = virConnectOpenReadOnly("test:///default");
    virConnectPtr gone = virConnectOpen("test:///default");
    if (!conn || !ro || !gone)
        g_error("cannot open test:///default: %s", virGetLastErrorMessage());
    make_objects(conn, objects);
    make_more(objects);
    make_objects(ro, read_only_objects);
    make_objects(gone, freed);
    free_objects(freed);
    for (gsize i = 0; i < G_N_ELEMENTS(misuses); i++) {
        g_autofree char *path = g_strdup_printf("/misuse/%s", misuses[i].name);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), run);
    }
    int rc = g_test_run();
    free_objects(objects);
    free_objects(read_only_objects);
    return rc;
}
