/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Contexts and their attributes.
 */
#include "support.h"

#define MIB ((size_t)1 << 20)

static void check_attributes(void)
{
    TOPIC("attributes");
    struct veo_thr_ctxt_attr *attr = veo_alloc_thr_ctxt_attr();
    REQUIRE(attr != NULL);
    size_t size = 0;
    CHECK_EQ(veo_get_thr_ctxt_stacksize(attr, &size), 0);
    CHECK_EQ(size, 0x8000000);
    errno = 0;
    CHECK_EQ(veo_set_thr_ctxt_stacksize(attr, 4 * MIB - 1), -1);
    CHECK_EQ(errno, EINVAL);
    errno = 0;
    CHECK_EQ(veo_set_thr_ctxt_stacksize(attr, 0), -1);
    CHECK_EQ(errno, EINVAL);
    CHECK_EQ(veo_get_thr_ctxt_stacksize(attr, &size), 0);
    CHECK_EQ(size, 0x8000000);
    CHECK_EQ(veo_set_thr_ctxt_stacksize(attr, 4 * MIB), 0);
    CHECK_EQ(veo_get_thr_ctxt_stacksize(attr, &size), 0);
    CHECK_EQ(size, 4 * MIB);
    struct veo_thr_ctxt_attr *other = veo_alloc_thr_ctxt_attr();
    CHECK_EQ(veo_get_thr_ctxt_stacksize(other, &size), 0);
    CHECK_EQ(size, 0x8000000);
    CHECK_EQ(veo_free_thr_ctxt_attr(other), 0);

    TOPIC("attributes: NULL");
    errno = 0;
    CHECK_EQ(veo_get_thr_ctxt_stacksize(attr, NULL), -1);
    CHECK_EQ(errno, EINVAL);
    errno = 0;
    CHECK_EQ(veo_get_thr_ctxt_stacksize(NULL, &size), -1);
    CHECK_EQ(errno, EINVAL);
    errno = 0;
    CHECK_EQ(veo_set_thr_ctxt_stacksize(NULL, 8 * MIB), -1);
    CHECK_EQ(errno, EINVAL);
    errno = 0;
    CHECK_EQ(veo_free_thr_ctxt_attr(NULL), -1);
    CHECK_EQ(errno, EINVAL);
    errno = 0;
    CHECK_PTR(veo_context_open_with_attr(NULL, attr), NULL);
    CHECK_EQ(errno, EINVAL);
    CHECK_EQ(veo_free_thr_ctxt_attr(attr), 0);
}

static void check_list(void)
{
    TOPIC("the list of contexts before the first one is opened");
    struct ve ve = start_unopened();
    errno = 0;
    CHECK_EQ(veo_num_contexts(NULL), -1);
    CHECK_EQ(errno, EINVAL);
    errno = 4711;
    CHECK_EQ(veo_num_contexts(ve.proc), 0);
    CHECK_PTR(veo_get_context(ve.proc, 0), NULL);
    CHECK_EQ(errno, 4711);

    TOPIC("the main context");
    ve.ctx = veo_context_open(ve.proc);
    REQUIRE(ve.ctx != NULL);
    CHECK_EQ(veo_num_contexts(ve.proc), 1);
    CHECK_PTR(veo_get_context(ve.proc, 0), ve.ctx);
    errno = 4711;
    CHECK_PTR(veo_get_context(ve.proc, 1), NULL);
    CHECK_PTR(veo_get_context(ve.proc, -1), NULL);
    CHECK_EQ(errno, 4711);
    CHECK_EQ(veo_get_context_state(ve.ctx), VEO_STATE_RUNNING);
    /* It cannot be closed. */
    CHECK_EQ(veo_context_close(ve.ctx), 0);
    CHECK_EQ(veo_num_contexts(ve.proc), 1);
    CHECK_PTR(veo_get_context(ve.proc, 0), ve.ctx);
    CHECK_EQ(veo_get_context_state(ve.ctx), VEO_STATE_RUNNING);
    CHECK_EQ(CALL(ve.ctx, symbol(&ve, "echo"), 1), 1);

    TOPIC("further contexts");
    struct veo_thr_ctxt *second = veo_context_open(ve.proc), *third = veo_context_open(ve.proc);
    REQUIRE(second && third);
    CHECK(second != ve.ctx);
    CHECK(third != ve.ctx && third != second);
    CHECK_EQ(veo_num_contexts(ve.proc), 3);
    CHECK_PTR(veo_get_context(ve.proc, 0), ve.ctx);
    CHECK_PTR(veo_get_context(ve.proc, 1), second);
    CHECK_PTR(veo_get_context(ve.proc, 2), third);
    CHECK_EQ(veo_get_context_state(second), VEO_STATE_RUNNING);
    CHECK_EQ(CALL(second, symbol(&ve, "echo"), 2), 2);
    CHECK_EQ(CALL(third, symbol(&ve, "echo"), 3), 3);
    CHECK_EQ(veo_context_close(second), 0);
    CHECK_EQ(veo_num_contexts(ve.proc), 2);
    CHECK_PTR(veo_get_context(ve.proc, 1), third);
    CHECK_PTR(veo_get_context(ve.proc, 2), NULL);
    CHECK_EQ(CALL(third, symbol(&ve, "echo"), 4), 4);
    CHECK_EQ(CALL(ve.ctx, symbol(&ve, "echo"), 5), 5);
    if (DIFFERS("undefined")) {
        CHECK_EQ(veo_get_context_state(second), VEO_STATE_EXIT);
        CHECK_EQ(SUBMIT(second, symbol(&ve, "echo"), 1), VEO_REQUEST_ID_INVALID);
        CHECK_UNKNOWN(second, 0);
        CHECK_EQ(veo_context_close(second), 0);
        CHECK_EQ(veo_num_contexts(ve.proc), 2);
        CHECK_EQ(veo_context_close(NULL), -1);
        CHECK_EQ(veo_get_context_state(NULL), VEO_STATE_UNKNOWN);
    }
    CHECK_EQ(veo_context_close(third), 0);
    CHECK_EQ(veo_num_contexts(ve.proc), 1);
    stop(&ve);
}

static void check_threads(void)
{
    TOPIC("one thread for each context");
    struct ve ve = start();
    uint64_t thread_id = symbol(&ve, "thread_id"), count = symbol(&ve, "count_in_thread");
    struct veo_thr_ctxt *second = veo_context_open(ve.proc);
    REQUIRE(second != NULL);
    uint64_t main_thread = CALL(ve.ctx, thread_id), second_thread = CALL(second, thread_id), result = 0;
    CHECK(main_thread != second_thread);
    CHECK_EQ(main_thread, CALL(ve.ctx, symbol(&ve, "process_id")));
    CHECK_EQ(CALL(second, symbol(&ve, "process_id")), main_thread);
    for (uint64_t i = 1; i <= 5; i++) {
        CHECK_EQ(CALL(ve.ctx, count), i);
        CHECK_EQ(CALL(ve.ctx, thread_id), main_thread);
        CHECK_EQ(CALL(second, count), i);
        CHECK_EQ(CALL(second, thread_id), second_thread);
    }
    CHECK_EQ(CALL_SYNC(ve.proc, count, &result), 0);
    CHECK_EQ(result, 6);
    CHECK_EQ(CALL(ve.ctx, symbol(&ve, "same_thread_as_constructor")), 1);
    CHECK_EQ(CALL(second, symbol(&ve, "same_thread_as_constructor")), 0);
    CHECK_EQ(veo_context_close(second), 0);
    /* A new context is a new thread. */
    second = veo_context_open(ve.proc);
    REQUIRE(second != NULL);
    CHECK_EQ(CALL(second, count), 1);

    TOPIC("contexts run side by side");
    struct gate gate = gate_new(&ve);
    uint64_t echo = symbol(&ve, "echo");
    uint64_t held = gate_close(&gate, ve.ctx), held_too = gate_close(&gate, second);
    CHECK_EQ(CALL(gate.side, echo, 1), 1);
    CHECK_UNFINISHED(ve.ctx, held);
    CHECK_UNFINISHED(second, held_too);
    gate_open(&gate);
    WAIT(ve.ctx, held);
    WAIT(second, held_too);
    stop(&ve);
}

static void check_stacks(void)
{
    TOPIC("stack sizes");
    struct ve ve = start_unopened();
    uint64_t size = symbol(&ve, "thread_stack_size"), use = symbol(&ve, "use_stack");
    struct veo_thr_ctxt_attr *attr = veo_alloc_thr_ctxt_attr();
    errno = 0;
    CHECK_PTR(veo_context_open_with_attr(ve.proc, NULL), NULL);
    CHECK_EQ(errno, EINVAL);
    CHECK_EQ(veo_num_contexts(ve.proc), 0);
    /* The main context takes no notice of it. */
    CHECK_EQ(veo_set_thr_ctxt_stacksize(attr, 4 * MIB), 0);
    ve.ctx = veo_context_open_with_attr(ve.proc, attr);
    REQUIRE(ve.ctx != NULL);
    CHECK_PTR(veo_get_context(ve.proc, 0), ve.ctx);
    struct veo_thr_ctxt *small = veo_context_open_with_attr(ve.proc, attr);
    CHECK_EQ(veo_set_thr_ctxt_stacksize(attr, 300 * MIB), 0);
    struct veo_thr_ctxt *large = veo_context_open_with_attr(ve.proc, attr);
    struct veo_thr_ctxt *normal = veo_context_open(ve.proc);
    REQUIRE(small && large && normal);
    /* Contexts do not need their attributes any more. */
    CHECK_EQ(veo_free_thr_ctxt_attr(attr), 0);
    CHECK(CALL(small, size) >= 4 * MIB);
    CHECK(CALL(large, size) >= 300 * MIB);
    CHECK(CALL(normal, size) >= 128 * MIB);
    CHECK_EQ(CALL(small, use, 3 * MIB), 3 * MIB);
    CHECK_EQ(CALL(large, use, 290 * MIB), 290 * MIB);
    CHECK_EQ(CALL(normal, use, 120 * MIB), 120 * MIB);
    CHECK_EQ(CALL(ve.ctx, use, 5 * MIB), 5 * MIB);
    stop(&ve);
}

static void check_sync(void)
{
    TOPIC("veo_context_sync");
    struct ve ve = start();
    uint64_t slow = symbol(&ve, "slow_put"), ids[5], result;
    struct veo_thr_ctxt *second = veo_context_open(ve.proc), *both[] = {ve.ctx, second};
    REQUIRE(second != NULL);
    for (int c = 0; c < 2; c++) {
        veo_context_sync(both[c]);
        for (int i = 0; i < 5; i++)
            ids[i] = SUBMIT(both[c], slow, 30, (uint64_t)(100 + i));
        veo_context_sync(both[c]);
        CHECK_EQ(read_word(ve.proc, symbol(&ve, "number")), 104);
        /* Everything has finished, and the results are still there. */
        for (int i = 0; i < 5; i++) {
            CHECK_EQ(veo_call_peek_result(both[c], ids[i], &result), VEO_COMMAND_OK);
            CHECK_EQ(result, 100 + i);
        }
        veo_context_sync(both[c]);
    }
    stop(&ve);
}

static void check_opening_waits(void)
{
    TOPIC("opening a context waits for the main context");
    struct ve ve = start();
    uint64_t id = SUBMIT(ve.ctx, symbol(&ve, "nap_ms"), 200), result;
    struct veo_thr_ctxt *second = veo_context_open(ve.proc);
    REQUIRE(second != NULL);
    CHECK_EQ(veo_call_peek_result(ve.ctx, id, &result), VEO_COMMAND_OK);
    CHECK_EQ(result, 200);

    TOPIC("closing a context waits for its requests");
    char path[] = "./conformance-XXXXXX", traces[16];
    int fd = mkstemp(path);
    REQUIRE(fd >= 0);
    struct veo_args *args = veo_args_alloc();
    veo_args_set_stack(args, VEO_INTENT_IN, 0, path, sizeof path);
    veo_args_set_u64(args, 1, 'x');
    for (int i = 0; i < 4; i++) {
        CHECK(SUBMIT(second, symbol(&ve, "nap_ms"), 200) != VEO_REQUEST_ID_INVALID);
        CHECK(veo_call_async(second, symbol(&ve, "append"), args) != VEO_REQUEST_ID_INVALID);
    }
    let_libveo_see();
    CHECK_EQ(veo_context_close(second), 0);
    CHECK_EQ(read(fd, traces, sizeof traces), 4);
    veo_args_free(args);
    unlink(path);
    close(fd);
    CHECK_EQ(CALL(ve.ctx, symbol(&ve, "echo"), 1), 1);
    stop(&ve);
}

static void check_many(void)
{
    TOPIC("many contexts");
    struct ve ve = start();
    struct veo_thr_ctxt *contexts[8];
    uint64_t ids[8], echo = symbol(&ve, "echo");
    /* libveo has room for 18 in a process, and nobody says whether closing one makes room. */
    int rounds = DIFFERS("as many as there are threads") ? 5 : 1;
    for (int round = 0; round < rounds; round++) {
        for (int i = 0; i < 8; i++) {
            contexts[i] = veo_context_open(ve.proc);
            REQUIRE(contexts[i] != NULL);
        }
        CHECK_EQ(veo_num_contexts(ve.proc), 9);
        for (int i = 0; i < 8; i++)
            ids[i] = SUBMIT(contexts[i], echo, (uint64_t)i);
        for (int i = 7; i >= 0; i--)
            CHECK_EQ(WAIT(contexts[i], ids[i]), i);
        /* In another order than they were opened in. */
        for (int i = 0; i < 8; i++)
            CHECK_EQ(veo_context_close(contexts[(i + 3) % 8]), 0);
        CHECK_EQ(veo_num_contexts(ve.proc), 1);
    }
    stop(&ve);
}

static void check_threads_variable(void)
{
    TOPIC("without VE_OMP_NUM_THREADS=1");
    unsetenv("VE_OMP_NUM_THREADS");
    struct ve ve = start();
    struct veo_thr_ctxt *second = veo_context_open(ve.proc);
    /* libveo 3.0.2 refuses it; its build in PyVEO's wheel does not. */
    if (second)
        CHECK_EQ(CALL(second, symbol(&ve, "echo"), 1), 1);
    else
        CHECK(!WITHOUT_CARD("every number of threads is fine"));
    CHECK_EQ(CALL(ve.ctx, symbol(&ve, "echo"), 2), 2);
    stop(&ve);
    allow_contexts();
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    allow_contexts();
    check_attributes();
    check_list();
    check_threads();
    check_stacks();
    check_sync();
    check_opening_waits();
    check_many();
    check_threads_variable();
    return check_end();
}
