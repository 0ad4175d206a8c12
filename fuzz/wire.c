/* A peer's message, whatever it claims to be: framing, layout, then reading what a layout lets through. */
#include "common.h"
#include "rpc/events.h"
#include "rpc/message.h"
#include "rpc/objects.h"
#include "rpc/wire.h"

static const VrProgram *const programs[] = {&vr_program_remote, &vr_program_qemu, &vr_program_lxc, &vr_program_admin,
                                            &vr_program_keepalive, &vr_program_lock, &vr_program_log};

/* Read by the layout, as dispatch functions do; -1 when the layout let something through that cannot be read. */
static void
read_all(VrIn *in, const guint32 *code)
{
    for (;; code++) {
        guint32 operand = VR_LAYOUT_OPERAND(*code), n;
        switch (VR_LAYOUT_OP(*code)) {
        case VR_LAYOUT_END:
            return;
        case VR_LAYOUT_WORDS:
            while (operand-- > 0)
                vr_in_u32(in);
            break;
        case VR_LAYOUT_BYTES: {
            const char *s = vr_in_string(in);
            if (s && strlen(s) > VR_XDR_STRING_MAX * 2)
                g_error("a string without end");
            break;
        }
        case VR_LAYOUT_MANY:
            code++;
            for (n = vr_in_count(in); n > 0; n--)
                read_all(in, vr_layout_code + *code);
            break;
        case VR_LAYOUT_MAYBE:
            if (vr_in_u32(in))
                read_all(in, vr_layout_code + operand);
            break;
        case VR_LAYOUT_TYPE:
            read_all(in, vr_layout_code + operand);
            break;
        case VR_LAYOUT_VALUE: {
            guint32 type = vr_in_u32(in);
            if (type == VIR_TYPED_PARAM_STRING)
                vr_in_string(in);
            else if (type == VIR_TYPED_PARAM_LLONG || type == VIR_TYPED_PARAM_ULLONG || type == VIR_TYPED_PARAM_DOUBLE)
                vr_in_u64(in);
            else
                vr_in_u32(in);
            break;
        }
        }
    }
}

static void
read_event(const VrProc *proc, guint8 *data, gsize len)
{
    const VrWireEvent *event = vr_wire_event_of(proc->number);
    if (!event)
        return;
    VrIn in = {.at = data, .end = data + len};
    VrEventObject object;
    VrEventArgs args;
    if (event->proc == proc->number)
        vr_in_u32(&in);
    vr_in_event(&in, event, &object, &args);
    vr_params_free(args.params, args.nparams);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3)
        return 0;
    const VrProgram *program = programs[data[0] % G_N_ELEMENTS(programs)];
    const VrProc *proc = vr_program_proc(program, (data[1] << 8 | data[2]) % (program->n_procs + 1));
    if (!proc)
        return 0;
    data += 3;
    size -= 3;
    const guint32 layouts[] = {proc->args, proc->ret, vr_layout_error};
    for (gsize i = 0; i < G_N_ELEMENTS(layouts); i++) {
        gsize used = 0;
        g_autofree guint8 *copy = g_malloc(size + 1);
        memcpy(copy, data, size);
        if (!vr_layout_check(layouts[i], copy, size, &used))
            continue;
        if (i == 2) {
            VrIn error = {.at = copy, .end = copy + used};
            vr_in_error(&error);
            continue;
        }
        if (i == 0 && (proc->flags & VR_PROC_EVENT) && program == &vr_program_remote) {
            g_autofree guint8 *again = g_memdup2(copy, used);
            read_event(proc, again, used);
        }
        VrIn in = {.at = copy, .end = copy + used};
        read_all(&in, vr_layout_code + layouts[i]);
        if (in.failed || in.at != in.end)
            g_error("the layout of %s let through what cannot be read", proc->name);
    }
    return 0;
}
