/* UUID text and bytes: see uuid.h. */
#include "base/uuid.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

gboolean
vr_uuid_parse(const char *text, unsigned char ret_uuid[VR_UUID_SIZE])
{
    unsigned char uuid[VR_UUID_SIZE];
    while (g_ascii_isspace(*text))
        text++;
    for (int i = 0; i < VR_UUID_SIZE; i++) {
        while (i > 0 && *text == '-')
            text++;
        int high = g_ascii_xdigit_value(text[0]);
        int low = high < 0 ? -1 : g_ascii_xdigit_value(text[1]);
        if (low < 0)
            return FALSE;
        uuid[i] = (unsigned char)(high << 4 | low);
        text += 2;
    }
    while (g_ascii_isspace(*text))
        text++;
    if (*text)
        return FALSE;
    memcpy(ret_uuid, uuid, VR_UUID_SIZE);
    return TRUE;
}

void
vr_uuid_format(const unsigned char uuid[VR_UUID_SIZE], char ret_text[VR_UUID_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    char *out = ret_text;
    for (int i = 0; i < VR_UUID_SIZE; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *out++ = '-';
        *out++ = digits[uuid[i] >> 4];
        *out++ = digits[uuid[i] & 15];
    }
    *out = '\0';
}

void
vr_uuid_generate(unsigned char ret_uuid[VR_UUID_SIZE])
{
    ssize_t n;
    do
        n = getrandom(ret_uuid, VR_UUID_SIZE, 0);
    while (n < 0 && errno == EINTR);
    if (n != VR_UUID_SIZE)
        g_error("no random numbers for a UUID: %s", g_strerror(errno));
    ret_uuid[6] = (unsigned char)((ret_uuid[6] & 0x0f) | 0x40);
    ret_uuid[8] = (unsigned char)((ret_uuid[8] & 0x3f) | 0x80);
}

gboolean
vr_uuid_is_valid(const unsigned char uuid[VR_UUID_SIZE])
{
    for (int i = 1; i < VR_UUID_SIZE; i++) {
        if (uuid[i] != uuid[0])
            return TRUE;
    }
    return FALSE;
}
