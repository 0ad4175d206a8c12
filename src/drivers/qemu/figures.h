/* Figures about running guests: processes as the host counts them, block nodes as the emulator does.
 *
 * Included by this folder only; any thread.
 */
#pragma once

#include "drivers/qemu/run.h"

/* Nanoseconds that a process or thread (TID 0: all of it) has had; FALSE when it is not known. */
typedef struct {
    unsigned long long user, system, total;
    unsigned long long wait, delay; /* of a thread */
    int cpu;                        /* where it ran last */
} QemuTimes;
bool qemu_times(pid_t pid, pid_t tid, QemuTimes *ret);
/* KiB in memory. */
unsigned long long qemu_resident(pid_t pid);

/* Counters of one network device of the host, as the guest sees them unless MIRRORED is false. */
int qemu_link_figures(const char *device, bool mirrored, virDomainInterfaceStatsPtr ret);

/* One entry of query-blockstats for DISK, or NULL. */
const json_t *qemu_block_figures(const json_t *list, const DomainDisk *disk);
/* One entry of query-named-block-nodes. */
const json_t *qemu_block_node(const json_t *list, unsigned index);

/* The balloon's counters: tag of virDomainMemoryStatTags, name in domstats, name in QEMU, whether it counts bytes. */
typedef struct {
    int tag;
    const char *stat, *qmp;
    bool bytes;
} QemuBalloonFigure;
extern const QemuBalloonFigure qemu_balloon_figures[];
extern const gsize qemu_n_balloon_figures;
/* TRUE with the value in KiB or as it is; QEMU has none that the guest did not tell. */
bool qemu_balloon_figure(const json_t *answer, const QemuBalloonFigure *figure, unsigned long long *ret);
json_t *qemu_balloon_question(const DomainDef *def); /* arguments of qom-get; NULL without a balloon */
