/* Any bytes as what vedette-agent-work finds on its disk, as the owner's policy, and as a line between our programs. */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>

#include "agent/health.h"
#include "agent/hours.h"
#include "agent/policy.h"
#include "agent/update/update.h"
#include "agent/work/envelopes/streams.h"
#include "agent/work/held.h"
#include "agent/work/home.h"
#include "agent/work/socket.h"
#include "agent/worker.h"

static void read_texts(const char *text)
{
    struct policy policy;
    struct hours hours;
    int64_t next_ms;
    char shown[512], line[SOCKET_REQUEST_BYTES];
    const char *words[SOCKET_WORDS];
    snprintf(line, sizeof(line), "%s", text);
    int n = socket_request(line, words);
    for (int i = 0; i < n; i++) {
        if (!*words[i] || *words[i] == '-')
            abort();
    }
    policy_parse("p", text, &policy, NULL);
    worker_line(text, &next_ms);
    if (!hours_parse(text, &hours)) {
        struct hours again;
        hours_format(&hours, shown, sizeof(shown));
        if (hours_parse(shown, &again) || hours_wait(&hours, 0) != hours_wait(&again, 0))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct progress progress;
    struct home home;
    struct update update;
    struct health health;
    struct streams streams;
    char *text = fuzz_text(data, size);
    if (strlen(text) == size)
        read_texts(text);
    update_parse(text, size, &update, NULL);
    health_parse(text, size, &health, NULL);
    progress_parse(text, size, &progress, NULL);
    home_parse(text, size, &home, NULL);
    streams_parse(text, size, &streams, NULL);
    held_free(held_parse(text, size, NULL));
    free(text);
    return 0;
}
