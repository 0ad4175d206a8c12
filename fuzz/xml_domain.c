/* Fuzz target: the domain document (see xml_fuzz.h). */
#include "model/domain.gen.h"
#include "xml_fuzz.h"

XML_FUZZ_TARGET(vr_desc_domain_def)
