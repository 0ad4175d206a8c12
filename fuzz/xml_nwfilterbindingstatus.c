/* Fuzz target: the filter binding status document (see xml_fuzz.h). */
#include "model/status.gen.h"
#include "xml_fuzz.h"

XML_FUZZ_TARGET(vr_desc_nwfilter_binding_status_def)
