/* Calls: found in the tables, checked, run on the loop's thread or a worker, answered.
 *
 * daemon_call() on the loop's thread; run() wherever the procedure's flags say.
 */
#include "daemon/calls.h"

#include <unistd.h>

#include "base/log.h"
#include "daemon/access.h"
#include "daemon/keepers.h"

typedef struct {
    DaemonClient *client;
    const VrProgram *program;
    const VrProc *proc;
    VrDispatchFunc function;
    VrHeader header;
    int fds[VR_MESSAGE_FDS_MAX];
    guint n_fds;
    gsize len;
    guint8 payload[];
} Job;

/* Answers are written into one buffer for each thread, which keeps its memory. */
#define KEEP_ROOM (256 * 1024)
static __thread VrOut answer;

static VrDispatchFunc
find_function(const VrProgram *program, int proc)
{
    VrDispatchFunc f = NULL;
    if (program == &vr_program_remote && proc > 0 && (gsize)proc < vr_dispatch_remote_n)
        f = vr_dispatch_remote[proc];
    else if (program == &vr_program_qemu && proc > 0 && (gsize)proc < vr_dispatch_qemu_n)
        f = vr_dispatch_qemu[proc];
    else if (program == &vr_program_admin)
        f = daemon_admin_function(proc);
    else if (program == &vr_program_log)
        f = daemon_log_function(proc);
    else if (program == &vr_program_lock)
        f = daemon_lock_function(proc);
    if (!f)
        f = vr_dispatch_hand(program, proc);
    if (!f)
        f = vr_dispatch_hand_event(program, proc);
    if (!f && program == &vr_program_remote)
        f = vr_dispatch_hand_list(proc);
    if (!f && program == &vr_program_remote)
        f = vr_dispatch_hand_stream(proc);
    if (!f && program == &vr_program_remote)
        f = vr_dispatch_auth(proc);
    return f;
}

static void
finish_answer(DaemonClient *client, VrOut *out, const int *fds, guint n_fds)
{
    vr_message_end(out, 0);
    daemon_client_send(client, out->data, out->len, fds, n_fds);
    if (out->room > KEEP_ROOM)
        vr_out_clear(out);
}

/* Make the thread's error the answer to CALL. */
static void
write_error(const VrHeader *call)
{
    VrHeader header = *call;
    header.type = VR_MESSAGE_REPLY;
    header.status = VR_MESSAGE_ERROR;
    answer.len = 0;
    vr_message_begin(&answer, &header);
    vr_out_error(&answer);
    vr_error_clear();
}

/* May the client call this now; if so, its connection stays until the call ends, whatever becomes of the client. */
static gboolean
begin(VrDispatch *d)
{
    DaemonClient *client = d->client;
    vr_mutex_lock(&client->lock);
    gboolean authenticated = client->authenticated;
    if ((d->conn = client->conn))
        vr_handle_ref(d->conn);
    vr_mutex_unlock(&client->lock);
    if (authenticated || (d->proc->flags & VR_PROC_UNAUTHENTICATED))
        return TRUE;
    vr_error(VIR_FROM_RPC, VIR_ERR_RPC, "authentication required");
    return FALSE;
}

/* Run the call and answer it. */
static void
run(VrDispatch *d, VrDispatchFunc function)
{
    VrHeader header = d->header;
    header.type = VR_MESSAGE_REPLY;
    header.status = VR_MESSAGE_OK;
    answer.len = 0;
    vr_message_begin(&answer, &header);
    d->out = &answer;
    vr_error_clear();
    int ret = begin(d) ? function(d) : -1;
    gsize fds_word = d->n_fds_out > 0 ? 4 : 0;
    if (ret == 0 && d->in->failed)
        ret = vr_error(VIR_FROM_RPC, VIR_ERR_RPC, "Unable to decode message payload");
    if (ret == 0 && (answer.len > VR_MESSAGE_MAX ||
                     !vr_layout_check(d->proc->ret, answer.data + VR_MESSAGE_PREFIX + fds_word,
                                      answer.len - VR_MESSAGE_PREFIX - fds_word, NULL)))
        ret = vr_error(VIR_FROM_RPC, VIR_ERR_RPC, "Unable to encode message payload");
    if (ret == 0) {
        if (fds_word)
            vr_store_u32(answer.data + 16, VR_MESSAGE_REPLY_WITH_FDS);
    } else {
        if (d->proc->flags & VR_PROC_STREAM)
            daemon_stream_drop(d->client, d->header.serial);
        write_error(&d->header);
    }
    /* Before the answer: who has read it and closes its connection is not to find this call holding it. */
    if (d->conn)
        vr_object_unref(d->conn);
    finish_answer(d->client, &answer, d->fds_out, ret == 0 ? d->n_fds_out : 0);
    if (ret == 0 && d->proc->flags & VR_PROC_STREAM)
        daemon_streams_begin(d->client, d->header.serial);
    for (guint i = 0; i < d->n_fds; i++) {
        if (d->fds[i] >= 0)
            close(d->fds[i]);
    }
    for (guint i = 0; i < d->n_fds_out; i++)
        close(d->fds_out[i]);
}

static void
run_job(void *data)
{
    g_autofree Job *job = data;
    VrIn in = {.at = job->payload, .end = job->payload + job->len};
    VrDispatch d = {.client = job->client, .program = job->program, .proc = job->proc, .header = job->header, .in = &in,
                    .n_fds = job->n_fds};
    memcpy(d.fds, job->fds, sizeof(int) * job->n_fds);
    run(&d, job->function);
    daemon_client_call_ended(job->client);
    daemon_client_unref(job->client);
}

static const VrProgram *
find_program(DaemonClient *client, const VrHeader *header)
{
    for (const VrProgram *const *p = client->server->programs; *p; p++) {
        if ((*p)->number == header->program && (*p)->version == header->version)
            return *p;
    }
    return NULL;
}

static int
refuse(DaemonClient *client, const VrHeader *header, guint32 n_fds)
{
    write_error(header);
    finish_answer(client, &answer, NULL, 0);
    while (n_fds-- > 0) {
        int fd = vr_socket_take_fd(&client->socket);
        if (fd >= 0)
            close(fd);
    }
    return -1;
}

void
daemon_call(DaemonClient *client, const VrHeader *header, guint8 *payload, gsize len, guint32 n_fds)
{
    const VrProgram *program = find_program(client, header);
    if (!program) {
        vr_error(VIR_FROM_RPC, VIR_ERR_RPC, "Cannot find program %u version %u", header->program, header->version);
        refuse(client, header, n_fds);
        return;
    }
    const VrProc *proc = vr_program_proc(program, header->proc);
    VrDispatchFunc function = proc && !(proc->flags & VR_PROC_EVENT) ? find_function(program, header->proc) : NULL;
    if (!function) {
        vr_error(VIR_FROM_RPC, VIR_ERR_RPC, "unknown procedure: %d", header->proc);
        refuse(client, header, n_fds);
        return;
    }
    if (header->status != VR_MESSAGE_OK) {
        vr_error(VIR_FROM_RPC, VIR_ERR_RPC, "Unexpected message status %u", header->status);
        refuse(client, header, n_fds);
        return;
    }
    if (!vr_layout_check(proc->args, payload, len, NULL)) {
        vr_error(VIR_FROM_RPC, VIR_ERR_RPC, "Unable to decode message payload");
        refuse(client, header, n_fds);
        return;
    }
    if ((proc->flags & VR_PROC_DIRECT) && n_fds == 0 && (!daemon_access_is_on() || program != &vr_program_remote)) {
        VrIn in = {.at = payload, .end = payload + len};
        VrDispatch d = {.client = client, .program = program, .proc = proc, .header = *header, .in = &in};
        run(&d, function);
        daemon_client_answered(client);
        return;
    }
    Job *job = g_malloc(sizeof(Job) + len);
    job->client = daemon_client_ref(client);
    job->program = program;
    job->proc = proc;
    job->function = function;
    job->header = *header;
    job->n_fds = n_fds;
    for (guint32 i = 0; i < n_fds; i++)
        job->fds[i] = vr_socket_take_fd(&client->socket);
    job->len = len;
    memcpy(job->payload, payload, len);
    daemon_client_call_begun(client);
    vr_pool_submit(client->server->pool, (proc->flags & VR_PROC_HIGH) != 0, run_job, job);
}
