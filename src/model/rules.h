/* Small rules that the documents' own files share. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "model/common.gen.h"

bool vr_uuid_is_set(const unsigned char *uuid);
/* Whether NAME may name an object (no newline, no slash unless SLASH_OK). */
int vr_check_name(const char *name, int domain, bool slash_ok);
/* A route as the documents that have any write it. */
typedef struct {
    const char *family, *address, *netmask, *gateway;
    bool has_prefix;
    unsigned prefix;
} VrRoute;
/* Refuse a route that leads nowhere; NAME begins the message, DOMAIN is the error's. */
int vr_route_check(const char *name, int domain, const VrRoute *route);
/* Refuse a PCI address that no bus can have. */
int vr_check_pci(unsigned domain, unsigned bus, unsigned slot, unsigned function);
/* Applications own what is theirs by a namespace: what has none, and the second of one, goes. */
void vr_metadata_clean(VrXmlTree *metadata);
/* A random address of the range that hypervisors use. */
void vr_mac_make(unsigned char *ret_mac);
/* Variables are printed by name; what cannot be one is left out. */
void vr_filter_parameters_clean(FilterParameter ***parameters, size_t *n);
