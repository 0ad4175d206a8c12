/* Files that a driver keeps: definitions, what runs, links that say "start this by itself".
 *
 * A file is whole or not there: written beside, synced, renamed.  Any thread.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* FOLDER/NAME + ENDING; the caller frees. */
char *vr_files_path(const char *folder, const char *name, const char *ending);

/* Write TEXT (LENGTH bytes, -1: a string) to PATH, whose folder is made when missing, with mode 0600 and FOLDER_MODE.  -1
 * with a system error of DOMAIN. */
int vr_files_write(const char *path, const char *text, gssize length, int folder_mode, int domain);
/* The same behind the words that tell people to use COMMAND ("pool-edit NAME") instead of an editor. */
int vr_files_write_definition(const char *path, const char *text, const char *command, int folder_mode, int domain);
/* The text of PATH, MAX bytes at most; NULL with the error set. */
char *vr_files_read(const char *path, gsize max, gsize *ret_length, int domain);
/* Remove PATH; that it is missing already is no error. */
int vr_files_remove(const char *path, int domain);

/* Make FOLDER/autostart/NAME.xml point to FOLDER/NAME.xml, or take it away. */
int vr_files_set_autostart(const char *folder, const char *name, bool autostart, int domain);
bool vr_files_is_autostart(const char *folder, const char *name);

/* Call FUNC for each file of FOLDER that ends in ENDING, in the order of names, with the rest of its name and its path.  What
 * FUNC cannot use is logged, from the thread's error, and left alone. */
typedef int (*VrFileFunc)(void *data, const char *name, const char *path);
void vr_files_each(const char *folder, const char *ending, VrFileFunc func, void *data, const char *log_source);
