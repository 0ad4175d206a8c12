/* PCI devices: numbers and names, functions of one card, the link that they are on. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/nodedev/nodedev.h"
#include "host/pciids.h"

static NodeDeviceId *
id_new(unsigned number, char *name)
{
    NodeDeviceId *id = node_device_id_new();
    id->id = number;
    id->value = name;
    return id;
}

static PciAddress *
linked(struct udev_device *device, const char *link)
{
    g_autofree char *path = g_build_filename(udev_device_get_syspath(device), link, NULL);
    g_autofree char *target = g_file_read_link(path, NULL);
    g_autofree char *name = target ? g_path_get_basename(target) : NULL;
    PciAddress address;
    if (!nodedev_pci_read(name, &address))
        return NULL;
    PciAddress *kept = pci_address_new();
    *kept = address;
    return kept;
}

#define MAX_FUNCTIONS 65535

static void
add_functions(struct udev_device *device, NodeDeviceCap *cap)
{
    PciAddress *physical = linked(device, "physfn");
    if (physical) {
        NodeDeviceCap *inner = nodedev_cap_new(NODE_DEVICE_CAP_TYPE_PHYS_FUNCTION);
        vr_model_list_add(&inner->functions, &inner->n_functions, physical);
        nodedev_cap_add(cap, inner);
    }
    unsigned total = 0;
    if (!nodedev_attr_number(device, "sriov_totalvfs", 10, &total) || total == 0)
        return;
    NodeDeviceCap *inner = nodedev_cap_new(NODE_DEVICE_CAP_TYPE_VIRT_FUNCTIONS);
    inner->max_count = total;
    for (unsigned i = 0; i < MIN(total, MAX_FUNCTIONS); i++) {
        char link[32];
        g_snprintf(link, sizeof(link), "virtfn%u", i);
        PciAddress *function = linked(device, link);
        if (!function)
            break;
        vr_model_list_add(&inner->functions, &inner->n_functions, function);
    }
    nodedev_cap_add(cap, inner);
}

/* --- the configuration space --- */

#define CONFIG_SIZE 256
#define STATUS 0x06
#define STATUS_CAPABILITIES 0x10
#define HEADER_TYPE 0x0e
#define FIRST_CAPABILITY 0x34
#define CAPABILITY_EXPRESS 0x10
#define MAX_CAPABILITIES 48

typedef struct {
    unsigned char bytes[CONFIG_SIZE];
    gssize size;
    bool extended; /* there is more of it: only express has that */
} Config;

static Config
read_config(struct udev_device *device)
{
    Config config = {.size = 0};
    g_autofree char *path = g_build_filename(udev_device_get_syspath(device), "config", NULL);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return config;
    struct stat st;
    config.size = pread(fd, config.bytes, CONFIG_SIZE, 0);
    config.extended = fstat(fd, &st) == 0 && st.st_size > CONFIG_SIZE;
    close(fd);
    return config;
}

static guint32
config_word(const Config *config, unsigned at, unsigned size)
{
    guint32 value = 0;
    for (unsigned i = 0; i < size && at + i < CONFIG_SIZE; i++)
        value |= (guint32)config->bytes[at + i] << (i * 8);
    return value;
}

static unsigned
find_express(const Config *config)
{
    if (config->size < CONFIG_SIZE || !(config->bytes[STATUS] & STATUS_CAPABILITIES))
        return 0;
    unsigned at = config->bytes[FIRST_CAPABILITY] & ~3U;
    for (int i = 0; i < MAX_CAPABILITIES && at >= 0x40; i++) {
        if (config->bytes[at] == CAPABILITY_EXPRESS)
            return at;
        at = config->bytes[at + 1] & ~3U;
    }
    return 0;
}

static NodeDevicePcieLink *
link_new(int validity, guint32 word)
{
    static const char *const speeds[] = {NULL, "2.5", "5", "8", "16", "32", "64"};
    NodeDevicePcieLink *link = node_device_pcie_link_new();
    unsigned speed = word & 15;
    link->validity = validity;
    link->speed = g_strdup(speed < G_N_ELEMENTS(speeds) ? speeds[speed] : NULL);
    link->width = word >> 4 & 63;
    return link;
}

#define INTEGRATED_ENDPOINT 9
#define EVENT_COLLECTOR 10

static void
add_express(const Config *config, NodeDeviceCap *cap)
{
    unsigned at = find_express(config);
    if (!at && !config->extended)
        return;
    cap->pcie = node_device_pcie_new();
    if (!at)
        return;
    unsigned type = config_word(config, at + 2, 2) >> 4 & 15;
    if (type == INTEGRATED_ENDPOINT || type == EVENT_COLLECTOR)
        return; /* there is no link to it */
    guint32 can = config_word(config, at + 0x0c, 4), is = config_word(config, at + 0x12, 2);
    NodeDevicePcieLink *link = link_new(NODE_DEVICE_PCIE_LINK_VALIDITY_CAP, can);
    link->port = can >> 24;
    link->has_port = true;
    vr_model_list_add(&cap->pcie->link, &cap->pcie->n_link, link);
    vr_model_list_add(&cap->pcie->link, &cap->pcie->n_link, link_new(NODE_DEVICE_PCIE_LINK_VALIDITY_STA, is));
}

static void
add_header(const Config *config, NodeDeviceCap *cap)
{
    if (config->size <= HEADER_TYPE)
        return;
    unsigned header = config->bytes[HEADER_TYPE] & 127;
    if (header == 1)
        nodedev_cap_add(cap, nodedev_cap_new(NODE_DEVICE_CAP_TYPE_PCI_BRIDGE));
    else if (header == 2)
        nodedev_cap_add(cap, nodedev_cap_new(NODE_DEVICE_CAP_TYPE_CARDBUS_BRIDGE));
}

bool
nodedev_fill_pci(struct udev_device *device, NodeDeviceDef *def, NodeDeviceCap *cap)
{
    PciAddress address;
    unsigned vendor = 0, product = 0, numa;
    if (!nodedev_pci_read(udev_device_get_sysname(device), &address))
        return false;
    cap->pci_domain = address.domain;
    cap->pci_bus = address.bus;
    cap->pci_slot = address.slot;
    cap->pci_function = address.function;
    cap->has_pci_class = nodedev_attr_number(device, "class", 16, &cap->pci_class);
    nodedev_attr_number(device, "vendor", 16, &vendor);
    nodedev_attr_number(device, "device", 16, &product);
    cap->vendor = id_new(vendor, vr_pci_vendor_name(vendor));
    cap->product = id_new(product, vr_pci_product_name(vendor, product));
    cap->numa_node = nodedev_attr_number(device, "numa_node", 10, &numa) ? (int)numa : -1;
    add_functions(device, cap);
    Config config = read_config(device);
    add_header(&config, cap);
    nodedev_add_mdev_types(device, cap);
    cap->iommu_group = nodedev_iommu_group(device);
    add_express(&config, cap);
    return true;
}
