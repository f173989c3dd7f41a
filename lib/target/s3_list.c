/* The objects of a bucket, page by page: each page is an attempt of its own, so that a cut costs one page. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"
#include "lib/target/s3.h"

#define PAGE_KEYS "1000" /* what servers give at most */

struct listing {
    struct target *target;
    target_lister lister;
    void *arg;
    const char *folder;
    struct s3_page page;          /* the last one's end; at first none */
    char last[TARGET_NAME_BYTES]; /* the last object that was told */
    bool astray;                  /* an object came that is not behind it */
    enum target_result result;    /* why each() ended it */
};

static int each(void *arg, const struct s3_entry *entry)
{
    struct listing *listing = arg;
    char key[S3_TEXT_BYTES];
    snprintf(key, sizeof(key), "%s", entry->key);
    struct target_object object = { s3_name(listing->target, key), entry->bytes, entry->modified_s };
    if (!object.name || strncmp(object.name, listing->folder, strlen(listing->folder)))
        return 0;
    listing->astray = strcmp(object.name, listing->last) <= 0;
    if (listing->astray)
        return -1;
    snprintf(listing->last, sizeof(listing->last), "%s", object.name);
    listing->result = listing->lister(listing->arg, &object) ? TARGET_STOPPED : target_heard(listing->target);
    return listing->result;
}

static int write_query(const struct listing *listing, struct buf *query)
{
    char prefix[S3_KEY_BYTES];
    const char *path = listing->target->conf.path;
    snprintf(prefix, sizeof(prefix), "%s%s%s", path, *path ? "/" : "", listing->folder);
    return (*listing->page.token && s3_query(query, "continuation-token", listing->page.token)) ||
           s3_query(query, "encoding-type", "url") || s3_query(query, "list-type", "2") ||
           s3_query(query, "max-keys", PAGE_KEYS) || s3_query(query, "prefix", prefix);
}

/* The next page would be this one, for ever. Two by turns do not keep to the order that S3 promises (ListObjectsV2). */
static bool leads_on(const struct listing *listing, const struct s3_page *page)
{
    return !page->more || (*page->token && strcmp(page->token, listing->page.token) != 0);
}

static enum target_result page_once(struct target *target, void *arg, struct problem *problem)
{
    struct listing *listing = arg;
    struct buf query = { 0 };
    struct s3_answer answer = { 0 };
    struct s3_page page = { 0 };
    char before[TARGET_NAME_BYTES];
    strcpy(before, listing->last);
    if (write_query(listing, &query)) {
        buf_free(&query);
        problem_set(problem, "no-memory", "", "no memory");
        return TARGET_FAILED;
    }
    struct s3_request request = { .method = S3_GET, .key = "", .query = query.data };
    enum target_result result = s3_ask(target, &request, &answer, "list", problem);
    if (!result) {
        int error = s3_xml_list(answer.body.data ? answer.body.data : "", answer.body.length, each, listing, &page);
        if (listing->astray || (!error && !leads_on(listing, &page)))
            error = -1;
        result = error == -2 ? listing->result : error ? TARGET_FAILED : TARGET_DONE;
        if (error == -1)
            problem_set(problem, "bad-answer", target->conf.name,
                "%s answered with no list, or with one out of order, and so without an end", target->conf.host);
        else if (!error)
            listing->page = page;
    }
    if (result)
        strcpy(listing->last, before); /* of a page that comes again, the objects do */
    buf_free(&answer.body);
    buf_free(&query);
    return result;
}

enum target_result s3_list(
    struct target *target, const char *folder, target_lister lister, void *arg, struct problem *problem)
{
    struct listing *listing = calloc(1, sizeof(*listing));
    enum target_result result;
    if (!listing) {
        problem_set(problem, "no-memory", "", "no memory");
        return TARGET_FAILED;
    }
    *listing = (struct listing){ .target = target, .lister = lister, .arg = arg, .folder = folder };
    do
        result = tries(target, page_once, listing, problem);
    while (!result && listing->page.more);
    free(listing);
    return result;
}
