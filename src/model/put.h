/* Appending to a GString without a call per piece: printing a document is thousands of short pieces.
 *
 * For the printing half of the model, on any thread.
 */
#pragma once

#include <glib.h>
#include <string.h>

static inline void
vr_put(GString *out, const char *text, size_t len)
{
    if (G_UNLIKELY(out->len + len >= out->allocated_len)) {
        g_string_append_len(out, text, (gssize)len);
        return;
    }
    memcpy(out->str + out->len, text, len);
    out->len += len;
    out->str[out->len] = '\0';
}

static inline void
vr_put_text(GString *out, const char *text)
{
    vr_put(out, text, strlen(text));
}

/* NUMBER in BASE (8, 10, 16) with at least so many digits; DIGITS are "0123456789abcdef" or with capitals. */
static inline void
vr_put_digits(GString *out, unsigned long long number, unsigned base, unsigned least, const char *digits)
{
    char buffer[64];
    char *end = buffer + sizeof(buffer), *at = end;

    for (least = MIN(least, sizeof(buffer)); number || least; least -= least > 0) {
        *--at = digits[number % base];
        number /= base;
    }
    vr_put(out, at, (size_t) (end - at));
}

static inline void
vr_put_number(GString *out, unsigned long long number)
{
    vr_put_digits(out, number, 10, 1, "0123456789");
}

static inline void
vr_put_signed(GString *out, long long number)
{
    if (number < 0)
        g_string_append_c(out, '-');
    vr_put_number(out, number < 0 ? -(unsigned long long) number : (unsigned long long) number);
}

static inline void
vr_put_hex(GString *out, unsigned long long number, unsigned least)
{
    vr_put_digits(out, number, 16, least, "0123456789abcdef");
}
