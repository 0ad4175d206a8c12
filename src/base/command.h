/* Programs run for their outcome: qemu-img, lvs, mount.
 *
 * The calling thread waits, so it is a worker's.  No shell is involved; the program gets a clean environment, no descriptor of
 * ours, and what it says is bounded.  Any thread.
 */
#pragma once

#include <glib.h>

typedef struct VrCommand VrCommand;

/* PROGRAM is a path, or a name that is searched for when it runs; then arguments up to a NULL. */
VrCommand *vr_command_new(const char *program, ...) G_GNUC_NULL_TERMINATED;
void vr_command_free(VrCommand *command);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VrCommand, vr_command_free)

void vr_command_add(VrCommand *command, ...) G_GNUC_NULL_TERMINATED;
void vr_command_addf(VrCommand *command, const char *format, ...) G_GNUC_PRINTF(2, 3);
void vr_command_env(VrCommand *command, const char *name, const char *value);
/* What the program reads as its input; nothing otherwise. */
void vr_command_input(VrCommand *command, const void *data, gsize length);
/* Run as this user and group, unless they are ours; -1: ours. */
void vr_command_user(VrCommand *command, int uid, int gid);
/* FD becoming readable ends the program: the run fails with VIR_ERR_OPERATION_ABORTED. */
void vr_command_cancel(VrCommand *command, int fd);

/* Run it and return what it printed (RET_OUT may be NULL).  -1 with the error set when it cannot be run or says that it
 * failed: the error then names the command, its exit status and what it complained about. */
int vr_command_run(VrCommand *command, char **ret_out);
/* The same for who judges by the exit status: 0 when the program has run to its end, with *RET_STATUS its exit code and its
 * complaints in RET_ERR (may be NULL). */
int vr_command_status(VrCommand *command, int *ret_status, char **ret_out, char **ret_err);

/* The path of program NAME, or NULL. */
char *vr_command_find(const char *name);
