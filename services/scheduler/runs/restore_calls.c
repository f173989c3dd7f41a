/* restore.list. */
#include <stdlib.h>

#include "lib/clock.h"
#include "lib/copies.h"
#include "lib/problem.h"
#include "lib/signed/document.h"
#include "services/scheduler/runs/restores.h"
#include "services/scheduler/scheduler.h"

#define LISTED 1000 /* in one answer, unless fewer are asked for */

struct listing {
    struct copies copies;
    struct call_restore_list_reply_row *rows;
    size_t n;
};

/* What it is of and where to, as people signed it. What was stored has been parsed before. */
static void add_signed(struct listing *listing, const char *dsse, struct call_restore_list_reply_row *row)
{
    struct problem problem;
    struct document document;
    if (document_open(dsse, &document, &problem))
        records_fail(&problem);
    const struct document_restore *restore = &document.body.restore;
    row->backup = copies_add(&listing->copies, restore->backup);
    row->backup_target = copies_add(&listing->copies, restore->target);
    row->into = copies_add(&listing->copies, restore->into);
    row->has_source = restore->source && restore->source->has_agent;
    row->source = row->has_source ? restore->source->agent : 0;
    if (!row->name)
        row->name = copies_add(&listing->copies, restore->targets[0].name ? restore->targets[0].name : "?");
    document_free(&document);
}

static void add_told(const struct restore_told *told, struct call_restore_list_reply_row *row)
{
    row->has_reported_at = row->has_files = row->has_content_bytes = row->has_expected_files = row->has_expected_bytes =
        row->has_same_files = row->has_failed_files = told->reported_ms;
    row->reported_at = told->reported_ms;
    row->files = told->files;
    row->content_bytes = told->content_bytes;
    row->expected_files = told->expected_files;
    row->expected_bytes = told->expected_bytes;
    row->same_files = told->same_files;
    row->failed_files = told->failed_files;
    row->has_rate_bytes_s = told->rate_bytes_s >= 0;
    row->rate_bytes_s = (uint64_t)told->rate_bytes_s;
    row->has_left_s = told->left_s >= 0;
    row->left_s = (uint32_t)told->left_s;
}

static void list_one(void *arg, const struct restore_row *of)
{
    struct listing *listing = arg;
    bool has_run = of->agent;
    struct call_restore_list_reply_row *row = &listing->rows[listing->n++];
    *row = (struct call_restore_list_reply_row){
        .document = copies_add(&listing->copies, of->document),
        .document_version = of->version,
        .document_state = of->state,
        .title = copies_add(&listing->copies, of->title),
        .maker = copies_add(&listing->copies, of->maker),
        .made_at = of->made_ms,
        .has_agent = has_run,
        .agent = of->agent,
        .name = copies_add(&listing->copies, of->name),
        .has_run_state = has_run,
        .run_state = of->run_state,
        .has_since = has_run,
        .since = of->since_ms,
        .has_started_at = of->started_ms,
        .started_at = of->started_ms,
        .has_ended_at = of->ended_ms,
        .ended_at = of->ended_ms,
        .code = copies_add(&listing->copies, of->code),
        .reason = copies_add(&listing->copies, of->reason),
    };
    add_signed(listing, of->dsse, row);
    add_told(&of->told, row);
}

void serve_restore_list(struct bus_request *request, const struct call_restore_list *in)
{
    struct listing listing = { .rows = calloc(LISTED, sizeof(*listing.rows)) };
    struct problem problem;
    if (!listing.rows) {
        problem_set(&problem, "no-memory", "", "no memory");
        bus_refuse(request, &problem);
        return;
    }
    const struct restores_wanted wanted = { .tenant = in->tenant,
        .document = in->document,
        .agent = in->has_agent ? in->agent : 0,
        .open = in->has_open && in->open,
        .limit = in->has_limit && in->limit < LISTED ? in->limit : LISTED };
    restores_each(scheduler_of(request)->records, &wanted, list_one, &listing);
    const struct call_restore_list_reply reply = { clock_wall_ms(), listing.n, listing.rows };
    answer_restore_list(request, &reply);
    free(listing.rows);
    copies_free(&listing.copies);
}
