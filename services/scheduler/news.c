#include "services/scheduler/news.h"

#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/message/message.h"
#include "lib/signed/document.h"
#include "services/scheduler/documents/documents.h"
#include "services/scheduler/scheduler.h"

#define NEWS_A_TICK 100 /* a signed move names a thousand agents */
#define DEADLINE_MS 10000

enum what { MOVED };
static const char *const what_words[] = { "moved", NULL };

/* One piece of news: of an agent the newest of each sort. What first and second are is a matter of the sort. */
struct news {
    struct scheduler *scheduler;
    uint32_t agent;
    enum what what;
    char *first, *second;
};

static void note(struct records *records, uint32_t agent, enum what what, const char *first, const char *second)
{
    records_run(records, "INSERT OR REPLACE INTO news (agent, what, first, second) VALUES (?, ?, ?, ?)", "isss",
        (int64_t)agent, what_words[what], first, second);
}

void news_moved(struct scheduler *scheduler, const struct paper *paper, uint32_t agent)
{
    struct paper_texts texts;
    struct document document;
    struct problem problem;
    documents_texts(scheduler->records, paper->number, &texts);
    /* It was parsed before it was stored: it fails only for want of memory. */
    if (document_open(texts.dsse, &document, &problem))
        records_fail(&problem);
    note(scheduler->records, agent, MOVED, document.body.move.to_tenant, document.body.move.to_site);
    document_free(&document);
    documents_texts_free(&texts);
}

static void news_free(struct news *news)
{
    free(news->first);
    free(news->second);
    free(news);
}

/* Unless there is newer news. */
static void forget(const struct news *news)
{
    records_run(news->scheduler->records, "DELETE FROM news WHERE agent = ? AND what = ? AND first = ? AND second = ?",
        "isss", (int64_t)news->agent, what_words[news->what], news->first, news->second);
}

static void answered(void *arg, const struct problem *refused, const void *reply)
{
    struct news *news = arg;
    (void)reply;
    news->scheduler->news_asked--;
    if (refused)
        log_problem(LOG_LEVEL_WARNING, "news.not-taken", refused);
    if (!refused || !strcmp(refused->code, "retired") || !strcmp(refused->code, "not-found")) {
        forget(news);
        roster_look(&news->scheduler->roster, news->agent);
    }
    news_free(news);
}

static void tell(struct news *news)
{
    const struct call_agent_move request = { .agent = news->agent, .tenant = news->first, .site = news->second };
    news->scheduler->news_asked++;
    ask_agent_move(news->scheduler->program.bus, NULL, &request, DEADLINE_MS, answered, news);
}

static struct news *read_row(struct scheduler *scheduler, struct db_rows *row)
{
    struct news *news = calloc(1, sizeof(*news));
    if (!news)
        return NULL;
    *news = (struct news){ scheduler, (uint32_t)db_int(row, 0), (enum what)word_index(what_words, db_text(row, 1)),
        strdup(db_text(row, 2)), strdup(db_text(row, 3)) };
    if (news->first && news->second)
        return news;
    news_free(news);
    return NULL;
}

void news_tick(struct scheduler *scheduler)
{
    struct news *news[NEWS_A_TICK];
    size_t n = 0;
    if (scheduler->news_asked)
        return;
    struct db_rows *rows = records_query(
        scheduler->records, "SELECT agent, what, first, second FROM news LIMIT ?", "i", (int64_t)NEWS_A_TICK);
    while (db_next(rows) && (news[n] = read_row(scheduler, rows)))
        n++;
    records_finish(rows);
    for (size_t i = 0; i < n; i++)
        tell(news[i]);
}
