#include "agent/work/post.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/mail.h"
#include "agent/state.h"
#include "agent/work/streams.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/problem.h"
#include "lib/signed/trust.h"

/* Who writes to us and to whom we write. */
static const enum peer peers[ADDRESSEE_COUNT] = {
    [ADDRESSEE_SCHEDULER] = PEER_SCHEDULER,
    [ADDRESSEE_BACKUP] = PEER_BACKUP,
    [ADDRESSEE_KEYSERVER] = PEER_KEYSERVER,
};

struct post {
    int state, home; /* folders: the mail's, and ours */
    uid_t owner;     /* of the mail */
    gid_t group;
    char deployment[DEPLOYMENT_BYTES];
    struct envelope_key *sign, *seal;
    struct envelope_key *theirs[ADDRESSEE_COUNT], *to[ADDRESSEE_COUNT]; /* NULL: the trust file names none */
    const struct envelope_key *own[1];
    struct opener *opener; /* with these keys; NULL: not since they changed */
    struct streams streams;
};

/* ---- To the mail's folder and back. ---- */

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

/* ---- Keys. ---- */

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

static const struct envelope_key *signer(void *arg, const char *fingerprint, unsigned *ret_peer)
{
    const struct post *post = arg;
    for (int i = 0; i < ADDRESSEE_COUNT; i++) {
        if (post->theirs[i] && !strcmp(envelope_key_fingerprint(post->theirs[i]), fingerprint)) {
            *ret_peer = peers[i];
            return post->theirs[i];
        }
    }
    return NULL;
}

static int addressee_of(const struct post *post, const char *fingerprint)
{
    for (int i = 0; i < ADDRESSEE_COUNT; i++) {
        if (post->theirs[i] && !strcmp(envelope_key_fingerprint(post->theirs[i]), fingerprint))
            return i;
    }
    return -1;
}

/* ---- Opening and closing. ---- */

/* Folders, and our keys, which are read with our own rights: they may be root's. */
static int open_mail(struct post *post, struct problem *problem)
{
    if (fchdir(post->state))
        return problem_errno(problem, "bad-state", MAIL_DIR, "cannot enter the state directory");
    post->sign = envelope_key_load(SIGN_KEY_FILE, problem);
    post->seal = post->sign ? envelope_key_load(SEAL_KEY_FILE, problem) : NULL;
    if (!post->seal || post_enter(post, problem)) {
        post_leave(post);
        return -1;
    }
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
    envelope_key_free(post->sign);
    envelope_key_free(post->seal);
    if (post->home >= 0)
        close(post->home);
    free(post);
}

const char *post_fingerprint(const struct post *post)
{
    return envelope_key_fingerprint(post->sign);
}

const char *post_seal_key(const struct post *post)
{
    return envelope_key_spki(post->seal);
}

void post_in_path(const struct post *post, char *ret, size_t room)
{
    snprintf(ret, room, "/proc/self/fd/%d/" MAIL_IN_DIR, post->state);
}

/* ---- Receiving. ---- */

struct letter {
    struct mail_name name;
    int from; /* enum addressee; -1: it is dealt with or thrown away */
    struct stream_place place;
    int64_t came_ms, came_ns; /* came_ns: with what is finer than milliseconds, to compare */
};

static struct opener *find_opener(struct post *post)
{
    const struct envelope_reader reader = { post->deployment, 0, post->own, 1, signer, post };
    post->own[0] = post->seal;
    if (!post->opener)
        post->opener = opener_new(&reader);
    return post->opener;
}

static int open_letter(struct post *post, const char *name, struct opened *ret, struct problem *problem)
{
    char *data;
    size_t bytes;
    if (!find_opener(post))
        return problem_set(problem, "no-memory", "", "no memory for mail");
    if (post_enter(post, problem))
        return -1;
    int error = mail_read(MAIL_IN_DIR, name, &data, &bytes, problem);
    post_leave(post);
    if (error)
        return -1;
    error = opener_open(post->opener, data, bytes, ret, problem);
    free(data);
    return error;
}

static void throw_away(const struct post *post, struct letter *letter)
{
    struct problem problem;
    letter->from = -1;
    if (post_enter(post, &problem))
        return;
    mail_remove(MAIL_IN_DIR, letter->name.text);
    post_leave(post);
}

static int64_t came_ns(const struct post *post, const char *name)
{
    char path[sizeof(MAIL_IN_DIR) + MAIL_NAME_BYTES + 1];
    struct stat found;
    snprintf(path, sizeof(path), MAIL_IN_DIR "/%s", name);
    return fstatat(post->state, path, &found, AT_SYMLINK_NOFOLLOW)
               ? clock_wall_ms() * 1000000
               : (int64_t)found.st_mtim.tv_sec * 1000000000 + found.st_mtim.tv_nsec;
}

/* About the envelope, and not about a machine that could not read it just now. */
static bool is_verdict(const struct problem *problem)
{
    static const char *const troubles[] = { "file", "gone", "bad-state", "no-memory" };
    for (size_t i = 0; i < sizeof(troubles) / sizeof(*troubles); i++) {
        if (!strcmp(problem->code, troubles[i])) {
            log_problem(LOG_LEVEL_WARNING, "work.envelope-not-read", problem);
            return false;
        }
    }
    return true;
}

/* Whose each is and where it stands; what cannot be opened goes. */
static int sort_letters(
    struct post *post, struct letter **ret, size_t *ret_n, post_refused *refused, void *arg, struct problem *problem)
{
    struct mail_name *names = NULL;
    size_t n = 0;
    if (post_enter(post, problem))
        return -1;
    int error = mail_list(MAIL_IN_DIR, &names, &n, problem);
    post_leave(post);
    if (error)
        return -1;
    struct letter *letters = calloc(n + 1, sizeof(*letters));
    for (size_t i = 0; letters && i < n; i++) {
        struct opened opened;
        struct problem why;
        letters[i].name = names[i];
        letters[i].from = -1;
        if (open_letter(post, names[i].text, &opened, &why)) {
            if (is_verdict(&why)) {
                refused(arg, &why);
                throw_away(post, &letters[i]);
            }
            continue;
        }
        letters[i].from = addressee_of(post, opened.from);
        letters[i].place = opened.place;
        letters[i].came_ns = came_ns(post, names[i].text);
        letters[i].came_ms = letters[i].came_ns / 1000000;
        opened_free(&opened);
    }
    free(names);
    *ret = letters;
    *ret_n = n;
    return letters ? 0 : problem_set(problem, "no-memory", "", "no memory for mail");
}

/* First what the message does, then that it was dealt with, then it goes: a crash between repeats what is harmless. */
static int deal_with(struct post *post, struct letter *letter, post_deal *deal, void *arg, struct problem *problem)
{
    struct opened opened;
    if (open_letter(post, letter->name.text, &opened, problem))
        return -1;
    char signer[FINGERPRINT_HEX_BYTES];
    memcpy(signer, post->streams.signer[letter->from], sizeof(signer));
    deal(arg, &opened);
    /* A trust file with other keys begins another stream, in which this message had no place. */
    if (!strcmp(signer, post->streams.signer[letter->from]))
        stream_dealt(&post->streams.in[letter->from], opened.place);
    opened_free(&opened);
    if (streams_save(&post->streams, problem))
        return -1;
    throw_away(post, letter);
    return 0;
}

/* Of what there is of each sender: the places, and which letters they are of. */
struct turn {
    struct stream_held *held;
    size_t *index;
};

/* The letter of that sender whose turn it is; SIZE_MAX: none. What is of no use any more goes. */
static size_t choose_of(
    struct post *post, int from, struct letter *letters, size_t n, struct turn *turn, bool *ret_waiting)
{
    for (;;) {
        size_t waiting = 0, chosen;
        for (size_t i = 0; i < n; i++) {
            if (letters[i].from != from)
                continue;
            turn->held[waiting] = (struct stream_held){ letters[i].place, letters[i].came_ms };
            turn->index[waiting++] = i;
        }
        *ret_waiting = waiting;
        enum stream_step step = stream_choose(&post->streams.in[from], turn->held, waiting, clock_wall_ms(), &chosen);
        if (step == STREAM_WAIT)
            return SIZE_MAX;
        if (step != STREAM_DROP)
            return turn->index[chosen];
        throw_away(post, &letters[turn->index[chosen]]);
    }
}

/* Of several senders' the one that came first: what one says of the log may build on what another has said. */
static size_t choose(struct post *post, struct letter *letters, size_t n, struct turn *turn, bool *ret_waiting)
{
    size_t best = SIZE_MAX;
    *ret_waiting = false;
    for (int from = 0; from < ADDRESSEE_COUNT; from++) {
        bool waiting;
        size_t one = choose_of(post, from, letters, n, turn, &waiting);
        if (one != SIZE_MAX && (best == SIZE_MAX || letters[one].came_ns < letters[best].came_ns))
            best = one;
        *ret_waiting = *ret_waiting || waiting;
    }
    return best;
}

static int receive_all(struct post *post, struct letter *letters, size_t n, post_deal *deal, void *arg,
    int64_t *ret_again_ms, struct problem *problem)
{
    struct turn turn = { calloc(n + 1, sizeof(*turn.held)), calloc(n + 1, sizeof(*turn.index)) };
    int error = turn.held && turn.index ? 0 : problem_set(problem, "no-memory", "", "no memory for mail");
    bool waiting = false;
    for (size_t one; !error && (one = choose(post, letters, n, &turn, &waiting)) != SIZE_MAX;)
        error = deal_with(post, &letters[one], deal, arg, problem);
    if (waiting)
        *ret_again_ms = STREAM_GAP_MS;
    free(turn.held);
    free(turn.index);
    return error;
}

int post_receive(struct post *post, post_deal *deal, post_refused *refused, void *arg, int64_t *ret_again_ms,
    struct problem *problem)
{
    struct letter *letters;
    size_t n;
    *ret_again_ms = INT64_MAX;
    if (sort_letters(post, &letters, &n, refused, arg, problem))
        return -1;
    int error = receive_all(post, letters, n, deal, arg, ret_again_ms, problem);
    free(letters);
    return error;
}

/* ---- Sending. ---- */

enum addressee post_addressee(enum envelope purpose)
{
    int to = 0;
    while (to < ADDRESSEE_COUNT - 1 && peers[to] != envelope_rows[purpose].to)
        to++;
    return (enum addressee)to;
}

/* A restored state does not know all the places that were used, and services would take their messages for repeats. */
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

int post_send(struct post *post, enum addressee to, enum envelope purpose, const void *message, struct problem *problem)
{
    const struct envelope_writer writer = { post->deployment, post->sign, post->to[to] };
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
