/* Fuzz target: the pool status document (see xml_fuzz.h). */
#include "model/status.gen.h"
#include "xml_fuzz.h"

XML_FUZZ_TARGET(vr_desc_storage_pool_status_def)
