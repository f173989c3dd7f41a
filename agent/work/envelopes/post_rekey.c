#include <stdio.h>
#include <string.h>

#include "agent/work/envelopes/post_private.h"
#include "lib/clock.h"

/* Who is told. The key service knows this machine by what documents name, which is the key of its enrolment. */
static const struct told {
    enum addressee to;
    enum envelope purpose;
} told[] = { { ADDRESSEE_SCHEDULER, ENVELOPE_REKEY }, { ADDRESSEE_BACKUP, ENVELOPE_BACKUP_REKEY } };
#define TOLD (sizeof(told) / sizeof(*told))

/* Was it told of a pair that it has not said to know? */
static bool is_waited_for(const struct post *post, enum addressee to)
{
    return post->to[to] && strcmp(post->streams.next[to], post->streams.ours[to]);
}

/* Nobody has heard of the newest pair: whoever made it was cut off. */
static bool is_fresh(const struct post *post)
{
    const struct post_pair *newest = post_keys_newest(&post->keys);
    if (post_pair_is_enrolled(newest))
        return false;
    for (size_t i = 0; i < TOLD; i++) {
        if (!strcmp(post->streams.next[told[i].to], envelope_key_fingerprint(newest->sign)))
            return false;
    }
    return true;
}

/* What it was told of is written down with the place of the message that tells it. */
static int tell(struct post *post, const struct told *one, const struct post_pair *pair, struct problem *problem)
{
    const struct envelope_rekey rekey = { envelope_key_spki(pair->sign), envelope_key_spki(pair->seal) };
    const struct envelope_backup_rekey backup_rekey = { rekey.sign_key, rekey.seal_key };
    char *next = post->streams.next[one->to], before[FINGERPRINT_HEX_BYTES];
    memcpy(before, next, sizeof(before));
    snprintf(next, FINGERPRINT_HEX_BYTES, "%s", envelope_key_fingerprint(pair->sign));
    int error = post_send(
        post, one->to, one->purpose, one->purpose == ENVELOPE_REKEY ? (const void *)&rekey : &backup_rekey, problem);
    if (error)
        memcpy(next, before, sizeof(before));
    return error;
}

int post_rekey(struct post *post, bool *ret_made, struct problem *problem)
{
    bool waited_for = false;
    int n = 0;
    for (size_t i = 0; i < TOLD; i++)
        waited_for = waited_for || is_waited_for(post, told[i].to);
    bool make = !waited_for && !is_fresh(post);
    if (make && post_keys_make(&post->keys, clock_wall_ms(), problem))
        return -1;
    for (size_t i = 0; i < TOLD; i++) {
        const struct post_pair *pair = post_keys_newest(&post->keys);
        if (!post->to[told[i].to] || (waited_for && !is_waited_for(post, told[i].to)))
            continue;
        if (tell(post, &told[i], pair, problem))
            return -1;
        n++;
    }
    *ret_made = make;
    return n;
}

bool post_rekeyed(struct post *post, const char *from, const char *sign_key)
{
    int which = post_sender(post, from);
    struct streams *streams = &post->streams;
    const struct post_pair *pair = which < 0 ? NULL : post_keys_find(&post->keys, streams->next[which]);
    if (!pair || strcmp(envelope_key_spki(pair->sign), sign_key) || !strcmp(streams->ours[which], streams->next[which]))
        return false; /* of another pair, or answered before */
    memcpy(streams->ours[which], streams->next[which], FINGERPRINT_HEX_BYTES);
    return true;
}
