/* The head of a saved guest's file: what the guest was, and how it is to be woken.  Memory follows it.
 *
 * 92 bytes in the order of the machine that wrote them, then the definition and a cookie, each ended by a zero, then
 * space for a longer definition.
 */
#pragma once

#include <stdbool.h>

#include <glib.h>

#define VR_SAVE_IMAGE_HEAD 92u                /* bytes that tell how long all of it is */
#define VR_SAVE_IMAGE_SPACE (64u * 1024)      /* left free for a longer definition */
#define VR_SAVE_IMAGE_MAX (64u * 1024 * 1024) /* of definition, cookie and space */

typedef enum {
    VR_SAVE_IMAGE_RAW,
    VR_SAVE_IMAGE_GZIP,
    VR_SAVE_IMAGE_BZIP2,
    VR_SAVE_IMAGE_XZ,
    VR_SAVE_IMAGE_LZOP,
    VR_SAVE_IMAGE_ZSTD,
    VR_SAVE_IMAGE_SPARSE,
    VR_SAVE_IMAGE_N_FORMATS,
} VrSaveImageFormat;

typedef struct {
    VrSaveImageFormat format; /* of the memory */
    bool running;             /* the guest ran when it was saved */
    size_t data;              /* bytes between the head and the memory */
    char *xml, *cookie;       /* cookie: NULL in files of old releases */
} VrSaveImage;

/* Read HEAD, the first VR_SAVE_IMAGE_HEAD bytes of a file: format, running, data.  -1 with an error set. */
int vr_save_image_head(const void *head, VrSaveImage *image, size_t *ret_cookie);
/* Read a whole file's beginning of SIZE bytes. */
int vr_save_image_parse(const void *bytes, size_t size, VrSaveImage *image);
/* The bytes before the memory; DATA of image: at least as many bytes as the file has room for, 0: as many as
 * fit.  NULL with an error set when the definition has outgrown them. */
GByteArray *vr_save_image_build(const VrSaveImage *image);
/* COMPLETE is written last: until then the file is known as one whose saving broke off. */
void vr_save_image_mark(GByteArray *bytes, bool complete);
void vr_save_image_clear(VrSaveImage *image);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(VrSaveImage, vr_save_image_clear)
