/* The head of a saved guest's file. */
#include "model/save_image.h"

#include <stdint.h>
#include <string.h>

#include "base/error.h"

#define FAIL(...) vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED, __VA_ARGS__)
#define MAGIC "LibvirtQemudSave"
#define BROKEN_OFF "LibvirtQemudPart"
#define VERSION 2u

typedef struct {
    char magic[16];
    uint32_t version, data, running, format, cookie;
    uint32_t unused[14];
} Head;
G_STATIC_ASSERT(sizeof(Head) == VR_SAVE_IMAGE_HEAD);

void
vr_save_image_clear(VrSaveImage *image)
{
    g_free(image->xml);
    g_free(image->cookie);
    memset(image, 0, sizeof(*image));
}

int
vr_save_image_head(const void *bytes, VrSaveImage *image, size_t *ret_cookie)
{
    Head head;

    memcpy(&head, bytes, sizeof(head));
    if (memcmp(head.magic, BROKEN_OFF, sizeof(head.magic)) == 0)
        return FAIL("save image is incomplete");
    if (memcmp(head.magic, MAGIC, sizeof(head.magic)) != 0)
        return FAIL("image magic is incorrect");
    if (head.version > VERSION && GUINT32_SWAP_LE_BE(head.version) <= VERSION) {
        /* from a machine of the other byte order */
        head.version = GUINT32_SWAP_LE_BE(head.version);
        head.data = GUINT32_SWAP_LE_BE(head.data);
        head.running = GUINT32_SWAP_LE_BE(head.running);
        head.format = GUINT32_SWAP_LE_BE(head.format);
        head.cookie = GUINT32_SWAP_LE_BE(head.cookie);
    }
    if (head.version > VERSION)
        return FAIL("image version is not supported (%u > %u)", head.version, VERSION);
    if (head.data == 0 || head.data > VR_SAVE_IMAGE_MAX)
        return FAIL("invalid header data length: %d", (int)head.data);
    if (head.format >= VR_SAVE_IMAGE_N_FORMATS)
        return FAIL("Invalid compressed save format %u", head.format);
    if (head.cookie >= head.data)
        return FAIL("invalid cookie offset: %u", head.cookie);
    image->format = head.format;
    image->running = head.running != 0;
    image->data = head.data;
    *ret_cookie = head.cookie;
    return 0;
}

int
vr_save_image_parse(const void *bytes, size_t size, VrSaveImage *image)
{
    const char *data = (const char *)bytes + VR_SAVE_IMAGE_HEAD;
    size_t cookie = 0, xml_length;

    memset(image, 0, sizeof(*image));
    if (size < VR_SAVE_IMAGE_HEAD)
        return FAIL("failed to read qemu header");
    if (vr_save_image_head(bytes, image, &cookie) < 0)
        return -1;
    if (size - VR_SAVE_IMAGE_HEAD < image->data)
        return FAIL("failed to read domain XML");
    xml_length = cookie ? cookie : image->data;
    if (!memchr(data, '\0', xml_length) || (cookie && !memchr(data + cookie, '\0', image->data - cookie)))
        return FAIL("the definition in the save image has no end");
    image->xml = g_strdup(data);
    image->cookie = cookie ? g_strdup(data + cookie) : NULL;
    return 0;
}

GByteArray *
vr_save_image_build(const VrSaveImage *image)
{
    size_t xml = strlen(image->xml) + 1, cookie = image->cookie ? strlen(image->cookie) + 1 : 0;
    size_t length = image->data ? image->data : xml + cookie + VR_SAVE_IMAGE_SPACE;
    Head head = {.magic = MAGIC, .version = VERSION, .data = (uint32_t)length, .running = image->running,
                 .format = image->format, .cookie = cookie ? (uint32_t)xml : 0};
    GByteArray *bytes;

    if (length > VR_SAVE_IMAGE_MAX || xml + cookie > length) {
        FAIL("new xml too large to fit in file");
        return NULL;
    }
    bytes = g_byte_array_sized_new((guint)(sizeof(head) + length));
    g_byte_array_append(bytes, (const guint8 *)&head, sizeof(head));
    g_byte_array_append(bytes, (const guint8 *)image->xml, (guint)xml);
    if (cookie)
        g_byte_array_append(bytes, (const guint8 *)image->cookie, (guint)cookie);
    g_byte_array_set_size(bytes, (guint)(sizeof(head) + length));
    memset(bytes->data + sizeof(head) + xml + cookie, 0, length - xml - cookie);
    return bytes;
}

void
vr_save_image_mark(GByteArray *bytes, bool complete)
{
    memcpy(bytes->data, complete ? MAGIC : BROKEN_OFF, strlen(MAGIC));
}
