/* Finding a driver's module from this library's own place, installed or in the build tree. */
#pragma once

/* The symbol of the module libvirt_driver_NAME.so; NULL with the error set.  The module stays. */
void *vr_module_symbol(const char *name, const char *symbol);

/* Administration: the remote module's second symbol, int (virAdmConnectPtr conn, const VrUri *uri, unsigned int flags). */
#define VR_ADMIN_MODULE_SYMBOL "vr_admin_open"
