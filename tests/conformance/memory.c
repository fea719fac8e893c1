/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * VE memory: allocation and synchronous transfers.
 */
#include "support.h"

#define MIB ((size_t)1 << 20)

static void check_allocation(const struct ve *ve)
{
    TOPIC("allocation");
    uint64_t addresses[16], address;
    for (int i = 0; i < 16; i++) {
        addresses[i] = 0;
        CHECK_EQ(veo_alloc_mem(ve->proc, &addresses[i], 1000), 0);
        CHECK(addresses[i] != 0);
        CHECK_EQ(addresses[i] % 8, 0);
        write_word(ve->proc, addresses[i], (uint64_t)i);
        write_word(ve->proc, addresses[i] + 992, (uint64_t)i);
    }
    for (int i = 0; i < 16; i++) {
        CHECK_EQ(read_word(ve->proc, addresses[i]), i);
        CHECK_EQ(read_word(ve->proc, addresses[i] + 992), i);
        CHECK_EQ(CALL(ve->ctx, symbol(ve, "load_word"), addresses[i]), i);
    }
    for (int i = 0; i < 16; i++)
        CHECK_EQ(veo_free_mem(ve->proc, addresses[i]), 0);

    TOPIC("allocation of nothing");
    address = 0;
    CHECK_EQ(veo_alloc_mem(ve->proc, &address, 0), 0);
    CHECK(address != 0);
    CHECK_EQ(veo_free_mem(ve->proc, address), 0);
    CHECK_EQ(veo_free_mem(ve->proc, 0), 0);

    TOPIC("out of memory");
    address = UNTOUCHED;
    CHECK_EQ(veo_alloc_mem(ve->proc, &address, (size_t)1 << 60), -1);
    CHECK_EQ(address, 0);
    CHECK_EQ(CALL(ve->ctx, symbol(ve, "echo"), 1), 1);
    if (DIFFERS("libveo crashes"))
        CHECK_EQ(veo_alloc_mem(ve->proc, NULL, 8), -1);
}

/* Writes, compares what the VE has, and reads again; what lies around must be left alone on both sides. */
static void check_transfer(const struct ve *ve, uint64_t area, size_t area_size, size_t offset, size_t size)
{
    unsigned char *out = malloc(area_size), *in = malloc(area_size), *expected = malloc(area_size);
    REQUIRE(out && in && expected);
    memset(expected, 0x77, area_size);
    CHECK_EQ(veo_write_mem(ve->proc, area, expected, area_size), 0);
    fill_pattern(out, size, (unsigned)size);
    memcpy(expected + offset, out, size);
    CHECK_EQ(veo_write_mem(ve->proc, area + offset, out, size), 0);
    uint64_t sum = 0;
    for (size_t i = 0; i < area_size; i++)
        sum = sum * 31 + expected[i];
    CHECK_EQ(CALL(ve->ctx, symbol(ve, "sum_bytes"), area, area_size), sum);
    memset(in, 0x33, area_size);
    CHECK_EQ(veo_read_mem(ve->proc, in + 1, area + offset, size), 0);
    CHECK_BYTES(in + 1, out, size);
    CHECK(in[0] == 0x33 && (size + 1 >= area_size || in[size + 1] == 0x33));
    free(out);
    free(in);
    free(expected);
}

static void check_transfers(const struct ve *ve)
{
    uint64_t area = 0;
    TOPIC("transfers of a few bytes");
    REQUIRE(veo_alloc_mem(ve->proc, &area, 64) == 0);
    for (size_t size = 1; size <= 23; size++)
        check_transfer(ve, area, 64, size % 9 + 1, size);
    for (size_t offset = 0; offset < 8; offset++)
        check_transfer(ve, area, 64, offset, 40);
    CHECK_EQ(veo_free_mem(ve->proc, area), 0);

    TOPIC("transfers in fragments");
    const size_t sizes[] = {699051,  MIB,         MIB + 1,      2 * MIB - 1, 2 * MIB + 3,
                            3 * MIB, 5 * MIB + 5, 20 * MIB + 7, 32 * MIB};
    REQUIRE(veo_alloc_mem(ve->proc, &area, 32 * MIB + 64) == 0);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        check_transfer(ve, area, sizes[i] + 24, 3, sizes[i]);
    CHECK_EQ(veo_free_mem(ve->proc, area), 0);

    TOPIC("transfers of nothing");
    uint64_t word = UNTOUCHED;
    CHECK_EQ(veo_read_mem(ve->proc, &word, 8, 0), 0);
    CHECK_EQ(veo_read_mem(ve->proc, NULL, 0, 0), 0);
    CHECK_EQ(veo_write_mem(ve->proc, 8, &word, 0), 0);
    CHECK_EQ(veo_write_mem(ve->proc, 0, NULL, 0), 0);
    CHECK_EQ(word, UNTOUCHED);
}

static void check_other_memory(const struct ve *ve)
{
    TOPIC("variables of a library");
    uint64_t number = symbol(ve, "number");
    CHECK_EQ(read_word(ve->proc, number), 0x0123456789abcdef);
    write_word(ve->proc, number, 77);
    CHECK_EQ(CALL(ve->ctx, symbol(ve, "get_number")), 77);
    CHECK_EQ(veo_write_mem(ve->proc, number + 3, "\x01\x02", 2), 0);
    /* Bytes 3 and 4 of a little-endian word. */
    CHECK_EQ(CALL(ve->ctx, symbol(ve, "get_number")), 77 + 0x0201000000);
    CHECK_EQ(CALL(ve->ctx, symbol(ve, "put_number"), 78), 78);
    CHECK_EQ(read_word(ve->proc, number), 78);

    TOPIC("memory that a kernel allocated");
    uint64_t memory = CALL(ve->ctx, symbol(ve, "get_memory"), 4096);
    REQUIRE(memory != 0);
    write_word(ve->proc, memory + 8, 5);
    CHECK_EQ(read_word(ve->proc, memory + 8), 5);
    CHECK_EQ(CALL(ve->ctx, symbol(ve, "release_memory"), memory), 1);

    TOPIC("the stack of a call that is over");
    uint64_t local = CALL(ve->ctx, symbol(ve, "address_of_local"), 9), word;
    CHECK_EQ(veo_read_mem(ve->proc, &word, local, sizeof word), 0);
}

/* veo_alloc_mem is the VE's malloc, veo_free_mem its free. In processes of their own: it might end them. */
static void check_malloc(void)
{
    TOPIC("veo_free_mem frees what a kernel allocated");
    struct ve ve = start();
    uint64_t memory = CALL(ve.ctx, symbol(&ve, "get_memory"), 100), address = 0;
    CHECK_EQ(veo_free_mem(ve.proc, memory), 0);
    CHECK_EQ(CALL(ve.ctx, symbol(&ve, "echo"), 1), 1);
    stop(&ve);

    TOPIC("a kernel frees what veo_alloc_mem allocated");
    ve = start();
    CHECK_EQ(veo_alloc_mem(ve.proc, &address, 100), 0);
    uint64_t release = SUBMIT(ve.ctx, symbol(&ve, "release_memory"), address);
    if (DIFFERS("VE memory is not on the heap of the kernels: their free ends the process"))
        CHECK_RESULT(ve.ctx, release, VEO_COMMAND_EXCEPTION, SIGABRT);
    else
        CHECK_RESULT(ve.ctx, release, VEO_COMMAND_OK, 1);
    stop(&ve);
}

static void check_order(const struct ve *ve)
{
    TOPIC("behind the main context's queue");
    uint64_t number = symbol(ve, "number"), slow_put = symbol(ve, "slow_put"), slow_get = symbol(ve, "slow_get");
    uint64_t result, address = 0;
    uint64_t id = SUBMIT(ve->ctx, slow_put, 100, 10);
    CHECK_EQ(read_word(ve->proc, number), 10);
    CHECK_EQ(veo_call_peek_result(ve->ctx, id, &result), VEO_COMMAND_OK);
    id = SUBMIT(ve->ctx, slow_get, 100);
    write_word(ve->proc, number, 11);
    CHECK_EQ(veo_call_peek_result(ve->ctx, id, &result), VEO_COMMAND_OK);
    CHECK_EQ(result, 10);
    CHECK_EQ(read_word(ve->proc, number), 11);

    CHECK_EQ(veo_alloc_mem(ve->proc, &address, 8), 0);
    write_word(ve->proc, address, 12);
    id = SUBMIT(ve->ctx, slow_get, 100);
    uint64_t later = SUBMIT(ve->ctx, symbol(ve, "load_word"), address);
    CHECK_EQ(veo_free_mem(ve->proc, address), 0);
    CHECK_EQ(WAIT(ve->ctx, later), 12);
    WAIT(ve->ctx, id);
    id = SUBMIT(ve->ctx, slow_get, 100);
    CHECK_EQ(veo_alloc_mem(ve->proc, &address, 8), 0);
    if (DIFFERS("veo_alloc_mem does not wait"))
        WAIT(ve->ctx, id);
    else
        CHECK_EQ(veo_call_peek_result(ve->ctx, id, &result), VEO_COMMAND_OK);
    CHECK_EQ(veo_free_mem(ve->proc, address), 0);
}

static void check_bad_addresses(void)
{
    TOPIC("writing to a bad address");
    struct ve ve = start();
    uint64_t word = UNTOUCHED, address = 0;
    CHECK_EQ(veo_write_mem(ve.proc, 8, &word, 8), -1);
    if (DIFFERS("the process lives on"))
        CHECK_EQ(CALL(ve.ctx, symbol(&ve, "echo"), 1), 1);
    else
        CHECK_ENDED(ve.ctx);
    stop(&ve);

    if (DIFFERS("libveo takes 60 s and ends the process, or crashes")) {
        TOPIC("reading a bad address");
        ve = start();
        CHECK_EQ(veo_read_mem(ve.proc, &word, 8, 8), -1);
        CHECK_EQ(veo_read_mem(ve.proc, &word, UINT64_MAX - 3, 8), -1);
        CHECK_EQ(veo_write_mem(ve.proc, UINT64_MAX - 3, &word, 8), -1);
        CHECK_EQ(veo_write_mem(ve.proc, symbol(&ve, "echo"), &word, 8), -1);
        CHECK_EQ(CALL(ve.ctx, symbol(&ve, "echo"), 1), 1);
        CHECK_EQ(veo_read_mem(ve.proc, NULL, symbol(&ve, "number"), 8), -1);
        CHECK_EQ(veo_write_mem(ve.proc, symbol(&ve, "number"), NULL, 8), -1);
        TOPIC("freeing twice");
        CHECK_EQ(veo_alloc_mem(ve.proc, &address, 100), 0);
        CHECK_EQ(veo_free_mem(ve.proc, address), 0);
        CHECK_EQ(veo_free_mem(ve.proc, address), -1);
        CHECK_EQ(CALL(ve.ctx, symbol(&ve, "echo"), 2), 2);
        stop(&ve);
    } else if (WITHOUT_CARD("the process ends, but at once")) {
        TOPIC("reading a bad address");
        ve = start();
        CHECK_EQ(veo_read_mem(ve.proc, &word, 8, 8), -1);
        CHECK_EQ(word, UNTOUCHED);
        CHECK_ENDED(ve.ctx);
        stop(&ve);
    }
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    struct ve ve = start();
    check_allocation(&ve);
    check_transfers(&ve);
    check_other_memory(&ve);
    check_order(&ve);
    stop(&ve);
    check_malloc();
    check_bad_addresses();
    return check_end();
}
