/* Handing the thread's error to the application: its connection's function, else the global one, else stderr.
 *
 * Called by entry points as they return (vr_api_fail), on the application's thread.
 */
#include "base/error.h"

#include <stdio.h>

#include "base/connect.h"
#include "base/error_names.h"
#include "base/lock.h"

static VrMutex lock = VR_MUTEX_INIT;
static virErrorFunc global_func;
static void *global_data;

void
vr_error_set_handler(virErrorFunc func, void *data)
{
    vr_mutex_lock(&lock);
    global_func = func;
    global_data = data;
    vr_mutex_unlock(&lock);
}

void
vr_error_print(const virError *err)
{
    if (!err || err->code == VIR_ERR_OK)
        return;
    const char *level = err->level == VIR_ERR_WARNING ? "warning" : err->level == VIR_ERR_ERROR ? "error" : "";
    const char *domain = vr_error_domain_name(err->domain);
    fprintf(stderr, "libvirt: %s%s%s : %s\n", domain, *domain ? " " : "", level,
            err->message ? err->message : "No error message provided");
}

void
vr_error_dispatch(virConnectPtr conn)
{
    virErrorPtr err = vr_error_last();
    virErrorFunc func = NULL;
    void *data = NULL;
    if (conn && vr_handle_is(conn, vr_kinds[VR_CONNECT].magic)) {
        vr_mutex_lock(&conn->extra->lock);
        vr_error_copy(&conn->extra->last_error, err);
        func = conn->extra->error_func;
        data = conn->extra->error_data;
        vr_mutex_unlock(&conn->extra->lock);
    }
    if (!func) {
        vr_mutex_lock(&lock);
        func = global_func;
        data = global_data;
        vr_mutex_unlock(&lock);
    }
    if (func)
        func(data, err);
    else
        vr_error_print(err);
}
