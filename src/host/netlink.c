/* Requests to rtnetlink and their answers: see netlink.h. */
#include "host/netlink.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct VrNetlinkRequest {
    GByteArray *bytes; /* begins with a struct nlmsghdr */
};

static void
pad(GByteArray *bytes)
{
    static const guint8 zeros[NLMSG_ALIGNTO];
    g_byte_array_append(bytes, zeros, NLMSG_ALIGN(bytes->len) - bytes->len);
}

VrNetlinkRequest *
vr_netlink_new(int type, int flags, const void *head, gsize size)
{
    VrNetlinkRequest *request = g_new0(VrNetlinkRequest, 1);
    struct nlmsghdr header = {.nlmsg_type = (guint16)type, .nlmsg_flags = (guint16)(NLM_F_REQUEST | flags), .nlmsg_seq = 1};
    request->bytes = g_byte_array_new();
    g_byte_array_append(request->bytes, (const guint8 *)&header, sizeof(header));
    g_byte_array_append(request->bytes, head, (guint)size);
    pad(request->bytes);
    return request;
}

void
vr_netlink_free(VrNetlinkRequest *request)
{
    if (!request)
        return;
    g_byte_array_unref(request->bytes);
    g_free(request);
}

void
vr_netlink_put(VrNetlinkRequest *request, int type, const void *data, gsize size)
{
    struct rtattr attribute = {.rta_len = (unsigned short)RTA_LENGTH(size), .rta_type = (unsigned short)type};
    g_byte_array_append(request->bytes, (const guint8 *)&attribute, sizeof(attribute));
    if (size > 0)
        g_byte_array_append(request->bytes, data, (guint)size);
    pad(request->bytes);
}

void
vr_netlink_put_string(VrNetlinkRequest *request, int type, const char *text)
{
    vr_netlink_put(request, type, text, strlen(text) + 1);
}

void
vr_netlink_put_u8(VrNetlinkRequest *request, int type, guint8 value)
{
    vr_netlink_put(request, type, &value, sizeof(value));
}

void
vr_netlink_put_u32(VrNetlinkRequest *request, int type, guint32 value)
{
    vr_netlink_put(request, type, &value, sizeof(value));
}

gsize
vr_netlink_open(VrNetlinkRequest *request, int type)
{
    gsize at = request->bytes->len;
    vr_netlink_put(request, type, NULL, 0);
    return at;
}

void
vr_netlink_close(VrNetlinkRequest *request, gsize opened)
{
    struct rtattr attribute;
    memcpy(&attribute, request->bytes->data + opened, sizeof(attribute));
    attribute.rta_len = (unsigned short)(request->bytes->len - opened);
    memcpy(request->bytes->data + opened, &attribute, sizeof(attribute));
}

#define ANSWER_SIZE 65536

/* Read answers until the last one; FUNC sees those that are objects. */
static int
receive(int fd, VrNetlinkFunc func, void *data)
{
    g_autofree char *buffer = g_malloc(ANSWER_SIZE);
    for (;;) {
        ssize_t n = recv(fd, buffer, ANSWER_SIZE, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        gsize left = (gsize)n;
        for (const struct nlmsghdr *m = (const void *)buffer; NLMSG_OK(m, left); m = NLMSG_NEXT(m, left)) {
            if (m->nlmsg_type == NLMSG_DONE)
                return 0;
            if (m->nlmsg_type == NLMSG_ERROR) {
                if (m->nlmsg_len < NLMSG_LENGTH(sizeof(struct nlmsgerr)))
                    return -EBADMSG;
                return ((const struct nlmsgerr *)NLMSG_DATA(m))->error;
            }
            if (func && func(m, data) != 0)
                return 0;
            if (!(m->nlmsg_flags & NLM_F_MULTI) && func)
                return 0;
        }
    }
}

static int
transact(VrNetlinkRequest *request, int flags, VrNetlinkFunc func, void *data)
{
    struct nlmsghdr *header = (void *)request->bytes->data;
    header->nlmsg_len = request->bytes->len;
    header->nlmsg_flags |= (guint16)flags;
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0)
        return -errno;
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    ssize_t n = sendto(fd, request->bytes->data, request->bytes->len, 0, (struct sockaddr *)&kernel, sizeof(kernel));
    int result = n < 0 ? -errno : receive(fd, func, data);
    close(fd);
    return result;
}

int
vr_netlink_call(VrNetlinkRequest *request)
{
    return transact(request, NLM_F_ACK, NULL, NULL);
}

int
vr_netlink_dump(VrNetlinkRequest *request, VrNetlinkFunc func, void *data)
{
    return transact(request, NLM_F_DUMP, func, data);
}

static void
sort(const struct rtattr *attribute, gsize left, const struct rtattr **ret, int max)
{
    memset(ret, 0, sizeof(*ret) * ((gsize)max + 1));
    for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
        int type = attribute->rta_type & NLA_TYPE_MASK;
        if (type <= max)
            ret[type] = attribute;
    }
}

void
vr_netlink_attributes(const struct nlmsghdr *message, gsize head, const struct rtattr **ret, int max)
{
    gsize before = NLMSG_LENGTH(NLMSG_ALIGN(head));
    gsize left = message->nlmsg_len > before ? message->nlmsg_len - before : 0;
    sort((const void *)((const char *)NLMSG_DATA(message) + NLMSG_ALIGN(head)), left, ret, max);
}

void
vr_netlink_nested(const struct rtattr *outer, const struct rtattr **ret, int max)
{
    sort(RTA_DATA(outer), RTA_PAYLOAD(outer), ret, max);
}
