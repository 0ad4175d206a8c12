/* Which devices a guest's processes may open: lines in version 1's files, a small program of the kernel's in version 2. */
#include <errno.h>
#include <fcntl.h>
#include <libvirt/virterror.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/error.h"
#include "host/cgroup_group.h"

/* --- version 1 --- */

static int
write_rule(const VrCgroup *group, const char *file, const VrCgroupDevice *device)
{
    char numbers[2][12];
    const int both[2] = {device->major, device->minor};
    for (int i = 0; i < 2; i++) {
        if (both[i] < 0)
            g_strlcpy(numbers[i], "*", sizeof(numbers[i]));
        else
            g_snprintf(numbers[i], sizeof(numbers[i]), "%d", both[i]);
    }
    g_autofree char *text = g_strdup_printf("%c %s:%s r%s%s", device->type, numbers[0], numbers[1], device->write ? "w" : "",
                                            device->make ? "m" : "");
    return vr_cgroup_write(group->dirs[VR_CGROUP_DEVICES], file, text);
}

/* --- version 2 --- */

#define OP(opcode, dst, src, offset, value) \
    ((struct bpf_insn){.code = (opcode), .dst_reg = (dst), .src_reg = (src), .off = (offset), .imm = (value)})
#define LOAD(dst, field) OP(BPF_LDX | BPF_MEM | BPF_W, dst, BPF_REG_1, offsetof(struct bpf_cgroup_dev_ctx, field), 0)
#define MOVE(dst, src) OP(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0)
#define SET(dst, value) OP(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, value)
#define AND(dst, value) OP(BPF_ALU | BPF_AND | BPF_K, dst, 0, 0, value)
#define SHIFT(dst, value) OP(BPF_ALU | BPF_RSH | BPF_K, dst, 0, 0, value)
#define UNLESS(dst, value, over) OP(BPF_JMP | BPF_JNE | BPF_K, dst, 0, over, value)
#define EXIT OP(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

/* r2: what is wanted, r3: type, r4 and r5: numbers. */
static GArray *
make_program(const GArray *devices)
{
    GArray *program = g_array_new(FALSE, FALSE, sizeof(struct bpf_insn));
    const struct bpf_insn begin[] = {LOAD(BPF_REG_2, access_type), MOVE(BPF_REG_3, BPF_REG_2), AND(BPF_REG_3, 0xffff),
                                     SHIFT(BPF_REG_2, 16), LOAD(BPF_REG_4, major), LOAD(BPF_REG_5, minor)};
    g_array_append_vals(program, begin, G_N_ELEMENTS(begin));
    for (guint i = 0; i < devices->len; i++) {
        const VrCgroupDevice *device = &g_array_index(devices, VrCgroupDevice, i);
        int allowed = BPF_DEVCG_ACC_READ | (device->write ? BPF_DEVCG_ACC_WRITE : 0) | (device->make ? BPF_DEVCG_ACC_MKNOD : 0);
        gint16 minors = device->minor >= 0, majors = device->major >= 0;
        const struct bpf_insn head[] = {
            UNLESS(BPF_REG_3, device->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR, (gint16)(5 + majors + minors)),
            MOVE(BPF_REG_6, BPF_REG_2),
            AND(BPF_REG_6, ~allowed),
            UNLESS(BPF_REG_6, 0, (gint16)(2 + majors + minors)),
        };
        g_array_append_vals(program, head, G_N_ELEMENTS(head));
        const struct bpf_insn numbers[] = {UNLESS(BPF_REG_4, device->major, (gint16)(2 + minors)),
                                           UNLESS(BPF_REG_5, device->minor, 2)};
        if (majors)
            g_array_append_val(program, numbers[0]);
        if (minors)
            g_array_append_val(program, numbers[1]);
        const struct bpf_insn yes[] = {SET(BPF_REG_0, 1), EXIT};
        g_array_append_vals(program, yes, G_N_ELEMENTS(yes));
    }
    const struct bpf_insn no[] = {SET(BPF_REG_0, 0), EXIT};
    g_array_append_vals(program, no, G_N_ELEMENTS(no));
    return program;
}

static int
bpf(int command, union bpf_attr *attr)
{
    return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static int
load_program(const GArray *devices)
{
    g_autoptr(GArray) program = make_program(devices);
    union bpf_attr attr = {.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE, .insn_cnt = program->len};
    attr.insns = (guint64)(gsize)program->data;
    attr.license = (guint64)(gsize) "GPL";
    g_strlcpy(attr.prog_name, "guest_devices", sizeof(attr.prog_name));
    return bpf(BPF_PROG_LOAD, &attr);
}

#define MAX_PROGRAMS 16

/* The programs that are there already: IDs in RET_IDS. */
static unsigned
attached(int dir, guint32 *ret_ids)
{
    union bpf_attr attr = {0};
    attr.query.target_fd = (guint32)dir;
    attr.query.attach_type = BPF_CGROUP_DEVICE;
    attr.query.prog_ids = (guint64)(gsize)ret_ids;
    attr.query.prog_cnt = MAX_PROGRAMS;
    return bpf(BPF_PROG_QUERY, &attr) < 0 ? 0 : MIN(attr.query.prog_cnt, MAX_PROGRAMS);
}

static void
detach(int dir, guint32 id)
{
    union bpf_attr by_id = {.prog_id = id};
    int fd = bpf(BPF_PROG_GET_FD_BY_ID, &by_id);
    if (fd < 0)
        return;
    union bpf_attr attr = {.attach_type = BPF_CGROUP_DEVICE};
    attr.target_fd = (guint32)dir;
    attr.attach_bpf_fd = (guint32)fd;
    bpf(BPF_PROG_DETACH, &attr);
    close(fd);
}

/* The new program first: all that are there must agree, so nothing is open in between. */
static int
apply_program(const VrCgroup *group)
{
    guint32 ids[MAX_PROGRAMS];
    int dir = open(group->home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return vr_error_system(VIR_FROM_CGROUP, errno, "unable to open '%s'", group->home);
    unsigned n = attached(dir, ids);
    int program = load_program(group->devices), error = errno;
    int done = -1;
    if (program >= 0) {
        union bpf_attr attr = {.attach_type = BPF_CGROUP_DEVICE, .attach_flags = BPF_F_ALLOW_MULTI};
        attr.target_fd = (guint32)dir;
        attr.attach_bpf_fd = (guint32)program;
        done = bpf(BPF_PROG_ATTACH, &attr);
        error = errno;
        close(program);
    }
    for (unsigned i = 0; done == 0 && i < n; i++)
        detach(dir, ids[i]);
    close(dir);
    return done == 0 ? 0 : vr_error_system(VIR_FROM_CGROUP, error, "failed to limit devices by a program on '%s'", group->home);
}

/* --- both --- */

int
vr_cgroup_set_devices(VrCgroup *group, const VrCgroupDevice *devices, gsize n)
{
    if (vr_cgroup_need(group, VR_CGROUP_DEVICES) < 0)
        return -1;
    g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(VrCgroupDevice));
    g_array_append_vals(list, devices, (guint)n);
    if (!group->unified[VR_CGROUP_DEVICES]) {
        if (vr_cgroup_write(group->dirs[VR_CGROUP_DEVICES], "devices.deny", "a") < 0)
            return -1;
        for (gsize i = 0; i < n; i++) {
            if (write_rule(group, "devices.allow", &devices[i]) < 0)
                return -1;
        }
    }
    g_clear_pointer(&group->devices, g_array_unref);
    group->devices = g_steal_pointer(&list);
    return group->unified[VR_CGROUP_DEVICES] ? apply_program(group) : 0;
}

static bool
same_device(const VrCgroupDevice *a, const VrCgroupDevice *b)
{
    return a->type == b->type && a->major == b->major && a->minor == b->minor;
}

static int
change_device(VrCgroup *group, const VrCgroupDevice *device, bool allow)
{
    if (vr_cgroup_need(group, VR_CGROUP_DEVICES) < 0)
        return -1;
    if (!group->unified[VR_CGROUP_DEVICES])
        return write_rule(group, allow ? "devices.allow" : "devices.deny", device);
    if (!group->devices)
        return 0; /* not limited */
    for (guint i = 0; i < group->devices->len; i++) {
        if (same_device(&g_array_index(group->devices, VrCgroupDevice, i), device))
            g_array_remove_index(group->devices, i--);
    }
    if (allow)
        g_array_append_vals(group->devices, device, 1);
    return apply_program(group);
}

int
vr_cgroup_allow_device(VrCgroup *group, const VrCgroupDevice *device)
{
    return change_device(group, device, true);
}

int
vr_cgroup_deny_device(VrCgroup *group, const VrCgroupDevice *device)
{
    return change_device(group, device, false);
}
