/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Request ids: how many each operation uses.
 */
#include "support.h"

#define MIB ((size_t)1 << 20)

static uint64_t echo;

static uint64_t next_id(struct veo_thr_ctxt *ctx)
{
    uint64_t id = SUBMIT(ctx, echo, 0);
    WAIT(ctx, id);
    return id;
}

/* `action` uses `count` ids of the context. */
#define CHECK_USES(ctx, count, action) \
    do { \
        uint64_t before_ = next_id(ctx); \
        action; \
        check_equal(next_id(ctx) - before_ - 1, (count), "ids used by " #action, __FILE__, __LINE__); \
    } while (0)

static uint64_t nothing(void *argument)
{
    (void)argument;
    return 0;
}

static void check_first(void)
{
    TOPIC("the first ids");
    struct ve ve = start_unopened();
    uint64_t address = 0;
    echo = symbol(&ve, "echo");
    CHECK_EQ(veo_alloc_mem(ve.proc, &address, 8), 0);
    /* Loading, looking up, allocating and opening used 0 to 3. */
    ve.ctx = veo_context_open(ve.proc);
    REQUIRE(ve.ctx != NULL);
    CHECK_EQ(SUBMIT(ve.ctx, echo, 1), 4);
    CHECK_EQ(SUBMIT(ve.ctx, echo, 1), 5);
    CHECK_RESULT(ve.ctx, 4, VEO_COMMAND_OK, 1);
    struct veo_thr_ctxt *second = veo_context_open(ve.proc);
    REQUIRE(second != NULL);
    CHECK_EQ(SUBMIT(second, echo, 2), 0);
    CHECK_EQ(SUBMIT(second, echo, 3), 1);
    CHECK_RESULT(second, 1, VEO_COMMAND_OK, 3);
    CHECK_RESULT(second, 0, VEO_COMMAND_OK, 2);
    stop(&ve);
}

static void check_operations(const struct ve *ve, struct veo_thr_ctxt *second)
{
    uint64_t address = 0, result = 0, id = 0, lib = 0;
    struct veo_args *args = words(1, (uint64_t[]){1});
    TOPIC("ids of calls");
    CHECK_USES(ve->ctx, 0, (void)0);
    CHECK_USES(ve->ctx, 1, WAIT(ve->ctx, veo_call_async(ve->ctx, echo, args)));
    CHECK_USES(ve->ctx, 1, WAIT(ve->ctx, veo_call_async_vh(ve->ctx, nothing, NULL)));
    CHECK_USES(ve->ctx, 1, veo_call_sync(ve->proc, echo, args, &result));
    CHECK_USES(ve->ctx, 1, veo_context_sync(ve->ctx));
    CHECK_USES(second, 1, veo_context_sync(second));
    CHECK_USES(second, 0, veo_call_sync(ve->proc, echo, args, &result));

    TOPIC("ids of libraries and symbols");
    CHECK_USES(ve->ctx, 1, lib = veo_load_library(ve->proc, beside_kernels("libone.so")));
    CHECK_USES(ve->ctx, 1, veo_get_sym(ve->proc, lib, "which_alone"));
    CHECK_USES(ve->ctx, 0, veo_get_sym(ve->proc, lib, "which_alone"));
    CHECK_USES(ve->ctx, 1, veo_get_sym(ve->proc, lib, "nobody_has_this_function"));
    CHECK_USES(ve->ctx, 1, veo_get_sym(ve->proc, lib, "nobody_has_this_function"));
    CHECK_USES(ve->ctx, 1, veo_get_sym(ve->proc, 0, "which_alone"));
    CHECK_USES(ve->ctx, 1, veo_unload_library(ve->proc, lib));
    CHECK_USES(ve->ctx, 2, WAIT(ve->ctx, veo_call_async_by_name(ve->ctx, ve->lib, "which", args)));
    CHECK_USES(ve->ctx, 1, WAIT(ve->ctx, veo_call_async_by_name(ve->ctx, ve->lib, "which", args)));
    CHECK_USES(ve->ctx, 1, WAIT(second, veo_call_async_by_name(second, ve->lib, "thread_id", args)));
    CHECK_USES(second, 1, WAIT(second, veo_call_async_by_name(second, ve->lib, "thread_id", args)));

    TOPIC("ids of memory");
    CHECK_USES(ve->ctx, 1, veo_alloc_mem(ve->proc, &address, 100));
    CHECK_USES(ve->ctx, 1, veo_write_mem(ve->proc, address, &result, 8));
    CHECK_USES(ve->ctx, 1, veo_read_mem(ve->proc, &result, address, 8));
    CHECK_USES(ve->ctx, 1, veo_read_mem(ve->proc, &result, address, 0));
    CHECK_USES(ve->ctx, 1, veo_write_mem(ve->proc, address, &result, 0));
    CHECK_USES(ve->ctx, 1, WAIT(ve->ctx, veo_async_read_mem(ve->ctx, &result, address, 0)));
    CHECK_USES(ve->ctx, 1, WAIT(ve->ctx, veo_async_write_mem(ve->ctx, address, &result, 0)));
    CHECK_USES(ve->ctx, 1, veo_free_mem(ve->proc, address));
    CHECK_USES(ve->ctx, 1, address = WAIT(ve->ctx, veo_alloc_mem_async(ve->ctx, 100)));
    CHECK_USES(ve->ctx, 1, WAIT(ve->ctx, veo_free_mem_async(ve->ctx, address)));
    CHECK_USES(second, 1, address = WAIT(second, veo_alloc_mem_async(second, 100)));
    CHECK_USES(second, 1, WAIT(second, veo_free_mem_async(second, address)));
    CHECK_USES(second, 0, veo_alloc_mem(ve->proc, &address, 100));
    CHECK_USES(second, 0, veo_free_mem(ve->proc, address));

    TOPIC("ids of HMEM");
    void *one = NULL, *two = NULL;
    CHECK_USES(ve->ctx, 1, veo_alloc_hmem(ve->proc, &one, 100));
    REQUIRE(veo_alloc_hmem(ve->proc, &two, 100) == 0);
    CHECK_USES(ve->ctx, 1, veo_hmemcpy(one, &result, 8));
    CHECK_USES(ve->ctx, 1, veo_hmemcpy(&result, one, 8));
    CHECK_USES(ve->ctx, 1, veo_hmemcpy(two, one, 8));
    CHECK_USES(ve->ctx, 0, veo_hmemcpy(&result, &id, 8));
    CHECK_USES(ve->ctx, 0, veo_get_proc_handle_from_hmem(one));
    CHECK_USES(ve->ctx, 0, veo_get_proc_identifier_from_hmem(one));
    CHECK_USES(ve->ctx, 0, veo_set_proc_identifier(NULL, 1));
    CHECK_USES(ve->ctx, 0, veo_proc_identifier(ve->proc));
    CHECK_USES(ve->ctx, 0, veo_get_hmem_addr(one));
    CHECK_USES(ve->ctx, 1, veo_free_hmem(one));
    CHECK_EQ(veo_free_hmem(two), 0);

    TOPIC("ids of contexts");
    struct veo_thr_ctxt *third = NULL, *fourth = NULL;
    struct veo_thr_ctxt_attr *attr = veo_alloc_thr_ctxt_attr();
    CHECK_USES(ve->ctx, 1, third = veo_context_open(ve->proc));
    CHECK_USES(ve->ctx, 1, fourth = veo_context_open_with_attr(ve->proc, attr));
    CHECK_USES(second, 0, CHECK_EQ(veo_context_close(third), 0));
    REQUIRE(fourth != NULL);
    CHECK_EQ(veo_context_close(fourth), 0);
    CHECK_USES(ve->ctx, 0, veo_num_contexts(ve->proc));
    CHECK_USES(ve->ctx, 0, veo_get_context_state(ve->ctx));
    CHECK_USES(ve->ctx, 0, veo_context_close(ve->ctx));
    CHECK_EQ(veo_free_thr_ctxt_attr(attr), 0);
    veo_args_free(args);
}

/* How often the hooks below were called. */
static unsigned hooked;

static void hook(void *payload, ...)
{
    (void)payload;
    hooked++;
}

static void check_hooks(const struct ve *ve)
{
    TOPIC("ids of asynchronous allocation with hooks");
    veo_register_hook((void *)veo_alloc_mem_async, hook, NULL);
    veo_register_hook((void *)veo_free_mem_async, hook, NULL);
    uint64_t before = next_id(ve->ctx), id = veo_alloc_mem_async(ve->ctx, 100);
    /* The second one of two is returned. */
    CHECK_EQ(id, before + 2);
    uint64_t address = WAIT(ve->ctx, id);
    CHECK(address != 0);
    CHECK_UNKNOWN(ve->ctx, before + 1);
    before = next_id(ve->ctx);
    CHECK_EQ(before, id + 1);
    id = veo_free_mem_async(ve->ctx, address);
    CHECK_EQ(id, before + 2);
    CHECK_EQ(WAIT(ve->ctx, id), 0);
    CHECK_UNKNOWN(ve->ctx, before + 1);
    CHECK_EQ(hooked, 2);
    veo_unregister_hook((void *)veo_alloc_mem_async);
    CHECK_USES(ve->ctx, 1, address = WAIT(ve->ctx, veo_alloc_mem_async(ve->ctx, 100)));
    CHECK_USES(ve->ctx, 2, WAIT(ve->ctx, veo_free_mem_async(ve->ctx, address)));
    veo_unregister_hook((void *)veo_free_mem_async);

    TOPIC("ids of allocation with hooks");
    veo_register_hook((void *)veo_alloc_mem, hook, NULL);
    veo_register_hook((void *)veo_free_mem, hook, NULL);
    CHECK_USES(ve->ctx, 1, veo_alloc_mem(ve->proc, &address, 100));
    CHECK_USES(ve->ctx, 1, veo_free_mem(ve->proc, address));
    veo_unregister_hook((void *)veo_alloc_mem);
    veo_unregister_hook((void *)veo_free_mem);
}

/* A transfer of `size` bytes takes so many fragments. */
struct fragments {
    size_t size;
    unsigned write, read;
};

static void check_fragments(const struct ve *ve, struct veo_thr_ctxt *ctx, const struct fragments *table, size_t count)
{
    size_t most = 0;
    for (size_t i = 0; i < count; i++)
        most = table[i].size > most ? table[i].size : most;
    uint64_t address = 0;
    char *buffer = calloc(1, most);
    REQUIRE(buffer != NULL && veo_alloc_mem(ve->proc, &address, most) == 0);
    for (size_t i = 0; i < count; i++) {
        size_t size = table[i].size;
        uint64_t before = next_id(ctx), id = veo_async_write_mem(ctx, address, buffer, size);
        if (!CHECK_EQ(id - before, table[i].write))
            fprintf(stderr, "    ids of writing %zu bytes\n", size);
        CHECK_RESULT(ctx, id, VEO_COMMAND_OK, 0);
        CHECK_EQ(next_id(ctx), id + 1);
        before = next_id(ctx);
        id = veo_async_read_mem(ctx, buffer, address, size);
        if (!CHECK_EQ(id - before, table[i].read))
            fprintf(stderr, "    ids of reading %zu bytes\n", size);
        CHECK_RESULT(ctx, id, VEO_COMMAND_OK, 0);
        if (ctx == ve->ctx) {
            CHECK_USES(ctx, table[i].write, veo_write_mem(ve->proc, address, buffer, size));
            CHECK_USES(ctx, table[i].read, veo_read_mem(ve->proc, buffer, address, size));
        }
    }
    CHECK_EQ(veo_free_mem(ve->proc, address), 0);
    free(buffer);
}

#define CHECK_FRAGMENTS(ve, ctx, ...) \
    check_fragments((ve), (ctx), (const struct fragments[]){__VA_ARGS__}, \
                    sizeof((const struct fragments[]){__VA_ARGS__}) / sizeof(struct fragments))

static void check_transfers(const struct ve *ve, struct veo_thr_ctxt *second)
{
    struct veo_thr_ctxt *both[] = {ve->ctx, second};
    for (int c = 0; c < 2; c++) {
        TOPIC("fragments of at most 1 MiB");
        CHECK_FRAGMENTS(ve, both[c], {1, 1, 1}, {100, 1, 1}, {699050, 1, 1}, {699051, 2, 2}, {MIB, 2, 2},
                        {MIB + 1, 3, 5}, {MIB + 8, 3, 4}, {2 * MIB, 3, 4}, {2 * MIB + 1, 5, 5}, {3 * MIB, 4, 5},
                        {5 * MIB - 1, 4, 5}, {5 * MIB, 5, 5}, {5 * MIB + 1, 6, 6}, {8 * MIB, 8, 8}, {32 * MIB, 32, 32});
    }
}

/* These variables are read for each transfer. */
static void check_with(const struct ve *ve, const char *send, const char *send_value, const char *receive,
                       const char *receive_value, const struct fragments *table, size_t count)
{
    setenv(send, send_value, 1);
    if (receive)
        setenv(receive, receive_value, 1);
    check_fragments(ve, ve->ctx, table, count);
    unsetenv(send);
    if (receive)
        unsetenv(receive);
}

#define CHECK_WITH(ve, send, send_value, receive, receive_value, ...) \
    check_with((ve), (send), (send_value), (receive), (receive_value), (const struct fragments[]){__VA_ARGS__}, \
               sizeof((const struct fragments[]){__VA_ARGS__}) / sizeof(struct fragments))

static void check_fragment_variables(const struct ve *ve)
{
    TOPIC("VEO_SENDFRAG, VEO_RECVFRAG");
    CHECK_WITH(ve, "VEO_SENDFRAG", "65536", NULL, NULL, {5 * 65536, 5, 1}, {10 * 65536 + 1, 11, 1}, {2 * MIB, 32, 4});
    CHECK_WITH(ve, "VEO_SENDFRAG", "65536", "VEO_RECVFRAG", "131072", {10 * 65536, 10, 5}, {2 * MIB, 32, 16});
    TOPIC("VEO_SENDCUT, VEO_RECVCUT");
    CHECK_WITH(ve, "VEO_SENDCUT", "300000", NULL, NULL, {100000, 1, 1}, {100001, 3, 1}, {100002, 2, 1}, {150000, 2, 1},
               {150001, 4, 1}, {300000, 3, 1}, {300001, 5, 1});
    CHECK_WITH(ve, "VEO_SENDCUT", "300000", "VEO_RECVCUT", "600000", {200000, 3, 1}, {200001, 3, 3}, {300000, 3, 2},
               {300001, 5, 5}, {600000, 4, 4}, {600001, 5, 6});
    CHECK_FRAGMENTS(ve, ve->ctx, {3 * MIB, 4, 5});

    /* The host engine looks at them when a process is created, for transfers as small as these. */
    TOPIC("VEO_SENDCUT, VEO_RECVCUT, small transfers");
    setenv("VEO_SENDCUT", "3000", 1);
    setenv("VEO_RECVCUT", "6000", 1);
    struct ve new = start();
    echo = symbol(&new, "echo");
    CHECK_FRAGMENTS(&new, new.ctx, {1000, 1, 1}, {1001, 2, 1}, {1501, 3, 1}, {2001, 3, 3}, {3000, 3, 2}, {3001, 4, 4},
                    {6001, 4, 6});
    stop(&new);
    unsetenv("VEO_SENDCUT");
    unsetenv("VEO_RECVCUT");
    echo = symbol(ve, "echo");
}

static void check_large_calls(const struct ve *ve)
{
    /* What does not fit into the buffer of 4 MiB is written before the call and read after it, in fragments of at most
     * 1 MiB. One more request ties them together. */
    TOPIC("a call with more than 4 MiB of stack arguments");
    const struct {
        size_t size;
        unsigned in, out, inout;
    } table[] = {{4 * MIB, 3, 3, 4}, {5 * MIB + MIB / 2, 5, 6, 9}, {8 * MIB, 6, 7, 11}, {14 * MIB, 13, 13, 24}};
    size_t size = 14 * MIB;
    char *buffer = calloc(1, size);
    REQUIRE(buffer != NULL);
    uint64_t invert = symbol(ve, "invert_bytes"), before, id;
    struct veo_args *args = veo_args_alloc();
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct {
            enum veo_args_intent intent;
            unsigned ids;
        } ways[] = {{VEO_INTENT_IN, table[i].in}, {VEO_INTENT_OUT, table[i].out}, {VEO_INTENT_INOUT, table[i].inout}};
        for (int way = 0; way < 3; way++) {
            size = table[i].size;
            memset(buffer, 0, size);
            veo_args_clear(args);
            veo_args_set_stack(args, ways[way].intent, 0, buffer, size);
            veo_args_set_u64(args, 1, size);
            before = next_id(ve->ctx);
            id = veo_call_async(ve->ctx, invert, args);
            if (!CHECK_EQ(id - before, ways[way].ids))
                fprintf(stderr, "    ids of a call with %zu bytes, intent %d\n", size, (int)ways[way].intent);
            CHECK_RESULT(ve->ctx, id, VEO_COMMAND_OK, size);
            CHECK_EQ(next_id(ve->ctx), id + 1);
            if (ways[way].intent == VEO_INTENT_INOUT) {
                CHECK_EQ(buffer[0], -1);
                CHECK_EQ(buffer[size - 1], -1);
            }
        }
    }

    TOPIC("a call with a little less than 4 MiB of stack arguments");
    veo_args_clear(args);
    size = 4 * MIB - 8192;
    veo_args_set_stack(args, VEO_INTENT_INOUT, 0, buffer, size);
    veo_args_set_u64(args, 1, size);
    before = next_id(ve->ctx);
    id = veo_call_async(ve->ctx, invert, args);
    CHECK_EQ(id - before, 1);
    CHECK_RESULT(ve->ctx, id, VEO_COMMAND_OK, size);
    veo_args_free(args);
    free(buffer);
}

static void check_many_threads(void)
{
    TOPIC("fragments of at most 4 MiB");
    unsetenv("VE_OMP_NUM_THREADS");
    struct ve ve = start();
    echo = symbol(&ve, "echo");
    CHECK_FRAGMENTS(&ve, ve.ctx, {100, 1, 1}, {MIB + 1, 3, 5}, {5 * MIB, 4, 5}, {20 * MIB - 1, 4, 5}, {20 * MIB, 5, 5},
                    {20 * MIB + 1, 6, 6}, {32 * MIB, 8, 8});
    stop(&ve);
    allow_contexts();
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    allow_contexts();
    check_first();
    struct ve ve = start();
    echo = symbol(&ve, "echo");
    struct veo_thr_ctxt *second = veo_context_open(ve.proc);
    REQUIRE(second != NULL);
    check_operations(&ve, second);
    check_hooks(&ve);
    check_transfers(&ve, second);
    check_fragment_variables(&ve);
    check_large_calls(&ve);
    stop(&ve);
    check_many_threads();
    return check_end();
}
