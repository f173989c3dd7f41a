#include "services/ingest/mailbox/turn.h"

#include "lib/db.h"
#include "lib/log.h"
#include "lib/loop.h"
#include "lib/problem.h"

int turn_end(struct turn *turn)
{
    struct problem problem;
    if (!turn->begun)
        return 0;
    bool failed = db_commit(turn->db, &problem);
    if (failed)
        log_problem(LOG_LEVEL_ERROR, "mailbox.not-written", &problem);
    /* Who is answered may begin the next turn. */
    size_t n = turn->n;
    turn->n = 0;
    turn->begun = false;
    for (size_t i = 0; i < n; i++)
        turn->promises[i].kept(turn->promises[i].arg, failed ? &problem : NULL);
    return failed ? -1 : 0;
}

static void commit(void *arg)
{
    turn_end(arg);
}

int turn_open(struct turn *turn, struct db *db, struct loop *loop, struct problem *problem)
{
    turn->db = db;
    turn->commit = loop_timer(loop, commit, turn);
    return turn->commit ? 0 : problem_errno(problem, "loop", "", "no timer for mailboxes");
}

int turn_begin(struct turn *turn, struct problem *problem)
{
    if (turn->n == TURN_PROMISES_MAX)
        turn_end(turn);
    if (turn->begun)
        return 0;
    if (db_begin(turn->db, problem))
        return -1;
    turn->begun = true;
    /* As soon as what has arrived by now is dealt with. */
    loop_timer_set(turn->commit, 0);
    return 0;
}

void turn_promise(struct turn *turn, turn_kept *kept, void *arg)
{
    turn->promises[turn->n].kept = kept;
    turn->promises[turn->n].arg = arg;
    turn->n++;
}
