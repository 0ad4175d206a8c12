/* Words for the API's numbers: see names.h. */
#include "shell/names.h"

#include <glib.h>
#include <libvirt/libvirt.h>

typedef struct {
    const char *const *names;
    int n;
} Names;

#define NAMES(array) {array, G_N_ELEMENTS(array)}

static const char *const states[] = {
    "no state", "running", "idle", "paused", "in shutdown", "shut off", "crashed", "pmsuspended",
};
static const char *const nostate[] = {"unknown"};
static const char *const running[] = {
    "unknown", "booted", "migrated", "restored", "from snapshot", "unpaused", "migration canceled", "save canceled",
    "event wakeup", "crashed", "post-copy", "post-copy failed",
};
static const char *const blocked[] = {"unknown"};
static const char *const paused[] = {
    "unknown", "user", "migrating", "saving", "dumping", "I/O error", "watchdog", "from snapshot", "shutting down",
    "creating snapshot", "crashed", "starting up", "post-copy", "post-copy failed", "api error",
};
static const char *const shutdown_names[] = {"unknown", "user"};
static const char *const shutoff[] = {
    "unknown", "shutdown", "destroyed", "crashed", "migrated", "saved", "failed", "from snapshot", "daemon",
};
static const char *const crashed[] = {"unknown", "panicked"};
static const char *const pmsuspended[] = {"unknown"};

static const Names reasons[] = {
    [VIR_DOMAIN_NOSTATE] = NAMES(nostate),   [VIR_DOMAIN_RUNNING] = NAMES(running),
    [VIR_DOMAIN_BLOCKED] = NAMES(blocked),   [VIR_DOMAIN_PAUSED] = NAMES(paused),
    [VIR_DOMAIN_SHUTDOWN] = NAMES(shutdown_names), [VIR_DOMAIN_SHUTOFF] = NAMES(shutoff),
    [VIR_DOMAIN_CRASHED] = NAMES(crashed),   [VIR_DOMAIN_PMSUSPENDED] = NAMES(pmsuspended),
};
static const char *const controls[] = {"ok", "background job", "occupied", "error"};

static const char *
pick(const Names *names, int value, const char *otherwise)
{
    return value >= 0 && value < names->n ? names->names[value] : otherwise;
}

const char *
name_of_state(int state)
{
    static const Names all = NAMES(states);
    return pick(&all, state, "no state");
}

const char *
name_of_reason(int state, int reason)
{
    if (state < 0 || state >= (int)G_N_ELEMENTS(reasons))
        return "unknown";
    return pick(&reasons[state], reason, "unknown");
}

const char *
name_of_control(int state)
{
    static const Names all = NAMES(controls);
    return pick(&all, state, "unknown");
}

const char *
name_of_pool_state(int state)
{
    static const char *const names[] = {"inactive", "building", "running", "degraded", "inaccessible"};
    static const Names all = NAMES(names);
    return pick(&all, state, "unknown");
}

const char *
name_of_vol_type(int type)
{
    static const char *const names[] = {"file", "block", "dir", "network", "net-dir", "ploop"};
    static const Names all = NAMES(names);
    return pick(&all, type, "unknown");
}
