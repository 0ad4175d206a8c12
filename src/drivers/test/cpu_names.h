/* The CPU models that clients may name, by architecture.  A list of names only: what a model can is src/host's matter.
 *
 * Included by host.c only.
 */
#pragma once

typedef struct {
    const char *name;
    const char *const *models; /* NULL: the architecture is known, its models are not */
} TestCpuArch;

static const char *const cpu_models_x86[] = {
    "486", "pentium", "pentium2", "pentium3", "pentiumpro", "coreduo", "n270", "core2duo",
    "qemu32", "kvm32", "cpu64-rhel5", "cpu64-rhel6", "qemu64", "kvm64", "Conroe", "Penryn",
    "Nehalem", "Nehalem-IBRS", "Westmere", "Westmere-IBRS", "SandyBridge", "SandyBridge-IBRS",
    "IvyBridge", "IvyBridge-IBRS", "Haswell-noTSX", "Haswell-noTSX-IBRS", "Haswell",
    "Haswell-IBRS", "Broadwell-noTSX", "Broadwell-noTSX-IBRS", "Broadwell", "Broadwell-IBRS",
    "Skylake-Client", "Skylake-Client-IBRS", "Skylake-Client-noTSX-IBRS", "Skylake-Server",
    "Skylake-Server-IBRS", "Skylake-Server-noTSX-IBRS", "Cascadelake-Server",
    "Cascadelake-Server-noTSX", "Icelake-Client", "Icelake-Client-noTSX", "Icelake-Server",
    "Icelake-Server-noTSX", "Cooperlake", "Snowridge", "athlon", "phenom", "Opteron_G1",
    "Opteron_G2", "Opteron_G3", "Opteron_G4", "Opteron_G5", "EPYC", "EPYC-IBPB", "EPYC-Rome",
    "EPYC-Milan", "Dhyana", NULL
};

static const char *const cpu_models_ppc64[] = {
    "POWER6", "POWER7", "POWER8", "POWER9", "POWER10", "POWERPC_e5500", "POWERPC_e6500", NULL
};

static const char *const cpu_models_none[] = {
    NULL
};

static const TestCpuArch test_cpu_archs[] = {
    {"alpha", NULL},
    {"armv6l", cpu_models_none},
    {"armv7l", cpu_models_none},
    {"armv7b", cpu_models_none},
    {"aarch64", cpu_models_none},
    {"cris", NULL},
    {"i686", cpu_models_x86},
    {"ia64", NULL},
    {"lm32", NULL},
    {"m68k", NULL},
    {"microblaze", NULL},
    {"microblazeel", NULL},
    {"mips", NULL},
    {"mipsel", NULL},
    {"mips64", NULL},
    {"mips64el", NULL},
    {"openrisc", NULL},
    {"parisc", NULL},
    {"parisc64", NULL},
    {"ppc", NULL},
    {"ppcle", NULL},
    {"ppc64", cpu_models_ppc64},
    {"ppc64le", cpu_models_ppc64},
    {"ppcemb", NULL},
    {"riscv32", NULL},
    {"riscv64", NULL},
    {"s390", cpu_models_none},
    {"s390x", cpu_models_none},
    {"sh4", NULL},
    {"sh4eb", NULL},
    {"sparc", NULL},
    {"sparc64", NULL},
    {"unicore32", NULL},
    {"x86_64", cpu_models_x86},
    {"xtensa", NULL},
    {"xtensaeb", NULL},
};
