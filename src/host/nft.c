/* Transactions of nftables through its library, which does one thing at a time: see nft.h. */
#include "host/nft.h"

#include <nftables/libnftables.h>
#include <string.h>

#include "base/error.h"
#include "base/lock.h"

static VrMutex lock = VR_MUTEX_INIT;

int
vr_nft_run(const char *commands, char **ret_output)
{
    VR_SCOPED_LOCK(&lock);
    struct nft_ctx *context = nft_ctx_new(NFT_CTX_DEFAULT);
    if (!context)
        return vr_error(VIR_FROM_FIREWALL, VIR_ERR_INTERNAL_ERROR, "nftables cannot be used on this host");
    nft_ctx_buffer_output(context);
    nft_ctx_buffer_error(context);
    int result = nft_run_cmd_from_buffer(context, commands);
    if (result != 0) {
        const char *said = nft_ctx_get_error_buffer(context);
        vr_error(VIR_FROM_FIREWALL, VIR_ERR_OPERATION_FAILED, "Failed to apply firewall rules: %s",
                 said && *said ? said : "nftables does not say why");
    } else if (ret_output) {
        *ret_output = g_strdup(nft_ctx_get_output_buffer(context));
    }
    nft_ctx_free(context);
    return result == 0 ? 0 : -1;
}
