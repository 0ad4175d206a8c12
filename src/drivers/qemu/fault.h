/* Faults on purpose, for tests: any named step of what the driver does to a guest can be made to fail, or to be the last thing
 * that the daemon does.  Any thread. */
#pragma once

/* Call at the end of step STEP of WHAT ("start", "save").  The environment's VIREO_QEMU_FAULT names one: "start:greet" fails it
 * (-1 with the error set), "start:greet:die" kills the process there.  0 otherwise. */
int qemu_fault(const char *what, const char *step);
