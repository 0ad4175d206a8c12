/* Fuzz target: the network port document (see xml_fuzz.h). */
#include "model/network.gen.h"
#include "xml_fuzz.h"

XML_FUZZ_TARGET(vr_desc_network_port_def)
