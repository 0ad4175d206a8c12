/* What the files of the test driver's storage share: its pools, and the operations on volumes. */
#pragma once

#include "drivers/test/test.h"
#include "store/item.h"
#include "store/pool.h"

extern const VrItemWords test_pool_words;

/* The pool of this name; NULL with the error set. */
VrItem *test_pool_find(TestNode *node, const char *name);
/* Its state, when it is active; NULL with the error set. */
VrItemState *test_pool_active_state(TestNode *node, const char *name);
/* Open a change on it, active or inactive as ACTIVE says (-1: either); -1 with the error set. */
int test_pool_change(TestNode *node, const char *name, int active, VrItemChange *ret_change);
/* Book DELTA bytes more of the pool that CHANGE is about; wraps like the counters of the original. */
void test_pool_book(VrItemChange *change, unsigned long long delta);

/* Read a <volume> of a node file into a pool that is being made. */
int test_volume_load(VrItemChange *pool, const VrXmlNode *xml);

int test_volume_count(virStoragePoolPtr pool);
int test_volume_names(virStoragePoolPtr pool, char **const names, int maxnames);
int test_volume_list(virStoragePoolPtr pool, virStorageVolPtr **vols, unsigned int flags);
virStorageVolPtr test_volume_by_name(virStoragePoolPtr pool, const char *name);
virStorageVolPtr test_volume_by_key(virConnectPtr conn, const char *key);
virStorageVolPtr test_volume_by_path(virConnectPtr conn, const char *path);
virStorageVolPtr test_volume_create(virStoragePoolPtr pool, const char *xml, unsigned int flags);
virStorageVolPtr test_volume_clone(virStoragePoolPtr pool, const char *xml, virStorageVolPtr original, unsigned int flags);
int test_volume_delete(virStorageVolPtr vol, unsigned int flags);
int test_volume_info(virStorageVolPtr vol, virStorageVolInfoPtr info);
char *test_volume_xml(virStorageVolPtr vol, unsigned int flags);
char *test_volume_path(virStorageVolPtr vol);
