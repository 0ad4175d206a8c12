/* libvirtd.conf and the command line: what the daemon is to be. */
#pragma once

#include <glib.h>
#include <sys/types.h>

#include "base/config.h"
#include "daemon/server.h"

typedef struct {
    /* Command line */
    gboolean listen, daemonize, verbose;
    int timeout; /* seconds without clients until the end; 0 never, -1 not said */
    char *config_path, *pid_file;
    /* File */
    gboolean listen_tls, listen_tcp;
    const char *tls_port, *tcp_port, *listen_addr;
    const char *unix_group;
    mode_t unix_ro_mode, unix_rw_mode, unix_admin_mode;
    const char *unix_dir;
    int auth_unix_ro, auth_unix_rw, auth_tcp, auth_tls;
    int tcp_min_ssf;
    const char *key_file, *cert_file, *ca_file, *crl_file, *tls_priority;
    gboolean tls_no_verify, tls_no_sanity;
    const char *const *tls_allowed_dn, *const *sasl_allowed_users, *const *access_drivers;
    VrPoolLimits workers, admin_workers;
    DaemonLimits limits, admin_limits;
    int log_level;
    const char *log_filters, *log_outputs;
    gboolean privileged;
    VrConfig *file;
} DaemonConfig;

extern DaemonConfig daemon_config;

/* Read CONFIG->config_path (or the usual place when NULL) over the defaults.  -1 with the error set. */
int daemon_config_read(DaemonConfig *config, const char *daemon);
