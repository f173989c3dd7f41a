/* backup.list, backup.show, backup.running and commit.keep. */
#include <stdlib.h>

#include "lib/clock.h"
#include "lib/copies.h"
#include "services/backup/backup.h"
#include "services/backup/catalogue/commits.h"
#include "services/backup/catalogue/listing.h"
#include "services/backup/catalogue/proofs.h"

#define LISTED 10000 /* in one answer */

static void refuse(struct bus_request *request, const char *code, const char *field, const char *reason)
{
    struct problem problem;
    problem_set(&problem, code, field, "%s", reason);
    bus_refuse(request, &problem);
}

static const char *said(struct copies *copies, const char *text)
{
    return *text ? copies_add(copies, text) : NULL;
}

static const char *date(struct copies *copies, int64_t day)
{
    char text[DATE_BYTES];
    civil_text(day, text);
    return copies_add(copies, text);
}

static const char *name_of(struct records *records, uint32_t agent, struct copies *copies)
{
    struct agent_known known;
    return copies_add(copies, agents_get(records, agent, &known) ? known.name : "-");
}

struct listing {
    struct records *records;
    struct copies copies;
    struct call_backup_list_reply_row *rows;
    size_t n;
};

static void list_order(struct listing *listing, const struct order *order, struct call_backup_list_reply_row *row)
{
    row->document = copies_add(&listing->copies, order->document);
    row->title = said(&listing->copies, order->title);
    row->backup_state = order->state;
    row->since = order->since_ms;
    row->has_ordered_at = true;
    row->ordered_at = order->ordered_ms;
    row->code = said(&listing->copies, order->code);
    row->reason = said(&listing->copies, order->reason);
}

static void list_snapshot(const struct snapshot *snapshot, struct call_backup_list_reply_row *row)
{
    row->has_content_bytes = row->has_new_bytes = row->has_files = row->has_changed_files = row->has_segments = true;
    row->content_bytes = snapshot->content_bytes;
    row->new_bytes = snapshot->new_bytes;
    row->files = snapshot->files;
    row->changed_files = snapshot->changed_files;
    row->segments = snapshot->segments;
}

static void list_one(void *arg, const struct listed *listed)
{
    struct listing *listing = arg;
    const struct order *order = &listed->order;
    const struct snapshot *snapshot = &listed->snapshot;
    bool done = listed->is_done;
    uint32_t agent = done ? snapshot->agent : order->agent;
    const char *backup = done ? snapshot->backup : order->backup;
    struct call_backup_list_reply_row *row = &listing->rows[listing->n++];
    *row = (struct call_backup_list_reply_row){
        .backup = copies_add(&listing->copies, backup),
        .agent = agent,
        .name = name_of(listing->records, agent, &listing->copies),
        .backup_class = done ? snapshot->class : order->class,
        .slot = date(&listing->copies, done ? snapshot->slot : order->slot),
        .kept_until = date(&listing->copies, done ? snapshot->kept_until : order->kept_until),
        .backup_state = BACKUP_STATE_DONE,
        .since = snapshot->ended_ms,
        .proven_at = proofs_newest(listing->records, agent, backup),
    };
    row->has_proven_at = row->proven_at > 0;
    if (listed->is_ordered)
        list_order(listing, order, row);
    if (done)
        list_snapshot(snapshot, row);
}

void serve_backup_list(struct bus_request *request, const struct call_backup_list *in)
{
    struct listing listing = { .records = backup_of(request)->records };
    const struct listing_wants wants = { .agent = in->has_agent ? in->agent : 0,
        .tenant = in->tenant,
        .document = in->document,
        .state = in->has_backup_state ? in->backup_state : -1,
        .limit = in->has_limit && in->limit < LISTED ? in->limit : LISTED };
    listing.rows = calloc(wants.limit, sizeof(*listing.rows));
    if (!listing.rows) {
        refuse(request, "no-memory", "", "no memory");
        return;
    }
    listing_read(listing.records, &wants, list_one, &listing);
    answer_backup_list(request, &(struct call_backup_list_reply){ listing.n, listing.rows });
    free(listing.rows);
    copies_free(&listing.copies);
}

static void show_order(struct copies *copies, const struct order *order, struct call_backup_show_reply *reply)
{
    reply->document = copies_add(copies, order->document);
    reply->has_document_version = reply->has_ordered_at = reply->has_begin_by = reply->has_expires = true;
    reply->document_version = order->version;
    reply->title = said(copies, order->title);
    reply->zone = said(copies, order->zone);
    reply->base = said(copies, order->base);
    reply->backup_state = order->state;
    reply->since = order->since_ms;
    reply->ordered_at = order->ordered_ms;
    reply->begin_by = order->begin_by_ms;
    reply->expires = order->expires_ms;
    reply->has_sequence = order->sequence >= 0;
    reply->sequence = (uint64_t)order->sequence;
    reply->order_sha256 = said(copies, order->sha256);
    reply->code = said(copies, order->code);
    reply->reason = said(copies, order->reason);
    reply->has_began = order->started_ms;
    reply->began = order->started_ms;
}

static void show_counts(const struct snapshot *one, struct call_backup_show_reply *reply)
{
    reply->has_files = reply->has_changed_files = reply->has_content_bytes = reply->has_new_bytes = true;
    reply->has_stored_bytes = reply->has_live_bytes = reply->has_unsteady_files = reply->has_unread_files = true;
    reply->has_segments = true;
    reply->files = one->files;
    reply->changed_files = one->changed_files;
    reply->content_bytes = one->content_bytes;
    reply->new_bytes = one->new_bytes;
    reply->stored_bytes = one->stored_bytes;
    reply->live_bytes = one->live_bytes;
    reply->unsteady_files = one->unsteady_files;
    reply->unread_files = one->unread_files;
    reply->segments = one->segments;
}

static void show_snapshot(struct copies *copies, const struct snapshot *one, struct call_backup_show_reply *reply)
{
    reply->zone = said(copies, one->zone);
    reply->base = said(copies, one->base);
    reply->commit_sha256 = copies_add(copies, one->commit_sha256);
    reply->has_commit_bytes = reply->has_anchor = reply->has_began = reply->has_ended_at = true;
    reply->commit_bytes = one->commit_bytes;
    reply->previous_sha256 = said(copies, one->previous_sha256);
    reply->anchor = one->anchor;
    reply->began = one->began_ms;
    reply->ended_at = one->ended_ms;
    show_counts(one, reply);
}

struct showing {
    struct records *records;
    struct bus_request *request;
    bool shown;
};

static void show_one(void *arg, const struct listed *listed)
{
    struct showing *showing = arg;
    struct copies copies = { 0 };
    const struct snapshot *snapshot = &listed->snapshot;
    const struct order *order = &listed->order;
    bool done = listed->is_done;
    uint32_t agent = done ? snapshot->agent : order->agent;
    struct call_backup_show_reply reply = {
        .backup = done ? snapshot->backup : order->backup,
        .agent = agent,
        .name = name_of(showing->records, agent, &copies),
        .backup_class = done ? snapshot->class : order->class,
        .slot = date(&copies, done ? snapshot->slot : order->slot),
        .kept_until = date(&copies, done ? snapshot->kept_until : order->kept_until),
        .backup_state = BACKUP_STATE_DONE,
        .since = snapshot->ended_ms,
    };
    reply.proven_at = proofs_newest(showing->records, agent, reply.backup);
    reply.has_proven_at = reply.proven_at > 0;
    if (listed->is_ordered)
        show_order(&copies, order, &reply);
    if (done)
        show_snapshot(&copies, snapshot, &reply);
    answer_backup_show(showing->request, &reply);
    copies_free(&copies);
    showing->shown = true;
}

void serve_backup_show(struct bus_request *request, const struct call_backup_show *in)
{
    struct showing showing = { backup_of(request)->records, request, false };
    const struct listing_wants wants = {
        .agent = in->has_agent ? in->agent : 0, .tenant = in->tenant, .backup = in->backup, .state = -1, .limit = 1
    };
    listing_read(showing.records, &wants, show_one, &showing);
    if (!showing.shown)
        refuse(request, "not-found", "backup", "there is no such backup");
}

struct under_way {
    struct backup *backup;
    struct copies copies;
    struct call_backup_running_reply_row *rows;
    size_t n;
};

static void show_progress(const struct envelope_backup_run *said, struct call_backup_running_reply_row *row)
{
    row->has_files = said->has_files;
    row->files = said->files;
    row->has_content_bytes = said->has_content_bytes;
    row->content_bytes = said->content_bytes;
    row->has_new_bytes = said->has_new_bytes;
    row->new_bytes = said->new_bytes;
    row->has_expected_files = said->has_expected_files;
    row->expected_files = said->expected_files;
    row->has_expected_bytes = said->has_expected_bytes;
    row->expected_bytes = said->expected_bytes;
    row->has_rate_bytes_s = said->has_rate_bytes_s;
    row->rate_bytes_s = said->rate_bytes_s;
    row->has_left_s = said->has_left_s;
    row->left_s = said->left_s;
}

static void list_running(void *arg, const struct listed *listed)
{
    struct under_way *under_way = arg;
    struct copies *copies = &under_way->copies;
    const struct order *order = &listed->order;
    if (!listed->is_ordered)
        return;
    const struct progress *progress = running_find(&under_way->backup->running, order->backup);
    struct call_backup_running_reply_row *row = &under_way->rows[under_way->n++];
    *row = (struct call_backup_running_reply_row){
        .backup = copies_add(copies, order->backup),
        .agent = order->agent,
        .name = name_of(under_way->backup->records, order->agent, copies),
        .document = copies_add(copies, order->document),
        .title = said(copies, order->title),
        .backup_class = order->class,
        .slot = date(copies, order->slot),
        .backup_state = order->state,
        .since = order->since_ms,
    };
    if (!progress)
        return;
    row->has_reported_at = true;
    row->reported_at = progress->reported_ms;
    show_progress(&progress->said, row);
}

void serve_backup_running(struct bus_request *request, const struct call_backup_running *in)
{
    struct under_way under_way = { .backup = backup_of(request), .rows = calloc(LISTED, sizeof(*under_way.rows)) };
    const struct listing_wants wants = {
        .agent = in->has_agent ? in->agent : 0, .tenant = in->tenant, .state = -1, .open = true, .limit = LISTED
    };
    if (!under_way.rows) {
        refuse(request, "no-memory", "", "no memory");
        return;
    }
    listing_read(under_way.backup->records, &wants, list_running, &under_way);
    const struct call_backup_running_reply reply = { clock_wall_ms(), under_way.n, under_way.rows };
    answer_backup_running(request, &reply);
    free(under_way.rows);
    copies_free(&under_way.copies);
}

static void answer_kept(void *request)
{
    answer_commit_keep(request, &(struct call_commit_keep_reply){ 0 });
}

void serve_commit_keep(struct bus_request *request, const struct call_commit_keep *in)
{
    struct backup *backup = backup_of(request);
    const struct commit_piece piece = { in->backup, in->commit_bytes, in->offset, in->data };
    struct problem problem;
    if (commits_take(backup, in->agent, &piece, &problem))
        bus_refuse(request, &problem);
    else if (records_then(backup->records, answer_kept, request))
        refuse(request, "no-memory", "", "no memory");
}
