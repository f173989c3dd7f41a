/*
 * `vedette postman`: takes parcels from ingest's directory to agents by SMTP, and brings theirs by POP3. Trusted with
 * the mailbox's password alone: parcels are sealed, and bear their makers' MACs.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/run.h"
#include "lib/crypto.h"
#include "lib/files.h"
#include "lib/log.h"
#include "lib/parcel.h"
#include "lib/post.h"
#include "lib/problem.h"

#define SUFFIX ".parcel"
#define POSTED "posted"          /* beside from/ and to/: SHA-256 of what each agent was last sent */
#define POSTED_AGAIN_S (60 * 60) /* a mail may be lost: what has not changed for so long is sent once more */

/* Working in the directory of parcels. */
struct postman {
    struct post post;
    unsigned sent, brought;
};

/* By its hash: the same mail twice is one file. */
static int bring(void *arg, const char *parcel, size_t bytes)
{
    struct postman *postman = arg;
    uint8_t hash[SHA256_BYTES];
    char hex[HEX_BYTES(SHA256_BYTES)], path[128];
    struct problem problem;
    crypto_sha256(parcel, bytes, hash);
    crypto_hex(hash, sizeof(hash), hex);
    snprintf(path, sizeof(path), "from/%s" SUFFIX, hex);
    if (file_write(path, parcel, bytes, 0644, &problem)) {
        log_problem(LOG_LEVEL_ERROR, "postman.not-kept", &problem);
        return -1;
    }
    postman->brought++;
    return 0;
}

static bool was_posted(const char *path, const char *hash)
{
    struct stat found;
    char *text;
    size_t bytes;
    if (stat(path, &found) || time(NULL) - found.st_mtime >= POSTED_AGAIN_S ||
        file_read(path, 2 * SHA256_BYTES, &text, &bytes, NULL))
        return false;
    bool same = !strcmp(text, hash);
    free(text);
    return same;
}

/* The address of an agent: its number in the place of %u. */
static void address_of(const struct post *post, unsigned long agent, char *ret, size_t room)
{
    const char *place = strstr(post->to, "%u");
    int before = place ? (int)(place - post->to) : (int)strlen(post->to);
    snprintf(ret, room, place ? "%.*s%lu%s" : "%.*s", before, post->to, agent, place ? place + 2 : "");
}

static int post_one(struct postman *postman, const char *name, struct problem *problem)
{
    char path[300], posted[300], to[POST_VALUE_BYTES + 24], hex[HEX_BYTES(SHA256_BYTES)], *text;
    uint8_t hash[SHA256_BYTES];
    size_t bytes;
    unsigned long agent = strtoul(name, NULL, 10);
    snprintf(path, sizeof(path), "to/%s", name);
    snprintf(posted, sizeof(posted), POSTED "/%lu", agent);
    if (file_read(path, PARCEL_BYTES_MAX, &text, &bytes, problem))
        return -1;
    crypto_sha256(text, bytes, hash);
    crypto_hex(hash, sizeof(hash), hex);
    int error = 0;
    if (!was_posted(posted, hex)) {
        address_of(&postman->post, agent, to, sizeof(to));
        error =
            post_send(&postman->post, to, text, bytes, problem) || file_write(posted, hex, strlen(hex), 0600, problem);
        postman->sent += !error;
    }
    free(text);
    return error ? -1 : 0;
}

static int post_all(struct postman *postman, struct problem *problem)
{
    DIR *open = opendir("to");
    int error = 0;
    if (!open)
        return problem_errno(problem, "file", "to", "cannot open the directory of parcels");
    for (struct dirent *entry; !error && (entry = readdir(open));) {
        size_t length = strlen(entry->d_name);
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && length > strlen(SUFFIX) &&
            !strcmp(entry->d_name + length - strlen(SUFFIX), SUFFIX))
            error = post_one(postman, entry->d_name, problem);
    }
    closedir(open);
    return error;
}

static enum outcome go_round(struct postman *postman)
{
    struct problem problem;
    postman->sent = postman->brought = 0;
    int error = post_fetch(&postman->post, bring, postman, &problem) || post_all(postman, &problem);
    if (postman->sent || postman->brought)
        log_info("postman.round", LOG_INT("sent", postman->sent), LOG_INT("brought", postman->brought));
    if (error)
        log_problem(LOG_LEVEL_WARNING, "postman.failed", &problem);
    return error ? OUTCOME_UNREACHABLE : OUTCOME_OK;
}

static int begin(
    struct postman *postman, const struct command *command, const struct given *given, struct problem *problem)
{
    const char *folder = given_value(command, given, "--drop");
    if (post_load(given_value(command, given, "--post"), &postman->post, problem))
        return -1;
    if (chdir(folder))
        return problem_errno(problem, "file", folder, "cannot enter %s", folder);
    return dir_make(POSTED, 0700, problem);
}

enum outcome run_postman(struct cli *cli, const struct command *command, const struct given *given)
{
    struct postman postman = { 0 };
    struct problem problem;
    const char *every = given_value(command, given, "--every");
    int64_t every_s;
    (void)cli;
    if (duration_parse(every ? every : "30s", &every_s) || every_s < 1) {
        problem_set(&problem, "usage", "--every", "--every is a duration of a second at least");
        return cli_fail(command, OUTCOME_USAGE, &problem);
    }
    if (begin(&postman, command, given, &problem))
        return cli_fail(command, OUTCOME_REFUSED, &problem);
    log_open("postman", LOG_LEVEL_INFO);
    /* Killed at any moment it has lost nothing: there is nothing to do at the end. */
    for (;;) {
        enum outcome outcome = go_round(&postman);
        if (given_value(command, given, "--once"))
            return outcome;
        nanosleep(&(struct timespec){ .tv_sec = every_s }, NULL);
    }
}
