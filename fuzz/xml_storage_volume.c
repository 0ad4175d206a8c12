/* Fuzz target: the storage volume document (see xml_fuzz.h). */
#include "model/storage.gen.h"
#include "xml_fuzz.h"

XML_FUZZ_TARGET(vr_desc_storage_vol_def)
