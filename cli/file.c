/* `vedette file put FILE`: a file that documents name by its hash, to the server, piece by piece. */
#include <limits.h>
#include <stdlib.h>

#include "cli/ask.h"
#include "cli/run.h"
#include "lib/crypto.h"
#include "lib/files.h"
#include "lib/problem.h"

#define FILE_BYTES_MAX (64u << 20) /* what the server keeps and agents fetch */
#define PIECE_BYTES (192u << 10)   /* in base64 256 KiB */
#define DEADLINE_MS 10000

static void take_offset(void *arg, const void *reply)
{
    *(uint64_t *)arg = ((const struct call_file_put_reply *)reply)->offset;
}

/* The piece from an offset on; *offset becomes how much the server has. */
static enum outcome put_piece(
    struct cli *cli, const char *hash, const char *data, size_t bytes, uint64_t *offset, struct problem *problem)
{
    size_t count = bytes - *offset < PIECE_BYTES ? bytes - *offset : PIECE_BYTES;
    char *text = malloc(BASE64_BYTES(count));
    if (!text) {
        problem_set(problem, "no-memory", "", "no memory for a piece of a file");
        return OUTCOME_REFUSED;
    }
    crypto_base64(data + *offset, count, text);
    json_t *fields = json_pack("{s:s, s:I, s:I, s:s}", "file_sha256", hash, "file_bytes", (json_int_t)bytes, "offset",
        (json_int_t)*offset, "data", text);
    free(text);
    enum outcome outcome = ask(cli, CALL_FILE_PUT, fields, DEADLINE_MS, take_offset, offset, problem);
    json_decref(fields);
    return outcome;
}

enum outcome run_file_put(struct cli *cli, const struct command *command, const struct given *given)
{
    char path[PATH_MAX], hash[HEX_BYTES(SHA256_BYTES)], *data;
    uint8_t sha256[SHA256_BYTES];
    struct problem problem;
    size_t bytes;
    enum outcome outcome = OUTCOME_OK;
    if (cli_path(cli, given_value(command, given, "FILE"), path, &problem) ||
        file_read(path, FILE_BYTES_MAX, &data, &bytes, &problem))
        return cli_fail(command, OUTCOME_REFUSED, &problem);
    crypto_sha256(data, bytes, sha256);
    crypto_hex(sha256, sizeof(sha256), hash);
    uint64_t offset = 0;
    /* The server may have more than we think, of an attempt that broke off; never does it go back. */
    for (uint64_t before = 0; !outcome && offset < bytes; before = offset) {
        outcome = put_piece(cli, hash, data, bytes, &offset, &problem);
        if (!outcome && (offset <= before || offset > bytes)) {
            problem_set(&problem, "bad-answer", "offset", "the server takes no more of the file");
            outcome = OUTCOME_REFUSED;
        }
    }
    free(data);
    if (!outcome)
        printf("%s\n", hash);
    return outcome ? cli_fail(command, outcome, &problem) : OUTCOME_OK;
}
