/* The connection and the host behind it: kind, version, limits. */
#include <string.h>

#include "drivers/qemu/ops.h"

const char *
qemu_get_type(virConnectPtr conn)
{
    return "QEMU";
}

int
qemu_get_version(virConnectPtr conn, unsigned long *version)
{
    QemuDriver *driver = conn->data;
    g_autofree char *binary = qemu_caps_find_binary(qemu_host_arch());
    if (!binary)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED,
                        "Cannot find a suitable emulator for %s: install qemu-system-%s", qemu_host_arch(),
                        qemu_host_arch());
    g_autoptr(QemuCaps) caps = qemu_caps_of(driver->caps, binary);
    if (!caps)
        return -1;
    *version = caps->version;
    return 0;
}

char *
qemu_get_hostname(virConnectPtr conn)
{
    return g_strdup(g_get_host_name());
}

int
qemu_get_max_vcpus(virConnectPtr conn, const char *type)
{
    if (!type || g_ascii_strcasecmp(type, "qemu") == 0)
        return 16;
    if (g_ascii_strcasecmp(type, "kvm") == 0)
        return 1024;
    return vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "unknown type '%s'", type);
}

int
qemu_is_encrypted(virConnectPtr conn)
{
    return 0;
}

int
qemu_is_secure(virConnectPtr conn)
{
    return 1;
}

int
qemu_is_alive(virConnectPtr conn)
{
    return 1;
}

/* The first of those in the capabilities.  Files are handed over by their owner alone; no other model confines guests. */
int
qemu_get_security_model(virConnectPtr conn, virSecurityModelPtr model)
{
    memset(model, 0, sizeof(*model));
    g_strlcpy(model->model, "none", sizeof(model->model));
    g_strlcpy(model->doi, "0", sizeof(model->doi));
    return 0;
}
