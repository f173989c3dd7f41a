/* An order as it comes: judged, and taken or turned away. */
#include <string.h>

#include "agent/work/backups/backup_telling.h"
#include "agent/work/backups/backups.h"
#include "agent/work/work.h"
#include "lib/clock.h"
#include "lib/problem.h"

static int check_receipt(struct work *work, const struct envelope_backup_order *message, struct problem *problem)
{
    const struct receipt receipt = { message->entry, strlen(message->entry), message->receipt,
        strlen(message->receipt) };
    struct successors successors;
    struct tlog_held held;
    uint8_t sha256[SHA256_BYTES];
    if (following_forked(work))
        return problem_set(problem, "fork", "", "the log showed two histories: nothing is carried out any more");
    crypto_sha256(message->order, strlen(message->order), sha256);
    judging_successors(work, &successors);
    return receipt_verify(&receipt, RECEIPT_OF_ORDER, sha256, work->knowledge.trust, &successors, &held, problem);
}

static int check_order(struct work *work, const struct ordered *ordered, struct problem *problem)
{
    const struct backup_order *body = &ordered->order.body;
    const struct held *plan = work_find(work, body->document);
    const struct order_for ours = { work->knowledge.home.deployment, post_fingerprint(work->post) };
    if (work->backup.n == ORDERED_MAX)
        return problem_set(problem, "too-many", "", "this machine has %d orders already", ORDERED_MAX);
    if (!plan || held_head(plan)->kind != DOCUMENT_KIND_BACKUP_PLAN || plan->progress.over)
        return problem_set(problem, "no-plan", "", "this machine holds no plan %.32s", body->document);
    if (order_judge(&ordered->order, &ours, &plan->document.body.backup_plan,
            knowledge_now(&work->knowledge, clock_wall_ms()), problem))
        return -1;
    return judging_judge(work, plan, NULL, problem);
}

/* It is not remembered: nothing was begun, and it may come again with what is wanting. */
static void turn_away(struct work *work, struct ordered *ordered, const struct problem *problem)
{
    telling_note_refused(work_find(work, ordered->order.body.document), "a backup", problem);
    backup_tell_state(work, ordered, BACKUP_STATE_REFUSED, problem);
    ordered_free(ordered);
}

static void take(struct work *work, struct ordered *ordered)
{
    struct problem problem;
    if (ordered_save(ordered, &problem)) {
        turn_away(work, ordered, &problem);
        return;
    }
    work->backup.all[work->backup.n++] = ordered;
    backup_note(work, ordered, "ordered", NULL);
    backup_tell_state(work, ordered, BACKUP_STATE_TAKEN, NULL);
}

static bool is_brought_again(struct work *work, const struct ordered *ordered)
{
    struct ordered *known = backups_find(work, ordered->order.body.backup);
    if (known && known->state == ORDERED_TOLD) {
        known->state = ORDERED_ENDED; /* who asks again has not heard it */
        known->commit_sent = 0;
    }
    return known;
}

void backups_order(struct work *work, const struct envelope_backup_order *message)
{
    struct problem problem, log;
    /* Before all else, as of documents: the server counts on it (decision 37). */
    bool other_log = following_receipt(work, message->receipt, message->consistency, &log);
    struct ordered *ordered = ordered_new(message->order, &problem);
    if (!ordered) {
        telling_note_refused(NULL, "a backup", &problem);
        return;
    }
    if (is_brought_again(work, ordered)) {
        ordered_free(ordered);
        return;
    }
    if (other_log)
        turn_away(work, ordered, &log);
    else if (check_receipt(work, message, &problem) || check_order(work, ordered, &problem))
        turn_away(work, ordered, &problem);
    else
        take(work, ordered);
}
