/* Commands about the host and the hypervisor. */
#include "shell/commands.h"

#include <stdlib.h>

/* Print TEXT, which the library allocated, and free it; FALSE when there is none. */
static gboolean
print_owned(Shell *sh, char *text)
{
    if (!text)
        return FALSE;
    shell_print(sh, "%s\n", text);
    free(text);
    return TRUE;
}

static gboolean
run_capabilities(Shell *sh, const Args *args)
{
    char *xml = virConnectGetCapabilities(sh->conn);
    if (!xml)
        shell_error(sh, "failed to get capabilities");
    return print_owned(sh, xml);
}

static gboolean
run_hostname(Shell *sh, const Args *args)
{
    char *name = virConnectGetHostname(sh->conn);
    if (!name)
        shell_error(sh, "failed to get hostname");
    return print_owned(sh, name);
}

static gboolean
run_uri(Shell *sh, const Args *args)
{
    char *uri = virConnectGetURI(sh->conn);
    if (!uri)
        shell_error(sh, "failed to get URI");
    return print_owned(sh, uri);
}

static gboolean
run_sysinfo(Shell *sh, const Args *args)
{
    char *xml = virConnectGetSysinfo(sh->conn, 0);
    if (!xml)
        shell_error(sh, "failed to get sysinfo");
    else
        shell_print(sh, "%s", xml);
    gboolean ok = xml != NULL;
    free(xml);
    return ok;
}

static gboolean
run_maxvcpus(Shell *sh, const Args *args)
{
    int max = virConnectGetMaxVcpus(sh->conn, args_string(args, "type"));
    if (max < 0)
        return FALSE;
    shell_print(sh, "%d\n", max);
    return TRUE;
}

static gboolean
run_nodeinfo(Shell *sh, const Args *args)
{
    virNodeInfo info;
    if (virNodeGetInfo(sh->conn, &info) < 0) {
        shell_error(sh, "failed to get node information");
        return FALSE;
    }
    shell_print(sh, "%-20s %s\n", "CPU model:", info.model);
    shell_print(sh, "%-20s %u\n", "CPU(s):", info.cpus);
    if (info.mhz)
        shell_print(sh, "%-20s %u MHz\n", "CPU frequency:", info.mhz);
    shell_print(sh, "%-20s %u\n", "CPU socket(s):", info.sockets);
    shell_print(sh, "%-20s %u\n", "Core(s) per socket:", info.cores);
    shell_print(sh, "%-20s %u\n", "Thread(s) per core:", info.threads);
    shell_print(sh, "%-20s %u\n", "NUMA cell(s):", info.nodes);
    shell_print(sh, "%-20s %lu KiB\n", "Memory size:", info.memory);
    return TRUE;
}

static void
print_version(Shell *sh, const char *what, const char *name, unsigned long version)
{
    shell_print(sh, "%s: %s %lu.%lu.%lu\n", what, name, version / 1000000, version / 1000 % 1000, version % 1000);
}

static gboolean
run_version(Shell *sh, const Args *args)
{
    unsigned long library, api, hypervisor = 0, daemon;
    const char *type = virConnectGetType(sh->conn);
    if (!type) {
        shell_error(sh, "failed to get hypervisor type");
        return FALSE;
    }
    if (virGetVersion(&library, type, &api) < 0) {
        shell_error(sh, "failed to get the library version");
        return FALSE;
    }
    print_version(sh, "Compiled against library", "libvirt", LIBVIR_VERSION_NUMBER);
    print_version(sh, "Using library", "libvirt", library);
    print_version(sh, "Using API", type, api);
    if (virConnectGetVersion(sh->conn, &hypervisor) < 0) {
        if (virGetLastErrorCode() != VIR_ERR_NO_SUPPORT) {
            shell_error(sh, "failed to get the hypervisor version");
            return FALSE;
        }
        virResetLastError();
    }
    if (hypervisor == 0)
        shell_print(sh, "Cannot extract running %s hypervisor version\n", type);
    else
        print_version(sh, "Running hypervisor", type, hypervisor);
    if (args_flag(args, "daemon")) {
        if (virConnectGetLibVersion(sh->conn, &daemon) < 0) {
            shell_error(sh, "failed to get the daemon version");
            return FALSE;
        }
        shell_print(sh, "Running against daemon: %lu.%lu.%lu\n", daemon / 1000000, daemon / 1000 % 1000, daemon % 1000);
    }
    return TRUE;
}

static const Option maxvcpus_options[] = {
    {"type", OPT_STRING, 0, "domain type"},
    {NULL},
};
static const Option version_options[] = {
    {"daemon", OPT_BOOL, 0, "report daemon version too"},
    {NULL},
};

const Command host_commands[] = {
    {"capabilities", run_capabilities, NULL, "capabilities", "Print what the host and its hypervisor can do, as XML."},
    {"hostname", run_hostname, NULL, "print the hypervisor hostname", ""},
    {"maxvcpus", run_maxvcpus, maxvcpus_options, "connection vcpu maximum",
     "Print how many virtual CPUs a guest may have here."},
    {"nodeinfo", run_nodeinfo, NULL, "node information", "Print the host's processors and memory."},
    {"sysinfo", run_sysinfo, NULL, "print the hypervisor sysinfo", "Print the host's system information (SMBIOS) as XML."},
    {"uri", run_uri, NULL, "print the hypervisor canonical URI", ""},
    {"version", run_version, version_options, "show version", "Print the versions of the library, the API and the hypervisor."},
    {NULL},
};
