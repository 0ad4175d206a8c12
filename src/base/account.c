/* See account.h.  The plain functions of C share one record among all threads. */
#include "base/account.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>

#define FIRST_ROOM 1024
#define MOST_ROOM (1024 * 1024) /* a group's members stand there too */

/* Ask with more room until it is enough: CALL is the function's result, with BUFFER and ROOM in its arguments. */
#define WITH_ROOM(result, call)                                                                    \
    g_autofree char *buffer = NULL;                                                                \
    int result = ERANGE;                                                                           \
    for (gsize room = FIRST_ROOM; result == ERANGE && room <= MOST_ROOM; room *= 4) {              \
        buffer = g_realloc(buffer, room);                                                          \
        result = call;                                                                             \
    }

gboolean
vr_user_find(const char *name, uid_t *ret_uid, gid_t *ret_gid)
{
    struct passwd record, *found = NULL;
    WITH_ROOM(failed, getpwnam_r(name, &record, buffer, room, &found))
    if (failed || !found)
        return FALSE;
    *ret_uid = found->pw_uid;
    *ret_gid = found->pw_gid;
    return TRUE;
}

gboolean
vr_group_find(const char *name, gid_t *ret_gid)
{
    struct group record, *found = NULL;
    WITH_ROOM(failed, getgrnam_r(name, &record, buffer, room, &found))
    if (failed || !found)
        return FALSE;
    *ret_gid = found->gr_gid;
    return TRUE;
}

char *
vr_user_name(uid_t uid)
{
    struct passwd record, *found = NULL;
    WITH_ROOM(failed, getpwuid_r(uid, &record, buffer, room, &found))
    return failed || !found ? NULL : g_strdup(found->pw_name);
}
