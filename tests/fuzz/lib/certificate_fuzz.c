/* PEM from a file or from a server that is not trusted yet. */
#include "tests/fuzz/fuzz.h"

#include "lib/certificate.h"
#include "lib/problem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = { "localhost", "::1" };
    char *text = strndup((const char *)data, size), fingerprint[FINGERPRINT_BYTES];
    struct problem problem;
    if (!certificate_fingerprint(text, fingerprint, &problem) && strlen(fingerprint) != FINGERPRINT_BYTES - 1)
        abort();
    certificate_serves(text, names, 2, 0);
    certificate_issued_by(text, text);
    free(text);
    return 0;
}
