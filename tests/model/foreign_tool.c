/* foreign-tool FORM FILE...: guests in other tools' forms as libvirt XML, or with FORM to-... the way back.
 *
 * Prints what was made of each file, or "error CODE DOMAIN: MESSAGE".  Used by tests/model/foreign.py and by hand.
 */
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "model/foreign.h"

static char *
convert(const char *form, const char *text)
{
    g_autoptr(DomainDef) def = NULL;

    if (strcmp(form, "lxc") == 0)
        def = vr_foreign_from_lxc(text);
    if (!def)
        return NULL;
    return domain_def_format(def, VR_MODEL_INACTIVE | VR_MODEL_SECURE);
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
