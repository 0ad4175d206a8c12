/* The agent in a guest, as operations use it: finding its channel, asking it, and reading what it says with care.
 *
 * Included by this folder only.  Any thread; none of it takes the guest's turn, so that a silent agent holds up nobody but those who
 * want it.
 */
#pragma once

#include "drivers/qemu/run.h"

#define QEMU_AGENT_CHANNEL "org.qemu.guest_agent.0"

/* A call about the agent: the guest must run and its agent be there.  Begin takes the turn with the agent. */
typedef struct {
    VrGuestState *state;
    struct QemuAgent *agent;
    bool in_turn;
} QemuAgentCall;

int qemu_agent_call_begin(QemuAgentCall *call, virDomainPtr dom);
void qemu_agent_call_end(QemuAgentCall *call);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(QemuAgentCall, qemu_agent_call_end)

/* The "return" of COMMAND with ARGUMENTS (taken, may be NULL); NULL with the error set. */
json_t *qemu_agent_ask(QemuAgentCall *call, const char *command, json_t *arguments);
/* The same; an agent that does not know the command is no error: 0 with RET NULL.  -1 with the error set. */
int qemu_agent_try(QemuAgentCall *call, const char *command, json_t *arguments, json_t **ret);
/* The same where only success matters. */
int qemu_agent_do(QemuAgentCall *call, const char *command, json_t *arguments);
/* A command that may end the agent before it answers: both are success. */
int qemu_agent_end_guest(QemuAgentCall *call, const char *command, json_t *arguments);
/* A whole message of a client's (taken); its answer. */
json_t *qemu_agent_raw(QemuAgentCall *call, json_t *message, int timeout);

/* The line to RUN's agent is cut: whoever waits is told.  Any thread. */
void qemu_agent_drop(QemuRun *run);
void qemu_agent_free(QemuRun *run);
/* The guest in C has just started: its agent has not. */
void qemu_agent_started(const QemuChange *c);
/* Whether the guest in STATE has an agent that listens. */
bool qemu_agent_listens(const VrGuestState *state);

/* What an agent says may be anything: 0, or -1 with the error set that says what COMMAND's answer lacks. */
int qemu_agent_nonsense(const char *command, const char *what);
/* A guest does not have more of anything than this. */
#define QEMU_AGENT_MANY 4096

/* agent_where.c: the disk that lies at the place where the guest says that its controller and unit are; NULL: none of ours. */
const DomainDisk *qemu_agent_disk(const DomainDef *def, const json_t *place);
