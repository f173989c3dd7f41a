/* watches.json, and what other programs print. */
#include "tests/fuzz/fuzz.h"

#include "agent/watch/definitions.h"
#include "agent/watch/local.h"
#include "agent/watch/readings.h"
#include "agent/watch/report.h"
#include "agent/watch/url.h"
#include "lib/problem.h"

static void read_text(char *text, size_t size)
{
    struct ticks ticks;
    struct sample sample;
    struct url url;
    uint64_t number;
    unsigned status;
    ticks_parse(text, &ticks);
    memory_parse(text, &number);
    load_parse(text, &number);
    unit_read(text, &sample);
    updates_read(text, &sample);
    smart_read(text, size, &sample);
    look_read(text, &sample);
    http_status_parse(text, &status);
    mount_may_wait(text, "/var/lib/x");
    if (!url_parse(text, &url) && (!*url.host || !url.port || strpbrk(url.path, " \r\n")))
        __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct definitions all;
    struct envelope_watches report;
    struct json_t *lines;
    struct problem problem;
    char *text = fuzz_text(data, size);
    if (!definitions_parse(text, size, &all, &problem)) {
        for (size_t i = 0; i < all.n; i++)
            if (all.items[i].depends_on >= (int)i || all.items[i].every_ms < 5000)
                __builtin_trap();
        definitions_free(&all);
    }
    if (!report_parse(text, size, &report, &lines, &problem))
        report_free(&report, lines);
    read_text(text, size);
    free(text);
    return 0;
}
