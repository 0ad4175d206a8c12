/* How long a daemon takes until it knows all guests that are defined.  usage: bench-restart URI N
 *
 * Started together with the daemon; prints the milliseconds until N guests are listed.  With "define" as a third word it defines them.
 */
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static double
now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void
ignore(void *opaque, virErrorPtr error)
{
}

static int
define(virConnectPtr conn, int n)
{
    for (int i = 0; i < n; i++) {
        char xml[400];
        snprintf(xml, sizeof(xml), "<domain type='qemu'><name>guest%d</name><memory>8192</memory><os><type arch='x86_64'>hvm</type></os>"
                 "<devices><disk type='file'><source file='/g%d.img'/><target dev='vda' bus='virtio'/></disk></devices></domain>", i, i);
        virDomainPtr dom = virDomainDefineXML(conn, xml);
        if (!dom)
            return 1;
        virDomainFree(dom);
    }
    return 0;
}

int
main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    virSetErrorFunc(NULL, ignore);
    int n = atoi(argv[2]);
    double begun = now_ms();
    while (now_ms() - begun < 300e3) {
        virConnectPtr conn = virConnectOpen(argv[1]);
        if (conn && argc > 3) {
            int bad = define(conn, n);
            virConnectClose(conn);
            return bad;
        }
        int known = conn ? virConnectNumOfDefinedDomains(conn) : -1;
        if (conn)
            virConnectClose(conn);
        if (known >= n) {
            printf("%.0f ms\n", now_ms() - begun);
            return 0;
        }
        usleep(5000);
    }
    return 1;
}
