/* The host's network links: what there are, and making VLANs and bonds of them.
 *
 * Called by the interface driver on any thread.  Failures have VIR_FROM_NONE's system errors.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct {
    unsigned index, mtu;
    unsigned master; /* the index of the bridge or bond that it is a part of; 0: none */
    unsigned below;  /* of the link that it is upon; 0: none */
    char name[16];
    char kind[16];   /* "bridge", "bond", "vlan" ...; empty for hardware */
    unsigned char mac[6];
    bool has_mac, is_up;
    unsigned char state; /* IF_OPER_* */
    unsigned vlan;
} VrLink;

/* All links, in the kernel's order; NULL with the error set. */
GArray *vr_links(void);
const VrLink *vr_links_find(const GArray *links, const char *name);
const VrLink *vr_links_at(const GArray *links, unsigned index);

/* Make a VLAN upon DEVICE. */
int vr_vlan_create(const char *name, const char *device, unsigned tag);

/* How a bond shares its work and finds out what is alive; as the kernel counts modes.  Negative numbers: the kernel's defaults. */
typedef struct {
    const char *name;
    int mode, miimon, updelay, downdelay, use_carrier, arp_interval, arp_validate;
    guint32 arp_target; /* in network order; 0: none */
} VrBond;
int vr_bond_create(const VrBond *bond);

/* Make NAME a part of MASTER, or (NULL) of nothing. */
int vr_link_set_master(const char *name, const char *master);
