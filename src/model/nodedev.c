/* The node device document's own rules: names, and what each kind of device must say about itself.
 *
 * Called by the engine while a device is read; VR_MODEL_ABI_UPDATE marks one that is to be made.
 */
#include <string.h>

#include "base/error.h"
#include "model/engine.h"
#include "model/nodedev.gen.h"
#include "model/rules.h"

#define FAIL(code, ...) vr_error(VIR_FROM_NODEDEV, code, __VA_ARGS__)

static int
check_fc_host(const NodeDeviceDef *def, const NodeDeviceCap *cap)
{
    if (cap->type != NODE_DEVICE_CAP_TYPE_FC_HOST || (cap->wwnn && cap->wwpn))
        return 0;
    return FAIL(VIR_ERR_INTERNAL_ERROR, "no %s supplied for '%s', and auto-generation failed",
                cap->wwnn ? "WWPN" : "WWNN", def->name);
}

static int
check_cap(const NodeDeviceDef *def, const NodeDeviceCap *cap, bool is_new)
{
    if (cap->type == NODE_DEVICE_CAP_TYPE_SCSI_HOST && !cap->has_host && !is_new)
        return FAIL(VIR_ERR_INTERNAL_ERROR, "no SCSI host ID supplied for '%s'", def->name);
    if (cap->type == NODE_DEVICE_CAP_TYPE_SYSTEM && !vr_uuid_is_set(cap->hardware.uuid))
        return FAIL(VIR_ERR_INTERNAL_ERROR, "no system UUID supplied for '%s'", def->name);
    for (size_t i = 0; is_new && i < cap->n_capability; i++) {
        if (check_fc_host(def, cap->capability[i]) < 0)
            return -1;
    }
    return 0;
}

int
node_device_parsed(VrParse *parse, const VrXmlNode *node, void *object)
{
    NodeDeviceDef *def = object;
    bool is_new = parse->context->flags & VR_MODEL_ABI_UPDATE;

    if (is_new) {
        g_free(def->name);
        def->name = g_strdup("new device");
    }
    if (!def->name)
        return FAIL(VIR_ERR_NO_NAME, NULL);
    if (def->n_capability == 0)
        return FAIL(VIR_ERR_INTERNAL_ERROR, "no device capabilities for '%s'", def->name);
    for (size_t i = 0; i < def->n_capability; i++) {
        if (check_cap(def, def->capability[i], is_new) < 0)
            return -1;
    }
    if (def->parent && !def->parent->wwnn != !def->parent->wwpn)
        return FAIL(VIR_ERR_XML_ERROR, "when providing parent %s='%s', the %s must also be provided",
                    def->parent->wwnn ? "wwnn" : "wwpn", def->parent->wwnn ? def->parent->wwnn : def->parent->wwpn,
                    def->parent->wwnn ? "wwpn" : "wwnn");
    return 0;
}
