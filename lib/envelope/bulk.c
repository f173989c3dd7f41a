/*
 * OpenSSL makes and takes the structure around an empty content, and lends its cipher, which has key and nonce by then;
 * the content is spliced into that structure (bulk_der.h).
 */
#include "lib/envelope/bulk.h"

#include <string.h>

#include <openssl/cms.h>
#include <openssl/err.h>

#include "lib/buf.h"
#include "lib/envelope/bulk_der.h"
#include "lib/envelope/private.h"
#include "lib/sha256.h"

#define GCM_NONCE_BYTES 12
#define MARK_STREAM_BYTES 32
#define MARK_LABEL "vedette1 mark"

static CMS_ContentInfo *address(const struct envelope_key *const *recipients, size_t n)
{
    CMS_ContentInfo *cms = CMS_encrypt(NULL, NULL, EVP_aes_256_gcm(), CMS_BINARY | CMS_PARTIAL);
    for (size_t i = 0; cms && i < n; i++) {
        CMS_RecipientInfo *recipient =
            CMS_add1_recipient_cert(cms, recipients[i]->certificate, CMS_USE_KEYID | CMS_KEY_PARAM);
        if (!recipient || envelope_choose_wrapping(recipients[i], recipient)) {
            CMS_ContentInfo_free(cms);
            return NULL;
        }
    }
    return cms;
}

static int encrypt(EVP_CIPHER_CTX *cipher, uint8_t *content, size_t bytes, uint8_t ret_tail[BULK_TAIL_BYTES])
{
    int done = 0, rest = 0;
    ret_tail[0] = BULK_OCTETS;
    ret_tail[1] = BULK_TAG_BYTES;
    return EVP_EncryptUpdate(cipher, content, &done, content, (int)bytes) == 1 && (size_t)done == bytes &&
                   EVP_EncryptFinal_ex(cipher, content, &rest) == 1 && !rest &&
                   EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, BULK_TAG_BYTES, ret_tail + 2) == 1
               ? 0
               : -1;
}

/* OpenSSL ends its structure with the tag of no content under the same key and nonce; that is thrown away. */
static int splice(CMS_ContentInfo *cms, BIO *chain, size_t bytes, struct buf *ret_head)
{
    struct bulk_around around;
    struct bulk_span content, tag;
    struct buf empty = { .limit_bytes = BULK_HEAD_BYTES_MAX };
    int error = BIO_flush(chain) != 1 || CMS_dataFinal(cms, chain) != 1 || envelope_encode(cms, &empty) ||
                bulk_dissect(empty.data, empty.length, &around, &content, &tag) || content.bytes ||
                bulk_compose(&around, bytes, ret_head);
    buf_free(&empty);
    return error ? -1 : 0;
}

int envelope_bulk_mark(EVP_CIPHER_CTX *lent, const char *owner, uint8_t ret[BULK_MARK_BYTES])
{
    static const uint8_t nonce[GCM_NONCE_BYTES]; /* a random one is this with a chance of 2^-96 */
    uint8_t stream[MARK_STREAM_BYTES] = { 0 }, hash[SHA256_BYTES];
    struct sha256 sha256;
    int done = 0;
    EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
    int error = !cipher || EVP_CIPHER_CTX_copy(cipher, lent) != 1 ||
                EVP_CipherInit_ex(cipher, NULL, NULL, NULL, nonce, -1) != 1 ||
                EVP_CipherUpdate(cipher, stream, &done, stream, sizeof(stream)) != 1 || done != sizeof(stream);
    EVP_CIPHER_CTX_free(cipher);
    sha256_begin(&sha256);
    sha256_add(&sha256, MARK_LABEL, sizeof(MARK_LABEL));
    sha256_add(&sha256, owner, strlen(owner) + 1);
    sha256_add(&sha256, stream, sizeof(stream));
    sha256_end(&sha256, hash);
    crypto_forget(stream, sizeof(stream));
    memcpy(ret, hash, BULK_MARK_BYTES);
    return error ? -1 : 0;
}

int envelope_bulk_seal(const struct envelope_key *const *recipients, size_t n, const char *owner, void *content,
    size_t bytes, struct bulk_sealed *ret, struct problem *problem)
{
    envelope_begin();
    CMS_ContentInfo *cms = n && n <= BULK_RECIPIENTS_MAX && bytes <= BULK_BYTES_MAX ? address(recipients, n) : NULL;
    BIO *chain = cms ? CMS_dataInit(cms, NULL) : NULL;
    EVP_CIPHER_CTX *lent = chain ? envelope_gcm(chain) : NULL, *cipher = EVP_CIPHER_CTX_new();
    int error = !lent || !cipher || EVP_CIPHER_CTX_copy(cipher, lent) != 1 ||
                envelope_bulk_mark(lent, owner, ret->mark) || encrypt(cipher, content, bytes, ret->tail) ||
                splice(cms, chain, bytes, &ret->head);
    EVP_CIPHER_CTX_free(cipher);
    BIO_free_all(chain);
    CMS_ContentInfo_free(cms);
    return error ? envelope_failed(problem, "no-memory", "cannot seal a segment") : 0;
}

static int decrypt(EVP_CIPHER_CTX *cipher, uint8_t *content, size_t bytes)
{
    int done = 0, rest = 0;
    return EVP_DecryptUpdate(cipher, content, &done, content, (int)bytes) == 1 && (size_t)done == bytes &&
                   EVP_DecryptFinal_ex(cipher, content, &rest) == 1 && !rest
               ? 0
               : -1;
}

/* The structure as it would be around nothing, with the tag that belongs to the content. */
static CMS_ContentInfo *empty_of(const struct bulk_around *around, const struct bulk_span *tag)
{
    struct buf empty = { .limit_bytes = BULK_HEAD_BYTES_MAX };
    CMS_ContentInfo *cms = NULL;
    if (!bulk_compose(around, 0, &empty) && !buf_append(&empty, (uint8_t[]){ BULK_OCTETS, BULK_TAG_BYTES }, 2) &&
        !buf_append(&empty, tag->at, tag->bytes))
        cms = envelope_parse(empty.data, empty.length, NID_id_smime_ct_authEnvelopedData);
    buf_free(&empty);
    return cms;
}

static int check_mark(const struct bulk_opener *opener, EVP_CIPHER_CTX *cipher)
{
    uint8_t mark[BULK_MARK_BYTES];
    return opener->mark &&
                   (envelope_bulk_mark(cipher, opener->owner, mark) || memcmp(mark, opener->mark, sizeof(mark)) != 0)
               ? -1
               : 0;
}

int envelope_bulk_open(const struct bulk_opener *opener, void *object, size_t bytes, void **ret_content,
    size_t *ret_bytes, struct problem *problem)
{
    static const char bad[] = "not sealed as segments are, or altered";
    const struct envelope_key *own = opener->own;
    struct bulk_around around;
    struct bulk_span content, tag;
    envelope_begin();
    if (bytes > BULK_BYTES_MAX + BULK_HEAD_BYTES_MAX || bulk_dissect(object, bytes, &around, &content, &tag))
        return envelope_failed(problem, "bad-segment", bad);
    if (opener->recipients)
        around.recipients = (struct bulk_span){ opener->recipients, opener->recipients_bytes };
    CMS_ContentInfo *cms = empty_of(&around, &tag);
    BIO *chain = NULL;
    EVP_CIPHER_CTX *cipher = NULL;
    int error = 0;
    if (!cms || sk_CMS_RecipientInfo_num(CMS_get0_RecipientInfos(cms)) > BULK_RECIPIENTS_MAX)
        error = envelope_failed(problem, "bad-segment", bad);
    else if (CMS_decrypt_set1_pkey(cms, own->pkey, own->certificate) != 1)
        error = envelope_failed(problem, "wrong-recipient", "the segment is sealed for another key");
    else if (!(chain = CMS_dataInit(cms, NULL)) || !(cipher = envelope_gcm(chain)) || check_mark(opener, cipher) ||
             decrypt(cipher, (uint8_t *)content.at, content.bytes))
        error = envelope_failed(problem, "bad-segment", bad);
    if (!error) {
        *ret_content = (uint8_t *)content.at;
        *ret_bytes = content.bytes;
    }
    BIO_free_all(chain);
    CMS_ContentInfo_free(cms);
    return error;
}

int envelope_statement_sign(
    const struct envelope_key *key, const void *content, size_t bytes, struct buf *ret, struct problem *problem)
{
    return bytes > BULK_BYTES_MAX || envelope_sign_with(key, content, bytes, 0, ret)
               ? envelope_failed(problem, "no-memory", "cannot sign a statement")
               : 0;
}

int envelope_statement_open(
    const void *object, size_t bytes, struct buf *ret, char ret_signer[FINGERPRINT_HEX_BYTES], struct problem *problem)
{
    envelope_begin();
    CMS_ContentInfo *cms = envelope_parse(object, bytes, NID_pkcs7_signed);
    STACK_OF(X509) *certificates = cms ? CMS_get1_certs(cms) : NULL;
    struct envelope_key *key =
        sk_X509_num(certificates) == 1 ? envelope_key_of(sk_X509_value(certificates, 0), NULL) : NULL;
    char named[FINGERPRINT_HEX_BYTES];
    int error = !key || envelope_name_signer(cms, named) || strcmp(named, key->fingerprint)
                    ? envelope_failed(problem, "bad-statement", "not signed as statements are")
                    : 0;
    if (!error && envelope_check_signature(cms, key, ret, NULL))
        error = envelope_failed(problem, "bad-statement", "the signature does not hold");
    if (!error)
        memcpy(ret_signer, named, sizeof(named));
    envelope_key_free(key);
    sk_X509_pop_free(certificates, X509_free);
    CMS_ContentInfo_free(cms);
    return error;
}
