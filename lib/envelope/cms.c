/* CMS of messages, by OpenSSL. Only this and bulk.c use its CMS. */
#include <limits.h>

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "lib/buf.h"
#include "lib/envelope/private.h"
#include "lib/memory.h"
#include "lib/problem.h"

#define READ_BYTES 16384

int envelope_encode(CMS_ContentInfo *cms, struct buf *ret)
{
    int bytes = i2d_CMS_ContentInfo(cms, NULL);
    unsigned char *place = bytes > 0 ? (unsigned char *)buf_reserve(ret, (size_t)bytes) : NULL;
    if (!place || i2d_CMS_ContentInfo(cms, &place) != bytes || memory_lacked())
        return -1;
    ret->length += (size_t)bytes;
    return 0;
}

int envelope_sign_with(
    const struct envelope_key *key, const void *content, size_t bytes, unsigned flags, struct buf *ret)
{
    const unsigned how = CMS_BINARY | CMS_PARTIAL | CMS_NOSMIMECAP | CMS_USE_KEYID | flags;
    envelope_begin();
    BIO *in = bytes <= INT_MAX ? BIO_new_mem_buf(content, (int)bytes) : NULL;
    CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, how);
    int error = !in || !cms || !CMS_add1_signer(cms, key->certificate, key->pkey, EVP_sha256(), how) ||
                CMS_final(cms, in, NULL, CMS_BINARY) != 1 || envelope_encode(cms, ret);
    CMS_ContentInfo_free(cms);
    BIO_free(in);
    return error ? -1 : 0;
}

int envelope_sign(
    const struct envelope_key *key, const void *content, size_t bytes, struct buf *ret, struct problem *problem)
{
    return envelope_sign_with(key, content, bytes, CMS_NOCERTS, ret)
               ? envelope_failed(problem, "no-memory", "cannot sign an envelope")
               : 0;
}

/* OpenSSL's own choices are SHA-1 for the one, and PKCS #1 v1.5 for the other. */
int envelope_choose_wrapping(const struct envelope_key *key, CMS_RecipientInfo *recipient)
{
    EVP_PKEY_CTX *context = CMS_RecipientInfo_get0_pkey_ctx(recipient);
    if (!context)
        return -1;
    if (key->type == ENVELOPE_KEY_P256)
        return EVP_PKEY_CTX_set_ecdh_kdf_md(context, EVP_sha256()) == 1 ? 0 : -1;
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
                   EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()) == 1 &&
                   EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) == 1
               ? 0
               : -1;
}

int envelope_encrypt(
    const struct envelope_key *key, const void *content, size_t bytes, struct buf *ret, struct problem *problem)
{
    envelope_begin();
    BIO *in = bytes <= INT_MAX ? BIO_new_mem_buf(content, (int)bytes) : NULL;
    CMS_ContentInfo *cms = CMS_encrypt(NULL, NULL, EVP_aes_256_gcm(), CMS_BINARY | CMS_PARTIAL);
    CMS_RecipientInfo *recipient =
        cms ? CMS_add1_recipient_cert(cms, key->certificate, CMS_USE_KEYID | CMS_KEY_PARAM) : NULL;
    int error = !in || !recipient || envelope_choose_wrapping(key, recipient) ||
                CMS_final(cms, in, NULL, CMS_BINARY) != 1 || envelope_encode(cms, ret);
    CMS_ContentInfo_free(cms);
    BIO_free(in);
    return error ? envelope_failed(problem, "no-memory", "cannot seal an envelope") : 0;
}

CMS_ContentInfo *envelope_parse(const void *data, size_t bytes, int type)
{
    const unsigned char *at = data, *end = at + bytes;
    CMS_ContentInfo *cms = bytes <= INT_MAX ? d2i_CMS_ContentInfo(NULL, &at, (long)bytes) : NULL;
    if (cms && (at != end || OBJ_obj2nid(CMS_get0_type(cms)) != type)) {
        CMS_ContentInfo_free(cms);
        cms = NULL;
    }
    return cms;
}

static bool is_for(CMS_RecipientInfo *recipient, const struct envelope_key *key)
{
    if (CMS_RecipientInfo_type(recipient) == CMS_RECIPINFO_TRANS)
        return key->type == ENVELOPE_KEY_RSA3072 && !CMS_RecipientInfo_ktri_cert_cmp(recipient, key->certificate);
    if (CMS_RecipientInfo_type(recipient) != CMS_RECIPINFO_AGREE || key->type != ENVELOPE_KEY_P256)
        return false;
    STACK_OF(CMS_RecipientEncryptedKey) *keys = CMS_RecipientInfo_kari_get0_reks(recipient);
    return sk_CMS_RecipientEncryptedKey_num(keys) == 1 &&
           !CMS_RecipientEncryptedKey_cert_cmp(sk_CMS_RecipientEncryptedKey_value(keys, 0), key->certificate);
}

/* With the padding of PKCS #1 v1.5, whoever may ask often enough learns what is in it (Bleichenbacher's attack). */
static bool is_well_wrapped(CMS_RecipientInfo *recipient)
{
    X509_ALGOR *algorithm;
    const ASN1_OBJECT *name;
    if (CMS_RecipientInfo_type(recipient) != CMS_RECIPINFO_TRANS)
        return true;
    if (CMS_RecipientInfo_ktri_get0_algs(recipient, NULL, NULL, &algorithm) != 1)
        return false;
    X509_ALGOR_get0(&name, NULL, NULL, algorithm);
    return OBJ_obj2nid(name) == NID_rsaesOaep;
}

static int find_own(CMS_ContentInfo *cms, const struct envelope_key *const *own, size_t n,
    const struct envelope_key **ret, struct problem *problem)
{
    STACK_OF(CMS_RecipientInfo) *recipients = CMS_get0_RecipientInfos(cms);
    CMS_RecipientInfo *recipient =
        sk_CMS_RecipientInfo_num(recipients) == 1 ? sk_CMS_RecipientInfo_value(recipients, 0) : NULL;
    if (!recipient || !is_well_wrapped(recipient))
        return problem_set(problem, "bad-envelope", "", "not sealed as envelopes are");
    for (size_t i = 0; i < n; i++) {
        if (is_for(recipient, own[i])) {
            *ret = own[i];
            return 0;
        }
    }
    return problem_set(problem, "wrong-recipient", "", "the envelope is sealed for another key");
}

/* Another cipher under the same wrapped key would be without authentication, and a way to ask about the key stream. */
EVP_CIPHER_CTX *envelope_gcm(BIO *chain)
{
    EVP_CIPHER_CTX *context = NULL;
    return BIO_method_type(chain) == BIO_TYPE_CIPHER && BIO_get_cipher_ctx(chain, &context) == 1 && context &&
                   EVP_CIPHER_CTX_get_nid(context) == NID_aes_256_gcm
               ? context
               : NULL;
}

/* To the end, where the tag is compared. */
static int drain(BIO *chain, struct buf *ret)
{
    for (;;) {
        char *place = buf_reserve(ret, READ_BYTES);
        int bytes = place ? BIO_read(chain, place, READ_BYTES) : -1;
        if (bytes < 0)
            return -1;
        if (!bytes)
            return BIO_get_cipher_status(chain) == 1 ? 0 : -1;
        ret->length += (size_t)bytes;
    }
}

int envelope_decrypt(const struct envelope_key *const *own, size_t n, const void *data, size_t bytes, struct buf *ret,
    const struct envelope_key **ret_key, struct problem *problem)
{
    static const char bad[] = "not an envelope, or altered";
    const struct envelope_key *key = NULL;
    BIO *chain = NULL;
    envelope_begin();
    CMS_ContentInfo *cms =
        bytes <= ENVELOPE_BYTES_MAX ? envelope_parse(data, bytes, NID_id_smime_ct_authEnvelopedData) : NULL;
    int error = cms ? find_own(cms, own, n, &key, problem) : envelope_failed(problem, "bad-envelope", bad);
    if (!error && (CMS_decrypt_set1_pkey(cms, key->pkey, key->certificate) != 1 || !(chain = CMS_dataInit(cms, NULL)) ||
                      !envelope_gcm(chain) || drain(chain, ret)))
        error = envelope_failed(problem, "bad-envelope", bad);
    if (!error)
        *ret_key = key;
    BIO_free_all(chain);
    CMS_ContentInfo_free(cms);
    return error;
}

/* The one signer of plain data, by the fingerprint that names it; SHA-256 it must be. */
int envelope_name_signer(CMS_ContentInfo *cms, char ret[FINGERPRINT_HEX_BYTES])
{
    STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
    CMS_SignerInfo *signer = sk_CMS_SignerInfo_num(signers) == 1 ? sk_CMS_SignerInfo_value(signers, 0) : NULL;
    ASN1_OCTET_STRING *id = NULL;
    X509_ALGOR *digest = NULL;
    const ASN1_OBJECT *name;
    if (!signer || OBJ_obj2nid(CMS_get0_eContentType(cms)) != NID_pkcs7_data ||
        CMS_SignerInfo_get0_signer_id(signer, &id, NULL, NULL) != 1 || !id || ASN1_STRING_length(id) != SHA256_BYTES)
        return -1;
    CMS_SignerInfo_get0_algs(signer, NULL, NULL, &digest, NULL);
    X509_ALGOR_get0(&name, NULL, NULL, digest);
    if (OBJ_obj2nid(name) != NID_sha256)
        return -1;
    crypto_hex(ASN1_STRING_get0_data(id), SHA256_BYTES, ret);
    return 0;
}

/* The signer is the reader's to know: no certificate is looked at that came along, and none is judged. */
int envelope_check_signature(
    CMS_ContentInfo *cms, const struct envelope_key *key, struct buf *ret, struct problem *problem)
{
    const unsigned how = CMS_BINARY | CMS_NOINTERN | CMS_NO_SIGNER_CERT_VERIFY;
    STACK_OF(X509) *known = sk_X509_new_null();
    ASN1_OCTET_STRING **content = CMS_get0_content(cms);
    int error = 0;
    if (!known || !sk_X509_push(known, key->certificate))
        error = envelope_failed(problem, "no-memory", "no memory to open an envelope");
    else if (!content || !*content || CMS_verify(cms, known, NULL, NULL, NULL, how) != 1)
        error = envelope_failed(problem, "bad-signature", "the envelope's signature does not hold");
    else if (buf_append(ret, ASN1_STRING_get0_data(*content), (size_t)ASN1_STRING_length(*content)))
        error = envelope_failed(problem, "no-memory", "no memory to open an envelope");
    sk_X509_free(known);
    return error;
}

int envelope_verify(const struct envelope_reader *reader, const void *data, size_t bytes, struct buf *ret,
    const struct envelope_key **ret_key, unsigned *ret_peer, struct problem *problem)
{
    char fingerprint[FINGERPRINT_HEX_BYTES];
    const struct envelope_key *key = NULL;
    unsigned peer = 0;
    envelope_begin();
    CMS_ContentInfo *cms = bytes <= ENVELOPE_BYTES_MAX ? envelope_parse(data, bytes, NID_pkcs7_signed) : NULL;
    int error = !cms || envelope_name_signer(cms, fingerprint)
                    ? envelope_failed(problem, "bad-envelope", "what was sealed is not signed as envelopes are")
                    : 0;
    if (!error && !(key = reader->signer(reader->arg, fingerprint, &peer)))
        error = problem_set(
            problem, "unknown-sender", "from", "nobody whose envelopes are taken has the key %s", fingerprint);
    if (!error)
        error = envelope_check_signature(cms, key, ret, problem);
    if (!error) {
        *ret_key = key;
        *ret_peer = peer;
    }
    CMS_ContentInfo_free(cms);
    return error;
}
