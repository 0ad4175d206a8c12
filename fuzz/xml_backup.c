/* Fuzz target: the backup document (see xml_fuzz.h). */
#include "model/moment.gen.h"
#include "xml_fuzz.h"

XML_FUZZ_TARGET(vr_desc_backup_def)
