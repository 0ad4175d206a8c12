/* Argument rules that relate several arguments: the `check` words of the API description.
 *
 * Each returns TRUE after it has set the error, like the checks in base/entry.h.
 */
#pragma once

#include <glib.h>
#include <libvirt/libvirt.h>

gboolean vr_check_vcpu_maps(const unsigned char *cpumaps, int maplen);
gboolean vr_check_metadata_read(int type, const char *uri);
gboolean vr_check_metadata_write(int type, const char *metadata, const char *key, const char *uri);
gboolean vr_check_struct_size(size_t size, size_t known);
gboolean vr_check_socket(int fd, const char *name);
gboolean vr_check_resize(unsigned long long capacity, unsigned int flags);
gboolean vr_check_cpu_stats(virTypedParameterPtr params, unsigned int nparams, int start_cpu, unsigned int ncpus);
gboolean vr_check_keys_to_change(const char **keys, unsigned int nkeys, unsigned int flags);
gboolean vr_check_peek_buffer(const void *buffer, size_t size);
