/* Any text as an owner's targets.conf: what is taken holds what the rest of lib/target/ relies on. */
#include "tests/fuzz/fuzz.h"

#include "lib/problem.h"
#include "lib/target/conf.h"
#include "lib/target/conf_url.h"

static void expect(bool right)
{
    if (!right)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct target_confs confs;
    struct problem problem;
    char *text = malloc(size + 1);
    memcpy(text, data, size);
    text[size] = '\0';
    if (target_confs_parse("fuzz", text, &confs, &problem)) {
        expect(!strcmp(problem.code, "bad-targets"));
    } else {
        for (unsigned i = 0; i < confs.n; i++) {
            const struct target_conf *conf = &confs.all[i];
            expect(*conf->name && conf->recoveries && target_is_path(conf->recovery[0]));
            expect(conf->kind != TARGET_S3 || (*conf->bucket && *conf->region));
            expect(conf->kind != TARGET_DIRECTORY || target_is_path(conf->path));
            expect(conf->kind == TARGET_DIRECTORY || (*conf->host && conf->port && target_is_path(conf->credentials)));
        }
        target_confs_free(&confs);
    }
    free(text);
    return 0;
}
