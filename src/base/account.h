/* Users and groups of this host, asked for from any thread. */
#pragma once

#include <glib.h>
#include <sys/types.h>

/* FALSE when there is none of that name. */
gboolean vr_user_find(const char *name, uid_t *ret_uid, gid_t *ret_gid);
gboolean vr_group_find(const char *name, gid_t *ret_gid);
/* The user's name, or NULL. */
char *vr_user_name(uid_t uid);
