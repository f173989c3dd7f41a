/*
 * Of hiredis only the reader of replies is used: its asynchronous half ends the process on a reply that nobody asked
 * for, and has no limit on what waits. The reader builds our struct directly, through five functions.
 */
#include "lib/store_reply.h"

#include <stdlib.h>
#include <string.h>

#include <hiredis/read.h>

#define REPLY_BYTES_MAX (64u << 20) /* one reply; a page of a fleet is 16 KiB */
#define ITEMS_MAX 65536             /* elements of an array in a reply */

struct replies {
    redisReader *reader;
};

static struct store_reply *reply_place(const redisReadTask *task)
{
    if (!task->parent)
        return calloc(1, sizeof(struct store_reply));
    const struct store_reply *array = task->parent->obj;
    return (struct store_reply *)&array->items[task->idx];
}

static void reply_clear(struct store_reply *reply)
{
    if (reply->type == STORE_TEXT || reply->type == STORE_ERROR)
        free((char *)reply->text);
    for (size_t i = 0; i < reply->n_items; i++)
        reply_clear((struct store_reply *)&reply->items[i]);
    free((struct store_reply *)reply->items);
}

static void reply_free(void *reply)
{
    if (reply)
        reply_clear(reply);
    free(reply);
}

static void *reply_text(const redisReadTask *task, char *text, size_t bytes)
{
    char *copy = malloc(bytes + 1);
    struct store_reply *reply = copy ? reply_place(task) : NULL;
    if (!reply) {
        free(copy);
        return NULL;
    }
    memcpy(copy, text, bytes);
    copy[bytes] = '\0';
    *reply = (struct store_reply){
        .type = task->type == REDIS_REPLY_ERROR ? STORE_ERROR : STORE_TEXT,
        .text = copy,
        .bytes = bytes,
    };
    return reply;
}

static void *reply_array(const redisReadTask *task, int n)
{
    struct store_reply *items = n >= 0 && n <= ITEMS_MAX ? calloc((size_t)n + 1, sizeof(*items)) : NULL;
    struct store_reply *reply = items ? reply_place(task) : NULL;
    if (!reply) {
        free(items);
        return NULL;
    }
    *reply = (struct store_reply){ .type = STORE_ARRAY, .items = items, .n_items = (size_t)n };
    return reply;
}

static void *reply_number(const redisReadTask *task, long long number)
{
    struct store_reply *reply = reply_place(task);
    if (reply)
        *reply = (struct store_reply){ .type = STORE_NUMBER, .number = number };
    return reply;
}

static void *reply_nil(const redisReadTask *task)
{
    struct store_reply *reply = reply_place(task);
    if (reply)
        *reply = (struct store_reply){ .type = STORE_NIL };
    return reply;
}

static redisReplyObjectFunctions reply_functions = {
    reply_text,
    reply_array,
    reply_number,
    reply_nil,
    reply_free,
};

struct replies *replies_new(void)
{
    struct replies *replies = calloc(1, sizeof(*replies));
    if (replies)
        replies->reader = redisReaderCreateWithFunctions(&reply_functions);
    if (replies && replies->reader)
        return replies;
    free(replies);
    return NULL;
}

void replies_free(struct replies *replies)
{
    if (replies)
        redisReaderFree(replies->reader);
    free(replies);
}

int replies_feed(struct replies *replies, const void *bytes, size_t n)
{
    return redisReaderFeed(replies->reader, bytes, n) == REDIS_OK ? 0 : -1;
}

int replies_next(struct replies *replies, struct store_reply **ret)
{
    void *reply;
    if (redisReaderGetReply(replies->reader, &reply) != REDIS_OK)
        return -1;
    if (replies->reader->len > REPLY_BYTES_MAX) {
        reply_free(reply);
        return -1;
    }
    *ret = reply;
    return 0;
}

bool replies_rest(const struct replies *replies)
{
    return replies->reader->len > replies->reader->pos;
}

void store_reply_free(struct store_reply *reply)
{
    reply_free(reply);
}
