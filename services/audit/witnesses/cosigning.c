#include "services/audit/witnesses/cosigning.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/files.h"
#include "lib/log.h"

#define WITNESSES_FILE "audit/witnesses"
#define OFFERED "checkpoint.offered"
#define COSIGNED "checkpoint.cosigned"
#define FILE_MODE 0640 /* the portal's group reads */

static struct tlog_policy policy_of(const struct cosigning *cosigning, enum class class)
{
    struct tlog_policy policy = cosigning->policy;
    policy.log = *ledger_key(cosigning->ledger, class);
    return policy;
}

static void path_of(
    const struct cosigning *cosigning, enum class class, const char *name, char ret[POST_PATH_BYTES + 32])
{
    snprintf(ret, POST_PATH_BYTES + 32, "%s/%s", ledger_directory(cosigning->ledger, class), name);
}

/* That it fails is told, and no reason to stop: readers find an older one. */
static void write_note(const struct cosigning *cosigning, enum class class, const char *name, const struct buf *note)
{
    char path[POST_PATH_BYTES + 32];
    struct problem problem;
    path_of(cosigning, class, name, path);
    if (file_write(path, note->data, note->length, FILE_MODE, &problem))
        log_problem(LOG_LEVEL_ERROR, "checkpoint.not-written", &problem);
}

/* What an earlier process left, if its witnesses are still ours. */
static void load_cosigned(struct cosigning *cosigning, enum class class)
{
    const struct tlog_policy policy = policy_of(cosigning, class);
    struct signed_checkpoint posted;
    struct tlog_checkpoint found;
    struct tlog_cosigned by;
    struct problem problem;
    char path[POST_PATH_BYTES + 32], *text;
    size_t bytes;
    ledger_checkpoint(cosigning->ledger, class, &posted);
    path_of(cosigning, class, COSIGNED, path);
    if (file_read_if_any(path, TLOG_NOTE_BYTES, &text, &bytes, &problem))
        return;
    if (!tlog_policy_open(text, bytes, &policy, &found, &by, &problem) && by.count && found.size <= posted.size &&
        !buf_append(&cosigning->cosigned[class], text, bytes))
        cosigning->cosigned_size[class] = found.size;
    free(text);
}

/* Offers of other witnesses are over. Where there are none any more, nobody is to follow what will never move again. */
static void withdraw(struct cosigning *cosigning, enum class class)
{
    char path[POST_PATH_BYTES + 32];
    offer_end(&cosigning->offers[class]);
    if (cosigning->policy.witness_count)
        return;
    path_of(cosigning, class, OFFERED, path);
    if (unlink(path) && errno != ENOENT)
        log_error("checkpoint.not-removed", LOG_TEXT("file", path));
}

static void look(struct cosigning *cosigning, enum class class)
{
    struct offer *offer = &cosigning->offers[class];
    struct signed_checkpoint posted;
    struct problem problem;
    int64_t now_ms = clock_mono_ms();
    if (!offer_is_over(offer, &cosigning->policy, now_ms))
        return;
    ledger_checkpoint(cosigning->ledger, class, &posted);
    /* A log that stands still is cosigned again and again: that it still stood so then is worth knowing. */
    if (offer->note.length && offer->checkpoint.size == posted.size)
        return;
    if (offer_begin(offer, &posted, now_ms, &problem))
        log_problem(LOG_LEVEL_ERROR, "checkpoint.not-offered", &problem);
    else
        write_note(cosigning, class, OFFERED, &offer->note);
}

void cosigning_look(void *arg)
{
    struct cosigning *cosigning = arg;
    for (int class = 0; cosigning->policy.witness_count && class < CLASS_COUNT; class ++)
        look(cosigning, (enum class) class);
}

int cosigning_open(struct cosigning *cosigning, struct ledger *ledger, size_t quorum, struct problem *problem)
{
    cosigning->ledger = ledger;
    cosigning->policy.log = *ledger_key(ledger, CLASS_OPS); /* all classes have one key, under four names */
    if (witnesses_load(WITNESSES_FILE, &cosigning->policy, problem))
        return -1;
    cosigning->policy.quorum = quorum;
    for (int class = 0; class < CLASS_COUNT; class ++) {
        load_cosigned(cosigning, (enum class) class);
        withdraw(cosigning, (enum class) class);
    }
    cosigning_look(cosigning);
    return 0;
}

void cosigning_close(struct cosigning *cosigning)
{
    for (int class = 0; class < CLASS_COUNT; class ++) {
        offer_end(&cosigning->offers[class]);
        buf_free(&cosigning->cosigned[class]);
    }
}

static void note_followed(struct cosigning *cosigning, enum class class, uint64_t size, uint32_t by)
{
    for (int i = 0; i < TLOG_WITNESSES; i++) {
        if (!(by >> i & 1))
            continue;
        cosigning->followed[i].contact_ms = clock_wall_ms();
        cosigning->followed[i].size[class] = size;
    }
}

static int keep_cosigned(struct cosigning *cosigning, enum class class, struct problem *problem)
{
    const struct offer *offer = &cosigning->offers[class];
    struct buf kept = { .limit_bytes = TLOG_NOTE_BYTES };
    if (buf_append(&kept, offer->note.data, offer->note.length))
        return problem_set(problem, "no-memory", "", "no memory for a checkpoint");
    buf_free(&cosigning->cosigned[class]);
    cosigning->cosigned[class] = kept;
    cosigning->cosigned_size[class] = offer->checkpoint.size;
    write_note(cosigning, class, COSIGNED, &kept);
    return 0;
}

int cosigning_take(
    struct cosigning *cosigning, enum class class, uint64_t size, const char *lines, struct problem *problem)
{
    struct offer *offer = &cosigning->offers[class];
    const struct tlog_policy policy = policy_of(cosigning, class);
    uint32_t by = 0;
    if (!offer->note.length || offer->checkpoint.size != size)
        return problem_set(problem, cosigning->policy.witness_count ? "not-offered" : "unknown-witness", "size",
            "witnesses are not offered the tree of %llu entries", (unsigned long long)size);
    int taken = offer_take(offer, &policy, lines, clock_mono_ms(), &by, problem);
    if (taken < 0)
        return -1;
    note_followed(cosigning, class, size, by);
    if (!taken && offer_has_quorum(offer, &policy) && keep_cosigned(cosigning, class, problem))
        return -1;
    look(cosigning, class);
    return 0;
}

/* Bits and places are counted anew when the witnesses are others; so is what each has followed. */
static void begin_anew(struct cosigning *cosigning)
{
    memset(cosigning->followed, 0, sizeof(cosigning->followed));
    for (int class = 0; class < CLASS_COUNT; class ++)
        withdraw(cosigning, (enum class) class);
    cosigning_look(cosigning);
}

int cosigning_add(struct cosigning *cosigning, const char *vkey, struct problem *problem)
{
    if (witnesses_add(WITNESSES_FILE, &cosigning->policy, vkey, problem))
        return -1;
    begin_anew(cosigning);
    return 0;
}

int cosigning_remove(struct cosigning *cosigning, const char *name, struct problem *problem)
{
    if (witnesses_remove(WITNESSES_FILE, &cosigning->policy, name, problem))
        return -1;
    begin_anew(cosigning);
    return 0;
}

struct cosigned_checkpoint cosigning_newest(const struct cosigning *cosigning, enum class class)
{
    const struct buf *note = &cosigning->cosigned[class];
    return (struct cosigned_checkpoint){ cosigning->cosigned_size[class], note->data, note->length };
}
