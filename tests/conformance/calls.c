/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Calls: synchronous, asynchronous, by name, of host functions; peeking, waiting, and orders.
 */
#include "support.h"

static void check_sync(void)
{
    TOPIC("veo_call_sync");
    struct ve ve = start_unopened();
    uint64_t echo = symbol(&ve, "echo"), result = UNTOUCHED;
    struct veo_args *none = veo_args_alloc();
    /* It needs no opened context. */
    CHECK_EQ(veo_num_contexts(ve.proc), 0);
    CHECK_EQ(CALL_SYNC(ve.proc, echo, &result, 42), 0);
    CHECK_EQ(result, 42);
    CHECK_EQ(CALL_SYNC(ve.proc, echo, &result, UINT64_MAX), 0);
    CHECK_EQ(result, UINT64_MAX);
    CHECK_EQ(veo_num_contexts(ve.proc), 0);
    CHECK_EQ(veo_call_sync(ve.proc, symbol(&ve, "no_arguments"), none, &result), 0);
    CHECK_EQ(result, 4711);
    result = UNTOUCHED;
    CHECK_EQ(veo_call_sync(ve.proc, 0, none, &result), -1);
    CHECK_EQ(result, UNTOUCHED);
    for (uint64_t i = 0; i < 1000; i++)
        if (CALL_SYNC(ve.proc, echo, &result, i) != 0 || result != i)
            CHECK_EQ(result, i);

    TOPIC("veo_call_sync behind the main context's queue");
    ve.ctx = veo_context_open(ve.proc);
    REQUIRE(ve.ctx != NULL);
    uint64_t id = SUBMIT(ve.ctx, symbol(&ve, "slow_put"), 100, 5);
    CHECK_EQ(CALL_SYNC(ve.proc, symbol(&ve, "get_number"), &result), 0);
    CHECK_EQ(result, 5);
    CHECK_EQ(veo_call_peek_result(ve.ctx, id, &result), VEO_COMMAND_OK);
    veo_args_free(none);
    stop(&ve);
}

static void check_async(const struct ve *ve)
{
    TOPIC("veo_call_async");
    uint64_t echo = symbol(ve, "echo");
    struct veo_args *args = veo_args_alloc();
    veo_args_set_u64(args, 0, 1);
    CHECK_EQ(veo_call_async(ve->ctx, 0, args), VEO_REQUEST_ID_INVALID);
    uint64_t id = veo_call_async(ve->ctx, echo, args);
    CHECK(id != VEO_REQUEST_ID_INVALID);
    CHECK_RESULT(ve->ctx, id, VEO_COMMAND_OK, 1);

    TOPIC("a result is told once");
    CHECK_UNKNOWN(ve->ctx, id);
    uint64_t result = UNTOUCHED;
    id = veo_call_async(ve->ctx, echo, args);
    int status;
    while ((status = veo_call_peek_result(ve->ctx, id, &result)) == VEO_COMMAND_UNFINISHED) {
        if (result != UNTOUCHED)
            CHECK_EQ(result, UNTOUCHED);
    }
    CHECK_EQ(status, VEO_COMMAND_OK);
    CHECK_EQ(result, 1);
    CHECK_UNKNOWN(ve->ctx, id);

    TOPIC("unknown ids");
    CHECK_UNKNOWN(ve->ctx, VEO_REQUEST_ID_INVALID);
    CHECK_UNKNOWN(ve->ctx, id + 1000000);
    CHECK_UNKNOWN(ve->ctx, UINT64_MAX - 1);
    CHECK_EQ(CALL(ve->ctx, echo, 2), 2);
    if (DIFFERS("libveo crashes")) {
        TOPIC("no place for the result");
        id = veo_call_async(ve->ctx, echo, args);
        CHECK_EQ(veo_call_wait_result(ve->ctx, id, NULL), VEO_COMMAND_OK);
        CHECK_UNKNOWN(ve->ctx, id);
    }
    veo_args_free(args);
}

static void check_by_name(const struct ve *ve)
{
    TOPIC("veo_call_async_by_name");
    struct veo_args *args = words(2, (uint64_t[]){40, 2});
    CHECK_EQ(WAIT(ve->ctx, veo_call_async_by_name(ve->ctx, ve->lib, "add", args)), 42);
    CHECK_EQ(WAIT(ve->ctx, veo_call_async_by_name(ve->ctx, ve->lib, "add", args)), 42);
    errno = 4711;
    CHECK_EQ(veo_call_async_by_name(ve->ctx, ve->lib, "nobody_has_this_function", args), VEO_REQUEST_ID_INVALID);
    CHECK_EQ(veo_call_async_by_name(ve->ctx, 0, "nobody_has_this_function", args), VEO_REQUEST_ID_INVALID);
    CHECK_EQ(veo_call_async_by_name(ve->ctx, 0, "add", args), VEO_REQUEST_ID_INVALID);
    CHECK_EQ(errno, 4711);
    char name[300];
    memset(name, 'a', sizeof name);
    name[256] = 0;
    CHECK_EQ(veo_call_async_by_name(ve->ctx, ve->lib, name, args), VEO_REQUEST_ID_INVALID);
    CHECK_EQ(errno, 4711);

    TOPIC("veo_call_async_by_name on a further context");
    struct veo_thr_ctxt *second = veo_context_open(ve->proc);
    REQUIRE(second != NULL);
    CHECK_EQ(WAIT(second, veo_call_async_by_name(second, ve->lib, "add", args)), 42);
    CHECK_EQ(WAIT(second, veo_call_async_by_name(second, ve->lib, "count_in_thread", args)), 1);
    CHECK_EQ(veo_context_close(second), 0);
    veo_args_free(args);
}

static void check_peek(const struct ve *ve, struct gate *gate)
{
    TOPIC("peeking at what is not finished");
    uint64_t held = gate_close(gate, ve->ctx), behind = SUBMIT(ve->ctx, symbol(ve, "echo"), 3), result = UNTOUCHED;
    for (int i = 0; i < 3; i++) {
        CHECK_UNFINISHED(ve->ctx, held);
        CHECK_UNFINISHED(ve->ctx, behind);
        nap(10);
    }
    gate_open(gate);
    CHECK_RESULT(ve->ctx, behind, VEO_COMMAND_OK, 3);
    CHECK_EQ(veo_call_peek_result(ve->ctx, held, &result), VEO_COMMAND_OK);
    CHECK_EQ(result, gate->opened);
}

static void check_order(const struct ve *ve)
{
    enum { MANY = 10000 };
    static uint64_t ids[MANY], journal[MANY];
    TOPIC("first in, first out");
    uint64_t note = symbol(ve, "note");
    CALL(ve->ctx, symbol(ve, "forget_notes"));
    for (uint64_t i = 0; i < MANY; i++)
        ids[i] = SUBMIT(ve->ctx, note, i);
    unsigned wrong = 0;
    for (unsigned i = 1; i < MANY; i++)
        wrong += ids[i] != ids[i - 1] + 1;
    CHECK_EQ(wrong, 0);

    TOPIC("results in any order, arbitrarily late");
    for (unsigned i = 0; i < MANY; i++) {
        unsigned k = i * 7919 % MANY;
        uint64_t value = 0;
        wrong += veo_call_wait_result(ve->ctx, ids[k], &value) != VEO_COMMAND_OK || value != k + 1;
    }
    CHECK_EQ(wrong, 0);
    CHECK_EQ(veo_read_mem(ve->proc, journal, symbol(ve, "journal"), sizeof journal), 0);
    for (unsigned i = 0; i < MANY; i++)
        wrong += journal[i] != i;
    CHECK_EQ(wrong, 0);

    uint64_t early = SUBMIT(ve->ctx, symbol(ve, "echo"), 17);
    for (uint64_t i = 0; i < 1000; i++)
        CALL(ve->ctx, symbol(ve, "echo"), i);
    CHECK_EQ(WAIT(ve->ctx, early), 17);
    /* Never fetched. */
    for (uint64_t i = 0; i < 1000; i++)
        SUBMIT(ve->ctx, symbol(ve, "echo"), i);
    CHECK_EQ(CALL(ve->ctx, symbol(ve, "echo"), 18), 18);
}

static void check_ids_per_context(const struct ve *ve)
{
    TOPIC("ids belong to a context");
    struct veo_thr_ctxt *one = veo_context_open(ve->proc), *two = veo_context_open(ve->proc);
    REQUIRE(one && two);
    for (uint64_t i = 0; i < 3; i++) {
        CHECK_EQ(SUBMIT(one, symbol(ve, "echo"), 100 + i), i);
        CHECK_EQ(SUBMIT(two, symbol(ve, "echo"), 200 + i), i);
    }
    for (uint64_t i = 0; i < 3; i++) {
        CHECK_RESULT(two, 2 - i, VEO_COMMAND_OK, 202 - i);
        CHECK_RESULT(one, i, VEO_COMMAND_OK, 100 + i);
    }
    CHECK_EQ(veo_context_close(one), 0);
    CHECK_EQ(veo_context_close(two), 0);
}

/* What a host function saw. */
struct seen {
    const struct ve *ve;
    uint64_t earlier, value;
    int status;
    pthread_t thread;
    volatile int started, go_on;
};

static uint64_t plus_one(void *argument) { return (uint64_t)(uintptr_t)argument + 1; }

static uint64_t note_thread(void *argument)
{
    struct seen *seen = argument;
    seen->thread = pthread_self();
    return UINT64_MAX;
}

static uint64_t look_at_earlier(void *argument)
{
    struct seen *seen = argument;
    seen->status = veo_call_peek_result(seen->ve->ctx, seen->earlier, &seen->value);
    return 7;
}

static uint64_t wait_for_host(void *argument)
{
    struct seen *seen = argument;
    seen->started = 1;
    while (!seen->go_on)
        usleep(500);
    return 8;
}

static uint64_t submit_more(void *argument)
{
    struct seen *seen = argument;
    seen->status = veo_call_wait_result(seen->ve->ctx, seen->earlier, &seen->value);
    return SUBMIT(seen->ve->ctx, symbol(seen->ve, "echo"), 99);
}

static uint64_t call_in_host_function(void *argument)
{
    struct seen *seen = argument;
    uint64_t result;
    return (uint64_t)CALL_SYNC(seen->ve->proc, symbol(seen->ve, "echo"), &result, 1);
}

static void check_host_functions(const struct ve *ve, struct gate *gate)
{
    TOPIC("veo_call_async_vh");
    CHECK_EQ(veo_call_async_vh(ve->ctx, NULL, NULL), VEO_REQUEST_ID_INVALID);
    CHECK_EQ(WAIT(ve->ctx, veo_call_async_vh(ve->ctx, plus_one, (void *)41)), 42);
    CHECK_EQ(WAIT(ve->ctx, veo_call_async_vh(ve->ctx, plus_one, NULL)), 1);
    uint64_t id = veo_call_async_vh(ve->ctx, plus_one, (void *)1);
    CHECK_EQ(SUBMIT(ve->ctx, symbol(ve, "echo"), 1), id + 1);
    CHECK_RESULT(ve->ctx, id, VEO_COMMAND_OK, 2);
    CHECK_UNKNOWN(ve->ctx, id);

    TOPIC("the thread of host functions");
    struct seen one = {.ve = ve}, two = {.ve = ve}, three = {.ve = ve};
    CHECK_EQ(WAIT(ve->ctx, veo_call_async_vh(ve->ctx, note_thread, &one)), UINT64_MAX);
    CHECK_EQ(WAIT(ve->ctx, veo_call_async_vh(ve->ctx, note_thread, &two)), UINT64_MAX);
    CHECK_EQ(WAIT(gate->side, veo_call_async_vh(gate->side, note_thread, &three)), UINT64_MAX);
    CHECK(!pthread_equal(one.thread, pthread_self()));
    CHECK(pthread_equal(one.thread, two.thread));
    CHECK(!pthread_equal(one.thread, three.thread));

    TOPIC("host functions come after what was submitted before");
    uint64_t held = gate_close(gate, ve->ctx);
    struct seen seen = {.ve = ve, .earlier = SUBMIT(ve->ctx, symbol(ve, "echo"), 5), .value = UNTOUCHED, .status = -1};
    id = veo_call_async_vh(ve->ctx, look_at_earlier, &seen);
    CHECK_UNFINISHED(ve->ctx, id);
    gate_open(gate);
    CHECK_EQ(WAIT(ve->ctx, id), 7);
    CHECK_EQ(seen.status, VEO_COMMAND_OK);
    CHECK_EQ(seen.value, 5);
    WAIT(ve->ctx, held);

    TOPIC("host functions come before what is submitted behind");
    struct seen slow = {.ve = ve};
    uint64_t variable = symbol(ve, "number"), put = symbol(ve, "put_number");
    write_word(ve->proc, variable, 1);
    id = veo_call_async_vh(ve->ctx, wait_for_host, &slow);
    uint64_t behind = SUBMIT(ve->ctx, put, 2), number = UNTOUCHED;
    uint64_t last = veo_call_async_vh(ve->ctx, plus_one, (void *)2);
    while (!slow.started)
        nap(1);
    nap(20);
    CHECK_UNFINISHED(ve->ctx, id);
    CHECK_UNFINISHED(ve->ctx, behind);
    CHECK_UNFINISHED(ve->ctx, last);
    WAIT(gate->side, veo_async_read_mem(gate->side, &number, variable, 8));
    CHECK_EQ(number, 1);
    slow.go_on = 1;
    CHECK_EQ(WAIT(ve->ctx, last), 3);
    CHECK_EQ(WAIT(ve->ctx, behind), 2);
    CHECK_EQ(WAIT(ve->ctx, id), 8);

    TOPIC("host functions wait for earlier requests, and submit");
    struct seen more = {.ve = ve, .earlier = SUBMIT(ve->ctx, symbol(ve, "nap_ms"), 30), .status = -1};
    symbol(ve, "echo"); /* known from now on: nothing to wait for in the host function */
    uint64_t submitted = WAIT(ve->ctx, veo_call_async_vh(ve->ctx, submit_more, &more));
    CHECK_EQ(more.status, VEO_COMMAND_OK);
    CHECK_EQ(more.value, 30);
    CHECK_EQ(WAIT(ve->ctx, submitted), 99);

    TOPIC("calls and host functions in turn");
    uint64_t ids[400];
    CALL(ve->ctx, symbol(ve, "forget_notes"));
    for (uint64_t i = 0; i < 400; i++)
        ids[i] = i % 2 ? veo_call_async_vh(ve->ctx, plus_one, (void *)i) : SUBMIT(ve->ctx, symbol(ve, "note"), i);
    unsigned wrong = 0;
    for (uint64_t i = 0; i < 400; i++) {
        uint64_t value = 0;
        wrong += veo_call_wait_result(ve->ctx, ids[i], &value) != VEO_COMMAND_OK;
        wrong += value != (i % 2 ? i + 1 : i / 2 + 1);
    }
    CHECK_EQ(wrong, 0);

    if (DIFFERS("libveo blocks for ever")) {
        TOPIC("a synchronous call in a host function of the main context");
        struct seen sync = {.ve = ve};
        CHECK_EQ(WAIT(ve->ctx, veo_call_async_vh(ve->ctx, call_in_host_function, &sync)), (uint64_t)-1);
    }
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    allow_contexts();
    check_sync();
    struct ve ve = start();
    struct gate gate = gate_new(&ve);
    check_async(&ve);
    check_by_name(&ve);
    check_peek(&ve, &gate);
    check_order(&ve);
    check_ids_per_context(&ve);
    check_host_functions(&ve, &gate);
    stop(&ve);
    return check_end();
}
