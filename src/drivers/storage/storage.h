/* The storage driver's own parts: an instance's pools, what goes on in them, and what each of its files does.
 *
 * Included by this folder only.  A pool's published state (definition, volumes) is read by anybody at any time.  Slow work - mounts,
 * scans, copies - runs on the calling worker with no lock held: it is announced in StoragePool, and what it found is published in
 * one short change.
 */
#pragma once

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "base/api.h"
#include "base/command.h"
#include "base/connect.h"
#include "base/error.h"
#include "base/events.h"
#include "base/pool.h"
#include "model/storage.gen.h"
#include "store/files.h"
#include "store/instance.h"
#include "store/item.h"
#include "store/pool.h"

/* An instance's own, in VrInstance.data. */
typedef struct {
    VrPool *workers; /* what nobody waits for: pools that start by themselves, a look at what was uploaded */
} StorageDriver;

static inline VrInstance *
storage_instance(const void *object)
{
    return vr_instance(object, VR_HOST_STORAGE);
}

/* What goes on in a pool, in VrItem.own. */
typedef struct {
    VrMutex lock;       /* of the fields below; held for moments */
    bool starting;      /* or stopping: nobody else may change its fate */
    unsigned jobs;      /* volumes being made */
    GHashTable *busy;   /* name of a volume -> StorageBusy */
    GHashTable *touched; /* names that changed since the scan began; NULL without one */
    int cancel[2];      /* a pipe: readable once the running scan is to end */
    bool cancelled;
    VrMutex scan;       /* one scan at a time */
    GHashTable *stamps; /* the scanner's: path -> StorageStamp */
} StoragePool;

typedef struct {
    bool building;
    unsigned users;
} StorageBusy;

static inline StoragePool *
storage_own(const VrItem *item)
{
    return item->own;
}

static inline const StoragePoolDef *
storage_now(const VrItemState *state)
{
    return state->now->def;
}

extern const VrItemWords storage_words;

/* --- backend.c: what each type of pool does.  Every function runs without a lock; DEF is the caller's own copy. --- */

/* A look at all that a pool holds. */
typedef struct {
    StoragePoolDef *def;   /* the sizes are filled in */
    GPtrArray *volumes;    /* VrDefinition of StorageVolDef */
    GHashTable *known;     /* StorageStamp by path, of the last scan */
    GHashTable *seen;      /* of this one */
    StoragePool *pool;     /* may be NULL: nobody can end it */
} StorageScan;

/* How a new volume is to be made. */
typedef struct {
    VrInstance *instance;
    const StoragePoolDef *def;
    StorageVolDef *vol;
    const StorageVolDef *from; /* what it is a copy of, or NULL */
    unsigned flags;            /* virStorageVolCreateFlags */
} StorageBuild;

typedef struct {
    const char *program[4];  /* it needs them all (NULL-terminated) */
    unsigned build_flags;    /* virStoragePoolBuildFlags that it knows */
    bool local;              /* volumes are files and devices of this host */
    /* Whether the pool is there already, when the daemon starts. */
    int (*check)(const StoragePoolDef *def, bool *ret_active);
    int (*find_sources)(VrInstance *instance, const StoragePoolSource *spec, StoragePoolSourceList *list);
    int (*build)(VrInstance *instance, const StoragePoolDef *def, unsigned flags);
    int (*start)(VrInstance *instance, const StoragePoolDef *def);
    int (*stop)(const StoragePoolDef *def);
    int (*remove)(const StoragePoolDef *def, unsigned flags);
    int (*scan)(VrInstance *instance, StorageScan *scan);
    /* Give a new volume its path and key; inside a change, so nothing slow. */
    int (*volume_place)(const StoragePoolDef *def, StorageVolDef *vol);
    int (*volume_build)(const StorageBuild *build);
    int (*volume_look)(VrInstance *instance, const StoragePoolDef *def, StorageVolDef *vol);
    int (*volume_remove)(VrInstance *instance, const StoragePoolDef *def, const StorageVolDef *vol, unsigned flags);
    int (*volume_resize)(VrInstance *instance, const StoragePoolDef *def, const StorageVolDef *vol, unsigned long long capacity,
                         unsigned flags);
} StorageBackend;

/* The row of DEF's type; NULL with the error set when this host lacks what it needs. */
const StorageBackend *storage_backend(const StoragePoolDef *def);
const StorageBackend *storage_backend_row(int type);
/* Whether pools of TYPE may be defined, here or for another host; -1 with the error set. */
int storage_type_check(int type);
bool storage_backend_works(int type);

extern const StorageBackend storage_backend_dir, storage_backend_fs, storage_backend_netfs, storage_backend_logical,
    storage_backend_disk, storage_backend_iscsi, storage_backend_iscsi_direct, storage_backend_scsi, storage_backend_mpath,
    storage_backend_rbd, storage_backend_gluster, storage_backend_zfs, storage_backend_vstorage;

/* scan.c: tools of scans. */
bool storage_scan_cancelled(StorageScan *scan); /* with the error set */
/* COMMAND ends when the scan is to end. */
void storage_scan_guard(StorageScan *scan, VrCommand *command);
void storage_scan_add(StorageScan *scan, StorageVolDef *vol);
/* The files of a folder are volumes. */
int storage_scan_folder(StorageScan *scan, const char *folder, int folder_type);
/* What a block device at PATH is, a volume named NAME; NULL for what cannot be one. */
StorageVolDef *storage_block_volume(const char *path, const char *name);
/* How large the disk in the image at BACKING's path is. */
int storage_capacity_of(const StorageVolTarget *backing, unsigned long long *ret_capacity);
/* Bring VOL up to what is at its path now. */
int storage_look_local(const StoragePoolDef *def, StorageVolDef *vol);
void storage_stamp_free(void *stamp);
/* Numbers of the pool from those of its volumes. */
void storage_sum(StoragePoolDef *def, const GPtrArray *volumes);

/* image.c: making files. */
int storage_build_file(const StorageBuild *build);
int storage_build_device(const StorageBuild *build);
int storage_resize_file(const StoragePoolDef *def, const StorageVolDef *vol, unsigned long long capacity, unsigned flags);
/* Open the volume's file or device, following no link that was put in its place. */
int storage_volume_open(const StorageVolDef *vol, int flags);
/* The folder of a pool, open. */
int storage_folder_open(const char *path);
int storage_check_name(const char *name);
/* A descriptor of a secret's value, in memory that nobody else reads; -1 with the error set. */
int storage_secret_fd(VrInstance *instance, const char *type, const unsigned char *uuid, const char *usage);
/* The secret of AUTH: as text (caller frees), and as a descriptor of it. */
int storage_secret_key_fd(VrInstance *instance, const Auth *auth);
char *storage_secret_text(VrInstance *instance, const Auth *auth);

/* dir.c: parts for others who mount. */
int storage_build_folder(const StoragePoolDef *def);
int storage_mounted(const StoragePoolDef *def, bool *ret_mounted);

/* --- query.c --- */
VrItem *storage_find(virStoragePoolPtr pool);
VrItemState *storage_state(virStoragePoolPtr pool);
int storage_no_such(virStoragePoolPtr pool);
int storage_change(virStoragePoolPtr pool, VrItemChange *ret_change);
void *storage_handle(virConnectPtr conn, const VrItem *item, const VrItemState *state);
void storage_emit(VrInstance *instance, const VrItem *item, int event);
int storage_not_active(const char *name);

/* --- pool.c --- */
/* Begin what decides about a pool (start, stop, delete): refused while something goes on in it. */
int storage_fate_begin(VrItem *item);
void storage_fate_end(VrItem *item);
StoragePool *storage_pool_new(void);
void storage_pool_free(void *own);
/* Start ITEM, whose fate is held, and look at what it holds. */
int storage_run(VrInstance *instance, VrItem *item, unsigned build_flags);
/* Numbers in force changed by DELTA bytes, inside a change. */
void storage_book(VrItemState *next, long long delta);
void storage_set_now(VrItemState *next, StoragePoolDef *def);

/* --- refresh.c --- */
/* Scan a running pool and publish what is there.  A pool that is gone stops. */
int storage_refresh(VrInstance *instance, VrItem *item, bool announce);
void storage_refresh_cancel(VrItem *item);
/* A volume changed while a scan may run: what the scan saw of it is not believed. */
void storage_touch(VrItem *item, const char *volume);

/* --- store.c --- */
int storage_write_config(VrInstance *instance, const VrItemState *next);
int storage_write_status(VrInstance *instance, const VrItemState *next);
void storage_remove_status(VrInstance *instance, const char *name);
int storage_load(VrInstance *instance);
extern const VrParseContext storage_context;

/* --- volume.c --- */
/* The pool that VOL is in, its state, and its definition; NULL with the error set. */
VrDefinition *storage_volume_find(virStorageVolPtr vol, VrItem **ret_item, VrItemState **ret_state);
/* Take VOL for work that lasts; what is being built or (with EXCLUSIVE) used is refused. */
VrDefinition *storage_volume_take(virStorageVolPtr vol, bool exclusive, VrItem **ret_item, VrItemState **ret_state);
void storage_volume_release(VrItem *item, const char *name);
/* Look at VOL anew and publish that. */
void storage_volume_changed(VrInstance *instance, VrItem *item, const char *name);
virStorageVolPtr storage_volume_handle(virConnectPtr conn, const VrItem *item, const VrDefinition *definition);

#define STORAGE_OPS(X)                                                                                                 \
    /* query.c */                                                                                                          \
    X(connectNumOfStoragePools, storage_count)                                                                             \
    X(connectListStoragePools, storage_names)                                                                              \
    X(connectNumOfDefinedStoragePools, storage_count_defined)                                                              \
    X(connectListDefinedStoragePools, storage_names_defined)                                                               \
    X(connectListAllStoragePools, storage_list)                                                                            \
    X(connectStoragePoolEventRegisterAny, storage_event_register)                                                          \
    X(connectStoragePoolEventDeregisterAny, storage_event_deregister)                                                      \
    X(storagePoolLookupByName, storage_by_name)                                                                            \
    X(storagePoolLookupByUUID, storage_by_uuid)                                                                            \
    X(storagePoolLookupByVolume, storage_by_volume)                                                                        \
    X(storagePoolLookupByTargetPath, storage_by_target_path)                                                               \
    X(storagePoolGetInfo, storage_get_info)                                                                                \
    X(storagePoolGetXMLDesc, storage_get_xml)                                                                              \
    X(storagePoolGetAutostart, storage_get_autostart)                                                                      \
    X(storagePoolIsActive, storage_is_active)                                                                              \
    X(storagePoolIsPersistent, storage_is_persistent)                                                                      \
    /* discover.c */                                                                                                       \
    X(connectFindStoragePoolSources, storage_find_sources)                                                                 \
    X(connectGetStoragePoolCapabilities, storage_get_capabilities)                                                         \
    /* pool.c */                                                                                                           \
    X(storagePoolCreateXML, storage_create_xml)                                                                            \
    X(storagePoolDefineXML, storage_define_xml)                                                                            \
    X(storagePoolBuild, storage_build)                                                                                     \
    X(storagePoolUndefine, storage_undefine)                                                                               \
    X(storagePoolCreate, storage_create)                                                                                   \
    X(storagePoolDestroy, storage_destroy)                                                                                 \
    X(storagePoolDelete, storage_delete)                                                                                   \
    X(storagePoolSetAutostart, storage_set_autostart)                                                                      \
    /* refresh.c */                                                                                                        \
    X(storagePoolRefresh, storage_pool_refresh)                                                                            \
    /* volume.c */                                                                                                         \
    X(storagePoolNumOfVolumes, storage_volume_count)                                                                       \
    X(storagePoolListVolumes, storage_volume_names)                                                                        \
    X(storagePoolListAllVolumes, storage_volume_list)                                                                      \
    X(storageVolLookupByName, storage_volume_by_name)                                                                      \
    X(storageVolLookupByKey, storage_volume_by_key)                                                                        \
    X(storageVolLookupByPath, storage_volume_by_path)                                                                      \
    X(storageVolGetInfo, storage_volume_info)                                                                              \
    X(storageVolGetInfoFlags, storage_volume_info_flags)                                                                   \
    X(storageVolGetXMLDesc, storage_volume_xml)                                                                            \
    X(storageVolGetPath, storage_volume_path)                                                                              \
    /* create.c */                                                                                                         \
    X(storageVolCreateXML, storage_volume_create)                                                                          \
    X(storageVolCreateXMLFrom, storage_volume_create_from)                                                                 \
    X(storageVolDelete, storage_volume_delete)                                                                             \
    X(storageVolResize, storage_volume_resize)                                                                             \
    /* content.c */                                                                                                        \
    X(storageVolDownload, storage_volume_download)                                                                         \
    X(storageVolUpload, storage_volume_upload)                                                                             \
    X(storageVolWipe, storage_volume_wipe)                                                                                 \
    X(storageVolWipePattern, storage_volume_wipe_pattern)

#define STORAGE_DECLARE_OP(slot, function) extern __typeof__(*((const VrStorageOps *)0)->slot) function;
STORAGE_OPS(STORAGE_DECLARE_OP)
#undef STORAGE_DECLARE_OP
