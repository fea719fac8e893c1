/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Hooks on functions that allocate and free VE memory. The key of a hook is the address that the program sees for the
 * function, so this program is to be checked as position-independent and as position-dependent one (-no-pie).
 */
#include <stdarg.h>

#include "support.h"

/* What hooks were called with, in order. */
struct called {
    const char *hook;
    void *payload;
    uint64_t first, second, third, at_second;
    pthread_t thread;
    int state;
    void *registered;
};
static struct called calls[64];
static unsigned count;

static struct called *note(const char *hook, void *payload)
{
    struct called *called = &calls[count++ % 64];
    memset(called, 0, sizeof *called);
    called->hook = hook;
    called->payload = payload;
    called->thread = pthread_self();
    return called;
}

/* (payload, proc, uint64_t *address, size) */
static void on_alloc(void *payload, ...)
{
    struct called *called = note("alloc", payload);
    va_list list;
    va_start(list, payload);
    called->first = (uint64_t)va_arg(list, struct veo_proc_handle *);
    uint64_t *address = va_arg(list, uint64_t *);
    called->second = (uint64_t)address;
    called->at_second = *address;
    called->third = va_arg(list, size_t);
    va_end(list);
}

/* (payload, proc or context, address) */
static void on_free(void *payload, ...)
{
    struct called *called = note("free", payload);
    va_list list;
    va_start(list, payload);
    called->first = (uint64_t)va_arg(list, void *);
    called->second = va_arg(list, uint64_t);
    va_end(list);
}

/* (payload, proc, tagged pointer, size) */
static void on_alloc_hmem(void *payload, ...)
{
    struct called *called = note("alloc_hmem", payload);
    va_list list;
    va_start(list, payload);
    called->first = (uint64_t)va_arg(list, struct veo_proc_handle *);
    called->second = (uint64_t)va_arg(list, void *);
    called->third = va_arg(list, size_t);
    va_end(list);
}

static void on_free_hmem(void *payload, ...)
{
    struct called *called = note("free_hmem", payload);
    va_list list;
    va_start(list, payload);
    called->first = (uint64_t)va_arg(list, struct veo_proc_handle *);
    called->second = (uint64_t)va_arg(list, void *);
    va_end(list);
}

/* (payload, context, address, size) */
static void on_alloc_async(void *payload, ...)
{
    struct called *called = note("alloc_async", payload);
    va_list list;
    va_start(list, payload);
    struct veo_thr_ctxt *ctx = va_arg(list, struct veo_thr_ctxt *);
    called->first = (uint64_t)ctx;
    called->second = va_arg(list, uint64_t);
    called->third = va_arg(list, size_t);
    va_end(list);
    called->state = veo_get_context_state(ctx);
    called->registered = veo_get_hook((void *)veo_alloc_mem_async);
}

static void on_free_async(void *payload, ...)
{
    struct called *called = note("free_async", payload);
    va_list list;
    va_start(list, payload);
    struct veo_thr_ctxt *ctx = va_arg(list, struct veo_thr_ctxt *);
    called->first = (uint64_t)ctx;
    called->second = va_arg(list, uint64_t);
    va_end(list);
    called->state = veo_get_context_state(ctx);
    called->registered = veo_get_hook((void *)veo_free_mem_async);
}

static void another(void *payload, ...)
{
    note("another", payload);
}

/* The pair. */
static void on_any_alloc(void *pointer, size_t size)
{
    struct called *called = note("any alloc", NULL);
    called->first = (uint64_t)pointer;
    called->second = size;
}

static void on_any_free(uint64_t address)
{
    note("any free", NULL)->first = address;
}

static int payloads[4];

static void check_registration(void)
{
    TOPIC("registration");
    void *const keys[] = {(void *)veo_alloc_mem,       (void *)veo_free_mem,       (void *)veo_alloc_hmem,
                          (void *)veo_free_hmem,       (void *)veo_alloc_mem_async, (void *)veo_free_mem_async,
                          (void *)veo_api_version /* any address will do */};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        CHECK_PTR(veo_get_hook(keys[i]), NULL);
        veo_register_hook(keys[i], another, &payloads[0]);
        CHECK_PTR(veo_get_hook(keys[i]), another);
        veo_register_hook(keys[i], on_free, &payloads[1]);
        CHECK_PTR(veo_get_hook(keys[i]), on_free);
        CHECK_PTR(veo_get_hook((char *)keys[i] + 1), NULL);
        veo_unregister_hook(keys[i]);
        CHECK_PTR(veo_get_hook(keys[i]), NULL);
        veo_unregister_hook(keys[i]);
        CHECK_PTR(veo_get_hook(keys[i]), NULL);
    }
    CHECK_EQ(veo_api_version(), 16);
    CHECK_EQ(count, 0);
}

static void check_sync(const struct ve *ve)
{
    uint64_t address = 0, place;
    TOPIC("veo_alloc_mem");
    veo_register_hook((void *)veo_alloc_mem, on_alloc, &payloads[0]);
    count = 0;
    CHECK_EQ(veo_alloc_mem(ve->proc, &address, 1234), 0);
    CHECK_EQ(count, 1);
    CHECK_TEXT(calls[0].hook, "alloc");
    CHECK_PTR(calls[0].payload, &payloads[0]);
    CHECK_EQ(calls[0].first, (uint64_t)ve->proc);
    CHECK_EQ(calls[0].at_second, address);
    CHECK_EQ(calls[0].third, 1234);
    CHECK(pthread_equal(calls[0].thread, pthread_self()));
    write_word(ve->proc, address, 1);
    TOPIC("veo_alloc_mem that fails");
    CHECK_EQ(veo_alloc_mem(ve->proc, &place, (size_t)1 << 60), -1);
    CHECK_EQ(count, 1);

    TOPIC("veo_free_mem");
    CHECK_EQ(veo_free_mem(ve->proc, address), 0);
    CHECK_EQ(count, 1);
    CHECK_EQ(veo_alloc_mem(ve->proc, &address, 8), 0);
    CHECK_EQ(count, 2);
    veo_register_hook((void *)veo_free_mem, on_free, &payloads[1]);
    CHECK_EQ(veo_free_mem(ve->proc, address), 0);
    CHECK_EQ(count, 3);
    CHECK_TEXT(calls[2].hook, "free");
    CHECK_PTR(calls[2].payload, &payloads[1]);
    CHECK_EQ(calls[2].first, (uint64_t)ve->proc);
    CHECK_EQ(calls[2].second, address);
    CHECK(pthread_equal(calls[2].thread, pthread_self()));

    TOPIC("replaced and removed hooks");
    count = 0;
    veo_register_hook((void *)veo_alloc_mem, another, &payloads[2]);
    CHECK_EQ(veo_alloc_mem(ve->proc, &address, 8), 0);
    CHECK_EQ(count, 1);
    CHECK_TEXT(calls[0].hook, "another");
    CHECK_PTR(calls[0].payload, &payloads[2]);
    veo_register_hook((void *)veo_alloc_mem, another, NULL);
    CHECK_EQ(veo_free_mem(ve->proc, address), 0);
    CHECK_EQ(veo_alloc_mem(ve->proc, &address, 8), 0);
    CHECK_EQ(count, 3);
    CHECK_PTR(calls[2].payload, NULL);
    veo_unregister_hook((void *)veo_alloc_mem);
    CHECK_PTR(veo_get_hook((void *)veo_free_mem), on_free);
    CHECK_EQ(veo_alloc_mem(ve->proc, &place, 8), 0);
    CHECK_EQ(count, 3);
    veo_unregister_hook((void *)veo_free_mem);
    CHECK_EQ(veo_free_mem(ve->proc, address), 0);
    CHECK_EQ(veo_free_mem(ve->proc, place), 0);
    CHECK_EQ(count, 3);
}

static void check_hmem(const struct ve *ve)
{
    void *pointer = NULL, *host = NULL;
    TOPIC("veo_alloc_hmem");
    veo_register_hook((void *)veo_alloc_mem, on_alloc, &payloads[0]);
    veo_register_hook((void *)veo_free_mem, on_free, &payloads[1]);
    veo_register_hook((void *)veo_alloc_hmem, on_alloc_hmem, &payloads[2]);
    veo_register_hook((void *)veo_free_hmem, on_free_hmem, &payloads[3]);
    count = 0;
    CHECK_EQ(veo_alloc_hmem(ve->proc, &pointer, 777), 0);
    uint64_t plain = (uint64_t)veo_get_hmem_addr(pointer);
    CHECK_EQ(count, 2);
    CHECK_TEXT(calls[0].hook, "alloc");
    CHECK_PTR(calls[0].payload, &payloads[0]);
    CHECK_EQ(calls[0].first, (uint64_t)ve->proc);
    CHECK_EQ(calls[0].at_second, plain);
    CHECK_EQ(calls[0].third, 777);
    CHECK_TEXT(calls[1].hook, "alloc_hmem");
    CHECK_PTR(calls[1].payload, &payloads[2]);
    CHECK_EQ(calls[1].first, (uint64_t)ve->proc);
    CHECK_EQ(calls[1].second, (uint64_t)pointer);
    CHECK_EQ(calls[1].third, 777);
    CHECK(pthread_equal(calls[1].thread, pthread_self()));

    TOPIC("veo_free_hmem");
    count = 0;
    CHECK_EQ(veo_free_hmem(pointer), 0);
    CHECK_EQ(count, 2);
    int second = calls[0].hook && strcmp(calls[0].hook, "free_hmem") == 0;
    struct called *of_mem = &calls[second], *of_hmem = &calls[!second];
    CHECK_TEXT(of_mem->hook, "free");
    CHECK_PTR(of_mem->payload, &payloads[1]);
    CHECK_EQ(of_mem->first, (uint64_t)ve->proc);
    CHECK_EQ(of_mem->second, plain);
    CHECK_TEXT(of_hmem->hook, "free_hmem");
    CHECK_PTR(of_hmem->payload, &payloads[3]);
    CHECK_EQ(of_hmem->first, (uint64_t)ve->proc);
    CHECK_EQ(of_hmem->second, (uint64_t)pointer);

    TOPIC("host memory has no hooks");
    count = 0;
    CHECK_EQ(veo_alloc_hmem(NULL, &host, 8), 0);
    CHECK_EQ(veo_free_hmem(host), 0);
    CHECK_EQ(count, 0);
    TOPIC("veo_alloc_hmem that fails");
    CHECK_EQ(veo_alloc_hmem(ve->proc, &host, (size_t)1 << 60), -1);
    CHECK_EQ(count, 0);
    TOPIC("hooks on HMEM alone");
    veo_unregister_hook((void *)veo_alloc_mem);
    veo_unregister_hook((void *)veo_free_mem);
    CHECK_EQ(veo_alloc_hmem(ve->proc, &pointer, 778), 0);
    CHECK_EQ(count, 1);
    CHECK_TEXT(calls[0].hook, "alloc_hmem");
    CHECK_EQ(veo_free_hmem(pointer), 0);
    CHECK_EQ(count, 2);
    CHECK_TEXT(calls[1].hook, "free_hmem");
    uint64_t address = 0;
    CHECK_EQ(veo_alloc_mem(ve->proc, &address, 8), 0);
    CHECK_EQ(veo_free_mem(ve->proc, address), 0);
    CHECK_EQ(count, 2);
    veo_unregister_hook((void *)veo_alloc_hmem);
    veo_unregister_hook((void *)veo_free_hmem);
}

static uint64_t note_host_thread(void *thread)
{
    *(pthread_t *)thread = pthread_self();
    return 0;
}

static void check_async(const struct ve *ve, struct veo_thr_ctxt *ctx)
{
    TOPIC("veo_alloc_mem_async");
    pthread_t host_thread;
    WAIT(ctx, veo_call_async_vh(ctx, note_host_thread, &host_thread));
    veo_register_hook((void *)veo_alloc_mem_async, on_alloc_async, &payloads[0]);
    veo_register_hook((void *)veo_free_mem_async, on_free_async, &payloads[1]);
    count = 0;
    uint64_t address = WAIT(ctx, veo_alloc_mem_async(ctx, 555));
    CHECK(address != 0);
    CHECK_EQ(count, 1);
    CHECK_TEXT(calls[0].hook, "alloc_async");
    CHECK_PTR(calls[0].payload, &payloads[0]);
    CHECK_EQ(calls[0].first, (uint64_t)ctx);
    CHECK_EQ(calls[0].second, address);
    CHECK_EQ(calls[0].third, 555);
    CHECK(pthread_equal(calls[0].thread, host_thread));
    CHECK_EQ(calls[0].state, VEO_STATE_RUNNING);
    CHECK_PTR(calls[0].registered, on_alloc_async);
    write_word(ve->proc, address, 3);
    CHECK_EQ(CALL(ctx, symbol(ve, "load_word"), address), 3);

    TOPIC("veo_free_mem_async");
    CHECK_RESULT(ctx, veo_free_mem_async(ctx, address), VEO_COMMAND_OK, 0);
    CHECK_EQ(count, 2);
    CHECK_TEXT(calls[1].hook, "free_async");
    CHECK_PTR(calls[1].payload, &payloads[1]);
    CHECK_EQ(calls[1].first, (uint64_t)ctx);
    CHECK_EQ(calls[1].second, address);
    CHECK(pthread_equal(calls[1].thread, host_thread));
    CHECK_EQ(calls[1].state, VEO_STATE_RUNNING);
    CHECK_PTR(calls[1].registered, on_free_async);

    TOPIC("veo_alloc_mem_async that fails");
    CHECK_RESULT(ctx, veo_alloc_mem_async(ctx, (size_t)1 << 60), VEO_COMMAND_OK, 0);
    CHECK_EQ(count, 3);
    CHECK_TEXT(calls[2].hook, "alloc_async");
    CHECK_EQ(calls[2].second, 0);
    CHECK_EQ(calls[2].third, (size_t)1 << 60);

    TOPIC("hooks of asynchronous and synchronous functions are separate");
    count = 0;
    CHECK_EQ(veo_alloc_mem(ve->proc, &address, 8), 0);
    CHECK_EQ(veo_free_mem(ve->proc, address), 0);
    CHECK_EQ(count, 0);
    TOPIC("several allocations under way");
    uint64_t ids[10];
    for (int i = 0; i < 10; i++)
        ids[i] = veo_alloc_mem_async(ctx, (size_t)(i + 1));
    for (int i = 0; i < 10; i++) {
        address = WAIT(ctx, ids[i]);
        CHECK_EQ(calls[i].second, address);
        CHECK_EQ(calls[i].third, i + 1);
        CHECK_EQ(veo_free_mem(ve->proc, address), 0);
    }
    CHECK_EQ(count, 10);
    veo_unregister_hook((void *)veo_alloc_mem_async);
    veo_unregister_hook((void *)veo_free_mem_async);
    address = WAIT(ctx, veo_alloc_mem_async(ctx, 8));
    WAIT(ctx, veo_free_mem_async(ctx, address));
    CHECK_EQ(count, 10);
}

static void check_pair(const struct ve *ve)
{
    void *const keys[] = {(void *)veo_alloc_mem, (void *)veo_free_mem, (void *)veo_alloc_mem_async,
                          (void *)veo_free_mem_async};
    int identifier = veo_proc_identifier(ve->proc);
    TOPIC("the HMEM pair: registration");
    for (int i = 0; i < 4; i++)
        veo_register_hook(keys[i], another, NULL);
    veo_register_hmem_hook_functions(on_any_alloc, on_any_free);
    for (int i = 0; i < 4; i++) {
        CHECK(veo_get_hook(keys[i]) != NULL);
        CHECK(veo_get_hook(keys[i]) != (void *)another);
    }
    CHECK_PTR(veo_get_hook((void *)veo_alloc_hmem), NULL);
    CHECK_PTR(veo_get_hook((void *)veo_free_hmem), NULL);

    TOPIC("the HMEM pair: veo_alloc_mem, veo_free_mem");
    uint64_t address = 0;
    count = 0;
    CHECK_EQ(veo_alloc_mem(ve->proc, &address, 99), 0);
    CHECK_EQ(address >> 59, 0);
    uint64_t tagged = (uint64_t)veo_set_proc_identifier((void *)address, identifier);
    CHECK_EQ(count, 1);
    CHECK_TEXT(calls[0].hook, "any alloc");
    CHECK_EQ(calls[0].first, tagged);
    CHECK_EQ(calls[0].second, 99);
    CHECK_EQ(veo_free_mem(ve->proc, address), 0);
    CHECK_EQ(count, 2);
    CHECK_TEXT(calls[1].hook, "any free");
    CHECK_EQ(calls[1].first, tagged);

    TOPIC("the HMEM pair: veo_alloc_hmem, veo_free_hmem");
    void *pointer = NULL;
    count = 0;
    CHECK_EQ(veo_alloc_hmem(ve->proc, &pointer, 98), 0);
    CHECK_EQ(count, 1);
    CHECK_TEXT(calls[0].hook, "any alloc");
    CHECK_EQ(calls[0].first, (uint64_t)pointer);
    CHECK_EQ(calls[0].second, 98);
    CHECK_EQ(veo_free_hmem(pointer), 0);
    CHECK_EQ(count, 2);
    CHECK_TEXT(calls[1].hook, "any free");
    CHECK_EQ(calls[1].first, (uint64_t)pointer);

    TOPIC("the HMEM pair: veo_alloc_mem_async, veo_free_mem_async");
    count = 0;
    address = WAIT(ve->ctx, veo_alloc_mem_async(ve->ctx, 97));
    tagged = (uint64_t)veo_set_proc_identifier((void *)address, identifier);
    CHECK_EQ(count, 1);
    CHECK_TEXT(calls[0].hook, "any alloc");
    CHECK_EQ(calls[0].first, tagged);
    CHECK_EQ(calls[0].second, 97);
    CHECK_RESULT(ve->ctx, veo_free_mem_async(ve->ctx, address), VEO_COMMAND_OK, 0);
    CHECK_EQ(count, 2);
    CHECK_TEXT(calls[1].hook, "any free");
    CHECK_EQ(calls[1].first, tagged);

    TOPIC("the HMEM pair: removal");
    veo_unregister_hmem_hook_functions();
    for (int i = 0; i < 4; i++)
        CHECK_PTR(veo_get_hook(keys[i]), NULL);
    for (int i = 0; i < 4; i++)
        veo_register_hook(keys[i], another, NULL);
    veo_unregister_hmem_hook_functions();
    for (int i = 0; i < 4; i++)
        CHECK_PTR(veo_get_hook(keys[i]), NULL);
    CHECK_EQ(veo_alloc_mem(ve->proc, &address, 8), 0);
    CHECK_EQ(veo_free_mem(ve->proc, address), 0);
    CHECK_EQ(count, 2);
}

static void check_dead_process(void)
{
    TOPIC("hooks and a process that has died");
    struct ve ve = start();
    uint64_t address = 0, crash = symbol(&ve, "call_exit"), result;
    CHECK_EQ(veo_alloc_mem(ve.proc, &address, 8), 0);
    CHECK_EQ(CALL_SYNC(ve.proc, crash, &result, 1), -1);
    CHECK_ENDED(ve.ctx);
    veo_register_hook((void *)veo_alloc_mem, on_alloc, NULL);
    veo_register_hook((void *)veo_alloc_mem_async, on_alloc_async, NULL);
    veo_register_hook((void *)veo_free_mem_async, on_free_async, NULL);
    count = 0;
    CHECK_EQ(veo_alloc_mem(ve.proc, &address, 8), -1);
    CHECK_EQ(veo_alloc_mem_async(ve.ctx, 8), VEO_REQUEST_ID_INVALID);
    CHECK_EQ(veo_free_mem_async(ve.ctx, 8), VEO_REQUEST_ID_INVALID);
    CHECK_EQ(count, 0);
    veo_unregister_hook((void *)veo_alloc_mem);

    TOPIC("hooks and a process that dies meanwhile");
    struct ve other = start();
    crash = symbol(&other, "store_to");
    struct gate gate = gate_new(&other);
    uint64_t held = gate_close(&gate, other.ctx), dying = SUBMIT(other.ctx, crash, 8);
    uint64_t allocating = veo_alloc_mem_async(other.ctx, 8), freeing = veo_free_mem_async(other.ctx, 0);
    gate_open(&gate);
    WAIT(other.ctx, held);
    CHECK_RESULT(other.ctx, dying, VEO_COMMAND_EXCEPTION, SIGSEGV);
    /* Either the host functions behind the hooks run and see a failure, or they are cancelled. */
    uint64_t value = UNTOUCHED;
    int status = veo_call_wait_result(other.ctx, allocating, &value);
    CHECK(status == VEO_COMMAND_OK || status == VEO_COMMAND_ERROR);
    CHECK_EQ(value, 0);
    status = veo_call_wait_result(other.ctx, freeing, &value);
    CHECK(status == VEO_COMMAND_OK || status == VEO_COMMAND_ERROR);
    CHECK_EQ(value, status == VEO_COMMAND_OK ? -1 : 0);
    veo_unregister_hook((void *)veo_alloc_mem_async);
    veo_unregister_hook((void *)veo_free_mem_async);
    stop(&other);
    stop(&ve);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    allow_contexts();
    check_registration();
    struct ve ve = start();
    struct veo_thr_ctxt *second = veo_context_open(ve.proc);
    REQUIRE(second != NULL);
    check_sync(&ve);
    check_hmem(&ve);
    check_async(&ve, ve.ctx);
    check_async(&ve, second);
    check_pair(&ve);
    stop(&ve);
    check_dead_process();
    return check_end();
}
