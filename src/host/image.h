/* Headers of disk images: what a file is, how large its guest's disk is, what lies below it.
 *
 * The bytes may be a guest's own, so nothing in them is believed beyond the buffer.  Called by the storage driver's refreshes and
 * by hypervisors' drivers, on worker threads.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* As much of a file's beginning as any format needs. */
#define VR_IMAGE_HEADER_MAX 33280

typedef struct {
    const char *format;     /* "qcow2"; "raw" for what has no format */
    const char *encryption; /* "luks", "luks2", "qcow"; NULL when plain */
    guint64 payload;        /* where an encrypted raw image's data begin */
    guint64 capacity;       /* of the guest's disk; 0: what the file has */
    guint64 cluster_size;   /* 0: the format has none */
    const char *compat;     /* of qcow2: "0.10" or "1.1" */
    bool lazy_refcounts, extended_l2;
    char *backing;          /* as the header names it; NULL without */
    char *backing_format;   /* as the header names it; NULL when it does not */
    char *data_file;        /* qcow2 that keeps its data elsewhere */
} VrImageInfo;

void vr_image_info_clear(VrImageInfo *info);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VrImageInfo, vr_image_info_clear)

/* Read the first LENGTH bytes of an image.  FORMAT is what it is said to be, NULL to find out.  -1 with the error set when the
 * header contradicts itself. */
int vr_image_read_header(const guint8 *bytes, gsize length, const char *format, VrImageInfo *ret_info);
/* The same of an open file; only as much is read as is needed. */
int vr_image_probe_fd(int fd, const char *format, VrImageInfo *ret_info);

/* The path that BACKING of the image at PATH means, or NULL when it is no file of this host ("nbd://..."). */
char *vr_image_backing_path(const char *path, const char *backing);
