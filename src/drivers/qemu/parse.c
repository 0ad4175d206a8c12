/* Reading a guest's definition as QEMU wants it: the model's hooks, in the order in which they run. */
#include "drivers/qemu/parse.h"

DomainDef *
qemu_domain_parse(QemuDriver *driver, const char *xml, unsigned model_flags)
{
    static const char *const namespaces[] = {"qemu", NULL};
    DomainDriver hooks = {
        .default_arch = qemu_host_arch(),
        .begin = qemu_fill_basics,
        .fill = qemu_fill_devices,
        .place = qemu_place_devices,
        .validate = qemu_validate,
    };
    QemuParse parse = {.driver = driver};
    unsigned update = model_flags & QEMU_PARSE_STABLE ? 0 : VR_MODEL_ABI_UPDATE;
    VrParseContext context = {.flags = VR_MODEL_INACTIVE | update | (model_flags & ~QEMU_PARSE_STABLE), .driver = &hooks, .opaque = &parse,
                              .namespaces = namespaces};
    DomainDef *def = domain_def_parse(xml, &context);
    qemu_caps_unref(parse.caps);
    return def;
}
