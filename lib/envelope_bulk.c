/*
 * OpenSSL makes and takes the structure around an empty content, and lends its cipher, which has key and nonce by then;
 * the content is spliced into that structure here:
 *
 *     SEQUENCE { OID, [0] { SEQUENCE { version, recipients, SEQUENCE { type, algorithm, [0] CONTENT }, TAG } } }
 */
#include "lib/envelope_bulk.h"

#include <string.h>

#include <openssl/cms.h>
#include <openssl/err.h>

#include "lib/buf.h"
#include "lib/envelope_private.h"
#include "lib/problem.h"

#define TAG_BYTES 16
#define SEQUENCE 0x30
#define EXPLICIT_0 0xa0
#define IMPLICIT_0 0x80
#define OCTETS 0x04
#define OID 0x06
#define HEADER_BYTES_MAX 6 /* a tag, and a length of up to four bytes */

/* ---- The structure around a content ---- */

struct span {
    const uint8_t *at;
    size_t bytes;
};

/* What stands there besides lengths; all borrowed. */
struct around {
    struct span name, recipients, algorithm; /* recipients with the version before, algorithm with the type */
};

static size_t put_header(uint8_t *to, uint8_t tag, size_t length)
{
    unsigned n = length < 128 ? 0 : length < 256 ? 1 : length < 65536 ? 2 : length < 1u << 24 ? 3 : 4;
    to[0] = tag;
    to[1] = n ? (uint8_t)(0x80 | n) : (uint8_t)length;
    for (unsigned i = 0; i < n; i++)
        to[2 + i] = (uint8_t)(length >> 8 * (n - 1 - i));
    return 2 + n;
}

/* The head before a content of that size. */
static int compose(const struct around *around, size_t bytes, struct buf *ret)
{
    const struct {
        uint8_t tag;
        const struct span *after; /* the header */
    } layers[] = { { SEQUENCE, &around->name }, { EXPLICIT_0, NULL }, { SEQUENCE, &around->recipients },
        { SEQUENCE, &around->algorithm }, { IMPLICIT_0, NULL } };
    enum { LAYERS = sizeof(layers) / sizeof(layers[0]) };
    uint8_t headers[LAYERS][HEADER_BYTES_MAX];
    size_t lengths[LAYERS], inner = bytes;
    for (int i = LAYERS - 1; i >= 0; i--) {
        inner += layers[i].after ? layers[i].after->bytes : 0;
        if (i == 2) /* the tag follows within this one */
            inner += BULK_TAIL_BYTES;
        lengths[i] = put_header(headers[i], layers[i].tag, inner);
        inner += lengths[i];
    }
    for (int i = 0; i < LAYERS; i++) {
        if (buf_append(ret, headers[i], lengths[i]) ||
            (layers[i].after && buf_append(ret, layers[i].after->at, layers[i].after->bytes)))
            return -1;
    }
    return 0;
}

/* Step into the next element, or over it. Only the shortest form of a definite length is taken. */
static int enter(struct span *left, uint8_t tag, struct span *ret)
{
    uint8_t again[HEADER_BYTES_MAX];
    size_t length = 0, header = 2;
    if (left->bytes < 2 || left->at[0] != tag)
        return -1;
    if (left->at[1] < 0x80) {
        length = left->at[1];
    } else {
        header += left->at[1] & 0x7f;
        if (header > HEADER_BYTES_MAX || left->bytes < header)
            return -1;
        for (size_t i = 2; i < header; i++)
            length = length << 8 | left->at[i];
    }
    if (length > left->bytes - header || put_header(again, tag, length) != header || memcmp(again, left->at, header))
        return -1;
    *ret = (struct span){ left->at + header, length };
    left->at += header + length;
    left->bytes -= header + length;
    return 0;
}

/* Take an object apart: the head's parts, the content, and the tag. */
static int dissect(const void *object, size_t bytes, struct around *ret, struct span *ret_content, struct span *ret_tag)
{
    struct span left = { object, bytes }, outer, explicit, inner, version, recipients, encrypted, skipped;
    if (enter(&left, SEQUENCE, &outer) || left.bytes)
        return -1;
    ret->name.at = outer.at;
    if (enter(&outer, OID, &skipped) || enter(&outer, EXPLICIT_0, &explicit) || outer.bytes ||
        enter(&explicit, SEQUENCE, &inner) || explicit.bytes)
        return -1;
    ret->name.bytes = (size_t)(skipped.at + skipped.bytes - ret->name.at);
    ret->recipients.at = inner.at;
    if (enter(&inner, 0x02, &version) || enter(&inner, 0x31, &recipients))
        return -1;
    ret->recipients.bytes = (size_t)(inner.at - ret->recipients.at);
    if (enter(&inner, SEQUENCE, &encrypted) || enter(&inner, OCTETS, ret_tag) || inner.bytes ||
        ret_tag->bytes != TAG_BYTES)
        return -1;
    ret->algorithm.at = encrypted.at;
    if (enter(&encrypted, OID, &skipped) || enter(&encrypted, SEQUENCE, &skipped))
        return -1;
    ret->algorithm.bytes = (size_t)(encrypted.at - ret->algorithm.at);
    return enter(&encrypted, IMPLICIT_0, ret_content) || encrypted.bytes ? -1 : 0;
}

/* ---- Sealing ---- */

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
    ret_tail[0] = OCTETS;
    ret_tail[1] = TAG_BYTES;
    return EVP_EncryptUpdate(cipher, content, &done, content, (int)bytes) == 1 && (size_t)done == bytes &&
                   EVP_EncryptFinal_ex(cipher, content, &rest) == 1 && !rest &&
                   EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, ret_tail + 2) == 1
               ? 0
               : -1;
}

/* OpenSSL ends its structure with the tag of no content under the same key and nonce; that is thrown away. */
static int splice(CMS_ContentInfo *cms, BIO *chain, size_t bytes, struct buf *ret_head)
{
    struct around around;
    struct span content, tag;
    uint8_t *empty = NULL;
    int length = BIO_flush(chain) == 1 && CMS_dataFinal(cms, chain) == 1 ? i2d_CMS_ContentInfo(cms, &empty) : -1;
    int error = length <= 0 || dissect(empty, (size_t)length, &around, &content, &tag) || content.bytes ||
                compose(&around, bytes, ret_head);
    OPENSSL_free(empty);
    return error ? -1 : 0;
}

int envelope_bulk_seal(const struct envelope_key *const *recipients, size_t n, void *content, size_t bytes,
    struct buf *ret_head, uint8_t ret_tail[BULK_TAIL_BYTES], struct problem *problem)
{
    CMS_ContentInfo *cms = n && n <= BULK_RECIPIENTS_MAX && bytes <= BULK_BYTES_MAX ? address(recipients, n) : NULL;
    BIO *chain = cms ? CMS_dataInit(cms, NULL) : NULL;
    EVP_CIPHER_CTX *lent = chain ? envelope_gcm(chain) : NULL, *cipher = EVP_CIPHER_CTX_new();
    int error = !lent || !cipher || EVP_CIPHER_CTX_copy(cipher, lent) != 1 ||
                encrypt(cipher, content, bytes, ret_tail) || splice(cms, chain, bytes, ret_head);
    EVP_CIPHER_CTX_free(cipher);
    BIO_free_all(chain);
    CMS_ContentInfo_free(cms);
    return error ? envelope_failed(problem, "no-memory", "cannot seal a segment") : 0;
}

/* ---- Opening ---- */

static int decrypt(EVP_CIPHER_CTX *cipher, uint8_t *content, size_t bytes)
{
    int done = 0, rest = 0;
    return EVP_DecryptUpdate(cipher, content, &done, content, (int)bytes) == 1 && (size_t)done == bytes &&
                   EVP_DecryptFinal_ex(cipher, content, &rest) == 1 && !rest
               ? 0
               : -1;
}

/* The structure as it would be around nothing, with the tag that belongs to the content. */
static CMS_ContentInfo *empty_of(const struct around *around, const struct span *tag)
{
    struct buf empty = { .limit_bytes = BULK_HEAD_BYTES_MAX };
    CMS_ContentInfo *cms = NULL;
    if (!compose(around, 0, &empty) && !buf_append(&empty, (uint8_t[]){ OCTETS, TAG_BYTES }, 2) &&
        !buf_append(&empty, tag->at, tag->bytes))
        cms = envelope_parse(empty.data, empty.length, NID_id_smime_ct_authEnvelopedData);
    buf_free(&empty);
    return cms;
}

int envelope_bulk_open(const struct envelope_key *own, void *object, size_t bytes, void **ret_content,
    size_t *ret_bytes, struct problem *problem)
{
    static const char bad[] = "not sealed as segments are, or altered";
    struct around around;
    struct span content, tag;
    if (bytes > BULK_BYTES_MAX + BULK_HEAD_BYTES_MAX || dissect(object, bytes, &around, &content, &tag))
        return envelope_failed(problem, "bad-segment", bad);
    CMS_ContentInfo *cms = empty_of(&around, &tag);
    BIO *chain = NULL;
    EVP_CIPHER_CTX *cipher = NULL;
    int error = 0;
    if (!cms || sk_CMS_RecipientInfo_num(CMS_get0_RecipientInfos(cms)) > BULK_RECIPIENTS_MAX)
        error = envelope_failed(problem, "bad-segment", bad);
    else if (CMS_decrypt_set1_pkey(cms, own->pkey, own->certificate) != 1)
        error = envelope_failed(problem, "wrong-recipient", "the segment is sealed for another key");
    else if (!(chain = CMS_dataInit(cms, NULL)) || !(cipher = envelope_gcm(chain)) ||
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

/* ---- Statements ---- */

int envelope_statement_sign(
    const struct envelope_key *key, const void *content, size_t bytes, struct buf *ret, struct problem *problem)
{
    const unsigned how = CMS_BINARY | CMS_PARTIAL | CMS_NOSMIMECAP | CMS_USE_KEYID;
    BIO *in = bytes <= BULK_BYTES_MAX ? BIO_new_mem_buf(content, (int)bytes) : NULL;
    CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, how);
    uint8_t *der = NULL;
    int length = -1;
    if (in && cms && CMS_add1_signer(cms, key->certificate, key->pkey, EVP_sha256(), how) &&
        CMS_final(cms, in, NULL, CMS_BINARY) == 1)
        length = i2d_CMS_ContentInfo(cms, &der);
    int error = length <= 0 || buf_append(ret, der, (size_t)length);
    OPENSSL_free(der);
    CMS_ContentInfo_free(cms);
    BIO_free(in);
    return error ? envelope_failed(problem, "no-memory", "cannot sign a statement") : 0;
}

int envelope_statement_open(
    const void *object, size_t bytes, struct buf *ret, char ret_signer[FINGERPRINT_HEX_BYTES], struct problem *problem)
{
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
