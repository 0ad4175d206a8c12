/* Learning a guest's address from what passes its port.
 *
 * The event loop watches one packet socket per port that learns; what was learnt is applied by a worker.  A port that learns from
 * DHCP goes on listening: the guest may be given another address.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/loop.h"
#include "drivers/nwfilter/nwfilter.h"

#define FRAME_MAX 2048
#define FRAMES_AT_ONCE 64

struct NWFilterLearner {
    gint refs; /* the port's, the source's */
    int fd;
    VrSource *source;
    VrInstance *instance; /* unlearns before it goes */
    char *port;
    unsigned char mac[6];
    bool dhcp;
    char **servers;
    guint8 last[4];
};
typedef struct NWFilterLearner Learner;

static void
learner_unref(void *data)
{
    Learner *learner = data;
    if (!g_atomic_int_dec_and_test(&learner->refs))
        return;
    close(learner->fd);
    g_strfreev(learner->servers);
    g_free(learner->port);
    g_free(learner);
}

/* Of all that a guest does only DHCP wakes anybody: IPv4, UDP, from or to port 67 or 68. */
static struct sock_filter dhcp_code[] = {
    BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),           BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x800, 0, 7),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 23),           BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 17, 0, 5),
    BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 14),          BPF_STMT(BPF_LD | BPF_H | BPF_IND, 14),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 67, 1, 0),    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 68, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, FRAME_MAX),             BPF_STMT(BPF_RET | BPF_K, 0),
};

typedef struct {
    VrInstance *instance;
    char *port;
    char ip[16];
    bool stays;
} Lesson;

/* On a worker: the port has an address now. */
static void
apply_lesson(void *data)
{
    Lesson *lesson = data;
    NWFilterDriver *driver = nwfilter_driver(lesson->instance);
    VR_SCOPED_LOCK(&driver->apply);
    g_autoptr(VrItem) item = vr_table_by_name(driver->bindings, lesson->port);
    if (item) {
        NWFilterPort *port = nwfilter_port(item);
        vr_mutex_lock(&port->lock);
        g_free(port->ip);
        port->ip = g_strdup(lesson->ip);
        vr_mutex_unlock(&port->lock);
        vr_log(VR_LOG_INFO, "nwfilter", "the guest at '%s' has address %s", lesson->port, lesson->ip);
        nwfilter_write_lease(lesson->instance, lesson->port, lesson->ip);
        if (!lesson->stays)
            nwfilter_unlearn(item);
        if (nwfilter_apply(lesson->instance, item, NULL) < 0) {
            vr_log(VR_LOG_ERROR, "nwfilter", "rules of '%s': %s", lesson->port, vr_error_last()->message);
            vr_error_clear();
        }
    }
    g_free(lesson->port);
    g_free(lesson);
}

static void
on_frames(VrSource *source, int fd, unsigned int events, void *data)
{
    Learner *learner = data;
    guint8 frame[FRAME_MAX], ip[4];
    for (int i = 0; i < FRAMES_AT_ONCE; i++) {
        struct sockaddr_ll from;
        socklen_t size = sizeof(from);
        ssize_t length = recvfrom(fd, frame, sizeof(frame), MSG_DONTWAIT, (struct sockaddr *)&from, &size);
        if (length < 0 && (errno == ENETDOWN || errno == ENODEV || errno == ENXIO)) {
            vr_source_set_events(source, 0); /* the port goes; so will its binding */
            return;
        }
        if (length < 0)
            return;
        if (!nwfilter_learn_parse(frame, (gsize)length, learner->mac, from.sll_pkttype == PACKET_OUTGOING, learner->dhcp,
                                  (const char *const *)learner->servers, ip) ||
            memcmp(ip, learner->last, sizeof(ip)) == 0)
            continue;
        memcpy(learner->last, ip, sizeof(ip));
        Lesson *lesson = g_new0(Lesson, 1);
        lesson->instance = learner->instance;
        lesson->port = g_strdup(learner->port);
        lesson->stays = learner->dhcp;
        g_snprintf(lesson->ip, sizeof(lesson->ip), "%u.%u.%u.%u", ip[0], ip[1], ip[2], ip[3]);
        vr_pool_submit(nwfilter_driver(learner->instance)->workers, FALSE, apply_lesson, lesson);
        if (!learner->dhcp) {
            vr_source_set_events(source, 0);
            return;
        }
    }
}

static char **
servers_of(const NWFilterBindingDef *binding)
{
    g_autoptr(GPtrArray) servers = g_ptr_array_new();
    for (size_t i = 0; i < binding->filterref.n_parameter; i++) {
        const FilterParameter *p = binding->filterref.parameter[i];
        if (g_ascii_strcasecmp(p->name, "DHCPSERVER") == 0)
            g_ptr_array_add(servers, g_strdup(p->value));
    }
    if (servers->len == 0)
        return NULL;
    g_ptr_array_add(servers, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&servers), FALSE);
}

static int
open_socket(const char *port, bool dhcp)
{
    int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    unsigned index = if_nametoindex(port);
    struct sock_fprog program = {G_N_ELEMENTS(dhcp_code), dhcp_code};
    struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = (int)index};
    if (fd >= 0 && index && (!dhcp || setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0) &&
        bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    vr_error_system(VIR_FROM_NWFILTER, errno, "cannot listen on '%s' for its guest's address", port);
    if (fd >= 0)
        close(fd);
    return -1;
}

int
nwfilter_learn(VrInstance *instance, VrItem *item, const char *mode)
{
    NWFilterPort *port = nwfilter_port(item);
    if (port->learner)
        return 0;
    if (if_nametoindex(item->stored.name) == 0)
        return 0; /* not there yet: nothing to hear */
    bool dhcp = strcmp(mode, "dhcp") == 0;
    int fd = open_socket(item->stored.name, dhcp);
    if (fd < 0)
        return -1;
    g_autoptr(VrItemState) state = vr_item_state(item);
    const NWFilterBindingDef *binding = state->now->def;
    Learner *learner = g_new0(Learner, 1);
    learner->refs = 2;
    learner->fd = fd;
    learner->instance = instance;
    learner->port = g_strdup(item->stored.name);
    memcpy(learner->mac, binding->mac, sizeof(learner->mac));
    learner->dhcp = dhcp;
    learner->servers = servers_of(binding);
    port->learner = learner;
    vr_loop_start();
    learner->source = vr_loop_watch(fd, VR_LOOP_READABLE, on_frames, learner, learner_unref);
    return 0;
}

void
nwfilter_unlearn(VrItem *item)
{
    Learner *learner = g_steal_pointer(&nwfilter_port(item)->learner);
    if (!learner)
        return;
    vr_source_cancel(learner->source);
    vr_source_unref(learner->source);
    learner_unref(learner);
}
