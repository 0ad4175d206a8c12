/* Small rules that the documents' own files share. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "model/common.gen.h"

bool vr_uuid_is_set(const unsigned char *uuid);
/* Whether NAME may name an object (no newline, no slash unless SLASH_OK). */
int vr_check_name(const char *name, int domain, bool slash_ok);
/* Variables are printed by name. */
void vr_filter_parameters_sort(FilterParameter **parameters, size_t n);
