/* Fuzz target: the snapshot document (see xml_fuzz.h). */
#include "model/moment.gen.h"
#include "xml_fuzz.h"

XML_FUZZ_TARGET(vr_desc_snapshot_def)
