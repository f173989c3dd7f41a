#include "lib/exchange/own_keys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/files.h"
#include "lib/log.h"
#include "lib/problem.h"
#include "lib/signed/trust.h"

#define PATH_BYTES 64

/* Of either half, the one in use first. */
static const char *const sign_files[OWN_KEYS_MAX] = { ENVELOPE_SIGN_KEY, ENVELOPE_SIGN_KEY_NEXT,
    ENVELOPE_SIGN_KEY_BEFORE };
static const char *const seal_files[OWN_KEYS_MAX] = { ENVELOPE_SEAL_KEY, ENVELOPE_SEAL_KEY_NEXT,
    ENVELOPE_SEAL_KEY_BEFORE };

static void path_of(const char *folder, const char *file, char ret[PATH_BYTES])
{
    snprintf(ret, PATH_BYTES, "%s/%s", folder, file);
}

static int load(const char *folder, const char *const files[OWN_KEYS_MAX], struct envelope_key *ret[OWN_KEYS_MAX],
    size_t *ret_n, struct problem *problem)
{
    for (size_t i = 0; i < OWN_KEYS_MAX; i++) {
        char path[PATH_BYTES];
        path_of(folder, files[i], path);
        if (i && file_absent(path))
            continue;
        ret[*ret_n] = envelope_key_load(path, problem);
        if (!ret[*ret_n])
            return -1;
        ++*ret_n;
    }
    return 0;
}

int own_keys_load(struct own_keys *keys, const char *folder, struct problem *problem)
{
    struct own_keys loaded = { 0 };
    if (load(folder, sign_files, loaded.sign, &loaded.n_sign, problem) ||
        load(folder, seal_files, loaded.seal, &loaded.n_seal, problem)) {
        own_keys_free(&loaded);
        return -1;
    }
    own_keys_free(keys);
    *keys = loaded;
    return 0;
}

void own_keys_free(struct own_keys *keys)
{
    for (size_t i = 0; i < keys->n_sign; i++)
        envelope_key_free(keys->sign[i]);
    for (size_t i = 0; i < keys->n_seal; i++)
        envelope_key_free(keys->seal[i]);
    *keys = (struct own_keys){ 0 };
}

/* A kill in between leaves the key under both names, or the one before gone already: never none in use. */
static int take_place(
    const char *folder, const char *const files[OWN_KEYS_MAX], const char *named, struct problem *problem)
{
    char now[PATH_BYTES], next[PATH_BYTES], before[PATH_BYTES];
    path_of(folder, files[0], now);
    path_of(folder, files[1], next);
    path_of(folder, files[2], before);
    struct envelope_key *key = file_absent(next) ? NULL : envelope_key_load(next, problem);
    bool due = key && !strcmp(envelope_key_spki(key), named);
    envelope_key_free(key);
    if (!due)
        return 0;
    if ((unlink(before) && errno != ENOENT) || link(now, before) || dir_sync(folder) || rename(next, now) ||
        dir_sync(folder))
        return problem_errno(problem, "file", now, "cannot put the next key in the place of %s", now);
    log_info("envelope-key.changed", LOG_TEXT("file", now));
    return 0;
}

int own_keys_settle(const char *folder, const struct document_sealing *named, struct problem *problem)
{
    if (!named)
        return 0;
    return take_place(folder, sign_files, named->sign_key, problem) ||
                   take_place(folder, seal_files, named->seal_key, problem)
               ? -1
               : 0;
}

void own_keys_named(const struct trust *trust, enum addressee service, char ret[FINGERPRINT_HEX_BYTES])
{
    const struct document_sealing *sealing = trust_service(trust, service);
    struct envelope_key *key = sealing ? envelope_key_public(sealing->sign_key, NULL) : NULL;
    snprintf(ret, FINGERPRINT_HEX_BYTES, "%s", key ? envelope_key_fingerprint(key) : "");
    envelope_key_free(key);
}

static int read_public(
    const char *folder, const char *file, char ret[ENVELOPE_SPKI_BYTES], struct problem *problem)
{
    char path[PATH_BYTES];
    path_of(folder, file, path);
    struct envelope_key *key = envelope_key_load(path, problem);
    if (!key)
        return -1;
    snprintf(ret, ENVELOPE_SPKI_BYTES, "%s", envelope_key_spki(key));
    envelope_key_free(key);
    return 0;
}

int own_keys_offer(const char *folder, struct own_keys_offer *ret, struct problem *problem)
{
    struct own_keys_offer offer;
    char seal[PATH_BYTES];
    path_of(folder, ENVELOPE_SEAL_KEY_NEXT, seal);
    /* The half that is made last says that there is a pair. */
    bool next = !file_absent(seal);
    if (read_public(folder, next ? ENVELOPE_SIGN_KEY_NEXT : ENVELOPE_SIGN_KEY, offer.sign_key, problem) ||
        read_public(folder, next ? ENVELOPE_SEAL_KEY_NEXT : ENVELOPE_SEAL_KEY, offer.seal_key, problem))
        return -1;
    *ret = offer;
    return 0;
}

const struct envelope_key *own_keys_sign(const struct own_keys *keys, const char *fingerprint)
{
    for (size_t i = 0; i < keys->n_sign; i++) {
        if (!strcmp(envelope_key_fingerprint(keys->sign[i]), fingerprint))
            return keys->sign[i];
    }
    return NULL;
}
