#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "agent/mail.h"
#include "agent/work/envelopes/post_private.h"
#include "lib/clock.h"
#include "lib/log.h"
#include "lib/problem.h"

struct letter {
    struct mail_name name;
    int from;      /* enum addressee; -1: it is dealt with, thrown away, or a stranger's */
    bool stranger; /* signed by nobody whom the trust file names: perhaps the next one does, which may lie before it */
    struct stream_place place;
    int64_t came_ms, came_ns; /* came_ns: with what is finer than milliseconds, to compare */
};

static struct opener *find_opener(struct post *post)
{
    const struct envelope_reader reader = { post->deployment, 0, post->keys.own, post->keys.n, post_signer, post };
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

/* Is the envelope at fault, or could this machine just not read it now? */
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

static void refuse(
    struct post *post, struct letter *letter, const struct problem *why, post_refused *refused, void *arg)
{
    refused(arg, why);
    throw_away(post, letter);
}

/* Whose it is and where it stands; what cannot be opened goes, but for strangers'. */
static void sort_letter(struct post *post, struct letter *letter, post_refused *refused, void *arg)
{
    struct opened opened;
    struct problem why;
    letter->from = -1;
    if (!open_letter(post, letter->name.text, &opened, &why)) {
        letter->from = post_sender(post, opened.from);
        letter->place = opened.place;
        letter->came_ns = came_ns(post, letter->name.text);
        letter->came_ms = letter->came_ns / 1000000;
        opened_free(&opened);
    } else if (!strcmp(why.code, "unknown-sender")) {
        letter->stranger = true;
    } else if (is_verdict(&why)) {
        refuse(post, letter, &why, refused, arg);
    }
}

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
        letters[i].name = names[i];
        sort_letter(post, &letters[i], refused, arg);
    }
    free(names);
    *ret = letters;
    *ret_n = n;
    return letters ? 0 : problem_set(problem, "no-memory", "", "no memory for mail");
}

/* The mail's folder is not ours: what lies there may be another envelope by now, which was not chosen. */
static bool is_chosen(const struct post *post, const struct letter *letter, const struct opened *opened)
{
    return post_sender(post, opened->from) == letter->from && opened->place.incarnation == letter->place.incarnation &&
           opened->place.counter == letter->place.counter;
}

/* What cannot be written down is not so: on a disk that is full for a while nothing else was kept of the message either, and it
 * is dealt with again. A trust file with other keys begins another stream, in which this message had no place. */
static int note_dealt(
    struct post *post, int from, const char *signer, struct stream_place place, struct problem *problem)
{
    struct stream before = post->streams.in[from];
    bool same = !strcmp(signer, post->streams.signer[from]);
    if (same)
        stream_dealt(&post->streams.in[from], place);
    if (!streams_save(&post->streams, problem))
        return 0;
    if (same)
        post->streams.in[from] = before;
    return -1;
}

/* First what the message does, then that it was dealt with, then it goes: a crash between repeats what is harmless. */
static int deal_with(struct post *post, struct letter *letter, post_deal *deal, void *arg, struct problem *problem)
{
    struct opened opened;
    if (open_letter(post, letter->name.text, &opened, problem))
        return -1;
    if (!is_chosen(post, letter, &opened)) {
        opened_free(&opened);
        throw_away(post, letter);
        return 0;
    }
    char signer[FINGERPRINT_HEX_BYTES];
    memcpy(signer, post->streams.signer[letter->from], sizeof(signer));
    deal(arg, &opened);
    int error = note_dealt(post, letter->from, signer, opened.place, problem);
    opened_free(&opened);
    if (!error)
        throw_away(post, letter);
    return error;
}

/* Of each sender: the places of its letters that are here, and which letters these are. */
struct turn {
    struct stream_held *held;
    size_t *index;
};

/* The letter of that sender whose turn it is; SIZE_MAX: none. Letters that are of no use any more are removed. */
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

/* Until keys change: then others are senders. */
static int receive_all(struct post *post, struct letter *letters, size_t n, post_deal *deal, void *arg,
    int64_t *ret_again_ms, struct problem *problem)
{
    struct turn turn = { calloc(n + 1, sizeof(*turn.held)), calloc(n + 1, sizeof(*turn.index)) };
    int error = turn.held && turn.index ? 0 : problem_set(problem, "no-memory", "", "no memory for mail");
    bool waiting = false;
    unsigned trusts = post->trusts;
    for (size_t one; !error && trusts == post->trusts && (one = choose(post, letters, n, &turn, &waiting)) != SIZE_MAX;)
        error = deal_with(post, &letters[one], deal, arg, problem);
    if (waiting)
        *ret_again_ms = STREAM_GAP_MS;
    free(turn.held);
    free(turn.index);
    return error;
}

/* While a gap is waited for, the trust file that names them may be what is missing. */
static void refuse_strangers(struct post *post, struct letter *letters, size_t n, post_refused *refused, void *arg)
{
    struct problem why;
    problem_set(&why, "unknown-sender", "from", "nobody whose envelopes are taken has signed it");
    for (size_t i = 0; i < n; i++) {
        if (letters[i].stranger)
            refuse(post, &letters[i], &why, refused, arg);
    }
}

/* With the keys that are known when it begins. */
static int receive_once(struct post *post, post_deal *deal, post_refused *refused, void *arg, int64_t *ret_again_ms,
    struct problem *problem)
{
    struct letter *letters;
    size_t n;
    unsigned trusts = post->trusts;
    int error = sort_letters(post, &letters, &n, refused, arg, problem);
    if (error)
        return -1;
    *ret_again_ms = INT64_MAX;
    error = receive_all(post, letters, n, deal, arg, ret_again_ms, problem);
    if (!error && trusts == post->trusts && *ret_again_ms == INT64_MAX)
        refuse_strangers(post, letters, n, refused, arg);
    free(letters);
    return error;
}

int post_receive(struct post *post, post_deal *deal, post_refused *refused, void *arg, int64_t *ret_again_ms,
    struct problem *problem)
{
    unsigned trusts;
    do {
        trusts = post->trusts;
        if (receive_once(post, deal, refused, arg, ret_again_ms, problem))
            return -1;
    } while (trusts != post->trusts); /* each time a trust file was dealt with */
    return 0;
}
