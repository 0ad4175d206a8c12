/* Asking an emulator what it can do: a machine without anything, QMP on its standard streams, a few questions.
 *
 * Called by caps.c on the thread that wants to know; takes about a tenth of a second per binary.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.h"
#include "drivers/qemu/caps.h"

#define ANSWER_MS 30000           /* a loaded host may be slow; a broken binary must not hang us */
#define MAX_REPLY (8u << 20)

typedef struct {
    const char *binary;
    GPid pid;
    bool tcg; /* KVM is not to be used */
    int qmp, err; /* a socket, for a pipe would kill us when the emulator is gone */
    GString *buffer;
    gint64 deadline;
} Probe;

static int
probe_error(Probe *probe, const char *why)
{
    char said[1024] = "";
    ssize_t n = read(probe->err, said, sizeof(said) - 1);
    said[MAX(n, 0)] = '\0';
    g_strchomp(said);
    return vr_error(VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "Failed to probe QEMU binary with QMP: %s: %s", probe->binary,
                    *said ? said : why);
}

static bool
spawn(Probe *probe)
{
    const char *kvm = !probe->tcg && access("/dev/kvm", R_OK | W_OK) == 0 ? "none,accel=kvm:tcg" : "none,accel=tcg";
    const char *argv[] = {probe->binary, "-S", "-no-user-config", "-nodefaults", "-nographic", "-machine", kvm,
                          "-qmp", "stdio", "-monitor", "none", "-serial", "none", NULL};
    const char *env[] = {"LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
    g_autoptr(GError) error = NULL;
    int pair[2], errors[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return vr_error_system(VIR_FROM_QEMU, errno, "cannot make a socket for '%s'", probe->binary), false;
    if (pipe2(errors, O_CLOEXEC | O_NONBLOCK) < 0) {
        close(pair[0]);
        close(pair[1]);
        return vr_error_system(VIR_FROM_QEMU, errno, "cannot make a pipe for '%s'", probe->binary), false;
    }
    gboolean started = g_spawn_async_with_fds("/", (char **)argv, (char **)env, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                                              &probe->pid, pair[1], pair[1], errors[1], &error);
    close(pair[1]);
    close(errors[1]);
    probe->qmp = pair[0];
    probe->err = errors[0];
    if (started)
        return true;
    close(pair[0]);
    close(errors[0]);
    vr_error(VIR_FROM_QEMU, VIR_ERR_INTERNAL_ERROR, "Failed to probe QEMU binary with QMP: %s: %s", probe->binary,
             error->message);
    return false;
}

static void
finish(Probe *probe)
{
    close(probe->qmp);
    close(probe->err);
    kill(probe->pid, SIGKILL);
    while (waitpid(probe->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    g_string_free(probe->buffer, TRUE);
}

/* One line of the reply stream; NULL with the error set. */
static char *
read_line(Probe *probe)
{
    for (;;) {
        char *end = memchr(probe->buffer->str, '\n', probe->buffer->len);
        if (end) {
            char *line = g_strndup(probe->buffer->str, (gsize)(end - probe->buffer->str));
            g_string_erase(probe->buffer, 0, end - probe->buffer->str + 1);
            return line;
        }
        gint64 left = (probe->deadline - g_get_monotonic_time()) / 1000;
        struct pollfd fd = {.fd = probe->qmp, .events = POLLIN};
        int ready = left > 0 ? poll(&fd, 1, (int)left) : 0;
        if (ready < 0 && errno == EINTR)
            continue;
        char chunk[16384];
        ssize_t n = ready > 0 ? read(probe->qmp, chunk, sizeof(chunk)) : -1;
        if (n <= 0 || probe->buffer->len + (size_t)n > MAX_REPLY) {
            probe_error(probe, n == 0 ? "it ended without an answer" : "it did not answer");
            return NULL;
        }
        g_string_append_len(probe->buffer, chunk, n);
    }
}

/* The reply to the next question: its "return" (a new reference), NULL with the error set, or json_null() for a refusal. */
static json_t *
read_reply(Probe *probe)
{
    for (;;) {
        g_autofree char *line = read_line(probe);
        if (!line)
            return NULL;
        json_t *reply = json_loads(line, 0, NULL) ?: json_loads(line, JSON_DECODE_INT_AS_REAL, NULL); /* 64 bits, unsigned */
        if (!reply) {
            probe_error(probe, "its answer is not JSON");
            return NULL;
        }
        json_t *value = json_object_get(reply, "return");
        if (!value && json_object_get(reply, "error"))
            value = json_null();
        json_incref(value);
        json_decref(reply);
        if (value)
            return value;
    }
}

static const char *
text(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static const struct {
    const char *target, *arch;
} targets[] = {
    {"i386", "i686"}, {"arm", "armv7l"}, {"hppa", "parisc"}, {"or1k", "openrisc"},
};

static void
take_target(QemuCaps *caps, const json_t *reply)
{
    const char *target = text(reply, "arch");
    for (gsize i = 0; i < G_N_ELEMENTS(targets); i++) {
        if (g_strcmp0(target, targets[i].target) == 0)
            target = targets[i].arch;
    }
    /* one emulator, two names */
    if (g_strcmp0(target, "ppc64") == 0 && g_str_has_suffix(caps->binary, "ppc64le"))
        target = "ppc64le";
    caps->arch = g_strdup(target);
}

static void
take_version(QemuCaps *caps, const json_t *reply)
{
    const json_t *qemu = json_object_get(reply, "qemu");
    json_int_t major = json_integer_value(json_object_get(qemu, "major"));
    json_int_t minor = json_integer_value(json_object_get(qemu, "minor"));
    json_int_t micro = json_integer_value(json_object_get(qemu, "micro"));
    caps->version = (unsigned)(major * 1000000 + minor * 1000 + micro);
    caps->package = g_strdup(text(reply, "package"));
}

static void
take_machines(QemuCaps *caps, const json_t *reply)
{
    const json_t *item;
    size_t i;
    json_array_foreach(reply, i, item) {
        if (!text(item, "name") || strcmp(text(item, "name"), "none") == 0)
            continue;
        QemuMachine *machine = g_new0(QemuMachine, 1);
        machine->name = g_strdup(text(item, "name"));
        machine->alias = g_strdup(text(item, "alias"));
        machine->cpu = g_strdup(text(item, "default-cpu-type"));
        machine->ram_id = g_strdup(text(item, "default-ram-id"));
        machine->cpu_max = (unsigned)json_integer_value(json_object_get(item, "cpu-max"));
        machine->is_default = json_is_true(json_object_get(item, "is-default"));
        machine->hotplug_cpus = json_is_true(json_object_get(item, "hotpluggable-cpus"));
        machine->numa_mem = json_is_true(json_object_get(item, "numa-mem-supported"));
        machine->deprecated = json_is_true(json_object_get(item, "deprecated"));
        g_ptr_array_add(caps->machines, machine);
    }
}

static void
take_cpus(GPtrArray *cpus, const json_t *reply)
{
    const json_t *item;
    size_t i;
    json_array_foreach(reply, i, item) {
        if (!text(item, "name"))
            continue;
        QemuCpuModel *cpu = g_new0(QemuCpuModel, 1);
        cpu->name = g_strdup(text(item, "name"));
        cpu->type = g_strdup(text(item, "typename"));
        cpu->deprecated = json_is_true(json_object_get(item, "deprecated"));
        const json_t *blockers = json_object_get(item, "unavailable-features");
        if (json_is_array(blockers)) {
            cpu->blockers = g_new0(char *, json_array_size(blockers) + 1);
            for (size_t j = 0; j < json_array_size(blockers); j++)
                cpu->blockers[j] = g_strdup(json_string_value(json_array_get(blockers, j)) ?: "");
        }
        g_ptr_array_add(cpus, cpu);
    }
}

static void
take_types(QemuCaps *caps, const json_t *reply)
{
    const json_t *item;
    size_t i;
    json_array_foreach(reply, i, item) {
        if (text(item, "name"))
            g_hash_table_add(caps->types, g_strdup(text(item, "name")));
    }
}

static char **
features_of(const json_t *props)
{
    g_autoptr(GStrvBuilder) names = g_strv_builder_new();
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)props, name, value) {
        if (json_is_true(value))
            g_strv_builder_add(names, name);
    }
    return g_strv_builder_end(names);
}

static void
take_host(const QemuCaps *caps, QemuHostCpu *host, bool migratable, const json_t *reply)
{
    const json_t *props = json_object_get(json_object_get(reply, "model"), "props");
    if (!props || (strcmp(caps->arch, "x86_64") != 0 && strcmp(caps->arch, "i686") != 0))
        return;
    if (migratable) {
        host->migratable = features_of(props);
    } else {
        host->features = features_of(props);
        host->vendor = g_strdup(text(props, "vendor"));
    }
}

/* One after the other; the answers come at once. */
static const char *const questions[] = {
    "{\"execute\":\"qmp_capabilities\"}\n",
    "{\"execute\":\"query-version\"}\n",
    "{\"execute\":\"query-target\"}\n",
    "{\"execute\":\"query-kvm\"}\n",
    "{\"execute\":\"query-machines\"}\n",
    "{\"execute\":\"query-cpu-definitions\"}\n",
    "{\"execute\":\"qom-list-types\",\"arguments\":{\"implements\":\"device\"}}\n",
    "{\"execute\":\"qom-list-types\",\"arguments\":{\"implements\":\"user-creatable\"}}\n",
};
enum { CAPABILITIES, VERSION, TARGET, KVM, MACHINES, CPUS, DEVICES, OBJECTS, N_REPLIES };

/* Asked when it is known whether there is KVM: the most that a guest can have, and what of it can move. */
static const char host_question[] = "{\"execute\":\"query-cpu-model-expansion\",\"arguments\":{\"type\":\"full\",\"model\":"
                                    "{\"name\":\"%s\",\"props\":{\"migratable\":%s}}}}\n";

/* The reply to QUESTION, as read_reply() has it. */
static json_t *
ask(Probe *probe, const char *question)
{
    size_t len = strlen(question);
    if (send(probe->qmp, question, len, MSG_NOSIGNAL) == (ssize_t)len)
        return read_reply(probe);
    probe_error(probe, "it does not read");
    return NULL;
}

static int
converse_host(Probe *probe, QemuCaps *caps, QemuHostCpu *host, const char *name)
{
    for (int migratable = 0; migratable < 2; migratable++) {
        g_autofree char *question = g_strdup_printf(host_question, name, migratable ? "true" : "false");
        json_t *reply = ask(probe, question);
        if (!reply)
            return -1;
        take_host(caps, host, migratable, reply);
        json_decref(reply);
    }
    return 0;
}

/* The processors alone, of an emulator that was asked with KVM already. */
static int
converse_tcg(Probe *probe, QemuCaps *caps)
{
    json_t *greeting = ask(probe, questions[CAPABILITIES]), *reply = greeting ? ask(probe, questions[CPUS]) : NULL;
    if (reply)
        take_cpus(caps->tcg_cpus, reply);
    json_decref(greeting);
    json_decref(reply);
    return reply ? converse_host(probe, caps, &caps->tcg_host, "max") : -1;
}

static int
converse(Probe *probe, QemuCaps *caps)
{
    for (int i = 0; i < N_REPLIES; i++) {
        json_t *reply = ask(probe, questions[i]);
        if (!reply)
            return -1;
        switch (i) {
        case VERSION:
            take_version(caps, reply);
            break;
        case TARGET:
            take_target(caps, reply);
            break;
        case KVM:
            caps->kvm = json_is_true(json_object_get(reply, "enabled"));
            break;
        case MACHINES:
            take_machines(caps, reply);
            break;
        case CPUS:
            take_cpus(caps->cpus, reply);
            if (!caps->kvm)
                take_cpus(caps->tcg_cpus, reply);
            break;
        case DEVICES:
        case OBJECTS:
            take_types(caps, reply);
            break;
        default:
            break;
        }
        json_decref(reply);
    }
    if (!caps->arch)
        return probe_error(probe, "it does not say what it emulates");
    return converse_host(probe, caps, caps->kvm ? &caps->host : &caps->tcg_host, caps->kvm ? "host" : "max");
}

QemuCaps *
qemu_caps_probe(const char *binary)
{
    Probe probe = {.binary = binary, .deadline = g_get_monotonic_time() + ANSWER_MS * 1000};
    if (access(binary, X_OK) < 0) {
        vr_error(VIR_FROM_QEMU, VIR_ERR_INVALID_ARG, "QEMU emulator '%s' is not usable: %s", binary, g_strerror(errno));
        return NULL;
    }
    if (!spawn(&probe))
        return NULL;
    probe.buffer = g_string_new(NULL);
    g_autoptr(QemuCaps) caps = qemu_caps_new(binary);
    int result = converse(&probe, caps);
    finish(&probe);
    if (result == 0 && caps->kvm) {
        probe.tcg = true;
        if (!spawn(&probe))
            return NULL;
        probe.buffer = g_string_new(NULL);
        result = converse_tcg(&probe, caps);
        finish(&probe);
    }
    return result < 0 ? NULL : g_steal_pointer(&caps);
}
