#include "agent/carry/post.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "agent/carry/exchange.h"
#include "agent/carry/parcels.h"
#include "agent/mail.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/files.h"
#include "lib/post.h"
#include "lib/problem.h"

#define POSTED_FILE MAIL_DIR "/posted" /* SHA-256 of the last parcel that was sent; its time is when */

struct visit {
    const struct exchange *exchange;
    bool arrived;
};

/* A parcel that cannot be kept now (the disk is full, too many wait) stays at the mail server; any other is deleted. */
static int take(void *arg, const char *text, size_t bytes)
{
    struct visit *visit = arg;
    struct problem problem;
    bool arrived = false;
    int error = parcels_take(visit->exchange, text, bytes, &arrived, &problem);
    visit->arrived = visit->arrived || arrived;
    return error && strncmp(problem.code, "bad-", 4) && strcmp(problem.code, "unknown-field") ? -1 : 0;
}

static bool was_posted(const char *hash)
{
    struct stat found;
    char *text;
    size_t bytes;
    if (stat(POSTED_FILE, &found) || (clock_wall_ms() - (int64_t)found.st_mtime * 1000) >= POSTED_AGAIN_MS ||
        file_read(POSTED_FILE, 2 * SHA256_BYTES, &text, &bytes, NULL))
        return false;
    bool same = !strcmp(text, hash);
    free(text);
    return same;
}

static int send_parcel(const struct exchange *exchange, const struct post *post, struct problem *problem)
{
    struct buf text = { 0 };
    uint8_t hash[SHA256_BYTES];
    char hex[HEX_BYTES(SHA256_BYTES)];
    int error = parcels_make(exchange, &text, problem);
    if (!error && text.length) {
        crypto_sha256(text.data, text.length, hash);
        crypto_hex(hash, sizeof(hash), hex);
        if (!was_posted(hex))
            error = post_send(post, post->to, text.data, text.length, problem) ||
                    file_write(POSTED_FILE, hex, strlen(hex), 0600, problem);
    }
    buf_free(&text);
    return error ? -1 : 0;
}

int post_visit(const struct exchange *exchange, const char *file, bool *ret_arrived, struct problem *problem)
{
    struct visit visit = { .exchange = exchange };
    struct post post;
    if (post_load(file, &post, problem))
        return -1;
    int error = post_fetch(&post, take, &visit, problem) || send_parcel(exchange, &post, problem);
    *ret_arrived = visit.arrived;
    crypto_forget(&post, sizeof(post));
    return error ? -1 : 0;
}
