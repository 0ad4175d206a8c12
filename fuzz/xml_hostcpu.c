/* Fuzz target: the host CPU document (see xml_fuzz.h). */
#include "model/caps.gen.h"
#include "xml_fuzz.h"

XML_FUZZ_TARGET(vr_desc_caps_cpu)
