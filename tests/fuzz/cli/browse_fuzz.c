/* Whatever a browser asks of the page of backups: the first byte says what, the rest is its body. */
#include "cli/browse/answers.h"
#include "lib/message/message.h"
#include "tests/fuzz/fuzz.h"

static struct shelved backup = { .state = SHELVED_READ };
static struct shelf shelf = { .n = 1, .all = &backup, .lock = PTHREAD_MUTEX_INITIALIZER };
static struct bringing bringing;
static struct answers answers = { .shelf = &shelf, .bringing = &bringing, .target = "", .to = "/" };

/* A folder, and in it a name that is no text. */
static void fill(void)
{
    static struct node all[] = {
        { .parent = NODE_NONE, .entry = { .type = ENTRY_FOLDER, .name = "home", .name_bytes = 4 } },
        { .parent = 0, .entry = { .type = ENTRY_FILE, .name = "a\xff", .name_bytes = 2, .size = 9 } },
    };
    const struct nodes nodes = { .n = 2, .all = all };
    struct problem problem;
    bringing_make(&bringing, &shelf);
    if (versions_make(&shelf.versions) || versions_add(&shelf.versions, &nodes, &problem))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const asks[] = { "state", "list", "find", "history", "paths", "stop", "surprise" };
    struct problem problem = { 0 };
    json_t *reply = NULL;
    enum page_step step = PAGE_STAYS;
    if (!shelf.versions.n_names)
        fill();
    json_t *body = size ? message_parse((const char *)data + 1, size - 1, &problem) : NULL;
    if (!body)
        return 0;
    int error = answers_take(&answers, asks[data[0] % 7], body, &reply, &step, &problem);
    if (error ? !problem.code || reply != NULL : !reply || step != PAGE_STAYS)
        abort();
    json_decref(reply);
    json_decref(body);
    return 0;
}
