/* foreign-tool FORM FILE...: guests in other tools' forms as libvirt XML, or with FORM to-... the way back.
 *
 * Prints what was made of each file, or "error CODE DOMAIN: MESSAGE".  Used by tests/model/foreign.py and by hand.
 */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "model/foreign.h"

static DomainDef *
read_form(const char *form, const char *text)
{
    VrParseContext context = {.flags = VR_MODEL_INACTIVE};

    if (strcmp(form, "lxc") == 0)
        return vr_foreign_from_lxc(text);
    if (strcmp(form, "openvz") == 0)
        return vr_foreign_from_openvz(text, "101");
    if (strcmp(form, "xen-xl") == 0)
        return vr_foreign_from_xen(text, VR_FOREIGN_XL);
    if (strcmp(form, "xen-xm") == 0)
        return vr_foreign_from_xen(text, VR_FOREIGN_XM);
    if (strcmp(form, "vmx") == 0)
        return vr_foreign_from_vmx(text);
    return g_str_has_prefix(form, "to-") ? domain_def_parse(text, &context) : NULL;
}

static char *
write_form(const char *form, const DomainDef *def)
{
    if (strcmp(form, "xen-xl") == 0)
        return vr_foreign_to_xen(def, VR_FOREIGN_XL);
    if (strcmp(form, "xen-xm") == 0)
        return vr_foreign_to_xen(def, VR_FOREIGN_XM);
    if (strcmp(form, "vmx") == 0)
        return vr_foreign_to_vmx(def);
    return NULL;
}

static char *
convert(const char *form, const char *text)
{
    g_autoptr(DomainDef) def = read_form(form, text);
    g_autoptr(DomainDef) again = NULL;
    g_autofree char *written = NULL;
    g_autofree char *xml = NULL;
    g_autofree char *second = NULL;

    if (!def)
        return NULL;
    if (g_str_has_prefix(form, "to-"))
        return write_form(form + strlen("to-"), def);
    xml = domain_def_format(def, VR_MODEL_INACTIVE | VR_MODEL_SECURE);
    written = write_form(form, def);
    again = written ? read_form(form, written) : NULL;
    second = again ? domain_def_format(again, VR_MODEL_INACTIVE | VR_MODEL_SECURE) : NULL;
    if (written && g_strcmp0(xml, second) != 0)
        printf("not itself again, after:\n%s\n", written);
    return g_steal_pointer(&xml);
}

int
main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: foreign-tool FORM FILE...\n");
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        g_autofree char *text = NULL;
        g_autofree char *result = NULL;

        if (!g_file_get_contents(argv[i], &text, NULL, NULL))
            return 2;
        vr_error_clear();
        result = convert(argv[1], text);
        if (result)
            fputs(result, stdout);
        else
            printf("error %d %d: %s\n", vr_error_last()->code, vr_error_last()->domain, vr_error_last()->message);
    }
    return 0;
}
