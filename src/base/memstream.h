/* Streams that serve bytes from memory: screenshots, console logs, downloads that a driver has made up.
 *
 * The stream's operations may run on any thread; its event callback runs on the event loop's.
 */
#pragma once

#include <glib.h>

#include "base/object.h"

/* Make STREAM deliver DATA (a reference is taken over).  -1 with the error set when it is in use already. */
int vr_memstream_open(virStreamPtr stream, GBytes *data);
