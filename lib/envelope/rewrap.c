/* Content keys apart from their objects: OpenSSL's CMS is given the recipients around no content. */
#include <openssl/cms.h>

#include "lib/buf.h"
#include "lib/envelope/bulk_der.h"
#include "lib/envelope/private.h"

/* id-ct-authEnvelopedData; and pkcs7-data in AES-256-GCM, of which the nonce is of no meaning where no content is. */
static const uint8_t name[] = { 0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x17 };
static const uint8_t algorithm[] = { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01, 0x30, 0x1e, 0x06,
    0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2e, 0x30, 0x11, 0x04, 0x0c, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0x02, 0x01, 0x10 };

int envelope_bulk_recipients(
    const void *head, size_t bytes, const void **ret, size_t *ret_bytes, struct problem *problem)
{
    struct bulk_span recipients;
    envelope_begin();
    if (bulk_dissect_head(head, bytes, &recipients) || recipients.bytes > BULK_HEAD_BYTES_MAX)
        return envelope_failed(problem, "bad-segment", "not sealed as segments are, or altered");
    *ret = recipients.at;
    *ret_bytes = recipients.bytes;
    return 0;
}

static CMS_ContentInfo *around_nothing(const void *recipients, size_t bytes)
{
    const struct bulk_around around = { { name, sizeof(name) }, { recipients, bytes },
        { algorithm, sizeof(algorithm) } };
    uint8_t tail[BULK_TAIL_BYTES] = { BULK_OCTETS, BULK_TAG_BYTES };
    struct buf empty = { .limit_bytes = 2 * BULK_HEAD_BYTES_MAX };
    CMS_ContentInfo *cms = NULL;
    if (bytes <= BULK_HEAD_BYTES_MAX && !bulk_check_recipients(&around.recipients) &&
        !bulk_compose(&around, 0, &empty) && !buf_append(&empty, tail, sizeof(tail)))
        cms = envelope_parse(empty.data, empty.length, NID_id_smime_ct_authEnvelopedData);
    buf_free(&empty);
    if (cms && sk_CMS_RecipientInfo_num(CMS_get0_RecipientInfos(cms)) <= BULK_RECIPIENTS_MAX)
        return cms;
    CMS_ContentInfo_free(cms);
    return NULL;
}

/* By itself OpenSSL chooses the wrap as the content's cipher wants it, which it does not know of a structure that was read. */
static int choose_wrap(CMS_RecipientInfo *recipient)
{
    EVP_CIPHER_CTX *wrap = CMS_RecipientInfo_type(recipient) == CMS_RECIPINFO_AGREE
                               ? CMS_RecipientInfo_kari_get0_ctx(recipient)
                               : NULL;
    return !wrap || EVP_EncryptInit_ex(wrap, EVP_aes_256_wrap(), NULL, NULL, NULL) == 1 ? 0 : -1;
}

/* The key is in the structure by now. */
static int add(CMS_ContentInfo *cms, const struct envelope_key *to)
{
    CMS_RecipientInfo *recipient = CMS_add1_recipient_cert(cms, to->certificate, CMS_USE_KEYID | CMS_KEY_PARAM);
    return !recipient || envelope_choose_wrapping(to, recipient) || choose_wrap(recipient) ||
                   CMS_RecipientInfo_encrypt(cms, recipient) != 1
               ? -1
               : 0;
}

/* Of the structure, the last recipient alone. */
static int put_last(CMS_ContentInfo *cms, struct buf *ret)
{
    STACK_OF(CMS_RecipientInfo) *all = CMS_get0_RecipientInfos(cms);
    CMS_RecipientInfo *others[BULK_RECIPIENTS_MAX];
    int n = 0;
    while (sk_CMS_RecipientInfo_num(all) > 1)
        others[n++] = sk_CMS_RecipientInfo_shift(all);
    struct buf der = { .limit_bytes = BULK_HEAD_BYTES_MAX };
    struct bulk_span recipients;
    int error = envelope_encode(cms, &der) || bulk_dissect_head(der.data, der.length, &recipients) ||
                buf_append(ret, recipients.at, recipients.bytes);
    buf_free(&der);
    while (n) /* the structure frees them */
        sk_CMS_RecipientInfo_push(all, others[--n]);
    return error ? -1 : 0;
}

static int mark(CMS_ContentInfo *cms, const char *owner, uint8_t ret[BULK_MARK_BYTES])
{
    BIO *chain = CMS_dataInit(cms, NULL);
    EVP_CIPHER_CTX *cipher = chain ? envelope_gcm(chain) : NULL;
    int error = !cipher || envelope_bulk_mark(cipher, owner, ret);
    BIO_free_all(chain);
    return error ? -1 : 0;
}

int envelope_bulk_rewrap(const struct bulk_opener *opener, const char *owner, const struct envelope_key *to,
    struct buf *ret, uint8_t ret_mark[BULK_MARK_BYTES], struct problem *problem)
{
    envelope_begin();
    CMS_ContentInfo *cms = around_nothing(opener->recipients, opener->recipients_bytes);
    int error = 0;
    if (!cms)
        error = envelope_failed(problem, "bad-segment", "no wrapped keys as segments have them");
    else if (CMS_decrypt_set1_pkey(cms, opener->own->pkey, opener->own->certificate) != 1)
        error = envelope_failed(problem, "wrong-recipient", "the segment is sealed for another key");
    else if (add(cms, to) || put_last(cms, ret) || mark(cms, owner, ret_mark))
        error = envelope_failed(problem, "bad-segment", "the content key cannot be wrapped");
    CMS_ContentInfo_free(cms);
    return error;
}
