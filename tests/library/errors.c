/* Errors as applications see them: per thread, with callbacks, surviving clean-up calls. */
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include <glib.h>
#include <string.h>

static int calls;
static int last_code;

static void
count_errors(void *data, virErrorPtr err)
{
    calls++;
    last_code = err->code;
    g_assert_true(data == &calls);
}

static void
test_message(void)
{
    virSetErrorFunc(&calls, count_errors);
    virResetLastError();
    g_assert_null(virGetLastError());
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_OK);
    g_assert_cmpstr(virGetLastErrorMessage(), ==, "no error");
    g_assert_cmpint(virDomainSuspend(NULL), ==, -1);
    virErrorPtr err = virGetLastError();
    g_assert_nonnull(err);
    g_assert_cmpint(err->code, ==, VIR_ERR_INVALID_DOMAIN);
    g_assert_cmpint(err->domain, ==, VIR_FROM_DOM);
    g_assert_cmpint(err->level, ==, VIR_ERR_ERROR);
    g_assert_cmpstr(err->message, ==, "invalid domain pointer in virDomainSuspend");
    g_assert_cmpint(last_code, ==, VIR_ERR_INVALID_DOMAIN);
    g_assert_cmpint(virConnectClose(NULL), ==, -1);
    g_assert_cmpstr(virGetLastErrorMessage(), ==, "invalid connection pointer in virConnectClose");
}

static void
test_callback(void)
{
    calls = 0;
    virSetErrorFunc(&calls, count_errors);
    virDomainResume(NULL);
    virNetworkCreate(NULL);
    g_assert_cmpint(calls, ==, 2);
    g_assert_cmpint(last_code, ==, VIR_ERR_INVALID_NETWORK);
}

static void
test_copies(void)
{
    virError copy;
    memset(&copy, 0xa5, sizeof(copy)); /* applications pass uninitialised memory */
    virDomainResume(NULL);
    g_assert_cmpint(virCopyLastError(&copy), ==, VIR_ERR_INVALID_DOMAIN);
    virErrorPtr saved = virSaveLastError();
    virResetLastError();
    g_assert_cmpint(copy.code, ==, VIR_ERR_INVALID_DOMAIN);
    g_assert_cmpstr(saved->message, ==, copy.message);
    virResetError(&copy);
    g_assert_cmpint(copy.code, ==, VIR_ERR_OK);
    virFreeError(saved);
    g_assert_cmpint(virCopyLastError(NULL), ==, -1);
    g_assert_cmpint(virCopyLastError(&copy), ==, VIR_ERR_OK);
}

static gpointer
other_thread(gpointer data)
{
    g_assert_null(virGetLastError());
    virNetworkCreate(NULL);
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_INVALID_NETWORK);
    return NULL;
}

static void
test_threads(void)
{
    virDomainResume(NULL);
    g_thread_join(g_thread_new("other", other_thread, NULL));
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_INVALID_DOMAIN);
}

static void
test_printer(void)
{
    if (g_test_subprocess()) {
        virSetErrorFunc(NULL, NULL);
        virDomainResume(NULL);
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_passed();
    g_test_trap_assert_stderr("libvirt: Domain error : invalid domain pointer in virDomainResume\n");
}

static void
test_version(void)
{
    unsigned long version = 0;
    g_assert_cmpint(virGetVersion(&version, NULL, NULL), ==, 0);
    g_assert_cmpuint(version, ==, 12008000);
    g_assert_cmpint(virGetVersion(NULL, NULL, NULL), ==, -1);
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_INVALID_ARG);
}

static void
test_open(void)
{
    g_assert_null(virConnectOpen("nosuch:///system?socket=/nonexistent"));
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_SYSTEM_ERROR);
    g_assert_cmpstr(virGetLastErrorMessage(), ==,
                    "Failed to connect socket to '/nonexistent': No such file or directory");
    g_assert_null(virConnectOpen("::"));
    g_assert_nonnull(virGetLastError());
    g_assert_null(virConnectOpenAuth("test:///default", NULL, 1 << 20));
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_INVALID_ARG);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    virInitialize();
    g_test_add_func("/errors/message", test_message);
    g_test_add_func("/errors/callback", test_callback);
    g_test_add_func("/errors/copies", test_copies);
    g_test_add_func("/errors/threads", test_threads);
    g_test_add_func("/errors/printer", test_printer);
    g_test_add_func("/errors/version", test_version);
    g_test_add_func("/errors/open", test_open);
    return g_test_run();
}
