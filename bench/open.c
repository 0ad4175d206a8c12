/* The least a client does: open a connection and close it.  bench/run measures the process. */
#include <libvirt/libvirt.h>

int
main(int argc, char **argv)
{
    virConnectPtr conn = virConnectOpen(argc > 1 ? argv[1] : "test:///default");
    return conn && virConnectClose(conn) == 0 ? 0 : 1;
}
