/* The machine that guests run on: what hypervisor drivers answer about it, in the shape of their operations.
 *
 * Read from the kernel's files at each call; any thread.  CONN is not looked at.  Errors are of VIR_FROM_NONE.
 */
#pragma once

#include <glib.h>
#include <libvirt/libvirt.h>

/* node.c */
int vr_node_get_info(virConnectPtr conn, virNodeInfoPtr info);
int vr_node_get_cpu_stats(virConnectPtr conn, int cpu, virNodeCPUStatsPtr params, int *nparams, unsigned int flags);
int vr_node_get_cpu_map(virConnectPtr conn, unsigned char **cpumap, unsigned int *online, unsigned int flags);
int vr_node_suspend(virConnectPtr conn, unsigned int target, unsigned long long duration, unsigned int flags);

/* node_memory.c */
int vr_node_get_memory_stats(virConnectPtr conn, int cell, virNodeMemoryStatsPtr params, int *nparams, unsigned int flags);
unsigned long long vr_node_get_free_memory(virConnectPtr conn);
int vr_node_get_cells_free_memory(virConnectPtr conn, unsigned long long *free_memory, int start, int max);
int vr_node_get_free_pages(virConnectPtr conn, unsigned int npages, unsigned int *pages, int start, unsigned int cells,
                           unsigned long long *counts, unsigned int flags);
int vr_node_alloc_pages(virConnectPtr conn, unsigned int npages, unsigned int *sizes, unsigned long long *counts, int start,
                        unsigned int cells, unsigned int flags);
int vr_node_get_memory_parameters(virConnectPtr conn, virTypedParameterPtr params, int *nparams, unsigned int flags);
int vr_node_set_memory_parameters(virConnectPtr conn, virTypedParameterPtr params, int nparams, unsigned int flags);

/* node_sysinfo.c: what the firmware says about the machine, as a document. */
char *vr_node_get_sysinfo(virConnectPtr conn, unsigned int flags);
/* The same from the output of dmidecode, TEXT; NULL when it says nothing. */
char *vr_sysinfo_from_dmidecode(const char *text);

/* A file below /sys or /proc without its last line's end; NULL when it cannot be read. */
char *vr_node_read(const char *format, ...) G_GNUC_PRINTF(1, 2);
/* The numbers of a list as the kernel writes them ("0-3,8"), guint each. */
GArray *vr_node_list(const char *list);
/* The highest number among the memory nodes that are there. */
int vr_node_last_cell(void);
