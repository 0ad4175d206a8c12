/* IP addresses as bytes and as text. */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    unsigned char bytes[16]; /* IPv4 in the first four */
    unsigned size;           /* 4 or 16 */
    unsigned scope;          /* the interface of a link-local IPv6 address, or 0 */
} VrIp;

/* Read a numeric address in any spelling ("10.1" is 10.0.0.1); names are never looked up. */
bool vr_ip_read(const char *text, VrIp *ret_ip);
/* The canonical spelling.  Caller frees. */
char *vr_ip_text(const VrIp *ip);
