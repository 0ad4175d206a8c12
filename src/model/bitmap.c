/* Sets of small numbers, as an array of words.
 *
 * Called by the model's scalar kinds and by drivers; a set is not shared between threads.
 */
#include "model/bitmap.h"

#include <string.h>

#define WORD_BITS (8 * sizeof(unsigned long))

VrBitmap *
vr_bitmap_new(unsigned highest)
{
    unsigned n_words = (unsigned) (highest / WORD_BITS + 1);
    VrBitmap *set = g_malloc0(sizeof(*set) + n_words * sizeof(unsigned long));

    set->n_words = n_words;
    return set;
}

void
vr_bitmap_free(VrBitmap *set)
{
    g_free(set);
}

VrBitmap *
vr_bitmap_copy(const VrBitmap *set)
{
    return set ? g_memdup2(set, sizeof(*set) + set->n_words * sizeof(unsigned long)) : NULL;
}

VrBitmap *
vr_bitmap_add(VrBitmap *set, unsigned number)
{
    unsigned word = (unsigned) (number / WORD_BITS);

    if (!set || word >= set->n_words) {
        VrBitmap *wider = vr_bitmap_new(number);

        if (set)
            memcpy(wider->words, set->words, set->n_words * sizeof(unsigned long));
        g_free(set);
        set = wider;
    }
    set->words[word] |= 1ul << (number % WORD_BITS);
    return set;
}

void
vr_bitmap_remove(VrBitmap *set, unsigned number)
{
    if (number / WORD_BITS < set->n_words)
        set->words[number / WORD_BITS] &= ~(1ul << (number % WORD_BITS));
}

bool
vr_bitmap_has(const VrBitmap *set, unsigned number)
{
    return set && number / WORD_BITS < set->n_words &&
           (set->words[number / WORD_BITS] >> (number % WORD_BITS) & 1);
}

int
vr_bitmap_next(const VrBitmap *set, int after)
{
    unsigned start = (unsigned) (after + 1);
    unsigned word = (unsigned) (start / WORD_BITS);
    unsigned long bits;

    if (!set || word >= set->n_words)
        return -1;
    bits = set->words[word] & ~0ul << (start % WORD_BITS);
    while (!bits) {
        if (++word >= set->n_words)
            return -1;
        bits = set->words[word];
    }
    return (int) (word * WORD_BITS) + __builtin_ctzl(bits);
}

int
vr_bitmap_last(const VrBitmap *set)
{
    for (unsigned word = set ? set->n_words : 0; word-- > 0;) {
        if (set->words[word])
            return (int) ((word + 1) * WORD_BITS) - 1 - __builtin_clzl(set->words[word]);
    }
    return -1;
}

bool
vr_bitmap_is_empty(const VrBitmap *set)
{
    return vr_bitmap_next(set, -1) < 0;
}

unsigned
vr_bitmap_count(const VrBitmap *set)
{
    unsigned count = 0;

    for (unsigned word = 0; set && word < set->n_words; word++)
        count += (unsigned) __builtin_popcountl(set->words[word]);
    return count;
}

bool
vr_bitmap_equal(const VrBitmap *a, const VrBitmap *b)
{
    unsigned most = MAX(a ? a->n_words : 0, b ? b->n_words : 0);

    if (!a || !b)
        return a == b;
    for (unsigned word = 0; word < most; word++) {
        if ((word < a->n_words ? a->words[word] : 0) != (word < b->n_words ? b->words[word] : 0))
            return false;
    }
    return true;
}

bool
vr_bitmap_overlaps(const VrBitmap *a, const VrBitmap *b)
{
    for (unsigned word = 0; a && b && word < MIN(a->n_words, b->n_words); word++) {
        if (a->words[word] & b->words[word])
            return true;
    }
    return false;
}

static bool
read_number(const char **text, unsigned *ret)
{
    unsigned long number = 0;
    const char *c = *text;

    if (!g_ascii_isdigit(*c))
        return false;
    for (; g_ascii_isdigit(*c); c++) {
        number = number * 10 + (unsigned long) (*c - '0');
        if (number > VR_BITMAP_MAX)
            return false;
    }
    *text = c + strspn(c, " \t\r\n");
    *ret = (unsigned) number;
    return true;
}

VrBitmap *
vr_bitmap_parse(const char *text)
{
    g_autoptr(VrBitmap) set = vr_bitmap_new(63);

    text += strspn(text, " \t\r\n");
    while (*text) {
        bool negated = *text == '^';
        unsigned from, to;

        text += negated;
        if (!read_number(&text, &from))
            return NULL;
        to = from;
        if (*text == '-' && !negated) {
            text++;
            text += strspn(text, " \t\r\n");
            if (!read_number(&text, &to) || to < from)
                return NULL;
        }
        if (negated)
            vr_bitmap_remove(set, from);
        for (unsigned i = to + 1; !negated && i-- > from;)
            set = vr_bitmap_add(set, i);
        if (*text && *text != ',')
            return NULL;
        if (*text) {
            text++;
            text += strspn(text, " \t\r\n");
            if (!*text)
                return NULL;
        }
    }
    return g_steal_pointer(&set);
}

char *
vr_bitmap_format(const VrBitmap *set)
{
    GString *out = g_string_new(NULL);
    int from = vr_bitmap_next(set, -1);

    while (from >= 0) {
        int to = from;

        while (vr_bitmap_has(set, (unsigned) to + 1))
            to++;
        g_string_append_printf(out, "%s%d", out->len ? "," : "", from);
        if (to > from)
            g_string_append_printf(out, "-%d", to);
        from = vr_bitmap_next(set, to);
    }
    return g_string_free(out, FALSE);
}
