/* Fuzz target: the pool source list document (see xml_fuzz.h). */
#include "model/storage.gen.h"
#include "xml_fuzz.h"

XML_FUZZ_TARGET(vr_desc_storage_pool_source_list)
