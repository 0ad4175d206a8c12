/* What the domain's rule files share: small helpers and each group's share of the work after reading.
 *
 * Internal to src/model/domain_*.c.
 */
#pragma once

#include "base/error.h"
#include "model/domain.gen.h"
#include "model/domain.h"
#include "model/engine.h"
#include "model/rules.h"

#define UNSUPPORTED(...) vr_error(VIR_FROM_DOMAIN, VIR_ERR_CONFIG_UNSUPPORTED, __VA_ARGS__)
#define XML_FAIL(...) vr_error(VIR_FROM_DOMAIN, VIR_ERR_XML_ERROR, __VA_ARGS__)
#define DETAIL_FAIL(...) vr_error(VIR_FROM_DOMAIN, VIR_ERR_XML_DETAIL, __VA_ARGS__)

/* domain_chardev.c */
int chardev_read(VrParse *parse, const VrXmlNode *node, ChardevSource *def);
int chardev_check(const ChardevSource *def);
void chardev_print(VrFormat *format, const ChardevSource *def);

/* The guest's devices put in order, numbered and completed, in this sequence. */
int domain_memory_fill(DomainDef *def, bool anew);
void domain_disks_sort(DomainDef *def);
void domain_controllers_sort(DomainDef *def);
int domain_chardevs_fill(DomainDef *def);
void domain_disks_place(DomainDef *def);
void domain_hostdevs_place(DomainDef *def);
void domain_controllers_number(DomainDef *def);
int domain_disks_fill(DomainDef *def);
int domain_controllers_fill(DomainDef *def);
int domain_implied_devices(DomainDef *def);
int domain_validate(const DomainDef *def);
int domain_chardevs_check(const DomainDef *def);
int domain_devices_check(const DomainDef *def);
int domain_virtio_options_absent(int iommu, int ats, int packed, int page_per_vq);
int domain_os_check(const DomainDef *def);
int domain_disks_check(const DomainDef *def);
int domain_cpu_check(const DomainDef *def);
int seclabels_settle(DomainSeclabelDevice ***labels, size_t *n);
int domain_sysinfo_settle(DomainDef *def);
int domain_audios_check(const DomainDef *def);
void domain_capabilities_settle(DomainFeatures *features);
int domain_features_check(const DomainDef *def);
int domain_tuning_check(const DomainDef *def);
int domain_memory_check(const DomainDef *def);
void domain_memory_identify(DomainDef *def);
int domain_idmap_settle(DomainIdmap *map);

/* The number of a disk name's letters ("sdc": 2), or -1. */
int domain_disk_index(const char *target);
void iscsi_name_complete(char **name);
int domain_tuning_fill(DomainDef *def);
int domain_cpu_fill(DomainDef *def);
int domain_cpu_check_model(const DomainCpu *cpu);
int domain_os_settle(DomainDef *def);
bool domain_boots_from_devices(const DomainDef *def);
int domain_sysinfo_agree(DomainDef *def);
bool domain_is_hvm(const DomainDef *def);
bool domain_is_x86(const DomainDef *def);
DomainAddress *domain_drive_address(unsigned controller, unsigned bus, unsigned target, unsigned unit);
