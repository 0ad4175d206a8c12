/* Fuzz target: the interface document (see xml_fuzz.h). */
#include "model/interface.gen.h"
#include "xml_fuzz.h"

XML_FUZZ_TARGET(vr_desc_interface_def)
