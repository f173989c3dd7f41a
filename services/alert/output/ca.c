#include "services/alert/output/ca.h"

#include <stdlib.h>
#include <string.h>

#include "lib/certificate.h"
#include "lib/crypto.h"
#include "lib/problem.h"

int ca_read(const char *base64, char **ret_pem, struct problem *problem)
{
    char fingerprint[FINGERPRINT_BYTES];
    size_t room = strlen(base64) / 4 * 3, bytes;
    char *pem = calloc(1, room + 1);
    if (!pem)
        return problem_set(problem, "no-memory", "ca", "no memory");
    if (crypto_unbase64(base64, strlen(base64), pem, room, &bytes) || strlen(pem) != bytes ||
        certificate_fingerprint(pem, fingerprint, problem)) {
        free(pem);
        return problem_set(problem, "bad-field", "ca", "ca must be a PEM text of certificates, in base64");
    }
    *ret_pem = pem;
    return 0;
}
