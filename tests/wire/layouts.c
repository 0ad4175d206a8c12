/* Every message of every program: what its layout makes passes, and every way of cutting or spoiling it does not.
 *
 * Messages are made from the layout code itself, at random but repeatably, then read back with the cursor.
 */
#include <glib.h>
#include <libvirt/libvirt.h>
#include <stdio.h>

#include "rpc/objects.h"
#include "rpc/wire.h"
#include "rpc/wire.gen.h"

static const VrProgram *const programs[] = {&vr_program_remote, &vr_program_qemu, &vr_program_lxc, &vr_program_admin,
                                            &vr_program_keepalive, &vr_program_lock, &vr_program_log};
static int count, failures;

static void
check(gboolean good, const char *what)
{
    count++;
    failures += !good;
    printf("%s %d - %s\n", good ? "ok" : "not ok", count, what);
}

/* A message of the layout at CODE; every count and length that may be too long is noted. */
static void
make(GRand *rand, const guint32 *code, VrOut *out, GArray *bounds)
{
    static const char text[] = "the quick brown fox";
    for (;; code++) {
        guint32 operand = VR_LAYOUT_OPERAND(*code), n;
        guint32 at = (guint32)out->len;
        switch (VR_LAYOUT_OP(*code)) {
        case VR_LAYOUT_END:
            return;
        case VR_LAYOUT_WORDS:
            for (n = 0; n < operand; n++)
                vr_out_u32(out, g_rand_int(rand));
            break;
        case VR_LAYOUT_BYTES:
            g_array_append_val(bounds, at);
            vr_out_bytes(out, text, (gsize)g_rand_int_range(rand, 0, (gint32)MIN(operand + 1, sizeof(text))));
            break;
        case VR_LAYOUT_MANY:
            code++;
            n = (guint32)g_rand_int_range(rand, 0, (gint32)MIN(operand + 1, 4));
            g_array_append_val(bounds, at);
            vr_out_u32(out, n);
            while (n-- > 0)
                make(rand, vr_layout_code + *code, out, bounds);
            break;
        case VR_LAYOUT_MAYBE:
            n = g_rand_boolean(rand);
            vr_out_u32(out, n);
            if (n)
                make(rand, vr_layout_code + operand, out, bounds);
            break;
        case VR_LAYOUT_TYPE:
            make(rand, vr_layout_code + operand, out, bounds);
            break;
        case VR_LAYOUT_VALUE: {
            virTypedParameter param = {.type = g_rand_int_range(rand, VIR_TYPED_PARAM_INT, VIR_TYPED_PARAM_STRING + 1)};
            gboolean wide = param.type == VIR_TYPED_PARAM_LLONG || param.type == VIR_TYPED_PARAM_ULLONG ||
                            param.type == VIR_TYPED_PARAM_DOUBLE;
            g_array_append_val(bounds, at);
            vr_out_u32(out, (guint32)param.type);
            if (param.type == VIR_TYPED_PARAM_STRING)
                vr_out_string(out, text);
            else if (wide)
                vr_out_u64(out, 1);
            else
                vr_out_u32(out, 1);
            break;
        }
        }
    }
}

static gboolean
passes(guint32 layout, const VrOut *message, gsize len)
{
    gsize used = 0;
    /* A copy of its own, so that reading past the end is seen. */
    g_autofree guint8 *exact = len ? g_memdup2(message->data, len) : NULL;
    return vr_layout_check(layout, exact, len, &used) && used == len;
}

static void
test_layout(GRand *rand, guint32 layout, gsize *ret_good, gsize *ret_bad)
{
    for (int round = 0; round < 8; round++) {
        g_auto(VrOut) message = {0};
        g_autoptr(GArray) bounds = g_array_new(FALSE, FALSE, sizeof(guint32));
        make(rand, vr_layout_code + layout, &message, bounds);
        *ret_good += passes(layout, &message, message.len);
        *ret_bad += !passes(layout, &message, message.len);
        for (gsize cut = 0; cut < message.len; cut++) {
            if (passes(layout, &message, cut) && cut != message.len)
                *ret_bad += 1;
        }
        for (guint i = 0; i < bounds->len; i++) {
            guint8 *word = message.data + g_array_index(bounds, guint32, i);
            guint32 was = vr_load_u32(word);
            static const guint32 lies[] = {0xffffffff, 0x7fffffff, 0x80000000, 9000000, 0x10000000};
            for (gsize j = 0; j < G_N_ELEMENTS(lies); j++) {
                vr_store_u32(word, lies[j]);
                *ret_bad += passes(layout, &message, message.len);
            }
            vr_store_u32(word, was);
        }
    }
}

static void
test_all(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(20260101);
    for (gsize i = 0; i < G_N_ELEMENTS(programs); i++) {
        gsize good = 0, bad = 0;
        for (guint32 j = 0; j < programs[i]->n_procs; j++) {
            const VrProc *proc = &programs[i]->procs[j];
            if (!proc->name)
                continue;
            test_layout(rand, proc->args, &good, &bad);
            test_layout(rand, proc->ret, &good, &bad);
        }
        g_autofree char *what = g_strdup_printf("%s: %zu messages pass, none of them cut or spoilt", programs[i]->name, good);
        check(good > 0 && bad == 0, what);
    }
}

/* What clients get wrong that libvirt does not mind. */
static void
test_lenience(void)
{
    guint8 message[] = {0, 0, 0, 3, 'a', 'b', 'c', 1, 0, 0, 0, 0};
    guint32 layout = vr_program_proc(&vr_program_remote, VR_REMOTE_DOMAIN_SAVE_IMAGE_GET_XML_DESC)->args;
    check(vr_layout_check(layout, message, sizeof(message), NULL), "padding of anything");
    guint8 open[] = {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    layout = vr_program_proc(&vr_program_remote, VR_REMOTE_CONNECT_OPEN)->args;
    check(vr_layout_check(layout, open, sizeof(open), NULL), "a flag in the wrong byte");
}

static void
test_strings(void)
{
    g_auto(VrOut) out = {0};
    static const char *const all[] = {"", "a", "ab", "abc", "abcd", "abcde"};
    for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
        vr_out_string(&out, all[i]);
    vr_out_string_or_null(&out, NULL);
    vr_out_string_or_null(&out, "");
    vr_out_double(&out, 0.1);
    vr_out_chars(&out, "wide", 5);
    VrIn in = {.at = out.data, .end = out.data + out.len};
    gboolean same = TRUE;
    for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
        same = same && g_strcmp0(vr_in_string(&in), all[i]) == 0;
    check(same, "strings end in place");
    check(vr_in_string_or_null(&in) == NULL, "no string");
    check(g_strcmp0(vr_in_string_or_null(&in), "") == 0, "an empty string is not none");
    check(vr_in_double(&in) == 0.1, "doubles come through");
    char buffer[4];
    check(vr_in_chars(&in, buffer, sizeof(buffer)) == 3 && g_strcmp0(buffer, "wid") == 0, "characters as words, cut to size");
    check(!in.failed && in.at == in.end, "nothing is left");
    check(vr_in_string(&in) == NULL && in.failed, "reading past the end fails");
}

static void
test_params(void)
{
    virTypedParameter params[] = {
        {"i", VIR_TYPED_PARAM_INT, {.i = -5}},       {"u", VIR_TYPED_PARAM_UINT, {.ui = 4000000000u}},
        {"l", VIR_TYPED_PARAM_LLONG, {.l = -1}},     {"ul", VIR_TYPED_PARAM_ULLONG, {.ul = G_MAXUINT64}},
        {"d", VIR_TYPED_PARAM_DOUBLE, {.d = -0.5}},  {"b", VIR_TYPED_PARAM_BOOLEAN, {.b = 1}},
        {"s", VIR_TYPED_PARAM_STRING, {.s = (char *)"text"}}, {"none", 0, {.i = 0}},
    };
    g_auto(VrOut) out = {0};
    vr_out_params(&out, params, G_N_ELEMENTS(params), TRUE);
    gsize with = out.len;
    vr_out_params(&out, params, G_N_ELEMENTS(params), FALSE);
    VrIn in = {.at = out.data, .end = out.data + with};
    virTypedParameterPtr back = NULL;
    int n = 0;
    vr_in_params(&in, &back, &n);
    check(n == 7 && back[0].value.i == -5 && back[1].value.ui == 4000000000u && back[2].value.l == -1 &&
              back[3].value.ul == G_MAXUINT64 && back[4].value.d == -0.5 && back[5].value.b == 1 &&
              g_strcmp0(back[6].value.s, "text") == 0,
          "parameters come through, those without a type do not");
    vr_params_free(back, n);
    in = (VrIn){.at = out.data + with, .end = out.data + out.len};
    virTypedParameter few[6];
    check(vr_in_params_into(&in, few, 6, &n) == 0 && n == 6, "without strings for those who do not know them");
    in = (VrIn){.at = out.data + with, .end = out.data + out.len};
    check(vr_in_params_into(&in, few, 5, &n) == -1, "more than there is room for is an error");
}

int
main(void)
{
    test_all();
    test_lenience();
    test_strings();
    test_params();
    printf("1..%d\n", count);
    return failures ? 1 : 0;
}
