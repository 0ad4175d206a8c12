/* See handover.h. */
#include "daemon/handover.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "daemon/daemon.h"
#include "daemon/keepers.h"
#include "daemon/systemd.h"
#include "daemon/tls.h"

#define VARIABLE "VIREO_HANDOVER" /* the descriptor of the notes */
#define MOST_NOTES (64 * 1024 * 1024)
#define LOOK_MS 20
#define PATIENCE_MS 10000

struct Handover {
    GKeyFile *notes;
    GArray *fds;
};

static char **words;
static char *program;
static GHashTable *taken; /* descriptor -> DaemonClient, while taking over */
static VrSource *waiting;
static gint64 deadline;

void
daemon_handover_init(char **argv)
{
    words = argv;
    program = g_file_read_link("/proc/self/exe", NULL);
}

gboolean
daemon_handover_expected(void)
{
    return g_getenv(VARIABLE) != NULL;
}

GKeyFile *
daemon_handover_notes(Handover *handover)
{
    return handover->notes;
}

void
daemon_handover_fd(Handover *handover, const char *group, const char *key, int fd)
{
    g_key_file_set_integer(handover->notes, group, key, fd);
    g_array_append_val(handover->fds, fd);
}

DaemonClient *
daemon_handover_client(int fd)
{
    return taken ? g_hash_table_lookup(taken, GINT_TO_POINTER(fd)) : NULL;
}

/* --- the one who leaves --- */

static void
note_bytes(GKeyFile *notes, const char *group, const char *key, const guint8 *data, gsize len)
{
    g_autofree char *text = len ? g_base64_encode(data, len) : g_strdup("");
    g_key_file_set_string(notes, group, key, text);
}

static void
note_client(Handover *handover, DaemonClient *client)
{
    g_autofree char *group = g_strdup_printf("client %d", client->socket.fd);
    GKeyFile *notes = handover->notes;
    daemon_handover_fd(handover, group, "fd", client->socket.fd);
    g_key_file_set_boolean(notes, group, "read-only", client->read_only);
    g_key_file_set_int64(notes, group, "since", client->since);
    note_bytes(notes, group, "received", vr_inbox_at(&client->inbox), client->inbox.end - client->inbox.start);
    note_bytes(notes, group, "unsent", client->unsent ? client->unsent->data + client->unsent_at : NULL,
               daemon_client_backlog(client));
}

static void
set_inherited(const GArray *fds, gboolean inherited)
{
    for (guint i = 0; i < fds->len; i++)
        fcntl(g_array_index(fds, int, i), F_SETFD, inherited ? 0 : FD_CLOEXEC);
}

static int
write_notes(const char *text, gsize len)
{
    int fd = memfd_create("handover", MFD_CLOEXEC);
    if (fd < 0)
        return vr_error_system(VIR_FROM_NONE, errno, "cannot make a file in memory");
    for (gsize done = 0; done < len;) {
        ssize_t n = write(fd, text + done, len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            int reason = errno;
            close(fd);
            return vr_error_system(VIR_FROM_NONE, reason, "cannot write what is handed over");
        }
        done += (gsize)n;
    }
    lseek(fd, 0, SEEK_SET);
    return fd;
}

/* The file at our path by now: it may have another inode than the one that we run. */
static char *
successor(void)
{
    static const char gone[] = " (deleted)";
    g_autofree char *path = g_strdup(program);
    if (path && g_str_has_suffix(path, gone))
        path[strlen(path) - strlen(gone)] = '\0';
    return g_steal_pointer(&path);
}

static void
execute(gboolean keepers)
{
    g_autofree char *path = successor();
    Handover handover = {g_key_file_new(), g_array_new(FALSE, FALSE, sizeof(int))};
    daemon_server_note(daemon_state.server, &handover);
    daemon_server_note(daemon_state.admin, &handover);
    for (guint i = 0; keepers && i < daemon_state.server->clients->len; i++)
        note_client(&handover, daemon_state.server->clients->pdata[i]);
    if (keepers) {
        daemon_log_note(&handover);
        daemon_lock_note(&handover);
    }
    gsize len = 0;
    g_autofree char *text = g_key_file_to_data(handover.notes, &len, NULL);
    int fd = write_notes(text, len);
    if (fd >= 0) {
        g_autofree char *number = g_strdup_printf("%d", fd);
        g_array_append_val(handover.fds, fd);
        g_setenv(VARIABLE, number, TRUE);
        set_inherited(handover.fds, TRUE);
        vr_log(VR_LOG_INFO, "daemon", "handing over to %s", path);
        execv(path, words);
        vr_error_system(VIR_FROM_NONE, errno, "cannot execute %s", path);
        set_inherited(handover.fds, FALSE);
        g_unsetenv(VARIABLE);
        close(fd);
    }
    vr_log(VR_LOG_ERROR, "daemon", "not handed over: %s", vr_error_last()->message);
    vr_error_clear();
    g_key_file_unref(handover.notes);
    g_array_unref(handover.fds);
}

/* Whether some client waits for the answer to a call, or for the rest of one. */
static gboolean
is_at_work(DaemonServer *server)
{
    gboolean busy = FALSE;
    for (guint i = 0; i < server->clients->len && !busy; i++) {
        DaemonClient *client = server->clients->pdata[i];
        VR_SCOPED_LOCK(&client->lock);
        busy = client->in_flight > 0 || daemon_client_backlog(client) > 0;
    }
    return busy;
}

static void
look(VrSource *source, void *data)
{
    gboolean keepers = data != NULL;
    if ((is_at_work(daemon_state.server) || is_at_work(daemon_state.admin)) && g_get_monotonic_time() < deadline)
        return;
    g_clear_pointer(&waiting, vr_source_end);
    execute(keepers);
    /* still here: go on as before */
    daemon_state.handing_over = FALSE;
    daemon_server_go_on(daemon_state.server);
    daemon_server_go_on(daemon_state.admin);
    daemon_systemd_notify("READY=1");
}

void
daemon_handover_begin(gboolean keepers)
{
    if (waiting)
        return;
    daemon_systemd_notify("RELOADING=1");
    daemon_state.handing_over = TRUE; /* no call begins any more */
    deadline = g_get_monotonic_time() + PATIENCE_MS * (gint64)1000;
    waiting = vr_loop_timer(0, LOOK_MS, look, GINT_TO_POINTER(keepers), NULL);
}

/* --- the one who comes --- */

static gsize
bytes_of(GKeyFile *notes, const char *group, const char *key, guint8 **ret_data)
{
    gsize len = 0;
    g_autofree char *text = g_key_file_get_string(notes, group, key, NULL);
    *ret_data = text && *text ? g_base64_decode(text, &len) : NULL;
    return len;
}

static void
take_client(GKeyFile *notes, const char *group)
{
    int fd = g_key_file_get_integer(notes, group, "fd", NULL);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    DaemonClient *client = daemon_client_new(daemon_state.server, fd, g_key_file_get_boolean(notes, group, "read-only", NULL),
                                             VR_AUTH_NONE, VIR_CLIENT_TRANS_UNIX);
    g_autofree guint8 *received = NULL, *unsent = NULL;
    gsize len = bytes_of(notes, group, "received", &received), waits = bytes_of(notes, group, "unsent", &unsent);
    client->since = g_key_file_get_int64(notes, group, "since", NULL);
    if (len) {
        client->inbox = (VrInbox){.data = g_steal_pointer(&received), .end = len, .room = len};
    }
    g_hash_table_insert(taken, GINT_TO_POINTER(fd), client);
    daemon_server_adopt(daemon_state.server, client);
    if (waits)
        daemon_client_send(client, unsent, waits, NULL, 0);
}

static GKeyFile *
read_notes(void)
{
    int fd = atoi(g_getenv(VARIABLE));
    g_unsetenv(VARIABLE);
    g_autoptr(GString) text = g_string_new(NULL);
    char buffer[8192];
    ssize_t n;
    while (text->len < MOST_NOTES && (n = read(fd, buffer, sizeof(buffer))) > 0)
        g_string_append_len(text, buffer, n);
    close(fd);
    GKeyFile *notes = g_key_file_new();
    g_autoptr(GError) error = NULL;
    if (!g_key_file_load_from_data(notes, text->str, text->len, G_KEY_FILE_NONE, &error))
        vr_log(VR_LOG_ERROR, "daemon", "what was handed over cannot be read: %s", error->message);
    return notes;
}

int
daemon_handover_take(const DaemonConfig *config)
{
    if (!daemon_handover_expected())
        return 0;
    int n = 0;
    g_autoptr(GKeyFile) notes = read_notes();
    g_auto(GStrv) groups = g_key_file_get_groups(notes, NULL);
    taken = g_hash_table_new(NULL, NULL);
    for (char **g = groups; *g; g++) {
        if (g_str_has_prefix(*g, "listener ")) {
            gboolean admin = g_key_file_get_boolean(notes, *g, "admin", NULL);
            gboolean tls = g_key_file_get_boolean(notes, *g, "tls", NULL);
            if (tls && daemon_tls_setup(config) < 0)
                return -1;
            daemon_server_take_listener(admin ? daemon_state.admin : daemon_state.server, notes, *g);
            n++;
        } else if (g_str_has_prefix(*g, "client ")) {
            take_client(notes, *g);
        }
    }
    for (char **g = groups; *g; g++) {
        if (g_str_has_prefix(*g, "log "))
            daemon_log_take(notes, *g);
        else if (g_str_has_prefix(*g, "lease ") || g_str_has_prefix(*g, "owner ") || g_str_has_prefix(*g, "lockspace "))
            daemon_lock_take(notes, *g);
    }
    g_clear_pointer(&taken, g_hash_table_unref);
    vr_log(VR_LOG_INFO, "daemon", "took over %d listening sockets", n);
    return n;
}
