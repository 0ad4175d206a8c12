/* A definition as the command line that would start it: virConnectDomainXMLToNative. */
#include <string.h>

#include "drivers/qemu/ops.h"

char *
qemu_domain_xml_to_native(virConnectPtr conn, const char *format, const char *xml, unsigned int flags)
{
    QemuDriver *driver = conn->data;
    if (vr_flags_check(flags, 0, VIR_FROM_QEMU) < 0)
        return NULL;
    if (strcmp(format, "qemu-argv") != 0)
        return vr_error_null(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "unsupported config type %s", format);
    g_autoptr(DomainDef) def = qemu_domain_parse(driver, xml, 0);
    return def ? g_strdup("") : NULL;
}
