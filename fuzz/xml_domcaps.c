/* Fuzz target: the domain capabilities document (see xml_fuzz.h). */
#include "model/domcaps.gen.h"
#include "xml_fuzz.h"

XML_FUZZ_TARGET(vr_desc_domcaps_def)
