/* Fuzz target: the network document (see xml_fuzz.h). */
#include "model/network.gen.h"
#include "xml_fuzz.h"

XML_FUZZ_TARGET(vr_desc_network_def)
