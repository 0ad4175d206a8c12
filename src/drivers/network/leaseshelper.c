/* libvirt_leaseshelper: dnsmasq runs it for every lease that comes, stays or goes, and asks it for those there are.
 *
 * usage: libvirt_leaseshelper add|old|del MAC-OR-IAID IP [HOSTNAME], or init; the bridge's name is in VIR_BRIDGE_NAME.  It
 * keeps /var/lib/libvirt/dnsmasq/BRIDGE.status, a list of objects, with their folder locked.
 */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define MAX_FILE (32 * 1024 * 1024)

static char *
state_path(const char *ending)
{
    const char *bridge = g_getenv("VIR_BRIDGE_NAME"), *folder = g_getenv("VIREO_DNSMASQ_DIR");
    if (!bridge || !*bridge)
        bridge = g_getenv("DNSMASQ_INTERFACE");
    if (!bridge || !*bridge || strchr(bridge, '/'))
        return NULL;
    return g_strdup_printf("%s/%s%s", folder ? folder : "/var/lib/libvirt/dnsmasq", bridge, ending);
}

/* The leases on disk; an empty or broken file holds none. */
static json_t *
read_leases(const char *path)
{
    json_t *leases = json_load_file(path, 0, NULL);
    if (json_is_array(leases))
        return leases;
    json_decref(leases);
    return json_array();
}

static int
write_leases(const char *path, const json_t *leases)
{
    char *text = json_dumps(leases, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    gboolean good = text && strlen(text) < MAX_FILE &&
                    g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0644, NULL);
    free(text);
    return good ? 0 : -1;
}

static const char *
text_of(const json_t *lease, const char *key)
{
    return json_string_value(json_object_get(lease, key));
}

static gint64
expiry_of(const json_t *lease)
{
    return json_integer_value(json_object_get(lease, "expiry-time"));
}

/* Leases of this address, and those that ended, go. */
static void
drop(json_t *leases, const char *ip)
{
    gint64 now = g_get_real_time() / G_USEC_PER_SEC;
    for (gsize i = json_array_size(leases); i-- > 0;) {
        const json_t *lease = json_array_get(leases, i);
        gint64 expiry = expiry_of(lease);
        if (g_strcmp0(text_of(lease, "ip-address"), ip) == 0 || (expiry > 0 && expiry < now))
            json_array_remove(leases, i);
    }
}

static void
set(json_t *lease, const char *key, const char *value)
{
    if (value && *value)
        json_object_set_new(lease, key, json_string(value));
}

static json_t *
make_lease(const char *id, const char *ip, const char *hostname)
{
    json_t *lease = json_object();
    gboolean six = strchr(ip, ':') != NULL;
    const char *expires = g_getenv("DNSMASQ_LEASE_EXPIRES"), *length = g_getenv("DNSMASQ_LEASE_LENGTH");
    gint64 expiry = expires ? g_ascii_strtoll(expires, NULL, 10) : 0;
    if (!expires && length)
        expiry = g_get_real_time() / G_USEC_PER_SEC + g_ascii_strtoll(length, NULL, 10);
    set(lease, "iaid", six ? (g_getenv("DNSMASQ_IAID") ? g_getenv("DNSMASQ_IAID") : id) : NULL);
    set(lease, "ip-address", ip);
    set(lease, "mac-address", six ? g_getenv("DNSMASQ_MAC") : id);
    set(lease, "hostname", hostname ? hostname : g_getenv("DNSMASQ_SUPPLIED_HOSTNAME"));
    set(lease, "client-id", six ? id : g_getenv("DNSMASQ_CLIENT_ID"));
    if (six)
        set(lease, "server-duid", g_getenv("DNSMASQ_SERVER_DUID"));
    json_object_set_new(lease, "expiry-time", json_integer(expiry));
    return lease;
}

/* What dnsmasq would find in a lease file of its own. */
static void
print_leases(const json_t *leases)
{
    const char *duid = NULL;
    gint64 now = g_get_real_time() / G_USEC_PER_SEC;
    for (int six = 0; six < 2; six++) {
        for (gsize i = 0; i < json_array_size(leases); i++) {
            const json_t *lease = json_array_get(leases, i);
            const char *ip = text_of(lease, "ip-address"), *name = text_of(lease, "hostname"), *id = text_of(lease, "client-id");
            const char *key = text_of(lease, six ? "iaid" : "mac-address");
            gint64 expiry = expiry_of(lease);
            if (!ip || !key || (strchr(ip, ':') != NULL) != six || (expiry > 0 && expiry < now))
                continue;
            if (six && !duid && (duid = text_of(lease, "server-duid")))
                printf("duid %s\n", duid);
            printf("%lld %s %s %s %s\n", (long long)expiry, key, ip, name ? name : "*", id ? id : "*");
        }
    }
}

int
main(int argc, char **argv)
{
    const char *action = argc > 1 ? argv[1] : "";
    g_autofree char *path = state_path(".status");
    if (!path) {
        fprintf(stderr, "libvirt_leaseshelper: VIR_BRIDGE_NAME does not name a bridge\n");
        return 1;
    }
    if (strcmp(action, "init") == 0) {
        json_t *leases = read_leases(path);
        print_leases(leases);
        json_decref(leases);
        return 0;
    }
    gboolean comes = strcmp(action, "add") == 0 || strcmp(action, "old") == 0;
    if ((!comes && strcmp(action, "del") != 0) || argc < 4)
        return 0; /* dnsmasq tells of more than leases */
    g_autofree char *folder = g_path_get_dirname(path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || flock(fd, LOCK_EX) < 0) {
        fprintf(stderr, "libvirt_leaseshelper: cannot lock %s: %s\n", folder, g_strerror(errno));
        return 1;
    }
    json_t *leases = read_leases(path);
    drop(leases, argv[3]);
    if (comes)
        json_array_append_new(leases, make_lease(argv[2], argv[3], argc > 4 ? argv[4] : NULL));
    int result = write_leases(path, leases);
    if (result < 0)
        fprintf(stderr, "libvirt_leaseshelper: cannot write %s\n", path);
    json_decref(leases);
    return result < 0;
}
