/* Any bytes as the payload of a document, and of a trust file: lists and parts within one another are freed again. */
#include "tests/fuzz/fuzz.h"

#include "lib/signed/trust.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct document document;
    struct dsse dsse;
    if (document_read((const char *)data, size, &document, NULL))
        return 0;
    struct document_scope scope;
    document_scope(&document, &scope);
    if (scope.n_targets && !document_is_for(&document, scope.targets[0].fingerprint, NULL, NULL))
        abort();
    if (document.body.head.kind == DOCUMENT_KIND_TRUST && !dsse_make(DOCUMENT_KIND_TRUST, data, size, &dsse, NULL)) {
        struct trust *trust = trust_read(&dsse, NULL);
        if (trust && (!trust->n_keys || !trust_find(trust, trust->keys[0].ssh.key.keyid)))
            abort();
        trust_free(trust);
        dsse_free(&dsse);
    }
    document_free(&document);
    return 0;
}
