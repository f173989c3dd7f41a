/* Any bytes as a signed document: what is understood is written again, and is the same; nobody signed it. */
#include "tests/fuzz/fuzz.h"

#include "lib/buf.h"
#include "tests/signed_rig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct trust *trust;
    struct dsse dsse, again;
    struct document document;
    struct signers signers;
    struct buf text = { 0 };
    if (!trust) {
        struct rig *rig = rig_new();
        trust = rig_trust(rig);
        rig_free(rig);
    }
    if (dsse_parse((const char *)data, size, &dsse, NULL))
        return 0;
    if (dsse_format(&dsse, &text) || dsse_parse(text.data, text.length, &again, NULL) ||
        memcmp(again.sha256, dsse.sha256, SHA256_BYTES) || again.n_signatures != dsse.n_signatures ||
        !verify_signers(&dsse, trust, TRUST_NONE_REVOKED, &signers, NULL))
        abort();
    if (!document_parse(&dsse, &document, NULL))
        document_free(&document);
    dsse_free(&dsse);
    dsse_free(&again);
    buf_free(&text);
    return 0;
}
