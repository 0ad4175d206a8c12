/* virt-pki-query-dn: the distinguished name of a certificate, as the daemon's list of allowed names wants it. */
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <string.h>

static int
fail(const char *path, const char *why)
{
    fprintf(stderr, "virt-pki-query-dn: %s: %s\n", path, why);
    return 1;
}

int
main(int argc, char **argv)
{
    if (argc == 2 && (strcmp(argv[1], "-v") == 0 || strcmp(argv[1], "--version") == 0)) {
        puts(VIREO_VERSION);
        return 0;
    }
    if (argc != 2 || argv[1][0] == '-') {
        fprintf(argc == 2 ? stdout : stderr, "Usage:\n  virt-pki-query-dn FILE\n\nPrints the distinguished name of a certificate.\n");
        return argc != 2;
    }
    gnutls_datum_t text = {0}, name = {0};
    gnutls_x509_crt_t certificate;
    int bad = gnutls_load_file(argv[1], &text);
    if (bad)
        return fail(argv[1], gnutls_strerror(bad));
    gnutls_x509_crt_init(&certificate);
    bad = gnutls_x509_crt_import(certificate, &text, GNUTLS_X509_FMT_PEM);
    if (!bad)
        bad = gnutls_x509_crt_get_dn2(certificate, &name);
    if (!bad)
        printf("%s\n", (const char *)name.data);
    gnutls_free(name.data);
    gnutls_free(text.data);
    gnutls_x509_crt_deinit(certificate);
    return bad ? fail(argv[1], gnutls_strerror(bad)) : 0;
}
