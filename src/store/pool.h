/* Storage pools and their volumes: the rules that every driver of them shares - list filters, two pools on one source,
 * what a volume is made of in each type of pool.
 *
 * A pool's VrItemState holds its volumes in "parts".  Works on states and definitions of the caller, on any thread.
 */
#pragma once

#include "model/storage.gen.h"
#include "store/item.h"

#define VR_POOL_LIST_FLAGS 0xfffffu /* state, persistence, autostart, and a bit per type of pool */

/* Whether virConnectListAllStoragePoolsFlags want it. */
bool vr_pool_matches(const VrItemState *state, unsigned flags);

/* -1 with the error set when a pool in TABLE other than UUID already uses what DEF is made from. */
int vr_pool_check_source(VrTable *table, const StoragePoolDef *def, const unsigned char *uuid);

/* virStorageVolType of POOL's volumes. */
int vr_pool_volume_type(const StoragePoolDef *pool);

/* The formats that volumes of POOL may have, between spaces, and the one of a volume that names none; NULL when they have none. */
const char *vr_pool_volume_formats(const StoragePoolDef *pool, const char **ret_preferred);

/* Give VOL and its backing store the format that volumes of POOL have, or refuse their own; -1 with the error set. */
int vr_volume_settle_formats(StorageVolDef *vol, const StoragePoolDef *pool);

/* A volume in POOL's state by one of its names: the definition and its place, or NULL without an error. */
typedef enum { VR_VOLUME_NAME, VR_VOLUME_KEY, VR_VOLUME_PATH } VrVolumeField;
VrDefinition *vr_pool_volume(const VrItemState *pool, VrVolumeField field, const char *value, guint *ret_at);
