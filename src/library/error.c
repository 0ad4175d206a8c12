/* The public error functions: thin doors to src/base/error.c. */
#include <libvirt/virterror.h>

#include <stdlib.h>

#include "base/connect.h"
#include "base/error.h"
#include "base/lock.h"

static gboolean
is_connection(virConnectPtr conn)
{
    return vr_handle_is(conn, vr_kinds[VR_CONNECT].magic);
}

virErrorPtr
virGetLastError(void)
{
    return vr_error_is_set() ? vr_error_last() : NULL;
}

int
virGetLastErrorCode(void)
{
    return vr_error_is_set() ? vr_error_last()->code : VIR_ERR_OK;
}

int
virGetLastErrorDomain(void)
{
    return vr_error_is_set() ? vr_error_last()->domain : VIR_FROM_NONE;
}

const char *
virGetLastErrorMessage(void)
{
    if (!vr_error_is_set())
        return "no error";
    const char *message = vr_error_last()->message;
    return message ? message : "unknown error";
}

void
virResetLastError(void)
{
    vr_error_clear();
}

void
virResetError(virErrorPtr err)
{
    if (err)
        vr_error_reset(err);
}

void
virFreeError(virErrorPtr err)
{
    if (!err)
        return;
    vr_error_reset(err);
    g_free(err);
}

virErrorPtr
virSaveLastError(void)
{
    virErrorPtr copy = g_new0(virError, 1);
    if (vr_error_is_set())
        vr_error_copy(copy, vr_error_last());
    return copy;
}

int
virCopyLastError(virErrorPtr to)
{
    if (!to)
        return -1;
    /* TO may be uninitialised memory: what it holds is not ours to free. */
    *to = (virError){0};
    if (vr_error_is_set())
        vr_error_copy(to, vr_error_last());
    return to->code;
}

virErrorPtr
virConnGetLastError(virConnectPtr conn)
{
    return is_connection(conn) ? &conn->extra->last_error : NULL;
}

int
virConnCopyLastError(virConnectPtr conn, virErrorPtr to)
{
    if (!to || !is_connection(conn))
        return -1;
    *to = (virError){0};
    vr_mutex_lock(&conn->extra->lock);
    if (conn->extra->last_error.code != VIR_ERR_OK)
        vr_error_copy(to, &conn->extra->last_error);
    vr_mutex_unlock(&conn->extra->lock);
    return to->code;
}

void
virConnResetLastError(virConnectPtr conn)
{
    if (!is_connection(conn))
        return;
    vr_mutex_lock(&conn->extra->lock);
    vr_error_reset(&conn->extra->last_error);
    vr_mutex_unlock(&conn->extra->lock);
}

void
virSetErrorFunc(void *userData, virErrorFunc handler)
{
    vr_error_set_handler(handler, userData);
}

void
virConnSetErrorFunc(virConnectPtr conn, void *userData, virErrorFunc handler)
{
    if (!is_connection(conn))
        return;
    vr_mutex_lock(&conn->extra->lock);
    conn->extra->error_func = handler;
    conn->extra->error_data = userData;
    vr_mutex_unlock(&conn->extra->lock);
}

void
virDefaultErrorFunc(virErrorPtr err)
{
    vr_error_print(err);
}
