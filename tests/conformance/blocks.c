/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Request blocks, and earlier results as a kernel sees them.
 */
#include "support.h"

struct other {
    const struct ve *ve;
    struct veo_thr_ctxt *ctx;
    uint64_t function, id, result;
    volatile int began, done;
};

static void *submit_one(void *argument)
{
    struct other *other = argument;
    other->began = 1;
    other->id = SUBMIT(other->ctx, other->function, 7);
    other->done = 1;
    return NULL;
}

static void *call_proc_level(void *argument)
{
    struct other *other = argument;
    other->began = 1;
    CALL_SYNC(other->ve->proc, other->function, &other->result, 8);
    other->done = 1;
    return NULL;
}

static void *open_context(void *argument)
{
    struct other *other = argument;
    other->began = 1;
    struct veo_thr_ctxt *ctx = veo_context_open(other->ve->proc);
    other->done = 1;
    CHECK(ctx != NULL);
    if (ctx)
        CHECK_EQ(veo_context_close(ctx), 0);
    return NULL;
}

static void *write_async(void *argument)
{
    struct other *other = argument;
    other->began = 1;
    other->result = 9;
    other->id = veo_async_write_mem(other->ctx, symbol(other->ve, "number"), &other->result, 8);
    other->done = 1;
    return NULL;
}

static void *begin_and_end(void *argument)
{
    struct other *other = argument;
    other->began = 1;
    veo_req_block_begin(other->ctx);
    other->done = 1;
    veo_req_block_end(other->ctx);
    return NULL;
}

static void *wait_for_one(void *argument)
{
    struct other *other = argument;
    other->began = 1;
    if (veo_call_wait_result(other->ctx, other->id, &other->result) != VEO_COMMAND_OK)
        other->result = UNTOUCHED;
    other->done = 1;
    return NULL;
}

static uint64_t return_one(void *argument)
{
    (void)argument;
    return 1;
}

static void *submit_host_function(void *argument)
{
    struct other *other = argument;
    other->began = 1;
    other->id = veo_call_async_vh(other->ctx, return_one, NULL);
    other->done = 1;
    return NULL;
}

/* Starts what another thread does, and sees whether it is still at it after a while. */
static pthread_t other_thread(struct other *other, void *act(void *), int blocked)
{
    pthread_t thread;
    other->began = other->done = 0;
    REQUIRE(pthread_create(&thread, NULL, act, other) == 0);
    while (!other->began)
        nap(1);
    if (blocked) {
        nap(50);
        CHECK(!other->done);
    }
    return thread;
}

static void check_blocks(const struct ve *ve, struct veo_thr_ctxt *second)
{
    uint64_t echo = symbol(ve, "echo");
    symbol(ve, "number");
    struct other other = {.ve = ve, .ctx = ve->ctx, .function = echo};
    pthread_t thread;

    void *(*const acts[])(void *) = {submit_one, submit_host_function, write_async, call_proc_level, open_context,
                                     begin_and_end};
    const char *const topics[] = {"others' calls wait for the end of a block",
                                  "others' host functions wait for the end of a block",
                                  "others' transfers wait for the end of a block",
                                  "others' synchronous calls wait for the end of a block on the main context",
                                  "others' contexts wait for the end of a block on the main context",
                                  "others' blocks wait for the end of a block"};
    for (int i = 0; i < 6; i++) {
        TOPIC(topics[i]);
        veo_req_block_begin(ve->ctx);
        thread = other_thread(&other, acts[i], 1);
        /* The owner may do everything. */
        uint64_t id = SUBMIT(ve->ctx, echo, 1), result;
        CHECK_EQ(WAIT(ve->ctx, id), 1);
        CHECK_EQ(CALL_SYNC(ve->proc, echo, &result, 2), 0);
        CHECK_EQ(WAIT(ve->ctx, veo_call_async_vh(ve->ctx, return_one, NULL)), 1);
        CHECK(!other.done);
        veo_req_block_end(ve->ctx);
        pthread_join(thread, NULL);
        CHECK(other.done);
        if (i < 3)
            WAIT(ve->ctx, other.id);
    }

    TOPIC("blocks nest");
    veo_req_block_begin(ve->ctx);
    veo_req_block_begin(ve->ctx);
    veo_req_block_end(ve->ctx);
    thread = other_thread(&other, submit_one, 1);
    veo_req_block_end(ve->ctx);
    pthread_join(thread, NULL);
    CHECK_EQ(WAIT(ve->ctx, other.id), 7);

    TOPIC("a block does not keep others from waiting");
    other.id = SUBMIT(ve->ctx, echo, 3);
    other.result = 0;
    veo_req_block_begin(ve->ctx);
    thread = other_thread(&other, wait_for_one, 0);
    pthread_join(thread, NULL);
    CHECK_EQ(other.result, 3);
    veo_req_block_end(ve->ctx);

    TOPIC("a block is one of its context");
    veo_req_block_begin(ve->ctx);
    other.ctx = second;
    thread = other_thread(&other, submit_one, 0);
    pthread_join(thread, NULL);
    CHECK_EQ(WAIT(second, other.id), 7);
    veo_req_block_end(ve->ctx);
    veo_req_block_begin(second);
    thread = other_thread(&other, call_proc_level, 0);
    pthread_join(thread, NULL);
    CHECK_EQ(other.result, 8);
    veo_req_block_end(second);

    if (DIFFERS("undefined")) {
        TOPIC("an end without a begin");
        veo_req_block_end(ve->ctx);
        CHECK_EQ(CALL(ve->ctx, echo, 4), 4);
    }
}

static void check_previous(const struct ve *ve, const struct ve *helpers, struct veo_thr_ctxt *ctx)
{
    uint64_t value = symbol(helpers, "previous_value"), code = symbol(helpers, "previous_code");
    uint64_t echo = symbol(ve, "echo");
    uint64_t number = symbol(ve, "number"), word = 5;
    TOPIC("results of earlier calls");
    CALL(ctx, echo, 41);
    CHECK_EQ(CALL(ctx, value, 0), 41);
    CHECK_EQ(CALL(ctx, value, 0), 41);
    CALL(ctx, echo, 1);
    CALL(ctx, echo, 2);
    CALL(ctx, echo, 3);
    CHECK_EQ(CALL(ctx, value, 2), 1);
    CHECK_EQ(CALL(ctx, value, 2), 2);
    CHECK_EQ(CALL(ctx, code, 0), 0);
    CHECK_EQ(CALL(ctx, value, 0), 0);
    uint64_t first = SUBMIT(ctx, echo, 77), second = SUBMIT(ctx, value, 0);
    CHECK_EQ(WAIT(ctx, second), 77);
    CHECK_EQ(WAIT(ctx, first), 77);

    TOPIC("results of earlier allocations");
    uint64_t address = WAIT(ctx, veo_alloc_mem_async(ctx, 64));
    CHECK_EQ(CALL(ctx, value, 0), address);
    CALL(ctx, echo, 0);
    uint64_t allocating = veo_alloc_mem_async(ctx, 64), looking = SUBMIT(ctx, value, 0);
    uint64_t seen = WAIT(ctx, looking), other = WAIT(ctx, allocating);
    CHECK_EQ(seen, other);

    TOPIC("replies without a value");
    WAIT(ctx, veo_async_write_mem(ctx, number, &word, 8));
    CHECK_EQ(CALL(ctx, code, 0), -1);
    CALL(ctx, echo, 6);
    WAIT(ctx, veo_async_write_mem(ctx, number, &word, 8));
    CHECK_EQ(CALL(ctx, value, 1), 6);
    WAIT(ctx, veo_free_mem_async(ctx, address));
    CHECK_EQ(CALL(ctx, code, 0), -1);
    WAIT(ctx, veo_free_mem_async(ctx, other));

    TOPIC("far behind");
    for (int i = 0; i < 400; i++)
        CALL(ctx, echo, 8);
    CHECK_EQ(CALL(ctx, code, 300), -1);
    CHECK_EQ(CALL(ctx, code, 1000000), -1);
}

static void check_internal_replies(const struct ve *ve, const struct ve *helpers, struct veo_thr_ctxt *second)
{
    uint64_t echo = symbol(ve, "echo"), value = symbol(helpers, "previous_value"), address = 0;
    TOPIC("internal replies count, too");
    CALL(ve->ctx, echo, 50);
    uint64_t found = veo_get_sym(ve->proc, ve->lib, "add");
    CHECK_EQ(CALL(ve->ctx, value, 0), found);
    CALL(ve->ctx, echo, 51);
    veo_get_sym(ve->proc, ve->lib, "which");
    CHECK_EQ(CALL(ve->ctx, value, 1), 51);
    CALL(ve->ctx, echo, 52);
    veo_get_sym(ve->proc, ve->lib, "which"); /* known */
    CHECK_EQ(CALL(ve->ctx, value, 0), 52);
    struct veo_args *args = words(1, (uint64_t[]){53});
    WAIT(ve->ctx, veo_call_async_by_name(ve->ctx, ve->lib, "slow_get", args));
    CHECK_EQ(veo_alloc_mem(ve->proc, &address, 64), 0);
    CHECK_EQ(CALL(ve->ctx, value, 0), address);
    CHECK_EQ(veo_free_mem(ve->proc, address), 0);
    veo_args_free(args);

    TOPIC("earlier results are those of the same context");
    CALL(ve->ctx, echo, 60);
    CALL(second, echo, 61);
    CHECK_EQ(CALL(ve->ctx, value, 0), 60);
    CHECK_EQ(CALL(second, value, 0), 61);
}

struct pair_thread {
    const struct ve *ve;
    uint64_t echo, value, base;
    unsigned wrong;
};

static void *submit_pairs(void *argument)
{
    struct pair_thread *own = argument;
    struct veo_thr_ctxt *ctx = own->ve->ctx;
    for (uint64_t i = 0; i < 300; i++) {
        uint64_t expected = own->base + i, seen = UNTOUCHED, result;
        veo_req_block_begin(ctx);
        uint64_t first = SUBMIT(ctx, own->echo, expected), second = SUBMIT(ctx, own->value, 0);
        veo_req_block_end(ctx);
        own->wrong += veo_call_wait_result(ctx, first, &result) != VEO_COMMAND_OK || result != expected;
        own->wrong += veo_call_wait_result(ctx, second, &seen) != VEO_COMMAND_OK || seen != expected;
    }
    return NULL;
}

static void check_pairs(const struct ve *ve, const struct ve *helpers)
{
    TOPIC("requests of a block stay together");
    pthread_t threads[4];
    struct pair_thread own[4];
    for (int i = 0; i < 4; i++) {
        own[i] = (struct pair_thread){ve, symbol(ve, "echo"), symbol(helpers, "previous_value"), 0, 0};
        own[i].base = (uint64_t)(i + 1) * 1000;
        REQUIRE(pthread_create(&threads[i], NULL, submit_pairs, &own[i]) == 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        CHECK_EQ(own[i].wrong, 0);
    }
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    allow_contexts();
    struct ve ve = start();
    struct veo_thr_ctxt *second = veo_context_open(ve.proc);
    REQUIRE(second != NULL);
    check_blocks(&ve, second);
    TOPIC("veo_prev_req_result");
    struct ve helpers = load_beside(&ve, "libhelpers.so");
    check_previous(&ve, &helpers, ve.ctx);
    check_previous(&ve, &helpers, second);
    check_internal_replies(&ve, &helpers, second);
    check_pairs(&ve, &helpers);
    stop(&ve);
    return check_end();
}
