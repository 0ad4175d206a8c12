/* Fuzz target: the system information document (see xml_fuzz.h). */
#include "model/domcaps.gen.h"
#include "xml_fuzz.h"

XML_FUZZ_TARGET(vr_desc_sysinfo_def)
