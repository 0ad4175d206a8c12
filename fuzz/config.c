/* Configuration files: any text parses or is refused, and look-ups on the result are safe. */
#include "base/config.h"
#include "common.h"

DEFINE_FUZZ_TARGET(text)
{
    g_autoptr(VrConfig) config = vr_config_parse(text, "fuzz");
    const char *string = NULL;
    const char *const *list = NULL;
    long long number = 0;
    if (!config)
        return;
    (void)vr_config_string(config, "a", &string);
    (void)vr_config_strings(config, "a", &list);
    (void)vr_config_number(config, "a", &number);
}
