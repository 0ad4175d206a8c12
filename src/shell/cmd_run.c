/* run: a guest from a cloud image in one line.
 *
 * Its disk is an overlay of the image in a pool; what cloud-init reads at the first boot is a small disk made here and uploaded beside
 * it.  Each step is a command of this shell; when one fails, what was made is taken away again.
 */
#include "shell/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "shell/element.h"

typedef struct {
    const char *image, *pool, *network, *user, *type;
    char *name, *disk, *seed; /* volumes */
    char *key;                /* of SSH */
    char *folder;             /* where the seed is made */
    gboolean has_disk, has_seed, defined;
} Plan;

static void
plan_clear(Plan *plan)
{
    static const char *const files[] = {"user-data", "meta-data", "seed.iso"};
    for (gsize i = 0; plan->folder && i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(plan->folder, files[i], NULL);
        g_unlink(path);
    }
    if (plan->folder)
        g_rmdir(plan->folder);
    g_free(plan->folder);
    g_free(plan->name);
    g_free(plan->disk);
    g_free(plan->seed);
    g_free(plan->key);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Plan, plan_clear)

/* One command of this shell, quietly. */
static gboolean
do_command(Shell *sh, ...)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    va_list list;
    char *word;
    va_start(list, sh);
    while ((word = va_arg(list, char *)))
        g_ptr_array_add(words, word);
    va_end(list);
    g_ptr_array_add(words, NULL);
    gboolean quiet = sh->quiet;
    sh->quiet = TRUE;
    gboolean ok = shell_run_words(sh, (char **)words->pdata);
    sh->quiet = quiet;
    return ok;
}

static void
undo(Shell *sh, const Plan *plan)
{
    /* the cause, before clearing up loses it */
    shell_save_error(sh);
    shell_report_error(sh);
    if (plan->defined)
        do_command(sh, "undefine", plan->name, "--nvram", NULL);
    if (plan->has_seed)
        do_command(sh, "vol-delete", plan->seed, "--pool", plan->pool, NULL);
    if (plan->has_disk)
        do_command(sh, "vol-delete", plan->disk, "--pool", plan->pool, NULL);
}

/* --- what cloud-init reads --- */

static gboolean
read_key(Shell *sh, const Args *args, Plan *plan)
{
    const char *path = args_string(args, "ssh-key");
    if (!path)
        return TRUE;
    plan->key = shell_read_file(sh, path);
    if (plan->key && (g_strstrip(plan->key), strchr(plan->key, '\n'))) {
        shell_error(sh, "%s: this is no public key: it has several lines", path);
        return FALSE;
    }
    return plan->key != NULL;
}

static gboolean
write_seed_file(Shell *sh, const Plan *plan, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(plan->folder, name, NULL);
    g_autoptr(GError) problem = NULL;
    if (g_file_set_contents(path, text, -1, &problem))
        return TRUE;
    shell_error(sh, "%s", problem->message);
    return FALSE;
}

/* The programs that make such disks take the same words. */
static gboolean
make_seed(Shell *sh, const Plan *plan)
{
    static const char *const programs[] = {"xorrisofs", "genisoimage", "mkisofs"};
    g_autofree char *program = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS(programs) && !program; i++)
        program = g_find_program_in_path(programs[i]);
    if (!program) {
        shell_error(sh, "the disk for cloud-init needs xorriso or genisoimage, which are not installed here");
        return FALSE;
    }
    g_autofree char *meta = g_strdup_printf("instance-id: %s\nlocal-hostname: %s\n", plan->name, plan->name);
    GString *user = g_string_new("#cloud-config\n");
    g_string_append_printf(user, "users:\n  - name: %s\n    sudo: ALL=(ALL) NOPASSWD:ALL\n    shell: /bin/bash\n", plan->user);
    if (plan->key)
        g_string_append_printf(user, "    ssh_authorized_keys:\n      - %s\n", plan->key);
    g_autofree char *text = g_string_free(user, FALSE);
    if (!write_seed_file(sh, plan, "user-data", text) || !write_seed_file(sh, plan, "meta-data", meta))
        return FALSE;
    char *words[] = {program,     (char *)"-quiet",    (char *)"-o",        (char *)"seed.iso", (char *)"-V", (char *)"cidata",
                     (char *)"-J", (char *)"-r", (char *)"user-data", (char *)"meta-data", NULL};
    int status = 0;
    g_autofree char *said = NULL;
    g_autoptr(GError) problem = NULL;
    if (g_spawn_sync(plan->folder, words, NULL, G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, &said, &status, &problem) && status == 0)
        return TRUE;
    shell_error(sh, "%s failed: %s", program, problem ? problem->message : said ? g_strstrip(said) : "");
    return FALSE;
}

/* --- the guest --- */

static char *
path_of(Shell *sh, const Plan *plan, const char *volume)
{
    g_autoptr(virStoragePool) pool = virStoragePoolLookupByName(sh->conn, plan->pool);
    g_autoptr(virStorageVol) vol = pool ? virStorageVolLookupByName(pool, volume) : NULL;
    return vol ? virStorageVolGetPath(vol) : NULL;
}

/* An overlay: the image stays as it is.  It may be a volume of the pool, or a file of the host that is in no pool. */
static gboolean
make_overlay(Shell *sh, const Plan *plan, unsigned long long bytes)
{
    char *known = strchr(plan->image, '/') ? NULL : path_of(sh, plan, plan->image);
    g_autofree char *xml = g_markup_printf_escaped(
        "<volume><name>%s</name><capacity unit='bytes'>%llu</capacity><target><format type='qcow2'/></target><backingStore><path>%s</path>"
        "<format type='%s'/></backingStore></volume>", plan->disk, bytes, known ? known : plan->image,
        g_str_has_suffix(plan->image, ".raw") ? "raw" : "qcow2");
    free(known);
    g_autoptr(virStoragePool) pool = virStoragePoolLookupByName(sh->conn, plan->pool);
    g_autoptr(virStorageVol) vol = pool ? virStorageVolCreateXML(pool, xml, 0) : NULL;
    if (!vol)
        shell_save_error(sh);
    return vol != NULL;
}

static gboolean
make_disks(Shell *sh, const Args *args, Plan *plan)
{
    const char *size = args_string(args, "size");
    unsigned long long bytes;
    g_autofree char *seed = g_build_filename(plan->folder, "seed.iso", NULL);
    if (!shell_size(sh, "size", size ? size : "10G", &bytes))
        return FALSE;
    plan->has_disk = make_overlay(sh, plan, bytes);
    if (!plan->has_disk)
        return FALSE;
    plan->has_seed = do_command(sh, "vol-create-as", plan->pool, plan->seed, "1M", "--format", "raw", NULL);
    return plan->has_seed && do_command(sh, "vol-upload", plan->seed, seed, "--pool", plan->pool, NULL);
}

static char *
interface_of(const Plan *plan)
{
    if (strcmp(plan->network, "none") == 0)
        return g_strdup("");
    if (strcmp(plan->network, "user") == 0)
        return g_strdup("<interface type='user'><model type='virtio'/></interface>");
    return g_markup_printf_escaped("<interface type='network'><source network='%s'/><model type='virtio'/></interface>", plan->network);
}

static gboolean
define(Shell *sh, Plan *plan, unsigned long long memory, long long vcpus)
{
    char *disk = path_of(sh, plan, plan->disk), *seed = path_of(sh, plan, plan->seed);
    g_autofree char *interface = interface_of(plan);
    g_autofree char *head = g_markup_printf_escaped(
        "<domain type='%s'><name>%s</name><memory unit='bytes'>%llu</memory><vcpu>%lld</vcpu><os><type>hvm</type></os>"
        "<features><acpi/></features><devices><disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='%s'/>"
        "<target dev='vda' bus='virtio'/></disk><disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='%s'/>"
        "<target dev='vdb' bus='virtio'/><readonly/></disk>", plan->type, plan->name, memory, vcpus, disk ? disk : "", seed ? seed : "");
    g_autofree char *xml = g_strconcat(head, interface, "<console type='pty'/><channel type='unix'><target type='virtio' "
                                       "name='org.qemu.guest_agent.0'/></channel><rng model='virtio'><backend model='random'>"
                                       "/dev/urandom</backend></rng></devices></domain>", NULL);
    g_autoptr(virDomain) dom = disk && seed ? virDomainDefineXML(sh->conn, xml) : NULL;
    plan->defined = dom != NULL;
    if (!dom)
        shell_save_error(sh);
    free(disk);
    free(seed);
    return dom != NULL;
}

/* Hardware help where the host offers it. */
static const char *
best_type(Shell *sh)
{
    char *caps = virConnectGetCapabilities(sh->conn);
    gboolean kvm = caps && strstr(caps, "<domain type='kvm'");
    free(caps);
    virResetLastError();
    return kvm ? "kvm" : "qemu";
}

static char *
name_for(const char *image)
{
    char *name = g_path_get_basename(image);
    char *dot = strrchr(name, '.');
    if (dot && dot != name)
        *dot = '\0';
    return name;
}

gboolean
run_run(Shell *sh, const Args *args)
{
    g_auto(Plan) plan = {.image = args_string(args, "image"), .pool = args_string(args, "pool"), .network = args_string(args, "network"),
                         .user = args_string(args, "user"), .type = args_string(args, "virt-type")};
    const char *name = args_string(args, "name"), *amount = args_string(args, "memory");
    unsigned long long memory;
    long long vcpus = 1;
    if (!shell_size(sh, "memory", amount ? amount : "1G", &memory) || args_number(sh, args, "vcpus", 1, 1024, &vcpus) < 0 ||
        !read_key(sh, args, &plan))
        return FALSE;
    plan.pool = plan.pool ? plan.pool : "default";
    plan.network = plan.network ? plan.network : "default";
    plan.user = plan.user ? plan.user : "cloud";
    plan.type = plan.type ? plan.type : best_type(sh);
    plan.name = name ? g_strdup(name) : name_for(plan.image);
    plan.disk = g_strdup_printf("%s.qcow2", plan.name);
    plan.seed = g_strdup_printf("%s-seed.iso", plan.name);
    plan.folder = g_dir_make_tmp("virsh-run-XXXXXX", NULL);
    if (!plan.folder) {
        shell_error(sh, "cannot make a folder in %s: %s", g_get_tmp_dir(), g_strerror(errno));
        return FALSE;
    }
    if (!make_seed(sh, &plan) || !make_disks(sh, args, &plan) || !define(sh, &plan, memory, vcpus) ||
        !do_command(sh, "start", plan.name, NULL)) {
        undo(sh, &plan);
        shell_error(sh, "'%s' was not made from %s", plan.name, plan.image);
        return FALSE;
    }
    shell_print(sh, "Domain '%s' runs: %llu MiB, %lld vCPUs, user '%s'\n", plan.name, memory >> 20, vcpus, plan.user);
    if (args_flag(args, "noconsole") || !isatty(STDIN_FILENO))
        return TRUE;
    g_autoptr(virDomain) dom = virDomainLookupByName(sh->conn, plan.name);
    return dom && shell_console(sh, dom, NULL, 0);
}
