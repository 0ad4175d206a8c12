/* What a guest boots by: each kind of guest keeps the ways to boot that it has, the others are not read.
 *
 * Called once after a domain was read, on its thread.
 */
#include "model/domain_rules.h"

enum {
    KERNEL = 1 << 0,   /* kernel, initrd, command line, device tree, root */
    FIRMWARE = 1 << 1, /* loader and its variables */
    TABLES = 1 << 2,   /* ACPI tables */
    ORDER = 1 << 3,    /* boot devices, menu and messages; a boot loader on the host does without */
    INIT = 1 << 4,     /* the first program of a container */
    COMMAND_LINE = 1 << 5,
};

static const struct {
    const char *type;
    unsigned keeps;
} os_types[] = {
    {"hvm", KERNEL | COMMAND_LINE | FIRMWARE | TABLES | ORDER},
    {"xen", KERNEL | COMMAND_LINE | FIRMWARE},
    {"linux", KERNEL | COMMAND_LINE | FIRMWARE},
    {"xenpvh", KERNEL | COMMAND_LINE | FIRMWARE},
    {"uml", KERNEL | COMMAND_LINE | FIRMWARE},
    {"exe", INIT | COMMAND_LINE},
};

static unsigned
kept(const DomainDef *def)
{
    for (size_t i = 0; i < G_N_ELEMENTS(os_types); i++) {
        if (g_strcmp0(os_types[i].type, def->os.type.value) == 0)
            return def->bootloader && *def->bootloader ? os_types[i].keeps & ~(unsigned) ORDER : os_types[i].keeps;
    }
    return 0;
}

/* Empty a list of structures. */
#define DROP_LIST(list, count, type)                                                               \
    do {                                                                                           \
        while (count)                                                                              \
            type##_free(vr_model_list_take(&(list), &(count), 0));                                 \
    } while (0)

static void
drop_order(DomainOs *os)
{
    DROP_LIST(os->boot, os->n_boot, domain_os_boot);
    g_clear_pointer(&os->bootmenu, domain_os_bootmenu_free);
    g_clear_pointer(&os->bios, domain_os_bios_free);
}

static void
drop_init(DomainOs *os)
{
    g_clear_pointer(&os->init, g_free);
    for (size_t i = 0; i < os->n_initarg; i++)
        g_free(os->initarg[i]);
    g_clear_pointer(&os->initarg, g_free);
    os->n_initarg = 0;
    DROP_LIST(os->initenv, os->n_initenv, domain_os_initenv);
    g_clear_pointer(&os->initdir, g_free);
    g_clear_pointer(&os->inituser, g_free);
    g_clear_pointer(&os->initgroup, g_free);
}

static void
drop_kernel(DomainOs *os)
{
    g_clear_pointer(&os->kernel, g_free);
    g_clear_pointer(&os->initrd, g_free);
    g_clear_pointer(&os->dtb, g_free);
    g_clear_pointer(&os->shim, g_free);
    g_clear_pointer(&os->root, g_free);
}

int
domain_os_settle(DomainDef *def)
{
    DomainOs *os = &def->os;
    unsigned keeps = kept(def);

    if (!(keeps & ORDER))
        drop_order(os);
    if (!(keeps & INIT))
        drop_init(os);
    if (!(keeps & KERNEL))
        drop_kernel(os);
    if (!(keeps & COMMAND_LINE))
        g_clear_pointer(&os->cmdline, g_free);
    if (!(keeps & TABLES))
        DROP_LIST(os->acpi_table, os->n_acpi_table, domain_acpi_table);
    if (!(keeps & FIRMWARE)) {
        g_clear_pointer(&os->loader, domain_os_loader_free);
        g_clear_pointer(&os->nvram, domain_os_nvram_free);
    }
    if (keeps & INIT && !os->init)
        return XML_FAIL("init binary must be specified");
    if (os->nvram && !os->loader && !os->firmware)
        return DETAIL_FAIL("no loader path specified and firmware auto selection disabled");
    return 0;
}

/* Whether the guest looks through its devices for one to boot from. */
bool
domain_boots_from_devices(const DomainDef *def)
{
    return kept(def) & ORDER;
}
