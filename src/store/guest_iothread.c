/* See guest_iothread.h. */
#include "store/guest_iothread.h"

#include <libvirt/virterror.h>

#include "base/error.h"

DomainIothread *
vr_iothread(const DomainDef *def, unsigned id, size_t *ret_at)
{
    for (size_t i = 0; def->iothreadids && i < def->iothreadids->n_iothread; i++) {
        if (def->iothreadids->iothread[i]->id == id) {
            if (ret_at)
                *ret_at = i;
            return def->iothreadids->iothread[i];
        }
    }
    return NULL;
}

void
vr_iothreads_name(DomainDef *def)
{
    if (!def->iothreadids)
        def->iothreadids = domain_iothread_ids_new();
    for (unsigned id = 1; def->iothreadids->n_iothread < def->iothreads; id++) {
        if (vr_iothread(def, id, NULL))
            continue;
        DomainIothread *thread = domain_iothread_new();
        thread->id = id;
        vr_model_list_add(&def->iothreadids->iothread, &def->iothreadids->n_iothread, thread);
    }
}

bool
vr_iothreads_are_numbered(const DomainDef *def)
{
    for (unsigned id = 1; id <= def->iothreadids->n_iothread; id++) {
        if (!vr_iothread(def, id, NULL))
            return false;
    }
    return true;
}

DomainIothreadPin *
vr_iothread_pin(const DomainDef *def, unsigned id)
{
    for (size_t i = 0; def->cputune && i < def->cputune->n_iothreadpin; i++) {
        if (def->cputune->iothreadpin[i]->iothread == id)
            return def->cputune->iothreadpin[i];
    }
    return NULL;
}

int
vr_iothread_add(DomainDef *def, unsigned id)
{
    if (vr_iothread(def, id, NULL))
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "an IOThread is already using iothread_id '%u'", id);
    DomainIothread *thread = domain_iothread_new();
    thread->id = id;
    vr_model_list_add(&def->iothreadids->iothread, &def->iothreadids->n_iothread, thread);
    def->iothreads = (unsigned)def->iothreadids->n_iothread;
    def->iothreads_implied = false;
    return 0;
}

int
vr_iothread_delete(DomainDef *def, unsigned id)
{
    size_t at;
    if (!vr_iothread(def, id, &at))
        return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG, "cannot find IOThread '%u' in iothreadids list", id);
    for (size_t i = 0; i < def->devices.n_disk; i++) {
        const DomainDisk *disk = def->devices.disk[i];
        if (disk->driver && disk->driver->iothread == id)
            return vr_error(VIR_FROM_DOMAIN, VIR_ERR_INVALID_ARG,
                            "cannot remove IOThread %u since it is being used by disk '%s'", id,
                            disk->target ? disk->target->dev : "");
    }
    domain_iothread_free(vr_model_list_take(&def->iothreadids->iothread, &def->iothreadids->n_iothread, at));
    def->iothreads = (unsigned)def->iothreadids->n_iothread;
    for (size_t i = 0; def->cputune && i < def->cputune->n_iothreadpin; i++) {
        if (def->cputune->iothreadpin[i]->iothread == id) {
            domain_iothread_pin_free(vr_model_list_take(&def->cputune->iothreadpin, &def->cputune->n_iothreadpin, i));
            break;
        }
    }
    return 0;
}

void
vr_iothread_set_pin(DomainDef *def, unsigned id, const VrBitmap *set)
{
    if (!def->cputune)
        def->cputune = domain_cputune_new();
    DomainIothreadPin *pin = vr_iothread_pin(def, id);
    if (!pin) {
        pin = domain_iothread_pin_new();
        pin->iothread = id;
        vr_model_list_add(&def->cputune->iothreadpin, &def->cputune->n_iothreadpin, pin);
    }
    vr_bitmap_free(pin->cpuset);
    pin->cpuset = vr_bitmap_copy(set);
}
