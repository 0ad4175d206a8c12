/* Fuzz target: the nwfilter binding document (see xml_fuzz.h). */
#include "model/nwfilter.gen.h"
#include "xml_fuzz.h"

XML_FUZZ_TARGET(vr_desc_nwfilter_binding_def)
