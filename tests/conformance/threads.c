/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Several threads of the host at once.
 */
#include "support.h"

#define MIB ((size_t)1 << 20)

enum { THREADS = 4 };

struct own {
    const struct ve *ve;
    struct veo_thr_ctxt *ctx;
    uint64_t function, base, ids[500];
    unsigned wrong;
    volatile int status;
    uint64_t value;
};

static void run(struct own *own, void *act(void *))
{
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        REQUIRE(pthread_create(&threads[i], NULL, act, &own[i]) == 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        CHECK_EQ(own[i].wrong, 0);
    }
}

static void *one_by_one(void *argument)
{
    struct own *own = argument;
    for (uint64_t i = 0; i < 3000; i++) {
        uint64_t id = SUBMIT(own->ctx, own->function, own->base + i), value = 0;
        own->wrong += veo_call_wait_result(own->ctx, id, &value) != VEO_COMMAND_OK || value != own->base + i;
    }
    return NULL;
}

static void *many_at_once(void *argument)
{
    struct own *own = argument;
    for (int round = 0; round < 5; round++) {
        for (uint64_t i = 0; i < 500; i++)
            own->ids[i] = SUBMIT(own->ctx, own->function, own->base + i);
        for (uint64_t i = 0; i < 500; i++) {
            uint64_t value = 0;
            int status;
            if (i % 2)
                status = veo_call_wait_result(own->ctx, own->ids[i], &value);
            else
                while ((status = veo_call_peek_result(own->ctx, own->ids[i], &value)) == VEO_COMMAND_UNFINISHED)
                    usleep(100);
            own->wrong += status != VEO_COMMAND_OK || value != own->base + i;
        }
    }
    return NULL;
}

static void check_one_context(const struct ve *ve)
{
    static struct own own[THREADS];
    TOPIC("threads that call on one context");
    for (int i = 0; i < THREADS; i++)
        own[i] = (struct own){.ve = ve, .ctx = ve->ctx, .function = symbol(ve, "echo"), .base = (uint64_t)i << 32};
    run(own, one_by_one);
    TOPIC("threads with many calls on one context");
    run(own, many_at_once);
    TOPIC("ids are not given twice");
    static unsigned char seen[1 << 16];
    unsigned twice = 0;
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < THREADS; i++)
        for (int k = 0; k < 500; k++)
            least = own[i].ids[k] < least ? own[i].ids[k] : least;
    for (int i = 0; i < THREADS; i++)
        for (int k = 0; k < 500; k++)
            if (own[i].ids[k] - least < sizeof seen)
                twice += seen[own[i].ids[k] - least]++;
    CHECK_EQ(twice, 0);
}

static void check_contexts(const struct ve *ve)
{
    static struct own own[THREADS];
    TOPIC("threads with a context each");
    for (int i = 0; i < THREADS; i++) {
        own[i] = (struct own){.ve = ve, .function = symbol(ve, "echo"), .base = (uint64_t)i << 32};
        own[i].ctx = i ? veo_context_open(ve->proc) : ve->ctx;
        REQUIRE(own[i].ctx != NULL);
    }
    run(own, one_by_one);
    run(own, many_at_once);
    for (int i = 1; i < THREADS; i++)
        CHECK_EQ(veo_context_close(own[i].ctx), 0);
}

static void *by_name(void *argument)
{
    struct own *own = argument;
    struct veo_args *args = veo_args_alloc();
    for (uint64_t i = 0; i < 2000; i++) {
        uint64_t value = 0;
        veo_args_set_u64(args, 0, own->base);
        veo_args_set_u64(args, 1, i);
        uint64_t id = veo_call_async_by_name(own->ctx, own->ve->lib, "add", args);
        own->wrong += veo_call_wait_result(own->ctx, id, &value) != VEO_COMMAND_OK || value != own->base + i;
    }
    veo_args_free(args);
    return NULL;
}

static void check_names(const struct ve *ve)
{
    static struct own own[THREADS];
    TOPIC("threads that call by name, on two contexts");
    struct veo_thr_ctxt *second = veo_context_open(ve->proc);
    REQUIRE(second != NULL);
    for (int i = 0; i < THREADS; i++)
        own[i] = (struct own){.ve = ve, .ctx = i % 2 ? second : ve->ctx, .base = (uint64_t)i << 32};
    run(own, by_name);
    CHECK_EQ(veo_context_close(second), 0);
}

static void *use_memory(void *argument)
{
    struct own *own = argument;
    size_t size = 6 * MIB + 13;
    unsigned char *out = malloc(size), *in = malloc(size);
    for (unsigned round = 0; round < 6 && out && in; round++) {
        uint64_t address = 0;
        fill_pattern(out, size, (unsigned)own->base + round);
        memset(in, 0, size);
        own->wrong += veo_alloc_mem(own->ve->proc, &address, size) != 0;
        own->wrong += veo_write_mem(own->ve->proc, address, out, size) != 0;
        own->wrong += veo_read_mem(own->ve->proc, in, address, size) != 0;
        own->wrong += memcmp(in, out, size) != 0;
        own->wrong += veo_free_mem(own->ve->proc, address) != 0;
    }
    own->wrong += !out || !in;
    free(out);
    free(in);
    return NULL;
}

static void *use_words(void *argument)
{
    struct own *own = argument;
    uint64_t address = 0;
    own->wrong += veo_alloc_mem(own->ve->proc, &address, 8) != 0;
    for (uint64_t i = 0; i < 2000; i++) {
        uint64_t out = own->base + i, in = 0;
        own->wrong += veo_write_mem(own->ve->proc, address, &out, 8) != 0;
        own->wrong += veo_read_mem(own->ve->proc, &in, address, 8) != 0;
        own->wrong += in != out;
    }
    own->wrong += veo_free_mem(own->ve->proc, address) != 0;
    return NULL;
}

static void check_memory(const struct ve *ve)
{
    static struct own own[THREADS];
    for (int i = 0; i < THREADS; i++)
        own[i] = (struct own){.ve = ve, .base = (uint64_t)(i + 1) * 100000};
    TOPIC("threads that allocate, write, read and free");
    run(own, use_memory);
    TOPIC("threads that write and read words");
    run(own, use_words);
}

static void *use_libraries(void *argument)
{
    struct own *own = argument;
    const char *const libs[] = {"libone.so", "libtwo.so"};
    for (uint64_t i = 0; i < 50; i++) {
        uint64_t lib = veo_load_library(own->ve->proc, beside_kernels(libs[own->base % 2])), result = 0;
        uint64_t which = veo_get_sym(own->ve->proc, lib, "which_alone");
        own->wrong += CALL_SYNC(own->ve->proc, which, &result) != 0 || result != own->base % 2 + 1;
        own->wrong += veo_unload_library(own->ve->proc, lib) != 0;
    }
    return NULL;
}

static void check_libraries(const struct ve *ve)
{
    static struct own own[THREADS];
    TOPIC("threads that load and unload");
    for (int i = 0; i < THREADS; i++)
        own[i] = (struct own){.ve = ve, .base = (uint64_t)i};
    /* Held, so that no thread unloads what another one has looked up. */
    uint64_t one = veo_load_library(ve->proc, beside_kernels("libone.so"));
    uint64_t two = veo_load_library(ve->proc, beside_kernels("libtwo.so"));
    REQUIRE(one && two);
    run(own, use_libraries);
    CHECK_EQ(veo_unload_library(ve->proc, one), 0);
    CHECK_EQ(veo_unload_library(ve->proc, two), 0);
}

static void *own_process(void *argument)
{
    struct own *own = argument;
    for (int round = 0; round < 3; round++) {
        struct ve ve = start();
        own->wrong += CALL(ve.ctx, symbol(&ve, "with_a_thread"), own->base) != own->base + 1;
        stop(&ve);
    }
    return NULL;
}

static void check_processes(void)
{
    static struct own own[THREADS];
    TOPIC("threads with a process each");
    for (int i = 0; i < THREADS; i++)
        own[i] = (struct own){.base = (uint64_t)i * 10};
    run(own, own_process);
    struct veo_proc_handle *proc = veo_proc_create(-1);
    CHECK_EQ(veo_proc_identifier(proc), 1);
    CHECK_EQ(veo_proc_destroy(proc), 0);
}

static void *open_and_close(void *argument)
{
    struct own *own = argument;
    uint64_t rounds = DIFFERS("libveo has room for 18 contexts in a process, closed ones perhaps included") ? 10 : 2;
    for (uint64_t i = 0; i < rounds; i++) {
        struct veo_thr_ctxt *ctx = veo_context_open(own->ve->proc);
        own->wrong += ctx == NULL;
        if (ctx) {
            own->wrong += CALL(ctx, own->function, i) != i;
            own->wrong += veo_context_close(ctx) != 0;
        }
    }
    return NULL;
}

static void check_opening(const struct ve *ve)
{
    static struct own own[THREADS];
    TOPIC("threads that open and close contexts");
    for (int i = 0; i < THREADS; i++)
        own[i] = (struct own){.ve = ve, .function = symbol(ve, "echo")};
    run(own, open_and_close);
    CHECK_EQ(veo_num_contexts(ve->proc), 1);
}

static void *wait_for(void *argument)
{
    struct own *own = argument;
    own->status = veo_call_wait_result(own->ctx, own->base, &own->value);
    return NULL;
}

static void *sync_all(void *argument)
{
    struct own *own = argument;
    veo_context_sync(own->ctx);
    own->status = 0;
    return NULL;
}

static void check_waiting(const struct ve *ve)
{
    static struct own own[THREADS];
    TOPIC("threads that wait while others submit");
    struct gate gate = gate_new(ve);
    uint64_t held = gate_close(&gate, ve->ctx);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        uint64_t id = SUBMIT(ve->ctx, symbol(ve, "echo"), (uint64_t)i);
        own[i] = (struct own){.ctx = ve->ctx, .base = id, .status = -1, .value = UNTOUCHED};
        REQUIRE(pthread_create(&threads[i], NULL, wait_for, &own[i]) == 0);
    }
    uint64_t last = SUBMIT(ve->ctx, symbol(ve, "echo"), 99);
    CHECK_UNFINISHED(ve->ctx, last);
    gate_open(&gate);
    CHECK_EQ(WAIT(ve->ctx, last), 99);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        CHECK_EQ(own[i].status, VEO_COMMAND_OK);
        CHECK_EQ(own[i].value, i);
    }
    WAIT(ve->ctx, held);

    TOPIC("threads that submit while another one is in veo_context_sync");
    held = gate_close(&gate, ve->ctx);
    own[0] = (struct own){.ctx = ve->ctx, .status = -1};
    REQUIRE(pthread_create(&threads[0], NULL, sync_all, &own[0]) == 0);
    nap(50);
    last = SUBMIT(ve->ctx, symbol(ve, "echo"), 98);
    CHECK_EQ(own[0].status, -1);
    CHECK_UNFINISHED(ve->ctx, last);
    gate_open(&gate);
    pthread_join(threads[0], NULL);
    CHECK_EQ(own[0].status, 0);
    CHECK_EQ(WAIT(ve->ctx, last), 98);
    WAIT(ve->ctx, held);

    if (DIFFERS("libveo lets all but one of them wait for ever")) {
        TOPIC("threads that wait for the same request");
        held = gate_close(&gate, ve->ctx);
        for (int i = 0; i < THREADS; i++) {
            own[i] = (struct own){.ctx = ve->ctx, .base = held, .status = -1, .value = UNTOUCHED};
            REQUIRE(pthread_create(&threads[i], NULL, wait_for, &own[i]) == 0);
        }
        nap(50);
        gate_open(&gate);
        unsigned good = 0, unknown = 0;
        for (int i = 0; i < THREADS; i++) {
            pthread_join(threads[i], NULL);
            good += own[i].status == VEO_COMMAND_OK && own[i].value == gate.opened;
            unknown += own[i].status == VEO_COMMAND_ERROR && own[i].value == UNTOUCHED;
        }
        CHECK_EQ(good, 1);
        CHECK_EQ(unknown, THREADS - 1);
    }
    CHECK_EQ(veo_context_close(gate.side), 0);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    allow_contexts();
    struct ve ve = start();
    check_one_context(&ve);
    check_contexts(&ve);
    check_names(&ve);
    check_memory(&ve);
    check_libraries(&ve);
    check_opening(&ve);
    check_waiting(&ve);
    check_processes();
    stop(&ve);
    return check_end();
}
