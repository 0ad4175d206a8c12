/* rtnetlink: one request at a time, built by hand and answered by the kernel.
 *
 * Called by this room's files about links, addresses, routes and traffic, on any thread; each request has its own socket,
 * in the network namespace of the thread.
 */
#pragma once

#include <glib.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

typedef struct VrNetlinkRequest VrNetlinkRequest;

/* A request of TYPE (RTM_NEWLINK ...) whose fixed part is the SIZE bytes of HEAD; FLAGS are NLM_F_CREATE and the like. */
VrNetlinkRequest *vr_netlink_new(int type, int flags, const void *head, gsize size);
void vr_netlink_free(VrNetlinkRequest *request);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(VrNetlinkRequest, vr_netlink_free)

void vr_netlink_put(VrNetlinkRequest *request, int type, const void *data, gsize size);
void vr_netlink_put_string(VrNetlinkRequest *request, int type, const char *text);
void vr_netlink_put_u8(VrNetlinkRequest *request, int type, guint8 value);
void vr_netlink_put_u32(VrNetlinkRequest *request, int type, guint32 value);
/* Attributes within an attribute, up to the matching close. */
gsize vr_netlink_open(VrNetlinkRequest *request, int type);
void vr_netlink_close(VrNetlinkRequest *request, gsize opened);

/* Send it and wait for the kernel's word: 0, or a negative errno. */
int vr_netlink_call(VrNetlinkRequest *request);

/* Called for each message that answers a dump; nonzero ends it. */
typedef int (*VrNetlinkFunc)(const struct nlmsghdr *message, void *data);
/* Ask for all objects: 0 or a negative errno. */
int vr_netlink_dump(VrNetlinkRequest *request, VrNetlinkFunc func, void *data);

/* The attributes of a message behind a fixed part of HEAD bytes, by type; those above MAX are left out. */
void vr_netlink_attributes(const struct nlmsghdr *message, gsize head, const struct rtattr **ret, int max);
void vr_netlink_nested(const struct rtattr *outer, const struct rtattr **ret, int max);
