#include "agent/work/backups/backup_telling.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/work/work.h"
#include "lib/clock.h"
#include "lib/files.h"
#include "lib/log.h"
#include "lib/problem.h"
#include "lib/repository/commit.h"

#define PIECE_BYTES (128 << 10) /* of a commit in one envelope, as of output */

void backup_note(const struct work *work, const struct ordered *ordered, const char *what, const char *detail)
{
    const struct backup_order *order = &ordered->order.body;
    const struct held *plan = NULL;
    char line[400];
    for (size_t i = 0; i < work->n_held && !plan; i++) {
        if (!strcmp(held_head(work->held[i])->document, order->document))
            plan = work->held[i];
    }
    snprintf(line, sizeof(line), "backup %.8s, %s of %s%s%.200s", order->backup,
        backup_class_words[order->backup_class], order->slot, detail ? ": " : "", detail ? detail : "");
    telling_note(work, what, plan, line);
}

static struct envelope_backup_run about(const struct ordered *ordered, enum backup_state state)
{
    return (struct envelope_backup_run){
        .backup = ordered->order.body.backup, .backup_state = state, .time = clock_wall_ms()
    };
}

void backup_tell_state(
    struct work *work, const struct ordered *ordered, enum backup_state state, const struct problem *problem)
{
    struct envelope_backup_run message = about(ordered, state);
    char reason[REASON_BYTES] = "";
    if (problem) {
        telling_sentence(reason, problem->reason);
        message.code = problem->code;
        message.reason = *reason ? reason : NULL;
    }
    telling_send(work, ENVELOPE_BACKUP_RUN, &message);
}

void backup_tell_waits(struct work *work, struct ordered *ordered)
{
    if (!ordered->waits_told)
        backup_tell_state(work, ordered, BACKUP_STATE_WAITING, NULL);
    ordered->waits_told = true;
}

void backup_begin_telling(struct work *work, const struct ordered *ordered)
{
    (void)ordered;
    work->backup.began_ms = work->backup.told_ms = clock_mono_ms();
    work->backup.pace = (struct backup_pace){ 0 };
}

void backup_tell_progress(struct work *work, const struct backup_said *said, const struct backup_said *expected)
{
    struct backup_work *backup = &work->backup;
    int64_t now_ms = clock_mono_ms();
    backup_pace_add(&backup->pace, said->content_bytes, now_ms);
    if (now_ms - backup->told_ms < backup_tell_after_ms(now_ms - backup->began_ms))
        return;
    struct envelope_backup_run message = about(backup->running, BACKUP_STATE_RUNNING);
    int64_t left_s = backup_pace_left_s(&backup->pace, expected->content_bytes);
    message.has_files = message.has_content_bytes = message.has_new_bytes = message.has_rate_bytes_s = true;
    message.files = said->files;
    message.content_bytes = said->content_bytes;
    message.new_bytes = said->new_bytes;
    message.rate_bytes_s = (uint64_t)backup->pace.bytes_s;
    message.has_expected_files = message.has_expected_bytes = expected->word == BACKUP_SAYS_EXPECT;
    message.expected_files = expected->files;
    message.expected_bytes = expected->content_bytes;
    message.has_left_s = left_s >= 0;
    message.left_s = (uint32_t)left_s;
    if (!telling_send(work, ENVELOPE_BACKUP_RUN, &message))
        backup->told_ms = now_ms;
}

static int read_commit(const struct ordered *ordered, char **ret, size_t *ret_bytes, struct problem *problem)
{
    char path[ORDERED_PATH_BYTES];
    ordered_commit_path(ordered, path);
    return file_read(path, OBJECT_BYTES_MAX, ret, ret_bytes, problem);
}

int backup_take_commit(struct ordered *ordered, struct problem *problem)
{
    uint8_t sha256[SHA256_BYTES];
    char *data;
    size_t bytes;
    if (read_commit(ordered, &data, &bytes, problem))
        return -1;
    crypto_sha256(data, bytes, sha256);
    crypto_hex(sha256, sizeof(sha256), ordered->commit_sha256);
    ordered->commit_bytes = (uint32_t)bytes;
    free(data);
    return bytes ? 0 : problem_set(problem, "broken-off", "", "there is a backup, and its commit is lost here");
}

static int send_pieces(struct work *work, struct ordered *ordered, const char *data)
{
    char *text = malloc(BASE64_BYTES(PIECE_BYTES));
    int error = text ? 0 : -1;
    while (!error && ordered->commit_sent < ordered->commit_bytes) {
        uint32_t left = ordered->commit_bytes - ordered->commit_sent, bytes = left < PIECE_BYTES ? left : PIECE_BYTES;
        crypto_base64(data + ordered->commit_sent, bytes, text);
        error = telling_send(work, ENVELOPE_BACKUP_COMMIT,
            &(struct envelope_backup_commit){ .backup = ordered->order.body.backup,
                .commit_sha256 = ordered->commit_sha256,
                .commit_bytes = ordered->commit_bytes,
                .offset = ordered->commit_sent,
                .data = text });
        if (!error)
            ordered->commit_sent += bytes;
    }
    free(text);
    return error;
}

static int send_commit(struct work *work, struct ordered *ordered)
{
    struct problem problem;
    char *data;
    size_t bytes;
    if (read_commit(ordered, &data, &bytes, &problem)) {
        log_problem(LOG_LEVEL_ERROR, "work.commit-not-read", &problem);
        return -1;
    }
    int error = bytes == ordered->commit_bytes ? send_pieces(work, ordered, data) : -1;
    free(data);
    return error;
}

static int send_end(struct work *work, const struct ordered *ordered)
{
    struct envelope_backup_run message = about(ordered, (enum backup_state)ordered->end);
    bool counted = ordered->end == BACKUP_STATE_DONE;
    message.code = *ordered->code ? ordered->code : NULL;
    message.reason = *ordered->reason ? ordered->reason : NULL;
    message.has_files = message.has_content_bytes = message.has_new_bytes = message.has_commit_bytes = counted;
    message.files = ordered->files;
    message.content_bytes = ordered->content_bytes;
    message.new_bytes = ordered->new_bytes;
    message.commit_bytes = ordered->commit_bytes;
    message.commit_sha256 = counted ? ordered->commit_sha256 : NULL;
    return telling_send(work, ENVELOPE_BACKUP_RUN, &message);
}

int backup_tell_end(struct work *work, struct ordered *ordered)
{
    struct problem problem;
    if ((ordered->end == BACKUP_STATE_DONE && send_commit(work, ordered)) || send_end(work, ordered))
        return -1;
    ordered->state = ORDERED_TOLD;
    if (ordered_save(ordered, &problem))
        log_problem(LOG_LEVEL_ERROR, "work.cannot-keep", &problem);
    return 0;
}
