/* Fuzz target: the domain status document (see xml_fuzz.h). */
#include "model/status.gen.h"
#include "xml_fuzz.h"

XML_FUZZ_TARGET(vr_desc_domain_status_def)
