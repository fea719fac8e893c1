/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Exceptions and the end of VE processes. To be compiled with and without -DSILENT: until the program ends, libveo
 * keeps the shared memory of each process that ended by itself, and it is scarce.
 */
#include "support.h"

static unsigned host_function_ran;

static uint64_t note_run(void *argument)
{
    (void)argument;
    host_function_ran++;
    return 1;
}

/* A way to end a process, and the result of the request that does it. */
struct end {
    const char *topic, *kernel;
    uint64_t argument;
    int status;
    uint64_t value;
};

/* Everything that follows the end of a process; there are `others` besides. `known` was looked up before. */
static void check_afterwards(const struct ve *ve, struct veo_thr_ctxt *ctx, const char *known, uint64_t known_address,
                             int others)
{
    uint64_t word = UNTOUCHED, address = UNTOUCHED;
    struct veo_args *args = words(1, (uint64_t[]){1});
    CHECK_EQ(veo_call_async(ctx, known_address, args), VEO_REQUEST_ID_INVALID);
    CHECK_EQ(veo_call_async_by_name(ctx, ve->lib, known, args), VEO_REQUEST_ID_INVALID);
    CHECK_EQ(veo_call_async_vh(ctx, note_run, NULL), VEO_REQUEST_ID_INVALID);
    CHECK_EQ(veo_async_read_mem(ctx, &word, known_address, 8), VEO_REQUEST_ID_INVALID);
    CHECK_EQ(veo_async_write_mem(ctx, known_address, &word, 8), VEO_REQUEST_ID_INVALID);
    CHECK_EQ(veo_alloc_mem_async(ctx, 8), VEO_REQUEST_ID_INVALID);
    CHECK_EQ(veo_free_mem_async(ctx, 8), VEO_REQUEST_ID_INVALID);
    veo_context_sync(ctx);

    CHECK_EQ(veo_call_sync(ve->proc, known_address, args, &word), -1);
    CHECK_EQ(word, UNTOUCHED);
    CHECK_EQ(veo_load_library(ve->proc, check_state.kernels), 0);
    CHECK_EQ(veo_unload_library(ve->proc, ve->lib + 1), -1);
    CHECK_EQ(veo_get_sym(ve->proc, ve->lib, "twelve_doubles"), 0);
    CHECK_EQ(veo_get_sym(ve->proc, ve->lib, known), known_address);
    CHECK_EQ(veo_alloc_mem(ve->proc, &address, 8), -1);
    CHECK_EQ(address, 0);
    CHECK_EQ(veo_read_mem(ve->proc, &word, known_address, 8), -1);
    CHECK_EQ(veo_write_mem(ve->proc, known_address, &word, 8), -1);
    CHECK_EQ(veo_free_mem(ve->proc, 0x1000), 0);
    if (!others || DIFFERS("libveo takes 50 s if the program has another process"))
        CHECK_PTR(veo_context_open(ve->proc), NULL);
    CHECK_EQ(word, UNTOUCHED);
    veo_args_free(args);
}

/* A request that has succeeded before the process ended. */
static void check_earlier(struct veo_thr_ctxt *ctx, uint64_t id, uint64_t value, int silent)
{
    uint64_t result = UNTOUCHED;
    int status = veo_call_wait_result(ctx, id, &result);
    int lost = status == VEO_COMMAND_ERROR && silent && !DIFFERS("libveo may see a silent end before earlier results");
    CHECK_EQ(status, lost ? VEO_COMMAND_ERROR : VEO_COMMAND_OK);
    CHECK_EQ(result, lost ? 0 : value);
}

/* A crash in the main context, with requests around it. */
static void check_main(const struct end *end)
{
    TOPIC(end->topic);
    struct ve ve = start();
    struct gate gate = gate_new(&ve);
    uint64_t kernel = symbol(&ve, end->kernel), echo = symbol(&ve, "echo"), word = UNTOUCHED;
    char out[16] = "untouched";
    struct veo_args *args = veo_args_alloc();
    veo_args_set_stack(args, VEO_INTENT_OUT, 0, out, sizeof out);
    veo_args_set_u64(args, 1, sizeof out);
    veo_args_set_u64(args, 2, 'x');
    uint64_t fill = symbol(&ve, "fill_bytes");

    uint64_t finished = SUBMIT(ve.ctx, echo, 70);
    uint64_t held = gate_close(&gate, ve.ctx);
    uint64_t before = SUBMIT(ve.ctx, echo, 71);
    uint64_t dying = SUBMIT(ve.ctx, kernel, end->argument);
    uint64_t behind[] = {SUBMIT(ve.ctx, echo, 72),        veo_call_async(ve.ctx, fill, args),
                         veo_async_read_mem(ve.ctx, &word, echo, 8), veo_alloc_mem_async(ve.ctx, 8),
                         SUBMIT(ve.ctx, echo, 73)};
    int silent = end->status != VEO_COMMAND_EXCEPTION;
    int forgets = silent && !DIFFERS("libveo never notices a silent end before a host function");
    uint64_t host_function = forgets ? VEO_REQUEST_ID_INVALID : veo_call_async_vh(ve.ctx, note_run, NULL);
    host_function_ran = 0;
    gate_open(&gate);
    CHECK_RESULT(ve.ctx, dying, end->status, end->value);
    CHECK_UNKNOWN(ve.ctx, dying);
    for (size_t i = 0; i < sizeof behind / sizeof *behind; i++)
        CHECK_RESULT(ve.ctx, behind[i], VEO_COMMAND_ERROR, 0);
    CHECK_TEXT(out, "untouched");
    CHECK_EQ(word, UNTOUCHED);
    if (!forgets) {
        /* A host function runs, or it is cancelled like the rest. */
        int status = veo_call_wait_result(ve.ctx, host_function, &word);
        CHECK(status == VEO_COMMAND_OK || status == VEO_COMMAND_ERROR);
        CHECK_EQ(word, status == VEO_COMMAND_OK ? 1 : 0);
        CHECK_EQ(host_function_ran, status == VEO_COMMAND_OK ? 1 : 0);
    }
    check_earlier(ve.ctx, finished, 70, silent);
    check_earlier(ve.ctx, before, 71, silent);
    check_earlier(ve.ctx, held, gate.opened, silent);
    CHECK_ENDED(ve.ctx);
    check_afterwards(&ve, ve.ctx, "echo", echo, 0);
    uint64_t id = SUBMIT(gate.side, echo, 1);
    if (id != VEO_REQUEST_ID_INVALID)
        CHECK_RESULT(gate.side, id, VEO_COMMAND_ERROR, 0);
    if (DIFFERS("libveo may refuse requests before it knows why") || id != VEO_REQUEST_ID_INVALID)
        CHECK_ENDED(gate.side);
    veo_args_free(args);
    stop_ended(&ve);
}

/* The same by a synchronous call, with no context opened. */
static void check_sync(const struct end *end)
{
    TOPIC(end->topic);
    struct ve ve = start_unopened();
    uint64_t kernel = symbol(&ve, end->kernel), echo = symbol(&ve, "echo"), result = UNTOUCHED;
    CHECK_EQ(CALL_SYNC(ve.proc, kernel, &result, end->argument), -1);
    CHECK_EQ(result, end->value);
    /* The first context is the main one, dead or not. */
    ve.ctx = veo_context_open(ve.proc);
    CHECK(ve.ctx != NULL);
    if (ve.ctx) {
        CHECK_ENDED(ve.ctx);
        CHECK_EQ(SUBMIT(ve.ctx, echo, 1), VEO_REQUEST_ID_INVALID);
        check_afterwards(&ve, ve.ctx, "echo", echo, 0);
    }
    /* A dead process keeps its identifier until it is destroyed; a new one works. */
    int identifier = veo_proc_identifier(ve.proc);
    struct ve next = start();
    CHECK_EQ(veo_proc_identifier(next.proc), identifier + 1);
    CHECK_EQ(CALL(next.ctx, symbol(&next, "echo"), 5), 5);
    stop(&next);
    stop_ended(&ve);
    CHECK_EQ(veo_proc_identifier(ve.proc), -1);
}

/* The same in a further context. */
static void check_second(const struct end *end)
{
    TOPIC(end->topic);
    struct ve ve = start();
    struct veo_thr_ctxt *second = veo_context_open(ve.proc);
    REQUIRE(second != NULL);
    uint64_t kernel = symbol(&ve, end->kernel), echo = symbol(&ve, "echo"), word = UNTOUCHED;
    uint64_t finished = SUBMIT(second, echo, 70);
    uint64_t of_main = SUBMIT(ve.ctx, echo, 80);
    WAIT(second, SUBMIT(second, echo, 0));
    WAIT(ve.ctx, SUBMIT(ve.ctx, echo, 0));
    uint64_t dying = SUBMIT(second, kernel, end->argument), behind = SUBMIT(second, echo, 71);
    if (WITHOUT_CARD("the request that crashed is told so in every context"))
        CHECK_RESULT(second, dying, end->status, end->value);
    else
        CHECK_RESULT(second, dying, VEO_COMMAND_ERROR, 0);
    /* It may have been refused, if the end was already known. */
    if (behind != VEO_REQUEST_ID_INVALID)
        CHECK_RESULT(second, behind, VEO_COMMAND_ERROR, 0);
    CHECK_RESULT(second, finished, VEO_COMMAND_OK, 70);
    CHECK_ENDED(second);
    CHECK_EQ(SUBMIT(second, echo, 1), VEO_REQUEST_ID_INVALID);
    CHECK_RESULT(ve.ctx, of_main, VEO_COMMAND_OK, 80);
    /* libveo may not know yet; then it is an internal error, -2. */
    int status = veo_alloc_mem(ve.proc, &word, 8);
    CHECK(status == -1 || (!DIFFERS("known at once") && status == -2));
    CHECK_EQ(veo_read_mem(ve.proc, &word, echo, 8), -1);
    if (DIFFERS("libveo may refuse requests before it knows why"))
        CHECK_ENDED(ve.ctx);
    check_afterwards(&ve, ve.ctx, "echo", echo, 0);
    stop_ended(&ve);
}

#ifdef SILENT

static void check_killed(void)
{
    TOPIC("killed from outside, at work");
    struct ve ve = start(), other = start();
    uint64_t pid = CALL(ve.ctx, symbol(&ve, "process_id")), endless = symbol(&ve, "never_return");
    uint64_t echo = symbol(&ve, "echo"), running = SUBMIT(ve.ctx, endless), behind = SUBMIT(ve.ctx, echo, 1);
    CHECK_UNFINISHED(ve.ctx, running);
    kill((pid_t)pid, SIGKILL);
    CHECK_RESULT(ve.ctx, running, VEO_COMMAND_ERROR, 0);
    CHECK_RESULT(ve.ctx, behind, VEO_COMMAND_ERROR, 0);
    CHECK_ENDED(ve.ctx);
    check_afterwards(&ve, ve.ctx, "echo", echo, 1);
    stop_ended(&ve);

    TOPIC("killed from outside, idle");
    ve = start();
    pid = CALL(ve.ctx, symbol(&ve, "process_id"));
    echo = symbol(&ve, "echo");
    kill((pid_t)pid, SIGTERM);
    nap(100);
    uint64_t id = SUBMIT(ve.ctx, echo, 1);
    if (id != VEO_REQUEST_ID_INVALID)
        CHECK_RESULT(ve.ctx, id, VEO_COMMAND_ERROR, 0);
    CHECK_ENDED(ve.ctx);
    check_afterwards(&ve, ve.ctx, "echo", echo, 1);
    stop_ended(&ve);
    TOPIC("another process lives on");
    CHECK_EQ(CALL(other.ctx, symbol(&other, "echo"), 2), 2);
    stop(&other);
}

static void check_ignored_children(void)
{
    TOPIC("a program that ignores SIGCHLD");
    if (!DIFFERS("libveo never notices the end of its children"))
        return;
    signal(SIGCHLD, SIG_IGN);
    struct ve ve = start();
    uint64_t echo = symbol(&ve, "echo"), id = SUBMIT(ve.ctx, symbol(&ve, "raise_signal"), SIGKILL);
    CHECK_RESULT(ve.ctx, id, VEO_COMMAND_ERROR, 0);
    CHECK_ENDED(ve.ctx);
    check_afterwards(&ve, ve.ctx, "echo", echo, 0);
    stop(&ve);
    signal(SIGCHLD, SIG_DFL);
}

static const struct end ends[] = {
    {"SIGTERM", "raise_signal", SIGTERM, VEO_COMMAND_ERROR, 0},
    {"SIGKILL", "raise_signal", SIGKILL, VEO_COMMAND_ERROR, 0},
    {"SIGUSR1", "raise_signal", SIGUSR1, VEO_COMMAND_ERROR, 0},
    {"exit(0)", "call_exit", 0, VEO_COMMAND_ERROR, 0},
    {"exit(3)", "call_exit", 3, VEO_COMMAND_ERROR, 0},
    {"exit(11)", "call_exit", SIGSEGV, VEO_COMMAND_ERROR, 0},
    {"_exit(0)", "call_exit_at_once", 0, VEO_COMMAND_ERROR, 0},
};

#else

/* What other contexts were doing meanwhile. */
static void check_bystanders(void)
{
    TOPIC("requests of other contexts when one crashes");
    if (!WITHOUT_CARD("on a card they may get the exception"))
        return;
    struct ve ve = start();
    struct veo_thr_ctxt *second = veo_context_open(ve.proc), *third = veo_context_open(ve.proc);
    REQUIRE(second && third);
    uint64_t endless = symbol(&ve, "never_return"), echo = symbol(&ve, "echo"), crash = symbol(&ve, "store_to");
    uint64_t running = SUBMIT(ve.ctx, endless), waiting = SUBMIT(ve.ctx, echo, 1), elsewhere = SUBMIT(third, endless);
    uint64_t dying = SUBMIT(second, crash, 8);
    CHECK_RESULT(second, dying, VEO_COMMAND_EXCEPTION, SIGSEGV);
    CHECK_RESULT(ve.ctx, running, VEO_COMMAND_ERROR, 0);
    CHECK_RESULT(ve.ctx, waiting, VEO_COMMAND_ERROR, 0);
    CHECK_RESULT(third, elsewhere, VEO_COMMAND_ERROR, 0);
    CHECK_ENDED(ve.ctx);
    CHECK_ENDED(second);
    CHECK_ENDED(third);
    stop_ended(&ve);
}

static void check_buffers(void)
{
    TOPIC("the buffers of a call that crashed");
    struct ve ve = start();
    unsigned char out[64], inout[64], expected[64];
    memset(expected, 0x12, sizeof expected);
    memcpy(out, expected, sizeof out);
    memcpy(inout, expected, sizeof inout);
    struct veo_args *args = veo_args_alloc();
    veo_args_set_stack(args, VEO_INTENT_OUT, 0, (char *)out, sizeof out);
    veo_args_set_u64(args, 1, sizeof out);
    veo_args_set_stack(args, VEO_INTENT_INOUT, 2, (char *)inout, sizeof inout);
    uint64_t id = veo_call_async(ve.ctx, symbol(&ve, "fill_and_crash"), args);
    veo_args_free(args);
    CHECK_RESULT(ve.ctx, id, VEO_COMMAND_EXCEPTION, SIGSEGV);
    CHECK_BYTES(out, expected, sizeof out);
    CHECK_BYTES(inout, expected, sizeof inout);
    stop_ended(&ve);
}

/* Nobody checks addresses of functions before they are called. */
static void check_bad_function(void)
{
    TOPIC("a call of a bad address");
    struct ve ve = start();
    uint64_t id = SUBMIT(ve.ctx, 8, 0);
    CHECK(id != VEO_REQUEST_ID_INVALID);
    CHECK_RESULT(ve.ctx, id, VEO_COMMAND_EXCEPTION, SIGSEGV);
    CHECK_ENDED(ve.ctx);
    stop_ended(&ve);
}

static void check_stack_overflow(void)
{
    TOPIC("stack overflow");
    for (int in_second = 0; in_second < 2; in_second++) {
        struct ve ve = start();
        struct veo_thr_ctxt *second = veo_context_open(ve.proc), *ctx = in_second ? second : ve.ctx;
        REQUIRE(second != NULL);
        uint64_t id = SUBMIT(ctx, symbol(&ve, "overflow_stack"), 0);
        if (WITHOUT_CARD("its handlers have stacks of their own"))
            CHECK_RESULT(ctx, id, VEO_COMMAND_EXCEPTION, SIGSEGV);
        else
            CHECK_RESULT(ctx, id, VEO_COMMAND_ERROR, 0);
        CHECK_ENDED(ctx);
        stop_ended(&ve);
    }
}

static void check_end_of_thread(void)
{
    TOPIC("pthread_exit in a further context");
    struct ve ve = start();
    struct veo_thr_ctxt *second = veo_context_open(ve.proc);
    REQUIRE(second != NULL);
    uint64_t echo = symbol(&ve, "echo"), dying = SUBMIT(second, symbol(&ve, "end_thread"));
    uint64_t behind = SUBMIT(second, echo, 1);
    if (WITHOUT_CARD("its requests fail, and the context has ended")) {
        int host = DIFFERS("libveo has no other way to learn of it than an exception");
        CHECK_RESULT(second, dying, host ? VEO_COMMAND_ERROR : VEO_COMMAND_EXCEPTION, 0);
        if (behind != VEO_REQUEST_ID_INVALID)
            CHECK_RESULT(second, behind, VEO_COMMAND_ERROR, 0);
        CHECK_ENDED(second);
        CHECK_EQ(SUBMIT(second, echo, 1), VEO_REQUEST_ID_INVALID);
    } else {
        for (int i = 0; i < 10; i++) {
            nap(20);
            CHECK_UNFINISHED(second, dying);
            CHECK_UNFINISHED(second, behind);
        }
        CHECK_EQ(veo_get_context_state(second), VEO_STATE_RUNNING);
    }
    if (!DIFFERS("the others go on") && WITHOUT_CARD("libveo might wait for ever: the worker ends")) {
        CHECK_EQ(SUBMIT(ve.ctx, echo, 2), VEO_REQUEST_ID_INVALID);
        stop_ended(&ve);
        return;
    }
    /* The others go on. libveo takes 20 s to end them. */
    CHECK_EQ(CALL(ve.ctx, echo, 2), 2);
    CHECK_EQ(veo_get_context_state(ve.ctx), VEO_STATE_RUNNING);
    stop(&ve);
}

static const struct end ends[] = {
    {"a store to a bad address", "store_to", 8, VEO_COMMAND_EXCEPTION, SIGSEGV},
    {"abort", "call_abort", 0, VEO_COMMAND_EXCEPTION, SIGABRT},
    {"SIGFPE", "raise_in_thread", SIGFPE, VEO_COMMAND_EXCEPTION, SIGFPE},
    {"SIGILL", "raise_in_thread", SIGILL, VEO_COMMAND_EXCEPTION, SIGILL},
    {"SIGBUS", "raise_in_thread", SIGBUS, VEO_COMMAND_EXCEPTION, SIGBUS},
};

#endif

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    allow_contexts();
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        check_main(&ends[i]);
        check_sync(&ends[i]);
        check_second(&ends[i]);
    }
#ifdef SILENT
    check_killed();
    check_ignored_children();
#else
    check_bystanders();
    check_buffers();
    check_bad_function();
    check_stack_overflow();
    check_end_of_thread();
#endif
    return check_end();
}
