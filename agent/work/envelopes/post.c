#include "agent/work/envelopes/post.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/mail.h"
#include "agent/work/envelopes/post_private.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/problem.h"
#include "lib/signed/trust.h"

/* Who writes to us and to whom we write. */
static const enum peer peers[ADDRESSEE_COUNT] = {
    [ADDRESSEE_SCHEDULER] = PEER_SCHEDULER,
    [ADDRESSEE_BACKUP] = PEER_BACKUP,
    [ADDRESSEE_KEYSERVER] = PEER_KEYSERVER,
};

int post_enter(const struct post *post, struct problem *problem)
{
    if (fchdir(post->state))
        return problem_errno(problem, "bad-state", MAIL_DIR, "cannot enter the state directory");
    setfsgid(post->group);
    setfsuid(post->owner);
    return 0;
}

/* Our own folder is where everything else is done; without it nothing may go on. */
void post_leave(const struct post *post)
{
    setfsuid(geteuid());
    setfsgid(getegid());
    if (fchdir(post->home))
        abort();
}

int post_outside(const struct post *post, int (*act)(void *arg, struct problem *), void *arg, struct problem *problem)
{
    if (post_enter(post, problem))
        return -1;
    int error = act(arg, problem);
    post_leave(post);
    return error;
}

static int take_service(const struct trust *trust, int which, struct envelope_key **ret_sign,
    struct envelope_key **ret_seal, struct problem *problem)
{
    const struct document_sealing *keys = trust_service(trust, (enum addressee)which);
    *ret_sign = *ret_seal = NULL;
    if (!keys)
        return 0;
    *ret_sign = envelope_key_public(keys->sign_key, problem);
    *ret_seal = *ret_sign ? envelope_key_public(keys->seal_key, problem) : NULL;
    if (*ret_seal)
        return 0;
    envelope_key_free(*ret_sign);
    return -1;
}

int post_trust(struct post *post, const struct trust *trust, struct problem *problem)
{
    opener_free(post->opener);
    post->opener = NULL;
    post->trusts++;
    for (int i = 0; i < ADDRESSEE_COUNT; i++) {
        struct envelope_key *sign, *seal;
        if (take_service(trust, i, &sign, &seal, problem))
            return -1;
        envelope_key_free(post->theirs[i]);
        envelope_key_free(post->to[i]);
        post->theirs[i] = sign;
        post->to[i] = seal;
        if (sign)
            streams_signed_by(&post->streams, (enum addressee)i, envelope_key_fingerprint(sign));
    }
    return 0;
}

int post_sender(const struct post *post, const char *fingerprint)
{
    for (int i = 0; i < ADDRESSEE_COUNT; i++) {
        if (post->theirs[i] && !strcmp(envelope_key_fingerprint(post->theirs[i]), fingerprint))
            return i;
    }
    return -1;
}

const struct envelope_key *post_signer(void *arg, const char *fingerprint, unsigned *ret_peer)
{
    const struct post *post = arg;
    int from = post_sender(post, fingerprint);
    if (from < 0)
        return NULL;
    *ret_peer = peers[from];
    return post->theirs[from];
}

/* Folders, and our keys, which are read with our own rights: they may be root's. */
static int open_mail(struct post *post, struct problem *problem)
{
    if (post_keys_load(post->state, post->deployment, &post->keys, problem) || post_enter(post, problem))
        return -1;
    int error = mail_open(problem);
    post_leave(post);
    return error;
}

int post_settle(struct post *post, struct problem *problem)
{
    if (post_enter(post, problem))
        return -1;
    int error = 0;
    for (int i = 0; i < ADDRESSEE_COUNT && !error; i++)
        error = mail_settle((enum addressee)i, post->streams.out[i].last, problem);
    post_leave(post);
    return error;
}

struct post *post_open(int state, const struct trust *trust, const char *deployment, struct problem *problem)
{
    struct stat found;
    struct post *post = calloc(1, sizeof(*post));
    if (!post) {
        problem_set(problem, "no-memory", "", "no memory");
        return NULL;
    }
    post->state = state;
    post->home = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    snprintf(post->deployment, sizeof(post->deployment), "%s", deployment);
    int error = post->home < 0 || fstat(state, &found)
                    ? problem_errno(problem, "bad-state", "", "cannot look at the state directory")
                    : streams_load(&post->streams, problem);
    if (!error) {
        post->owner = found.st_uid;
        post->group = found.st_gid;
    }
    if (error || post_trust(post, trust, problem) || open_mail(post, problem)) {
        post_close(post);
        return NULL;
    }
    return post;
}

void post_close(struct post *post)
{
    if (!post)
        return;
    opener_free(post->opener);
    for (int i = 0; i < ADDRESSEE_COUNT; i++) {
        envelope_key_free(post->theirs[i]);
        envelope_key_free(post->to[i]);
    }
    post_keys_free(&post->keys);
    if (post->home >= 0)
        close(post->home);
    free(post);
}

const char *post_fingerprint(const struct post *post)
{
    return envelope_key_fingerprint(post->keys.pairs[0].sign);
}

const char *post_seal_key(const struct post *post)
{
    return envelope_key_spki(post_keys_newest(&post->keys)->seal);
}

void post_seal_path(const struct post *post, const char *state, const char *home, char *ret, size_t room)
{
    const struct post_pair *newest = post_keys_newest(&post->keys);
    char path[POST_KEY_PATH_BYTES];
    post_keys_seal_path(&post->keys, newest, path);
    snprintf(ret, room, "%s/%s", post_pair_is_enrolled(newest) ? state : home, path);
}

void post_in_path(const struct post *post, char *ret, size_t room)
{
    snprintf(ret, room, "/proc/self/fd/%d/" MAIL_IN_DIR, post->state);
}

enum addressee post_addressee(enum envelope purpose)
{
    int to = 0;
    while (to < ADDRESSEE_COUNT - 1 && peers[to] != envelope_rows[purpose].to)
        to++;
    return (enum addressee)to;
}

/* A restored state does not know all the places that were used: services would take what we send for repeats. */
static int begin_anew(struct post *post, struct problem *problem)
{
    if (post_enter(post, problem))
        return -1;
    bool restored = mail_was_restored();
    post_leave(post);
    if (!restored)
        return 0;
    for (int i = 0; i < ADDRESSEE_COUNT; i++)
        stream_restored(&post->streams.out[i], clock_wall_ms());
    if (streams_save(&post->streams, problem) || post_enter(post, problem))
        return -1;
    mail_begun_anew();
    post_leave(post);
    return 0;
}

/* Keys of another enrolment are not here. */
static const struct envelope_key *sign_key(const struct post *post, enum addressee to)
{
    const struct post_pair *pair = post_keys_find(&post->keys, post->streams.ours[to]);
    return pair ? pair->sign : post->keys.pairs[0].sign;
}

int post_send(struct post *post, enum addressee to, enum envelope purpose, const void *message, struct problem *problem)
{
    const struct envelope_writer writer = { post->deployment, sign_key(post, to), post->to[to] };
    struct buf envelope = { .limit_bytes = ENVELOPE_BYTES_MAX };
    if (!post->to[to])
        return problem_set(problem, "no-service", "", "the trust file names no keys of %s", addressee_words[to]);
    if (begin_anew(post, problem))
        return -1;
    struct stream_sender before = post->streams.out[to];
    struct stream_place place = stream_next(&post->streams.out[to], clock_wall_ms());
    int error = envelope_seal(&writer, purpose, place, message, &envelope, problem) || post_enter(post, problem);
    if (!error) {
        error = mail_draft(to, place, envelope.data, envelope.length, problem);
        post_leave(post);
    }
    buf_free(&envelope);
    /* Until it is written down nobody has seen the place, and the next message takes it: a gap would hold that up. */
    if (error || streams_save(&post->streams, problem)) {
        post->streams.out[to] = before;
        return -1;
    }
    error = post_enter(post, problem);
    if (!error) {
        error = mail_send(to, place, problem);
        post_leave(post);
    }
    return error ? -1 : 0;
}
