/* virTypedParams*: every type in and out, wrong types, texts, growth. */
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include <glib.h>
#include <string.h>

typedef struct {
    virTypedParameterPtr params;
    int n, max;
} List;

static void
quiet(void *data, virErrorPtr err)
{
}

static void
test_round_trip(void)
{
    List l = {0};
    g_assert_cmpint(virTypedParamsAddInt(&l.params, &l.n, &l.max, "int", -5), ==, 0);
    g_assert_cmpint(virTypedParamsAddUInt(&l.params, &l.n, &l.max, "uint", 5), ==, 0);
    g_assert_cmpint(virTypedParamsAddLLong(&l.params, &l.n, &l.max, "llong", G_MININT64), ==, 0);
    g_assert_cmpint(virTypedParamsAddULLong(&l.params, &l.n, &l.max, "ullong", G_MAXUINT64), ==, 0);
    g_assert_cmpint(virTypedParamsAddDouble(&l.params, &l.n, &l.max, "double", 0.5), ==, 0);
    g_assert_cmpint(virTypedParamsAddBoolean(&l.params, &l.n, &l.max, "boolean", 7), ==, 0);
    g_assert_cmpint(virTypedParamsAddString(&l.params, &l.n, &l.max, "string", "text"), ==, 0);
    g_assert_cmpint(l.n, ==, 7);
    int i;
    unsigned int ui;
    long long ll;
    unsigned long long ull;
    double d;
    const char *s;
    g_assert_cmpint(virTypedParamsGetInt(l.params, l.n, "int", &i), ==, 1);
    g_assert_cmpint(i, ==, -5);
    g_assert_cmpint(virTypedParamsGetUInt(l.params, l.n, "uint", &ui), ==, 1);
    g_assert_cmpuint(ui, ==, 5);
    g_assert_cmpint(virTypedParamsGetLLong(l.params, l.n, "llong", &ll), ==, 1);
    g_assert_cmpint(ll, ==, G_MININT64);
    g_assert_cmpint(virTypedParamsGetULLong(l.params, l.n, "ullong", &ull), ==, 1);
    g_assert_cmpuint(ull, ==, G_MAXUINT64);
    g_assert_cmpint(virTypedParamsGetDouble(l.params, l.n, "double", &d), ==, 1);
    g_assert_cmpfloat(d, ==, 0.5);
    g_assert_cmpint(virTypedParamsGetBoolean(l.params, l.n, "boolean", &i), ==, 1);
    g_assert_cmpint(i, ==, 1);
    g_assert_cmpint(virTypedParamsGetString(l.params, l.n, "string", &s), ==, 1);
    g_assert_cmpstr(s, ==, "text");
    g_assert_cmpint(virTypedParamsGetInt(l.params, l.n, "absent", &i), ==, 0);
    g_assert_cmpint(virTypedParamsGetInt(l.params, l.n, "string", &i), ==, -1);
    g_assert_cmpint(virGetLastErrorCode(), ==, VIR_ERR_INVALID_ARG);
    g_assert_cmpint(virTypedParamsGetInt(l.params, l.n, "int", NULL), ==, 1);
    g_assert_true(virTypedParamsGet(l.params, l.n, "uint") == &l.params[1]);
    virTypedParamsFree(l.params, l.n);
}

static void
test_from_string(void)
{
    static const struct {
        int type;
        const char *text;
        gboolean good;
    } cases[] = {
        {VIR_TYPED_PARAM_INT, "-12", TRUE},       {VIR_TYPED_PARAM_INT, "12x", FALSE},
        {VIR_TYPED_PARAM_INT, "99999999999", FALSE}, {VIR_TYPED_PARAM_UINT, "12", TRUE},
        {VIR_TYPED_PARAM_UINT, "", FALSE},        {VIR_TYPED_PARAM_LLONG, "-9223372036854775808", TRUE},
        {VIR_TYPED_PARAM_ULLONG, "18446744073709551616", FALSE}, {VIR_TYPED_PARAM_DOUBLE, "1.5", TRUE},
        {VIR_TYPED_PARAM_DOUBLE, "one", FALSE},   {VIR_TYPED_PARAM_BOOLEAN, "1", TRUE},
        {VIR_TYPED_PARAM_BOOLEAN, "yes", FALSE},  {VIR_TYPED_PARAM_STRING, "", TRUE},
        {0, "1", FALSE},                          {99, "1", FALSE},
    };
    List l = {0};
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        int rc = virTypedParamsAddFromString(&l.params, &l.n, &l.max, "x", cases[i].type, cases[i].text);
        g_assert_cmpint(rc, ==, cases[i].good ? 0 : -1);
    }
    virTypedParamsFree(l.params, l.n);
}

static void
test_growth(void)
{
    List l = {0};
    const char *values[] = {"a", "b", "c", NULL};
    char name[VIR_TYPED_PARAM_FIELD_LENGTH + 1];
    for (int i = 0; i < 1000; i++)
        g_assert_cmpint(virTypedParamsAddInt(&l.params, &l.n, &l.max, "n", i), ==, 0);
    g_assert_cmpint(virTypedParamsAddStringList(&l.params, &l.n, &l.max, "list", values), ==, 0);
    g_assert_cmpint(l.n, ==, 1003);
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    g_assert_cmpint(virTypedParamsAddInt(&l.params, &l.n, &l.max, name, 1), ==, -1);
    g_assert_cmpint(l.n, ==, 1003);
    g_assert_cmpint(virTypedParamsAddInt(NULL, &l.n, &l.max, "n", 1), ==, -1);
    virTypedParamsFree(l.params, l.n);
    virTypedParamsFree(NULL, 0);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    virSetErrorFunc(NULL, quiet);
    g_test_add_func("/typedparams/round-trip", test_round_trip);
    g_test_add_func("/typedparams/from-string", test_from_string);
    g_test_add_func("/typedparams/growth", test_growth);
    return g_test_run();
}
