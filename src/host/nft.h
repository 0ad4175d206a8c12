/* nftables: changes to the host's packet filter, each one transaction.
 *
 * Called by the drivers of networks and filters, on any thread.
 */
#pragma once

#include <glib.h>

/* Do what COMMANDS (nft's own language) say, all of it or nothing; -1 with the error set.  RET_OUTPUT, what listing
 * commands print, may be NULL. */
int vr_nft_run(const char *commands, char **ret_output);
