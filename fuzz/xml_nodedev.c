/* Fuzz target: the nodedev document (see xml_fuzz.h). */
#include "model/nodedev.gen.h"
#include "xml_fuzz.h"

XML_FUZZ_TARGET(vr_desc_node_device_def)
