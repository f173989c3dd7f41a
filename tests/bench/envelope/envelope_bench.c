/*
 * What do envelopes cost above the cryptography that they are made of? The same content, keys and algorithms, sealed
 * and opened by lib/envelope and by bare calls of OpenSSL's CMS, in turns; CPU time of the thread. Bare does no more
 * than that: no look-up of the signer, no check of what kind of CMS it was given, no line that says for whom, no JSON.
 */
#include <stdio.h>
#include <time.h>

#include <openssl/cms.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "lib/envelope/private.h"
#include "tests/envelope_rig.h"

#define TURNS 100
#define ROUNDS 9
#define DSSE_BYTES 1600 /* of a task with two signatures */

static struct rig_party recipient;
static char dsse[DSSE_BYTES + 1];

static double now_us(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static void must(bool held)
{
    if (!held)
        abort();
}

static void ours(void)
{
    const struct envelope_document document = { .dsse = dsse };
    struct envelope_opened opened;
    struct buf envelope = { 0 };
    must(!rig_seal(&rig_scheduler, &recipient, ENVELOPE_DOCUMENT, 1, &document, &envelope));
    must(!rig_open_as(&recipient, envelope.data, envelope.length, &opened, NULL));
    envelope_opened_free(&opened);
    buf_free(&envelope);
}

static BIO *bare_seal(const char *content, size_t bytes)
{
    const unsigned how = CMS_BINARY | CMS_PARTIAL | CMS_NOCERTS | CMS_NOSMIMECAP | CMS_USE_KEYID;
    BIO *in = BIO_new_mem_buf(content, (int)bytes), *inner = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
    CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, how);
    must(CMS_add1_signer(cms, rig_scheduler.sign->certificate, rig_scheduler.sign->pkey, EVP_sha256(), how) &&
         CMS_final(cms, in, NULL, CMS_BINARY) == 1 && i2d_CMS_bio(inner, cms) == 1);
    CMS_ContentInfo_free(cms);
    cms = CMS_encrypt(NULL, NULL, EVP_aes_256_gcm(), CMS_BINARY | CMS_PARTIAL);
    EVP_PKEY_CTX *context = CMS_RecipientInfo_get0_pkey_ctx(
        CMS_add1_recipient_cert(cms, recipient.seal->certificate, CMS_USE_KEYID | CMS_KEY_PARAM));
    must(recipient.seal->type == ENVELOPE_KEY_P256
             ? EVP_PKEY_CTX_set_ecdh_kdf_md(context, EVP_sha256()) == 1
             : EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
                   EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()) == 1);
    must(CMS_final(cms, inner, NULL, CMS_BINARY) == 1 && i2d_CMS_bio(out, cms) == 1);
    CMS_ContentInfo_free(cms);
    BIO_free(in);
    BIO_free(inner);
    return out;
}

static void bare_open(BIO *in, STACK_OF(X509) * signers)
{
    BIO *inner = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
    CMS_ContentInfo *cms = d2i_CMS_bio(in, NULL);
    must(CMS_decrypt(cms, recipient.seal->pkey, recipient.seal->certificate, NULL, inner, CMS_BINARY) == 1);
    CMS_ContentInfo_free(cms);
    cms = d2i_CMS_bio(inner, NULL);
    must(CMS_verify(cms, signers, NULL, NULL, out, CMS_BINARY | CMS_NOINTERN | CMS_NO_SIGNER_CERT_VERIFY) == 1);
    CMS_ContentInfo_free(cms);
    BIO_free(inner);
    BIO_free(out);
}

static void bare(STACK_OF(X509) * signers)
{
    static char content[DSSE_BYTES + 330]; /* as long as head and body */
    memset(content, 'x', sizeof(content));
    BIO *envelope = bare_seal(content, sizeof(content));
    bare_open(envelope, signers);
    BIO_free(envelope);
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

static void measure(const char *row, const char *what, enum envelope_key_type type)
{
    double ratios[ROUNDS], ours_us = 0, bare_us = 0, load[1] = { 0 };
    STACK_OF(X509) *signers = sk_X509_new_null();
    recipient = (struct rig_party){ .seal = rig_key(type) };
    sk_X509_push(signers, rig_scheduler.sign->certificate);
    for (int round = 0; round < ROUNDS; round++) {
        double spent[2] = { 0, 0 };
        for (int turn = 0; turn < TURNS; turn++) {
            double begin = now_us();
            ours();
            double middle = now_us();
            bare(signers);
            spent[0] += middle - begin;
            spent[1] += now_us() - middle;
        }
        ratios[round] = spent[0] / spent[1];
        ours_us += spent[0] / TURNS / ROUNDS;
        bare_us += spent[1] / TURNS / ROUNDS;
    }
    qsort(ratios, ROUNDS, sizeof(ratios[0]), by_value);
    getloadavg(load, 1);
    printf("%s\t%.3f\tratio\t%.3f\t%.3f\t%d\tseal and open a document of %d bytes for %s, lib/envelope %.0f us over "
           "bare OpenSSL CMS %.0f us, in turns; CPU time, load %.1f\n",
        row, ratios[ROUNDS / 2], ratios[0], ratios[ROUNDS - 1], ROUNDS, DSSE_BYTES, what, ours_us, bare_us, load[0]);
    sk_X509_free(signers);
    envelope_key_free(recipient.seal);
}

int main(void)
{
    rig_open();
    memset(dsse, 'x', DSSE_BYTES);
    measure("envelope.overhead", "P-256", ENVELOPE_KEY_P256);
    measure("envelope.overhead_rsa", "RSA-3072-OAEP", ENVELOPE_KEY_RSA3072);
    rig_close();
    return 0;
}
