#include "services/portal/accounts/keyrule.h"

#include "services/portal/web.h"

int keyrule_check(
    enum key_rule rule, const struct identity *who, int64_t now_ms, int64_t fresh_s, struct problem *problem)
{
    if (rule == KEY_NONE)
        return 0;
    if (!who->by_cookie)
        return rule == KEY_PERSON
                   ? problem_set(problem, "no-permission", "", "no API token may do this: a person does, logged in")
                   : 0;
    /* A proof from the future is one from before the clock was put back: nobody knows how old it is. */
    int64_t age_ms = now_ms - who->proven_ms;
    if (age_ms >= 0 && age_ms < fresh_s * 1000)
        return 0;
    return problem_set(problem, "key-wanted", "",
        "this wants your key again: it was not proven within the last %d minutes", (int)(fresh_s / 60));
}
