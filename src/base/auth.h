/* Credentials for a connection: from auth.conf, else from the application's callback. */
#pragma once

#include <libvirt/libvirt.h>

#include "base/uri.h"

/* A user name or password for SERVICE ("test", "libvirt", "esx") at HOST.  NULL with VIR_ERR_AUTH_FAILED (or
 * VIR_ERR_CONFIG_UNSUPPORTED, VIR_ERR_AUTH_CANCELLED) set.  Caller frees. */
char *vr_auth_user_name(const VrUri *uri, virConnectAuthPtr auth, const char *service, const char *host);
char *vr_auth_password(const VrUri *uri, virConnectAuthPtr auth, const char *service, const char *user,
                       const char *host);
