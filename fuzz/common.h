/* The fuzz targets' common body: a bounded, terminated copy of the input, and errors kept quiet. */
#pragma once

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* DEFINE_FUZZ_TARGET(text) { ... } : the body sees the input as a NUL-terminated string. */
#define DEFINE_FUZZ_TARGET(text)                                                                   \
    static void fuzz_one(const char *text);                                                        \
    int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)                                   \
    {                                                                                              \
        g_autofree char *copy = g_strndup((const char *)data, size);                               \
        fuzz_one(copy);                                                                            \
        return 0;                                                                                  \
    }                                                                                              \
    static void fuzz_one(const char *text)
