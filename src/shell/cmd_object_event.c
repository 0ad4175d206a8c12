/* Waiting for events of networks, pools, host devices and secrets: alike but for the functions. */
#include "shell/commands.h"

#include <string.h>

#include "shell/watch.h"

typedef struct {
    const char *kind;   /* "network"; the option that limits the watch to one, too */
    const char *shown;  /* as messages call it */
    const char *const *events;
    const char *const *states; /* of event 0, "lifecycle" */
} Kind;

/* One event that is listened for. */
typedef struct {
    Watch *watch;
    const Kind *kind;
    int event;
} Listener;

static const char *const network_states[] = {"Defined", "Undefined", "Started", "Stopped", NULL};
static const char *const pool_states[] = {"Defined", "Undefined", "Started", "Stopped", "Created", "Deleted", NULL};
static const char *const device_states[] = {"Created", "Deleted", "Defined", "Undefined", NULL};
static const char *const secret_states[] = {"Defined", "Undefined", NULL};
static const char *const network_events[] = {"lifecycle", "metadata-change", NULL};
static const char *const pool_events[] = {"lifecycle", "refresh", NULL};
static const char *const device_events[] = {"lifecycle", "update", NULL};
static const char *const secret_events[] = {"lifecycle", "value-changed", NULL};

static void
heard(const Listener *l, const char *name, const char *text)
{
    watch_event(l->watch, l->kind->events[l->event], l->kind->shown, name, text);
}

static void
heard_state(const Listener *l, const char *name, int state)
{
    int n = (int)g_strv_length((char **)l->kind->states);
    heard(l, name, state >= 0 && state < n ? l->kind->states[state] : "unknown");
}

static void
on_network(virConnectPtr conn, virNetworkPtr net, int event, int detail, void *opaque)
{
    heard_state(opaque, virNetworkGetName(net), event);
}

static void
on_network_metadata(virConnectPtr conn, virNetworkPtr net, int type, const char *uri, void *opaque)
{
    static const char *const types[] = {"description", "title", "element"};
    g_autofree char *text = g_strdup_printf("type %s, uri %s", type >= 0 && type < 3 ? types[type] : "unknown", uri ? uri : "(null)");
    heard(opaque, virNetworkGetName(net), text);
}

static void
on_pool(virConnectPtr conn, virStoragePoolPtr pool, int event, int detail, void *opaque)
{
    heard_state(opaque, virStoragePoolGetName(pool), event);
}

static void
on_pool_other(virConnectPtr conn, virStoragePoolPtr pool, void *opaque)
{
    heard(opaque, virStoragePoolGetName(pool), "");
}

static void
on_device(virConnectPtr conn, virNodeDevicePtr device, int event, int detail, void *opaque)
{
    heard_state(opaque, virNodeDeviceGetName(device), event);
}

static void
on_device_other(virConnectPtr conn, virNodeDevicePtr device, void *opaque)
{
    heard(opaque, virNodeDeviceGetName(device), "");
}

static const char *
secret_name(virSecretPtr secret, char *uuid)
{
    return virSecretGetUUIDString(secret, uuid) == 0 ? uuid : "unknown";
}

static void
on_secret(virConnectPtr conn, virSecretPtr secret, int event, int detail, void *opaque)
{
    char uuid[VIR_UUID_STRING_BUFLEN];
    heard_state(opaque, secret_name(secret, uuid), event);
}

static void
on_secret_other(virConnectPtr conn, virSecretPtr secret, void *opaque)
{
    char uuid[VIR_UUID_STRING_BUFLEN];
    heard(opaque, secret_name(secret, uuid), "");
}

/* The event that the options ask for; -1 when the command ends here, with *ret_ok its outcome. */
static int
wanted_event(Shell *sh, const Args *args, const Kind *kind, gboolean *ret_ok)
{
    const char *name = args_string(args, "event");
    if (args_flag(args, "list")) {
        for (const char *const *event = kind->events; *event; event++)
            shell_print(sh, "%s\n", *event);
        *ret_ok = TRUE;
        return -1;
    }
    *ret_ok = FALSE;
    if (!name) {
        shell_error(sh, "%s", "either --list or --event <type> is required");
        return -1;
    }
    for (int i = 0; kind->events[i]; i++) {
        if (strcmp(kind->events[i], name) == 0)
            return i;
    }
    shell_error(sh, "unknown event type %s", name);
    return -1;
}

/* One function per kind: how an object is found, and how the library is asked. */
#define EVENT_COMMAND(Type, command, kind_name, shown_name, option, lookup, Register, Deregister, first, second)        \
    gboolean command(Shell *sh, const Args *args)                                                                        \
    {                                                                                                                    \
        static const Kind kind = {kind_name, shown_name, option##_events, option##_states};                              \
        gboolean ok;                                                                                                     \
        long long seconds = 0;                                                                                           \
        int event = wanted_event(sh, args, &kind, &ok);                                                                  \
        if (event < 0 || args_number(sh, args, "timeout", 1, G_MAXINT / 1000, &seconds) < 0)                             \
            return event < 0 && ok;                                                                                      \
        g_autoptr(Type) object = args_flag(args, kind_name) ? lookup(sh, args, NULL) : NULL;                             \
        if (!object && args_flag(args, kind_name))                                                                       \
            return FALSE;                                                                                                \
        Watch watch = watch_begin(sh, args);                                                                             \
        Listener listener = {&watch, &kind, event};                                                                      \
        int id = Register(sh->conn, object, event, event == 0 ? (void *)first : (void *)second, &listener, NULL);        \
        if (id < 0)                                                                                                      \
            return FALSE;                                                                                                \
        ok = watch_wait(&watch, (int)seconds);                                                                           \
        shell_save_error(sh);                                                                                            \
        Deregister(sh->conn, id);                                                                                        \
        return ok;                                                                                                       \
    }

EVENT_COMMAND(virNetwork, run_net_event, "network", "network", network, shell_network, virConnectNetworkEventRegisterAny,
              virConnectNetworkEventDeregisterAny, on_network, on_network_metadata)
EVENT_COMMAND(virStoragePool, run_pool_event, "pool", "storage pool", pool, shell_pool, virConnectStoragePoolEventRegisterAny,
              virConnectStoragePoolEventDeregisterAny, on_pool, on_pool_other)
EVENT_COMMAND(virNodeDevice, run_nodedev_event, "device", "node device", device, shell_device, virConnectNodeDeviceEventRegisterAny,
              virConnectNodeDeviceEventDeregisterAny, on_device, on_device_other)
EVENT_COMMAND(virSecret, run_secret_event, "secret", "secret", secret, shell_secret, virConnectSecretEventRegisterAny,
              virConnectSecretEventDeregisterAny, on_secret, on_secret_other)
