/* Writing, reading and walking through what a driver keeps on disk: see files.h. */
#include "store/files.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"

char *
vr_files_path(const char *folder, const char *name, const char *ending)
{
    return g_strdup_printf("%s/%s%s", folder, name, ending);
}

int
vr_files_write(const char *path, const char *text, gssize length, int folder_mode, int domain)
{
    g_autofree char *folder = g_path_get_dirname(path);
    if (g_mkdir_with_parents(folder, folder_mode) < 0)
        return vr_error_system(domain, errno, "cannot create directory '%s'", folder);
    g_autoptr(GError) error = NULL;
    if (g_file_set_contents_full(path, text, length, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                 &error))
        return 0;
    return vr_error(domain, VIR_ERR_SYSTEM_ERROR, "cannot write '%s': %s", path, error->message);
}

int
vr_files_write_definition(const char *path, const char *text, const char *command, int folder_mode, int domain)
{
    g_autofree char *whole = g_strdup_printf("<!--\n"
                                             "WARNING: THIS IS AN AUTO-GENERATED FILE. CHANGES TO IT ARE LIKELY TO BE\n"
                                             "OVERWRITTEN AND LOST. Changes to this xml configuration should be made using:\n"
                                             "  virsh %s\n"
                                             "or other application using the libvirt API.\n"
                                             "-->\n\n%s",
                                             command, text);
    return vr_files_write(path, whole, -1, folder_mode, domain);
}

char *
vr_files_read(const char *path, gsize max, gsize *ret_length, int domain)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        vr_error_system(domain, errno, "cannot open file '%s'", path);
        return NULL;
    }
    g_autoptr(GString) text = g_string_new(NULL);
    char part[8192];
    ssize_t n;
    while ((n = read(fd, part, sizeof(part))) > 0 && text->len + n <= max)
        g_string_append_len(text, part, n);
    int error = errno;
    close(fd);
    if (n < 0) {
        vr_error_system(domain, error, "cannot read file '%s'", path);
        return NULL;
    }
    if (n > 0)
        return vr_error_null(domain, VIR_ERR_INTERNAL_ERROR, "file '%s' is longer than %zu bytes", path, max);
    if (ret_length)
        *ret_length = text->len;
    return g_string_free(g_steal_pointer(&text), FALSE);
}

int
vr_files_remove(const char *path, int domain)
{
    if (unlink(path) < 0 && errno != ENOENT)
        return vr_error_system(domain, errno, "cannot remove '%s'", path);
    return 0;
}

int
vr_files_set_autostart(const char *folder, const char *name, bool autostart, int domain)
{
    g_autofree char *links = g_build_filename(folder, "autostart", NULL);
    g_autofree char *link = vr_files_path(links, name, ".xml");
    g_autofree char *target = vr_files_path(folder, name, ".xml");
    if (!autostart)
        return vr_files_remove(link, domain);
    if (g_mkdir_with_parents(links, 0700) < 0)
        return vr_error_system(domain, errno, "cannot create autostart directory '%s'", links);
    if (symlink(target, link) < 0 && errno != EEXIST)
        return vr_error_system(domain, errno, "Failed to create symlink '%s' to '%s'", link, target);
    return 0;
}

bool
vr_files_is_autostart(const char *folder, const char *name)
{
    g_autofree char *links = g_build_filename(folder, "autostart", NULL);
    g_autofree char *link = vr_files_path(links, name, ".xml");
    struct stat st;
    return lstat(link, &st) == 0;
}

static int
compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void
vr_files_each(const char *folder, const char *ending, VrFileFunc func, void *data, const char *log_source)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        if (*name != '.' && g_str_has_suffix(name, ending) && strlen(name) > strlen(ending))
            g_ptr_array_add(names, g_strndup(name, strlen(name) - strlen(ending)));
    }
    g_ptr_array_sort(names, compare_names);
    for (guint i = 0; i < names->len; i++) {
        g_autofree char *path = vr_files_path(folder, names->pdata[i], ending);
        if (func(data, names->pdata[i], path) == 0)
            continue;
        vr_log(VR_LOG_ERROR, log_source, "%s: %s", path, vr_error_last()->message);
        vr_error_clear();
    }
}
