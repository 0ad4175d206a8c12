/* Fuzz target: the secret document (see xml_fuzz.h). */
#include "model/secret.gen.h"
#include "xml_fuzz.h"

XML_FUZZ_TARGET(vr_desc_secret_def)
