/* Any bytes as a passkey's assertion: none holds. */
#include "tests/fuzz/fuzz.h"

#include "lib/signed/webauthn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct public_key key;
    static const char spki[] =
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEnCvIvqjaeBqwJOGWaRg8e82SkdEjy6JuM302vKTQYuOzkejaoeEAzkXkGMcEK/"
        "0gJ4jz4lKDmHOcVKZ3oafAvg==";
    static const uint8_t challenge[SHA256_BYTES];
    struct assertion assertion;
    if (!key.spki_bytes && key_read_text(spki, &key, NULL))
        abort();
    if (!assertion_parse((const char *)data, size, &assertion, NULL) &&
        !assertion_verify(&assertion, &key, "localhost", "http://localhost:7720", challenge, NULL))
        abort();
    return 0;
}
