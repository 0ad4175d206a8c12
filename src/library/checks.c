/* Argument rules that relate several arguments: see checks.h. */
#include "library/checks.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/entry.h"

static gboolean
not_null(const void *p, const char *name)
{
    return p && vr_api_refuse(name, "must be NULL");
}

static gboolean
not_zero(long long n, const char *name)
{
    return n != 0 && vr_api_refuse(name, "must be zero");
}

gboolean
vr_check_vcpu_maps(const unsigned char *cpumaps, int maplen)
{
    return cpumaps ? vr_api_not_positive(maplen, "maplen") : not_zero(maplen, "maplen");
}

gboolean
vr_check_metadata_read(int type, const char *uri)
{
    switch (type) {
    case VIR_DOMAIN_METADATA_DESCRIPTION:
    case VIR_DOMAIN_METADATA_TITLE:
        return not_null(uri, "uri");
    case VIR_DOMAIN_METADATA_ELEMENT:
        return vr_api_null(uri, "uri");
    default:
        return FALSE; /* the driver knows which types there are */
    }
}

gboolean
vr_check_metadata_write(int type, const char *metadata, const char *key, const char *uri)
{
    switch (type) {
    case VIR_DOMAIN_METADATA_TITLE:
        if (metadata && strchr(metadata, '\n'))
            return vr_api_report_invalid("metadata", "metadata title in %s can't contain newlines", vr_api_call.name);
        return not_null(uri, "uri") || not_null(key, "key");
    case VIR_DOMAIN_METADATA_DESCRIPTION:
        return not_null(uri, "uri") || not_null(key, "key");
    case VIR_DOMAIN_METADATA_ELEMENT:
        return vr_api_null(uri, "uri") || (metadata && vr_api_null(key, "key"));
    default:
        return FALSE;
    }
}

/* SIZE is what the caller's header knows of a structure; it can be older, never newer. */
gboolean
vr_check_struct_size(size_t size, size_t known)
{
    return size > known && vr_api_report_invalid("size", "size must not exceed %zu", known);
}

gboolean
vr_check_socket(int fd, const char *name)
{
    struct stat about;
    if (fstat(fd, &about) < 0) {
        vr_error_system(vr_api_call.domain, errno, "Unable to check whether fd %d is a socket", fd);
        return TRUE;
    }
    return !S_ISSOCK(about.st_mode) && vr_api_report_invalid(name, "fd %d must be a socket", fd);
}

gboolean
vr_check_resize(unsigned long long capacity, unsigned int flags)
{
    return capacity == 0 && !(flags & (VIR_STORAGE_VOL_RESIZE_DELTA | VIR_STORAGE_VOL_RESIZE_SHRINK)) &&
           vr_api_report_invalid("capacity", "capacity in %s cannot be zero without 'delta' or 'shrink' flags set",
                                 vr_api_call.name);
}

/* Three forms: how many CPUs (ncpus 0), how many parameters (nparams 0), and the values; CPU -1 is all of them. */
gboolean
vr_check_cpu_stats(virTypedParameterPtr params, unsigned int nparams, int start_cpu, unsigned int ncpus)
{
    if (start_cpu < -1)
        return vr_api_refuse("start_cpu", "must be -1 or greater");
    if (start_cpu == -1 && ncpus != 1)
        return vr_api_refuse("ncpus", "must be 1 when start_cpu is -1");
    if (nparams > 0 && ncpus > 0)
        return vr_api_null(params, "params");
    if (not_null(params, "params"))
        return TRUE;
    return ncpus == 0 && (not_zero(start_cpu, "start_cpu") || not_zero(nparams, "nparams"));
}

gboolean
vr_check_peek_buffer(const void *buffer, size_t size)
{
    /* A size of zero only asks whether the access would be allowed. */
    return size > 0 && vr_api_null(buffer, "buffer");
}

/* Adding and taking away need something to add or take away. */
gboolean
vr_check_keys_to_change(const char **keys, unsigned int nkeys, unsigned int flags)
{
    return (nkeys > 0 || flags & (VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_APPEND | VIR_DOMAIN_AUTHORIZED_SSH_KEYS_SET_REMOVE)) &&
           vr_api_null(keys, "keys");
}
