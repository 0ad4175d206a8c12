/* UUIDs as 16 bytes and as text. */
#pragma once

#include <glib.h>

#define VR_UUID_SIZE 16
#define VR_UUID_TEXT_SIZE 37

/* FALSE when TEXT is no UUID; hyphens and surrounding spaces are optional. */
gboolean vr_uuid_parse(const char *text, unsigned char ret_uuid[VR_UUID_SIZE]);
void vr_uuid_format(const unsigned char uuid[VR_UUID_SIZE], char ret_text[VR_UUID_TEXT_SIZE]);
/* A random version 4 UUID. */
void vr_uuid_generate(unsigned char ret_uuid[VR_UUID_SIZE]);
/* FALSE for UUIDs whose bytes are all equal: firmware fills those in when it has none. */
gboolean vr_uuid_is_valid(const unsigned char uuid[VR_UUID_SIZE]);
