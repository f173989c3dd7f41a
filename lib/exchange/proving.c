#include "lib/exchange/proving.h"

#include <stdlib.h>

#include "contract.h"
#include "lib/bus/bus.h"
#include "lib/log.h"

#define DEADLINE_MS 10000

struct question {
    struct proving *proving;
    int64_t number;
};

/* Its place among those asked for; n: it is none of them. */
static size_t find(const struct proving *proving, int64_t number)
{
    size_t i = 0;
    while (i < proving->n && proving->asked[i] != number)
        i++;
    return i;
}

static void answered(void *arg, const struct problem *refused, const void *reply)
{
    struct question *question = arg;
    struct proving *proving = question->proving;
    proving->asked[find(proving, question->number)] = proving->asked[proving->n - 1];
    proving->n--;
    if (refused)
        log_problem(LOG_LEVEL_WARNING, "receipt.not-given", refused);
    else
        proving->proved(proving->arg, question->number, reply);
    free(question);
}

void proving_ask(struct proving *proving, int64_t number, uint64_t sequence)
{
    if (proving->n == PROVING_MAX || find(proving, number) < proving->n)
        return;
    struct question *question = malloc(sizeof(*question));
    if (!question)
        return;
    *question = (struct question){ proving, number };
    proving->asked[proving->n++] = number;
    const struct call_log_prove request = { .class = CLASS_OPS, .sequence = sequence };
    ask_log_prove(proving->bus, NULL, &request, DEADLINE_MS, answered, question);
}
