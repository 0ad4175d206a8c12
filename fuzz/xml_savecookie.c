/* Fuzz target: the saved image's cookie document (see xml_fuzz.h). */
#include "model/status.gen.h"
#include "xml_fuzz.h"

XML_FUZZ_TARGET(vr_desc_save_cookie_def)
