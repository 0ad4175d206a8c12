/* See fault.h. */
#include "drivers/qemu/fault.h"

#include <glib.h>
#include <libvirt/virterror.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"

int
qemu_fault(const char *what, const char *step)
{
    const char *wanted = g_getenv("VIREO_QEMU_FAULT");
    if (!wanted)
        return 0;
    g_autofree char *here = g_strdup_printf("%s:%s", what, step);
    if (strcmp(wanted, here) == 0)
        return vr_error(VIR_FROM_QEMU, VIR_ERR_OPERATION_FAILED, "fault injected after step '%s' of %s", step, what);
    g_autofree char *deadly = g_strconcat(here, ":die", NULL);
    if (strcmp(wanted, deadly) == 0)
        kill(getpid(), SIGKILL);
    return 0;
}
