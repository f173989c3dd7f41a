#include "lib/log_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/files.h"
#include "lib/problem.h"

#define FILE_BYTES (2 * ED25519_SEED_BYTES + 1)

int log_key_load(const char *path, uint8_t ret_seed[ED25519_SEED_BYTES], struct problem *problem)
{
    char *text;
    size_t bytes;
    if (file_read_secret(path, FILE_BYTES, &text, &bytes, problem))
        return -1;
    text[strcspn(text, "\n")] = '\0';
    int error = crypto_unhex(text, ret_seed, ED25519_SEED_BYTES);
    crypto_forget(text, bytes);
    free(text);
    return error ? problem_set(problem, "bad-key", path, "%s does not hold 64 hexadecimal digits", path) : 0;
}

int log_key_signer(const uint8_t seed[ED25519_SEED_BYTES], const char *deployment, enum class class,
    unsigned generation, struct tlog_signer *ret, struct problem *problem)
{
    char name[TLOG_NAME_BYTES], behind[16] = "";
    if (!*deployment)
        return problem_set(
            problem, "bad-setting", "common.deployment", "common.deployment is not set: run vedette init");
    if (generation > 1)
        snprintf(behind, sizeof(behind), "/%u", generation);
    snprintf(name, sizeof(name), "vedette/%s/%s%s", deployment, class_words[class], behind);
    return tlog_signer_make(name, TLOG_ED25519, seed, ret, problem);
}
