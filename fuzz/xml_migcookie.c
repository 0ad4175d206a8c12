/* Fuzz target: the migration cookie document (see xml_fuzz.h). */
#include "model/status.gen.h"
#include "xml_fuzz.h"

XML_FUZZ_TARGET(vr_desc_migration_cookie_def)
