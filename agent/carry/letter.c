#include "agent/carry/letter.h"

#include <stdio.h>
#include <unistd.h>

#include "agent/carry/answers.h"
#include "agent/carry/exchange.h"
#include "agent/carry/http.h"
#include "agent/inventory.h"
#include "agent/options.h"
#include "agent/outcome.h"
#include "contract.h"
#include "lib/json_file.h"

int letter_send(struct exchange *exchange, const struct options *options, struct outcome *ret, struct problem *problem)
{
    char instance[INSTANCE_BYTES];
    struct answer answer = { 0 };
    instance_make(instance);
    const struct call_agent_mail mail = {
        .agent = exchange->identity.agent,
        .instance = options->instance ? options->instance : instance,
        .nonce = options->nonce,
        /* What waits in the spool. That it cannot be read is no reason to send nothing. */
        .inventory = json_file_read(SPOOLED_INVENTORY_FILE, INVENTORY_LIMIT_BYTES, NULL),
    };
    int error = exchange_ask(exchange, "/v1/mail", &call_agent_mail_shape, &mail, &answer, problem) ||
                mail_answer(&answer, ret, problem);
    /* Accepted: what was spooled is now what the server has. A crash before this repeats it, harmlessly. */
    if (!error && mail.inventory && rename(SPOOLED_INVENTORY_FILE, INVENTORY_FILE))
        unlink(SPOOLED_INVENTORY_FILE);
    json_decref(mail.inventory);
    answer_free(&answer);
    return error ? -1 : 0;
}
