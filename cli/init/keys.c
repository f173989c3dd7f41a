#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/init/init.h"
#include "lib/buf.h"
#include "lib/bus/bus.h"
#include "lib/clock.h"
#include "lib/crypto.h"

#define RENEW_BEFORE_MS (INT64_C(30) * 86400000) /* each start of the server runs init */

static void make_bus_key(char *ret, size_t bytes)
{
    char secret[BUS_KEY_BYTES];
    bus_make_key(secret);
    snprintf(ret, bytes, "%s\n", secret);
    crypto_forget(secret, sizeof(secret));
}

/* The public keys follow from the secret ones, so that the table is made anew each time. */
static int add_role(const char *role, const struct owner *owner, struct buf *table, struct problem *problem)
{
    char path[32], public[BUS_KEY_BYTES];
    snprintf(path, sizeof(path), "%s/bus.key", role);
    char *secret = keep_secret(path, owner, make_bus_key, problem);
    if (!secret)
        return -1;
    int error = bus_public_key(secret, public) ? problem_set(problem, "bad-key", path, "%s holds no CURVE key", path)
                                               : buf_format(table, "%s %s\n", role, public);
    crypto_forget(secret, strlen(secret));
    free(secret);
    return error;
}

int init_bus_keys(const struct layout *layout, struct problem *problem)
{
    struct buf table = { 0 };
    int error = add_role("cli", &layout->us, &table, problem);
    for (int i = 0; i < FOLDER_COUNT && !error; i++)
        error = add_role(folder_names[i], &layout->owners[i], &table, problem);
    error = error || keep_over("bus.keys", table.data, 0644, &layout->us, problem);
    buf_free(&table);
    return error ? -1 : 0;
}

/* The CA; *ret has no key if that is kept elsewhere, off the server: then it can serve but issue nothing. */
static int keep_ca(const struct layout *layout, struct certificate *ret, struct problem *problem)
{
    char host[65] = "";
    char name[80];
    struct certificate made = { 0 };
    if (keep_has("ca.pem")) {
        made.chain = keep_read("ca.pem", problem);
        made.key = made.chain && keep_has("ca/ca.key") ? keep_read("ca/ca.key", problem) : NULL;
        if (!made.chain)
            return -1;
        *ret = made;
        return 0;
    }
    gethostname(host, sizeof(host) - 1);
    snprintf(name, sizeof(name), "Vedette CA %.40s", host);
    if (certificate_make_ca(name, clock_wall_ms(), &made, problem))
        return -1;
    /* The key first: a CA without its key could never issue anything. */
    if (keep_write("ca/ca.key", made.key, 0400, &layout->us, problem) ||
        keep_write("ca.pem", made.chain, 0644, &layout->us, problem)) {
        certificate_free(&made);
        return -1;
    }
    *ret = made;
    return 0;
}

/* A certificate of another CA was put there by people, so people renew it. */
static bool is_due(const char *chain, const char *ca, const char *const *names, size_t n)
{
    return certificate_issued_by(chain, ca) && !certificate_serves(chain, names, n, clock_wall_ms() + RENEW_BEFORE_MS);
}

static int keep_server(enum folder folder, const struct layout *layout, const struct certificate *ca,
    const char *const *names, size_t n, struct problem *problem)
{
    char chain_path[32], key_path[32];
    snprintf(chain_path, sizeof(chain_path), "%s/tls.crt", folder_names[folder]);
    snprintf(key_path, sizeof(key_path), "%s/tls.key", folder_names[folder]);
    if (keep_has(chain_path) && keep_has(key_path)) {
        char *chain = keep_read(chain_path, problem);
        if (!chain)
            return -1;
        bool due = is_due(chain, ca->chain, names, n);
        free(chain);
        if (!due)
            return 0;
    }
    if (!ca->key)
        return problem_set(
            problem, "no-ca-key", "ca/ca.key", "%s is due and ca/ca.key is not here to issue a new one", chain_path);
    struct certificate made;
    if (certificate_make_server(ca, names, n, clock_wall_ms(), &made, problem))
        return -1;
    const struct owner *owner = &layout->owners[folder];
    int error = keep_write(key_path, made.key, 0400, owner, problem) ||
                keep_write(chain_path, made.chain, 0644, owner, problem);
    certificate_free(&made);
    return error ? -1 : 0;
}

int init_certificates(const struct layout *layout, char ret_fingerprint[FINGERPRINT_BYTES], struct problem *problem)
{
    char host[65] = "";
    struct certificate ca = { 0 };
    gethostname(host, sizeof(host) - 1);
    const char *names[] = { "localhost", "127.0.0.1", "::1", layout->settings.common.public_name, host };
    size_t n = sizeof(names) / sizeof(names[0]) - (*host ? 0 : 1);
    if (keep_ca(layout, &ca, problem))
        return -1;
    int error = keep_server(FOLDER_INGEST, layout, &ca, names, n, problem) ||
                keep_server(FOLDER_PORTAL, layout, &ca, names, n, problem) ||
                certificate_fingerprint(ca.chain, ret_fingerprint, problem);
    certificate_free(&ca);
    return error ? -1 : 0;
}
