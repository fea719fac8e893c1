/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Asynchronous transfers and allocation.
 */
#include "support.h"

#define MIB ((size_t)1 << 20)

static void check_transfers(const struct ve *ve, struct veo_thr_ctxt *ctx)
{
    const size_t sizes[] = {1, 5, 8, 23, 4096, MIB + 1, 3 * MIB + 5, 24 * MIB};
    const size_t most = 24 * MIB;
    unsigned char *out = malloc(most), *in = malloc(most + 2);
    uint64_t address = 0, invert = symbol(ve, "invert_bytes");
    REQUIRE(out && in && veo_alloc_mem(ve->proc, &address, most + 8) == 0);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        TOPIC("write, call, read without waiting between them");
        size_t size = sizes[i];
        fill_pattern(out, size, (unsigned)i);
        memset(in, 0x11, size + 2);
        uint64_t writing = veo_async_write_mem(ctx, address + 3, out, size);
        uint64_t calling = SUBMIT(ctx, invert, address + 3, size);
        uint64_t reading = veo_async_read_mem(ctx, in + 1, address + 3, size);
        CHECK(writing < calling && calling < reading);
        CHECK_RESULT(ctx, reading, VEO_COMMAND_OK, 0);
        for (size_t k = 0; k < size; k++)
            out[k] = (unsigned char)~out[k];
        CHECK_BYTES(in + 1, out, size);
        CHECK(in[0] == 0x11 && in[size + 1] == 0x11);
        CHECK_RESULT(ctx, calling, VEO_COMMAND_OK, size);
        CHECK_RESULT(ctx, writing, VEO_COMMAND_OK, 0);
        CHECK_UNKNOWN(ctx, writing);
    }

    TOPIC("transfers of nothing");
    CHECK_RESULT(ctx, veo_async_write_mem(ctx, address, out, 0), VEO_COMMAND_OK, 0);
    CHECK_RESULT(ctx, veo_async_read_mem(ctx, in, address, 0), VEO_COMMAND_OK, 0);
    CHECK_RESULT(ctx, veo_async_write_mem(ctx, 0, NULL, 0), VEO_COMMAND_OK, 0);
    CHECK_RESULT(ctx, veo_async_read_mem(ctx, NULL, 0, 0), VEO_COMMAND_OK, 0);

    TOPIC("variables of a library");
    uint64_t text = symbol(ve, "text");
    char part[32] = "a text in the library";
    CHECK_RESULT(ctx, veo_async_write_mem(ctx, text, part, sizeof part), VEO_COMMAND_OK, 0);
    CHECK_RESULT(ctx, veo_async_write_mem(ctx, text + 3, "EXT I", 5), VEO_COMMAND_OK, 0);
    CHECK_RESULT(ctx, veo_async_read_mem(ctx, part, text, sizeof part), VEO_COMMAND_OK, 0);
    CHECK_TEXT(part, "a tEXT In the library");
    CHECK_EQ(veo_free_mem(ve->proc, address), 0);
    free(out);
    free(in);
}

static void check_many(const struct ve *ve)
{
    enum { MANY = 2000 };
    static uint64_t values[MANY], ids[MANY], back[MANY];
    TOPIC("many transfers, few of them waited for");
    uint64_t address = 0;
    REQUIRE(veo_alloc_mem(ve->proc, &address, sizeof values) == 0);
    for (uint64_t i = 0; i < MANY; i++) {
        values[i] = i * i;
        veo_async_write_mem(ve->ctx, address + 8 * i, &values[i], 8);
    }
    for (uint64_t i = 0; i < MANY; i++)
        ids[i] = veo_async_read_mem(ve->ctx, &back[i], address + 8 * i, 8);
    for (int i = MANY - 1; i >= 0; i--)
        CHECK_RESULT(ve->ctx, ids[i], VEO_COMMAND_OK, 0);
    CHECK_BYTES(back, values, sizeof values);
    CHECK_EQ(veo_free_mem(ve->proc, address), 0);
}

static void check_order(const struct ve *ve, struct gate *gate)
{
    TOPIC("transfers wait for what was submitted before");
    uint64_t number = symbol(ve, "number"), get = symbol(ve, "get_number"), put_number = symbol(ve, "put_number");
    uint64_t load_word = symbol(ve, "load_word"), new = 2, seen = UNTOUCHED;
    write_word(ve->proc, number, 1);
    uint64_t held = gate_close(gate, ve->ctx);
    uint64_t before = SUBMIT(ve->ctx, get);
    uint64_t writing = veo_async_write_mem(ve->ctx, number, &new, 8);
    uint64_t after = SUBMIT(ve->ctx, get);
    uint64_t put = SUBMIT(ve->ctx, put_number, 3);
    uint64_t reading = veo_async_read_mem(ve->ctx, &seen, number, 8);
    CHECK_UNFINISHED(ve->ctx, writing);
    CHECK_UNFINISHED(ve->ctx, reading);
    CHECK_EQ(seen, UNTOUCHED);
    gate_open(gate);
    CHECK_RESULT(ve->ctx, reading, VEO_COMMAND_OK, 0);
    CHECK_EQ(seen, 3);
    CHECK_EQ(WAIT(ve->ctx, put), 3);
    CHECK_EQ(WAIT(ve->ctx, after), 2);
    CHECK_EQ(WAIT(ve->ctx, before), 1);
    CHECK_RESULT(ve->ctx, writing, VEO_COMMAND_OK, 0);
    WAIT(ve->ctx, held);

    TOPIC("allocation waits for what was submitted before");
    held = gate_close(gate, ve->ctx);
    uint64_t allocating = veo_alloc_mem_async(ve->ctx, 100);
    nap(20);
    CHECK_UNFINISHED(ve->ctx, allocating);
    gate_open(gate);
    uint64_t address = WAIT(ve->ctx, allocating);
    CHECK(address != 0);
    WAIT(ve->ctx, held);

    TOPIC("freeing waits for what was submitted before");
    write_word(ve->proc, address, 7);
    held = gate_close(gate, ve->ctx);
    uint64_t loading = SUBMIT(ve->ctx, load_word, address);
    uint64_t freeing = veo_free_mem_async(ve->ctx, address);
    nap(20);
    CHECK_UNFINISHED(ve->ctx, freeing);
    gate_open(gate);
    CHECK_EQ(WAIT(ve->ctx, loading), 7);
    CHECK_RESULT(ve->ctx, freeing, VEO_COMMAND_OK, 0);
    WAIT(ve->ctx, held);
}

static void check_allocation(const struct ve *ve, struct veo_thr_ctxt *ctx)
{
    TOPIC("asynchronous allocation");
    uint64_t addresses[20], ids[20];
    for (int i = 0; i < 20; i++)
        ids[i] = veo_alloc_mem_async(ctx, (size_t)(i + 1) * 1000);
    for (int i = 0; i < 20; i++) {
        addresses[i] = WAIT(ctx, ids[i]);
        CHECK(addresses[i] != 0);
        uint64_t size = (uint64_t)(i + 1) * 1000;
        CHECK_EQ(CALL(ctx, symbol(ve, "fill_bytes"), addresses[i], size, (uint64_t)i), size);
    }
    for (int i = 0; i < 20; i++)
        CHECK_EQ(CALL(ctx, symbol(ve, "count_other_bytes"), addresses[i], (uint64_t)(i + 1) * 1000, (uint64_t)i), 0);
    for (int i = 0; i < 10; i++)
        CHECK_RESULT(ctx, veo_free_mem_async(ctx, addresses[i]), VEO_COMMAND_OK, 0);
    /* Memory is the process's, however it was allocated. */
    for (int i = 10; i < 20; i++)
        CHECK_EQ(veo_free_mem(ve->proc, addresses[i]), 0);
    uint64_t address = 0;
    CHECK_EQ(veo_alloc_mem(ve->proc, &address, 8), 0);
    CHECK_RESULT(ctx, veo_free_mem_async(ctx, address), VEO_COMMAND_OK, 0);
    CHECK_RESULT(ctx, veo_free_mem_async(ctx, 0), VEO_COMMAND_OK, 0);

    TOPIC("out of memory");
    CHECK_RESULT(ctx, veo_alloc_mem_async(ctx, (size_t)1 << 60), VEO_COMMAND_OK, 0);
    CHECK_EQ(CALL(ctx, symbol(ve, "echo"), 1), 1);
}

static void check_bad_addresses(void)
{
    TOPIC("writing to a bad address");
    struct ve ve = start();
    uint64_t word = UNTOUCHED;
    uint64_t echo = symbol(&ve, "echo");
    uint64_t writing = veo_async_write_mem(ve.ctx, 8, &word, 8), behind = SUBMIT(ve.ctx, echo, 5);
    CHECK_RESULT(ve.ctx, writing, VEO_COMMAND_EXCEPTION, -12);
    if (DIFFERS("the process lives on")) {
        CHECK_RESULT(ve.ctx, behind, VEO_COMMAND_OK, 5);
        TOPIC("reading a bad address");
        uint64_t reading = veo_async_read_mem(ve.ctx, &word, 8, 8);
        behind = SUBMIT(ve.ctx, echo, 6);
        CHECK_RESULT(ve.ctx, reading, VEO_COMMAND_EXCEPTION, -13);
        CHECK_EQ(word, UNTOUCHED);
        CHECK_RESULT(ve.ctx, behind, VEO_COMMAND_OK, 6);
        CHECK_EQ(veo_get_context_state(ve.ctx), VEO_STATE_RUNNING);
    } else if (behind != VEO_REQUEST_ID_INVALID) {
        CHECK_RESULT(ve.ctx, behind, VEO_COMMAND_ERROR, 0);
        CHECK_ENDED(ve.ctx);
    }
    stop(&ve);
    if (WITHOUT_CARD("libveo takes 60 s with a VE's program") && !DIFFERS("the process lives on")) {
        TOPIC("reading a bad address");
        ve = start();
        uint64_t reading = veo_async_read_mem(ve.ctx, &word, 8, 8);
        CHECK_RESULT(ve.ctx, reading, VEO_COMMAND_EXCEPTION, -13);
        CHECK_EQ(word, UNTOUCHED);
        CHECK_ENDED(ve.ctx);
        stop(&ve);
    }
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    allow_contexts();
    struct ve ve = start();
    struct gate gate = gate_new(&ve);
    check_transfers(&ve, ve.ctx);
    check_transfers(&ve, gate.side);
    check_many(&ve);
    check_order(&ve, &gate);
    check_allocation(&ve, ve.ctx);
    check_allocation(&ve, gate.side);
    stop(&ve);
    check_bad_addresses();
    return check_end();
}
