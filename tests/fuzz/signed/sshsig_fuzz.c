/* Any bytes as a signature of ssh-keygen, with its armour and without, and as a public key: none holds. */
#include "tests/fuzz/fuzz.h"

#include "lib/signed/sshsig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ssh_key known;
    static const char line[] = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAID6TE0QIcHA+RrD7RB9Fs9uI7HTNAuxjZh4g6+TO3zm1";
    uint8_t blob[DSSE_SIGNATURE_BYTES];
    struct ssh_key key;
    size_t bytes;
    if (!known.key.spki_bytes && ssh_key_read(line, &known, NULL))
        abort();
    if (sshsig_holds(&known, "document", 8, data, size))
        abort();
    if (!sshsig_unarmour((const char *)data, size, blob, sizeof(blob), &bytes, NULL))
        sshsig_holds(&known, "document", 8, blob, bytes);
    char *text = strndup((const char *)data, size);
    if (text && !ssh_key_read(text, &key, NULL)) {
        sshsig_holds(&key, "document", 8, data, size);
        key_free(&key.key);
    }
    free(text);
    return 0;
}
