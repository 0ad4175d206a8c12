/* Putting a guest into a file and back: save images, managed saves, core dumps.
 *
 * A save image is the magic (with its NUL), the length of the definition as 32 bits of the host, the definition.
 */
#include "drivers/test/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char magic[] = "TestGuestMagic";
#define MAX_DEFINITION 8192 /* what the original accepts too */

static int
write_all(int fd, const void *data, size_t len)
{
    const char *from = data;
    while (len > 0) {
        ssize_t n = write(fd, from, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        from += n;
        len -= (size_t)n;
    }
    return 0;
}

static ssize_t
read_all(int fd, void *data, size_t len)
{
    size_t got = 0;
    while (got < len) {
        ssize_t n = read(fd, (char *)data + got, len - got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        got += (size_t)n;
    }
    return (ssize_t)got;
}

/* Give up on PATH, keeping errno for the message. */
static int
fail_write(const char *name, const char *path, const char *what, int fd)
{
    int reason = errno;
    if (fd >= 0) {
        close(fd);
        unlink(path);
    }
    return vr_error_system(VIR_FROM_TEST, reason, "saving domain '%s' to '%s': %s", name, path, what);
}

static int
write_image(const DomainDef *def, const char *path)
{
    g_autofree char *xml = domain_def_format(def, VR_MODEL_SECURE);
    if (!xml)
        return -1;
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0)
        return fail_write(def->name, path, "open failed", fd);
    gint32 len = (gint32)strlen(xml);
    if (write_all(fd, magic, sizeof(magic)) < 0 || write_all(fd, &len, sizeof(len)) < 0 ||
        write_all(fd, xml, (size_t)len) < 0)
        return fail_write(def->name, path, "write failed", fd);
    if (close(fd) < 0)
        return fail_write(def->name, path, "write failed", -1);
    return 0;
}

static DomainDef *
read_open_image(int fd, const char *path)
{
    char begin[sizeof(magic)];
    gint32 len;
    if (read_all(fd, begin, sizeof(begin)) != sizeof(begin))
        return vr_error_system(VIR_FROM_TEST, 0, "incomplete save header in '%s'", path), NULL;
    if (memcmp(begin, magic, sizeof(magic)) != 0)
        return vr_error_null(VIR_FROM_TEST, VIR_ERR_INTERNAL_ERROR, "mismatched header magic");
    if (read_all(fd, &len, sizeof(len)) != sizeof(len))
        return vr_error_system(VIR_FROM_TEST, 0, "failed to read metadata length in '%s'", path), NULL;
    if (len < 1 || len > MAX_DEFINITION)
        return vr_error_null(VIR_FROM_TEST, VIR_ERR_INTERNAL_ERROR, "length of metadata out of range");
    g_autofree char *xml = g_malloc0((size_t)len + 1);
    if (read_all(fd, xml, (size_t)len) != len)
        return vr_error_system(VIR_FROM_TEST, 0, "incomplete metadata in '%s'", path), NULL;
    return test_domain_parse(xml, 0);
}

static DomainDef *
read_image(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return vr_error_system(VIR_FROM_TEST, errno, "cannot read domain image '%s'", path), NULL;
    DomainDef *def = read_open_image(fd, path);
    close(fd);
    return def;
}

int
test_domain_save_flags(virDomainPtr dom, const char *to, const char *dxml, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    if (dxml)
        return vr_error(VIR_FROM_TEST, VIR_ERR_ARGUMENT_UNSUPPORTED, "xml modification unsupported");
    g_auto(TestChange) c = {0};
    if (test_change_begin_active(&c, dom) < 0 || write_image(vr_guest_now(c.next), to) < 0)
        return -1;
    dom->id = -1;
    test_domain_stop_and_tell(&c, VIR_DOMAIN_SHUTOFF_SAVED, VIR_DOMAIN_EVENT_STOPPED_SAVED);
    return 0;
}

int
test_domain_save(virDomainPtr dom, const char *to)
{
    return test_domain_save_flags(dom, to, NULL, 0);
}

int
test_domain_restore_flags(virConnectPtr conn, const char *from, const char *dxml, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    if (dxml)
        return vr_error(VIR_FROM_TEST, VIR_ERR_ARGUMENT_UNSUPPORTED, "xml modification unsupported");
    DomainDef *def = read_image(from);
    if (!def)
        return -1;
    g_auto(TestChange) c = {0};
    bool existed;
    if (test_domain_add(&c, conn->data, def, true, &existed) < 0)
        return -1;
    test_domain_start(&c, VIR_DOMAIN_RUNNING_RESTORED);
    test_change_publish(&c);
    test_emit_lifecycle(&c, VIR_DOMAIN_EVENT_STARTED, VIR_DOMAIN_EVENT_STARTED_RESTORED);
    return 0;
}

int
test_domain_restore(virConnectPtr conn, const char *from)
{
    return test_domain_restore_flags(conn, from, NULL, 0);
}

char *
test_domain_save_image_get_xml_desc(virConnectPtr conn, const char *file, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_SAVE_IMAGE_XML_SECURE, VIR_FROM_TEST) < 0)
        return NULL;
    g_autoptr(DomainDef) def = read_image(file);
    return def ? domain_def_format(def, VR_MODEL_SECURE) : NULL;
}

int
test_domain_save_image_define_xml(virConnectPtr conn, const char *file, const char *dxml, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_SAVE_RUNNING | VIR_DOMAIN_SAVE_PAUSED, VIR_FROM_TEST) < 0)
        return -1;
    g_autoptr(DomainDef) def = read_image(file);
    g_autoptr(DomainDef) wanted = def ? test_domain_parse(dxml, 0) : NULL;
    return wanted ? write_image(wanted, file) : -1;
}

/* Managed saves keep nothing but the fact. */

int
test_domain_managed_save(virDomainPtr dom, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DOMAIN_SAVE_BYPASS_CACHE | VIR_DOMAIN_SAVE_RUNNING | VIR_DOMAIN_SAVE_PAUSED,
                       VIR_FROM_TEST) < 0)
        return -1;
    g_auto(TestChange) c = {0};
    if (test_change_begin_active(&c, dom) < 0)
        return -1;
    if (!c.next->persistent)
        return vr_error(VIR_FROM_TEST, VIR_ERR_OPERATION_INVALID, "cannot do managed save for transient domain");
    c.next->managed_save = true;
    dom->id = -1;
    test_domain_stop_and_tell(&c, VIR_DOMAIN_SHUTOFF_SAVED, VIR_DOMAIN_EVENT_STOPPED_SAVED);
    return 0;
}

int
test_domain_managed_save_remove(virDomainPtr dom, unsigned int flags)
{
    if (vr_flags_check(flags, 0, VIR_FROM_TEST) < 0)
        return -1;
    g_auto(TestChange) c = {0};
    if (test_change_begin(&c, dom) < 0)
        return -1;
    c.next->managed_save = false;
    test_change_publish(&c);
    return 0;
}

/* Core dumps. */

static int
write_dump(const char *name, const char *to)
{
    int fd = open(to, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0)
        return vr_error_system(VIR_FROM_TEST, errno, "domain '%s' coredump: failed to open %s", name, to);
    if (write_all(fd, magic, sizeof(magic)) < 0) {
        vr_error_system(VIR_FROM_TEST, errno, "domain '%s' coredump: failed to write header to %s", name, to);
        close(fd);
        return -1;
    }
    if (close(fd) < 0)
        return vr_error_system(VIR_FROM_TEST, errno, "domain '%s' coredump: write failed: %s", name, to);
    return 0;
}

int
test_domain_core_dump_with_format(virDomainPtr dom, const char *to, unsigned int format, unsigned int flags)
{
    if (vr_flags_check(flags, VIR_DUMP_CRASH, VIR_FROM_TEST) < 0)
        return -1;
    g_auto(TestChange) c = {0};
    if (test_change_begin_active(&c, dom) < 0 || write_dump(dom->object.name, to) < 0)
        return -1;
    /* Like the original, it complains about the format only when the work is done. */
    if (format != VIR_DOMAIN_CORE_DUMP_FORMAT_RAW)
        return vr_error(VIR_FROM_TEST, VIR_ERR_OPERATION_UNSUPPORTED,
                        "kdump-compressed format is not supported here");
    if (flags & VIR_DUMP_CRASH) {
        dom->id = -1;
        test_domain_stop_and_tell(&c, VIR_DOMAIN_SHUTOFF_CRASHED, VIR_DOMAIN_EVENT_STOPPED_CRASHED);
    }
    return 0;
}

int
test_domain_core_dump(virDomainPtr dom, const char *to, unsigned int flags)
{
    return test_domain_core_dump_with_format(dom, to, VIR_DOMAIN_CORE_DUMP_FORMAT_RAW, flags);
}
