/* IP addresses: every numeric spelling that the resolver takes, without ever asking it for a name.
 *
 * Called by the scalar kinds and by the network document's rules, on any thread.
 */
#include "model/ip.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>

/* Longest spelling: an IPv6 address with an IPv4 tail and a zone. */
#define TEXT_MAX 128

static bool
read_odd(const char *text, VrIp *ret_ip)
{
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    VrIp ip = {0};

    if (!*text || strlen(text) > TEXT_MAX || getaddrinfo(text, NULL, &hints, &found) != 0)
        return false;
    ip.size = found->ai_family == AF_INET ? 4 : 16;
    if (ip.size == 4) {
        memcpy(ip.bytes, &((struct sockaddr_in *) found->ai_addr)->sin_addr, 4);
    } else {
        memcpy(ip.bytes, &((struct sockaddr_in6 *) found->ai_addr)->sin6_addr, 16);
        ip.scope = ((struct sockaddr_in6 *) found->ai_addr)->sin6_scope_id;
    }
    freeaddrinfo(found);
    *ret_ip = ip;
    return true;
}

bool
vr_ip_read(const char *text, VrIp *ret_ip)
{
    VrIp ip = {0};

    if (inet_pton(AF_INET, text, ip.bytes) == 1)
        ip.size = 4;
    else if (inet_pton(AF_INET6, text, ip.bytes) == 1)
        ip.size = 16;
    else
        return read_odd(text, ret_ip);
    *ret_ip = ip;
    return true;
}

char *
vr_ip_text(const VrIp *ip)
{
    struct sockaddr_in6 scoped = {.sin6_family = AF_INET6, .sin6_scope_id = ip->scope};
    char text[NI_MAXHOST];

    memcpy(&scoped.sin6_addr, ip->bytes, 16);
    if (ip->scope && getnameinfo((struct sockaddr *) &scoped, sizeof(scoped), text, sizeof(text), NULL, 0,
                                 NI_NUMERICHOST) == 0)
        return g_strdup(text);
    inet_ntop(ip->size == 4 ? AF_INET : AF_INET6, ip->bytes, text, sizeof(text));
    return g_strdup(text);
}
