/* The administration program: what virt-admin asks. */
#include "daemon/calls.h"

VrDispatchFunc
daemon_admin_function(int proc)
{
    return NULL;
}
