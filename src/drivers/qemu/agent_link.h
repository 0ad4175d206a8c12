/* A line to the agent in one guest: one command at a time, each after a synchronization, so that an agent that was silent,
 * late or talking nonsense is understood again.
 *
 * Any thread calls; bytes are read and written on the loop's thread.  Whoever waits holds no lock and no guest's turn.
 */
#pragma once

#include <glib.h>
#include <jansson.h>

typedef struct QemuAgent QemuAgent;

/* Speak on FD (taken over). */
QemuAgent *qemu_agent_new(int fd);
QemuAgent *qemu_agent_ref(QemuAgent *agent);
void qemu_agent_unref(QemuAgent *agent);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuAgent, qemu_agent_unref)
/* The agent is gone: who waits is told, and whoever comes later. */
void qemu_agent_close(QemuAgent *agent);
gboolean qemu_agent_is_closed(QemuAgent *agent);

#define QEMU_AGENT_BLOCK (-2)  /* for as long as the agent lives */
#define QEMU_AGENT_DEFAULT (-1)
#define QEMU_AGENT_PATIENCE 5  /* seconds that a healthy agent never needs to synchronize */

/* Wait for one's turn with the agent: 0, or -1 with the error set; OWNER is told to those who wait too long. */
int qemu_agent_begin(QemuAgent *agent, const char *owner);
void qemu_agent_end(QemuAgent *agent);

/* In one's turn: synchronize, send MESSAGE (taken), wait TIMEOUT seconds for the answer.  RESPONSE: seconds that the guest's owner
 * allows for any answer (negative: as long as it takes).  The whole answer, "return" or "error"; NULL with the error set. */
json_t *qemu_agent_talk(QemuAgent *agent, json_t *message, int timeout, int response);
/* The same without waiting for an answer, for what ends the agent: 1 answered, 0 the agent went away, -1 with the error set. */
int qemu_agent_tell(QemuAgent *agent, json_t *message, int timeout, int response, json_t **ret_answer);
