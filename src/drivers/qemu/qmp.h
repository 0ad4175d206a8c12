/* One guest's monitor: commands go out as they come, answers come back in any order, events as they happen.
 *
 * Any thread may send; everything else happens on the loop's thread, without locks held.  A monitor that breaks fails what
 * is under way and reports itself closed, once; it costs its own guest only.
 */
#pragma once

#include <glib.h>
#include <jansson.h>

typedef struct QemuQmp QemuQmp;

#define QEMU_QMP_ENDED "the emulator closed its monitor"

typedef struct {
    void (*event)(const char *name, const json_t *message, void *opaque); /* with "data" and "timestamp" */
    void (*closed)(const char *why, void *opaque); /* QEMU_QMP_ENDED: orderly */
} QemuQmpHooks;

/* What came of a command: RESULT is its "return", or NULL with ERROR in QEMU's own words. */
typedef void (*QemuQmpReply)(const json_t *result, const char *error, void *data);

/* Speak QMP on FD (taken over), which has just been connected. */
QemuQmp *qemu_qmp_new(int fd, const QemuQmpHooks *hooks, void *opaque);
QemuQmp *qemu_qmp_ref(QemuQmp *qmp);
void qemu_qmp_unref(QemuQmp *qmp);
/* Say no more: pending commands fail, no hook is called after this returned on the loop's thread. */
void qemu_qmp_close(QemuQmp *qmp);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuQmp, qemu_qmp_unref)

/* Send COMMAND with ARGUMENTS (taken, may be NULL).  REPLY is called exactly once. */
void qemu_qmp_send(QemuQmp *qmp, const char *command, json_t *arguments, QemuQmpReply reply, void *data);

/* The same in two halves, so that several can be under way: what was asked, then its answer (which see below). */
typedef struct QemuAsk QemuAsk;
QemuAsk *qemu_qmp_ask(QemuQmp *qmp, const char *command, json_t *arguments);
/* The same, handing the descriptor FD over (the caller keeps its own). */
QemuAsk *qemu_qmp_ask_with_fd(QemuQmp *qmp, const char *command, json_t *arguments, int fd);
json_t *qemu_ask_result(QemuAsk *ask, unsigned timeout_ms); /* frees ASK */

/* The same, waiting TIMEOUT_MS for the answer; not on the loop's thread.  The result is the caller's; NULL with the error
 * set, which carries QEMU's own message. */
json_t *qemu_qmp_call(QemuQmp *qmp, const char *command, json_t *arguments, unsigned timeout_ms);
/* A whole message of the caller's, which may have an id of its own; the whole answer. */
QemuAsk *qemu_qmp_ask_raw(QemuQmp *qmp, json_t *message, int fd); /* -1: no descriptor goes with it */
/* turn.c: milliseconds that a healthy emulator never needs. */
unsigned qemu_patience(void);
#define QEMU_QMP_PATIENCE qemu_patience()
