/* Packages as the Makefile makes them, and what is none: each by one thing that is wrong with it. */
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "lib/package.h"
#include "lib/problem.h"
#include "tests/unit/unit.h"

#define BLOCK 512
#define BLOCKS 64

struct archive {
    uint8_t data[BLOCKS * BLOCK];
    size_t n; /* blocks */
};

static void sum(uint8_t *header)
{
    unsigned total = 0;
    memset(header + 148, ' ', 8);
    for (size_t i = 0; i < BLOCK; i++)
        total += header[i];
    snprintf((char *)header + 148, 8, "%06o", total);
}

static uint8_t *add(struct archive *archive, const char *name, char type, const char *content)
{
    uint8_t *header = archive->data + archive->n * BLOCK;
    size_t bytes = strlen(content);
    assert_true(bytes < BLOCK);
    memcpy(header, name, strlen(name));
    memcpy(header + 100, "0000755\0000000000\0000000000", 24);
    snprintf((char *)header + 124, 12, "%011o", (unsigned)bytes);
    memcpy(header + 136, "00000000000", 12);
    header[156] = (uint8_t)type;
    memcpy(header + 257,
        "ustar\0"
        "00",
        8);
    memcpy(header + BLOCK, content, bytes);
    sum(header);
    archive->n += 1 + (bytes + BLOCK - 1) / BLOCK;
    return header;
}

static struct archive good(void)
{
    struct archive archive = { 0 };
    add(&archive, "vedette-agent/", '5', "");
    add(&archive, "vedette-agent/VERSION", '0', "vedette-agent 1.2.3 linux-amd64\n");
    add(&archive, "vedette-agent/vedette-agent", '0', "program");
    return archive;
}

/* blocks: how many of it are packed. */
static int read_blocks(const struct archive *archive, size_t blocks, size_t cut, struct package *ret)
{
    uint8_t packed[BLOCKS * BLOCK];
    struct problem problem = { .code = "" };
    z_stream stream = { .next_in = (Bytef *)archive->data,
        .avail_in = (uInt)(blocks * BLOCK),
        .next_out = packed,
        .avail_out = sizeof(packed) };
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    size_t bytes = sizeof(packed) - stream.avail_out;
    deflateEnd(&stream);
    int error = package_read(packed, bytes - cut, ret, &problem);
    if (error)
        assert_string_equal(problem.code, "bad-package");
    return error;
}

static int take(const struct archive *archive)
{
    struct package package;
    int error = read_blocks(archive, archive->n + 2, 0, &package);
    if (!error)
        package_free(&package);
    return error;
}

static void test_good(void **state)
{
    (void)state;
    struct archive archive = good();
    struct package package;
    assert_int_equal(read_blocks(&archive, archive.n + 20, 0, &package), 0);
    assert_string_equal(package.version, "1.2.3");
    assert_string_equal(package.platform, "linux-amd64");
    const struct package_file *file = package_find(&package, "vedette-agent");
    assert_non_null(file);
    assert_int_equal(file->bytes, 7);
    assert_memory_equal(file->data, "program", 7);
    assert_null(package_find(&package, "vedette-agent-work"));
    package_free(&package);
}

static void test_names(void **state)
{
    (void)state;
    static const char *const names[] = { "x", "vedette-agent", "vedette-agent/", "vedette-agent/../x",
        "vedette-agent/..", "vedette-agent/.", "vedette-agent/.x", "vedette-agent/a/b", "/vedette-agent/x",
        "../vedette-agent/x", "vedette-agent//x", "vedette-agent/x y", "vedette-agent/x\n", "vedette-agent/VERSION" };
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        struct archive archive = good();
        add(&archive, names[i], '0', "x");
        assert_int_equal(take(&archive), -1);
    }
}

static void test_kinds(void **state)
{
    (void)state;
    for (const char *type = "123467gxLKSV"; *type; type++) {
        struct archive archive = good();
        add(&archive, "vedette-agent/x", *type, "");
        assert_int_equal(take(&archive), -1);
    }
    struct archive folder = good(), link = good(), prefix = good(), hard = good();
    add(&folder, "vedette-agent/x/", '5', "");
    assert_int_equal(take(&folder), -1);
    uint8_t *header = add(&link, "vedette-agent/x", '2', "");
    memcpy(header + 157, "/etc/shadow", 12);
    sum(header);
    assert_int_equal(take(&link), -1);
    header = add(&hard, "vedette-agent/x", '0', "");
    memcpy(header + 157, "/etc/shadow", 12);
    sum(header);
    assert_int_equal(take(&hard), -1);
    header = add(&prefix, "vedette-agent/x", '0', "");
    memcpy(header + 345, "..", 2);
    sum(header);
    assert_int_equal(take(&prefix), -1);
}

static void test_damaged(void **state)
{
    (void)state;
    struct package package;
    struct archive archive = good(), sized = good(), summed = good(), behind = good();
    assert_int_equal(read_blocks(&archive, archive.n, 0, &package), -1);
    assert_int_equal(read_blocks(&archive, archive.n + 1, 0, &package), -1);
    assert_int_equal(read_blocks(&archive, archive.n - 1, 0, &package), -1);
    assert_int_equal(read_blocks(&archive, archive.n + 2, 1, &package), -1);
    uint8_t *header = add(&sized, "vedette-agent/x", '0', "");
    memcpy(header + 124, "77777777777", 12);
    sum(header);
    assert_int_equal(take(&sized), -1);
    add(&summed, "vedette-agent/x", '0', "")[0] ^= 1;
    assert_int_equal(take(&summed), -1);
    /* Behind the end stands what tar would not show. */
    memcpy(behind.data + (behind.n + 3) * BLOCK, "x", 1);
    assert_int_equal(read_blocks(&behind, behind.n + 4, 0, &package), -1);
}

static void test_version(void **state)
{
    (void)state;
    static const char *const lines[] = { "", "vedette-agent 1.2.3 linux-amd64", "vedette-agent 1.2 linux-amd64\n",
        "vedette-agent 01.2.3 linux-amd64\n", "vedette-agent 1.2.3  linux-amd64\n", "vedette 1.2.3 linux-amd64\n",
        "vedette-agent 1.2.3 linux-amd64\nx", "vedette-agent ../../../etc linux-amd64\n", "vedette-agent 1.2.3 ../x\n",
        "vedette-agent 1.2.1000000 linux-amd64\n" };
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        struct archive archive = { 0 };
        add(&archive, "vedette-agent/VERSION", '0', lines[i]);
        assert_int_equal(take(&archive), -1);
    }
    struct archive none = { 0 };
    add(&none, "vedette-agent/vedette-agent", '0', "x");
    assert_int_equal(take(&none), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
