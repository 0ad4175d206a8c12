/* Commands about the host's devices: those that do more than call one function. */
#include "shell/commands.h"

#include <stdlib.h>
#include <string.h>

#include "shell/report.h"
#include "shell/tree.h"

gboolean
run_nodedev_detach(Shell *sh, const Args *args)
{
    const char *name, *driver = args_string(args, "driver");
    g_autoptr(virNodeDevice) device = shell_device(sh, args, &name);
    if (!device)
        return FALSE;
    /* Older daemons know only the call without a driver. */
    int bad = driver ? virNodeDeviceDetachFlags(device, driver, 0) : virNodeDeviceDettach(device);
    return shell_outcome(sh, bad == 0, "Device %t detached", "Failed to detach device %t", NULL, name);
}

gboolean
run_nodedev_autostart(Shell *sh, const Args *args)
{
    const char *name;
    g_autoptr(virNodeDevice) device = shell_device(sh, args, &name);
    if (!device)
        return FALSE;
    gboolean on = !args_flag(args, "disable");
    return shell_outcome(sh, virNodeDeviceSetAutostart(device, on) == 0,
                         on ? "Device %t marked as autostarted" : "Device %t unmarked as autostarted",
                         on ? "failed to mark device %t as autostarted" : "failed to unmark device %t as autostarted", NULL, name);
}

static void
put_answer(Report *report, const char *key, const char *label, int answer, const char *unknown)
{
    if (answer < 0)
        put_nothing(report, key, label, unknown);
    else
        put_bool(report, key, label, answer, yes_no(answer));
}

gboolean
run_nodedev_info(Shell *sh, const Args *args)
{
    g_autoptr(virNodeDevice) device = shell_device(sh, args, NULL);
    int autostart = 0;
    if (!device)
        return FALSE;
    const char *parent = virNodeDeviceGetParent(device);
    g_autoptr(Report) report = report_one(16);
    put_text(report, "name", "Name:", virNodeDeviceGetName(device));
    if (parent)
        put_text(report, "parent", "Parent:", parent);
    else
        put_nothing(report, "parent", "Parent:", "");
    put_answer(report, "active", "Active:", virNodeDeviceIsActive(device), "unknown");
    put_answer(report, "persistent", "Persistent:", virNodeDeviceIsPersistent(device), "unknown");
    if (virNodeDeviceGetAutostart(device, &autostart) < 0)
        autostart = -1;
    put_answer(report, "autostart", "Autostart:", autostart, "no autostart");
    virResetLastError();
    report_print(sh, report, TRUE);
    return TRUE;
}

/* The list flags of comma-separated capabilities; FALSE after an error was told. */
static gboolean
capability_flags(Shell *sh, const char *text, unsigned int *flags)
{
    /* By their bit in virConnectListAllNodeDeviceFlags. */
    static const char *const names[] = {
        "system", "pci", "usb_device", "usb", "net", "scsi_host", "scsi_target", "scsi", "storage", "fc_host", "vports",
        "scsi_generic", "drm", "mdev_types", "mdev", "ccw", "css", "vdpa", "ap_card", "ap_queue", "ap_matrix", "vpd",
        "ccwgroup_dev", "ccwgroup_member"};
    g_auto(GStrv) words = g_strsplit(text, ",", -1);
    for (char **word = words; *word; word++) {
        gsize i = 0;
        while (i < G_N_ELEMENTS(names) && strcmp(names[i], *word) != 0)
            i++;
        if (i == G_N_ELEMENTS(names)) {
            shell_error(sh, "%s", "Invalid capability type");
            return FALSE;
        }
        *flags |= 1u << i;
    }
    return TRUE;
}

static int
compare_devices(const void *a, const void *b)
{
    return g_ascii_strcasecmp(virNodeDeviceGetName(*(virNodeDevicePtr *)a), virNodeDeviceGetName(*(virNodeDevicePtr *)b));
}

static void
print_tree(Shell *sh, virNodeDevicePtr *devices, int n)
{
    g_autoptr(Tree) tree = tree_new();
    for (int i = 0; i < n; i++)
        tree_add(tree, virNodeDeviceGetName(devices[i]), virNodeDeviceGetParent(devices[i]));
    tree_print(sh, tree);
}

gboolean
run_nodedev_list(Shell *sh, const Args *args)
{
    static const Column columns[] = {{"name", "Name"}, {"parent", NULL}, {NULL}};
    const char *kinds = args_string(args, "cap");
    unsigned int wanted = 0, states = 0;
    if (kinds && !capability_flags(sh, kinds, &wanted))
        return FALSE;
    if (!args_flag(args, "inactive") || args_flag(args, "all"))
        states |= VIR_CONNECT_LIST_NODE_DEVICES_ACTIVE;
    if (args_flag(args, "inactive") || args_flag(args, "all"))
        states |= VIR_CONNECT_LIST_NODE_DEVICES_INACTIVE;
    virNodeDevicePtr *devices = NULL;
    int n = virConnectListAllNodeDevices(sh->conn, &devices, wanted | states);
    /* A driver that has no inactive devices knows no flags for them. */
    if (n < 0 && virGetLastErrorCode() == VIR_ERR_INVALID_ARG && states != VIR_CONNECT_LIST_NODE_DEVICES_INACTIVE)
        n = virConnectListAllNodeDevices(sh->conn, &devices, wanted);
    if (n < 0)
        return shell_outcome(sh, FALSE, NULL, "Failed to list node devices", NULL, NULL);
    virResetLastError();
    qsort(devices, (size_t)n, sizeof(*devices), compare_devices);
    if (sh->format == FORMAT_TEXT && args_flag(args, "tree")) {
        print_tree(sh, devices, n);
    } else if (sh->format == FORMAT_TEXT) {
        for (int i = 0; i < n; i++)
            shell_print(sh, "%s\n", virNodeDeviceGetName(devices[i]));
    } else {
        g_autoptr(Report) report = report_list(columns);
        for (int i = 0; i < n; i++) {
            report_row(report);
            put_text(report, NULL, NULL, virNodeDeviceGetName(devices[i]));
            put_text(report, NULL, NULL, virNodeDeviceGetParent(devices[i]));
        }
        report_print(sh, report, FALSE);
    }
    for (int i = 0; i < n; i++)
        virNodeDeviceFree(devices[i]);
    free(devices);
    return TRUE;
}
