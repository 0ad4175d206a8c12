/* Threads for disk requests, in a guest's definition: names, places, adding and removing.  Pure functions; any thread. */
#pragma once

#include "model/domain.h"

DomainIothread *vr_iothread(const DomainDef *def, unsigned id, size_t *ret_at);
/* A definition may say how many there are without naming each: name them, 1 and up. */
void vr_iothreads_name(DomainDef *def);
/* Whether the names say no more than the number of threads: 1 to n. */
bool vr_iothreads_are_numbered(const DomainDef *def);

/* -1 with the error set when there is one already; when there is none, or a disk uses it. */
int vr_iothread_add(DomainDef *def, unsigned id);
int vr_iothread_delete(DomainDef *def, unsigned id);

DomainIothreadPin *vr_iothread_pin(const DomainDef *def, unsigned id);
void vr_iothread_set_pin(DomainDef *def, unsigned id, const VrBitmap *set); /* SET is copied */
