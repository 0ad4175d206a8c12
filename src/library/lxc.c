/* libvirt-lxc: entering a container's namespaces and labels, which the calling process does itself. */
#include <libvirt/libvirt-lxc.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "base/entry.h"

#define MAX_NAMESPACES 64

/* The calling process's own namespaces, so that it can return; the descriptors go to the application. */
static int
own_namespaces(int **ret_fds, unsigned int *ret_n)
{
    static const char *const names[] = {"user", "ipc", "uts", "net", "pid", "mnt"};
    int *fds = g_new0(int, G_N_ELEMENTS(names));
    unsigned int n = 0;
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_strdup_printf("/proc/self/ns/%s", names[i]);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd >= 0) {
            fds[n++] = fd;
        } else if (errno != ENOENT) {
            int reason = errno;
            while (n > 0)
                close(fds[--n]);
            g_free(fds);
            return vr_error_system(VIR_FROM_NONE, reason, "cannot open namespace '%s'", path);
        }
    }
    *ret_fds = fds;
    *ret_n = n;
    return 0;
}

int
virDomainLxcEnterNamespace(virDomainPtr domain, unsigned int nfdlist, int *fdlist, unsigned int *noldfdlist,
                           int **oldfdlist, unsigned int flags)
{
    vr_api_begin("virDomainLxcEnterNamespace", VIR_FROM_NONE);
    vr_api_trace("domain=%p nfdlist=%u fdlist=%p noldfdlist=%p oldfdlist=%p flags=0x%x", (void *)domain, nfdlist,
                 (void *)fdlist, (void *)noldfdlist, (void *)oldfdlist, flags);
    if (vr_api_unknown_flags(flags, 0))
        return vr_api_fail(NULL), -1;
    if (nfdlist == 0 || nfdlist > MAX_NAMESPACES || !fdlist) {
        vr_api_report_invalid("fdlist", "%s", nfdlist && fdlist ? "Too many file descriptors"
                                                      : "Expected at least one file descriptor");
        return vr_api_fail(NULL), -1;
    }
    int *old = NULL;
    unsigned int n_old = 0;
    if (noldfdlist && oldfdlist && own_namespaces(&old, &n_old) < 0)
        return vr_api_fail(NULL), -1;
    for (unsigned int i = 0; i < nfdlist; i++) {
        if (fdlist[i] >= 0 && setns(fdlist[i], 0) == 0)
            continue;
        int reason = fdlist[i] < 0 ? EBADF : errno;
        while (n_old > 0)
            close(old[--n_old]);
        g_free(old);
        vr_error_system(VIR_FROM_NONE, reason, "Unable to join domain namespace");
        return vr_api_fail(NULL), -1;
    }
    if (noldfdlist && oldfdlist) {
        *noldfdlist = n_old;
        *oldfdlist = old;
    }
    return 0;
}

int
virDomainLxcEnterSecurityLabel(virSecurityModelPtr model, virSecurityLabelPtr label, virSecurityLabelPtr oldlabel,
                               unsigned int flags)
{
    vr_api_begin("virDomainLxcEnterSecurityLabel", VIR_FROM_NONE);
    vr_api_trace("model=%p label=%p oldlabel=%p flags=0x%x", (void *)model, (void *)label, (void *)oldlabel, flags);
    if (vr_api_unknown_flags(flags, 0) || vr_api_null(model, "model") || vr_api_null(label, "label"))
        return vr_api_fail(NULL), -1;
    if (oldlabel)
        memset(oldlabel, 0, sizeof(*oldlabel));
    if (strncmp(model->model, "none", sizeof(model->model)) == 0)
        return 0;
    vr_error(VIR_FROM_NONE, VIR_ERR_ARGUMENT_UNSUPPORTED, "Security model %.*s cannot be entered",
             VIR_SECURITY_MODEL_BUFLEN, model->model);
    return vr_api_fail(NULL), -1;
}

int
virDomainLxcEnterCGroup(virDomainPtr domain, unsigned int flags)
{
    vr_api_begin("virDomainLxcEnterCGroup", VIR_FROM_NONE);
    vr_api_trace("domain=%p flags=0x%x", (void *)domain, flags);
    if (vr_api_not_a(domain, VR_DOMAIN))
        return vr_api_fail(NULL), -1;
    virConnectPtr conn = VR_OBJECT_CONN(domain);
    if (vr_api_read_only(conn) || vr_api_unknown_flags(flags, 0))
        return vr_api_fail(conn), -1;
    vr_api_unsupported();
    return vr_api_fail(conn), -1;
}
