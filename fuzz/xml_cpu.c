/* Fuzz target: the guest CPU document (see xml_fuzz.h). */
#include "model/domain.gen.h"
#include "xml_fuzz.h"

XML_FUZZ_TARGET(vr_desc_domain_cpu)
