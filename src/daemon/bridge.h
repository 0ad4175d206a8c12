/* Registers the daemon's loop as the library's event loop; once, before any connection opens. */
#pragma once

void daemon_bridge_register(void);
