/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * What the conformance programs share: a VE process with the kernels of kernels.c, and short forms of calls.
 */
#ifndef CONFORMANCE_SUPPORT_H
#define CONFORMANCE_SUPPORT_H

#include <pthread.h>
#include <stdint.h>
#include <sys/wait.h>
#include <ve_offload.h>

#include "check.h"

/* A process, the library of kernels in it, and its main context. */
struct ve {
    struct veo_proc_handle *proc;
    struct veo_thr_ctxt *ctx;
    uint64_t lib;
};

/* The path of a library that lies beside the library of kernels. */
static inline const char *beside_kernels(const char *name)
{
    static __thread char path[4096];
    const char *slash = strrchr(check_state.kernels, '/');
    int folder = slash ? (int)(slash - check_state.kernels) : 1;
    snprintf(path, sizeof path, "%.*s/%s", folder, slash ? check_state.kernels : ".", name);
    return path;
}

/* A process with the kernels loaded, and no context opened. */
static inline struct ve start_unopened(void)
{
    struct ve ve = {veo_proc_create(-1), NULL, 0};
    REQUIRE(ve.proc != NULL);
    ve.lib = veo_load_library(ve.proc, check_state.kernels);
    REQUIRE(ve.lib != 0);
    return ve;
}

static inline struct ve start(void)
{
    struct ve ve = start_unopened();
    ve.ctx = veo_context_open(ve.proc);
    REQUIRE(ve.ctx != NULL);
    return ve;
}

static inline void stop(struct ve *ve)
{
    CHECK_EQ(veo_proc_destroy(ve->proc), 0);
}

/* A context has ended and says so. libveo's does a moment after it has told the results of its requests. */
static inline void check_ended(struct veo_thr_ctxt *ctx, const char *what, const char *file, int line)
{
    for (int i = 0; !DIFFERS("it does at once") && i < 5000 && veo_get_context_state(ctx) != VEO_STATE_EXIT; i++)
        usleep(1000);
    check_equal((uint64_t)veo_get_context_state(ctx), VEO_STATE_EXIT, what, file, line);
}

#define CHECK_ENDED(ctx) check_ended((ctx), "state of " #ctx, __FILE__, __LINE__)

/* Destroys a process that has ended by itself. libveo does not reap it: a later veo_context_open finds it, takes it for
 * the process that it is waiting for, and fails. */
static inline void stop_ended(struct ve *ve)
{
    stop(ve);
    if (DIFFERS("it reaps its processes"))
        return;
    for (int i = 0; i < 500 && waitpid(-1, NULL, WNOHANG) == 0; i++)
        usleep(1000);
}

/* The address of a kernel or variable. */
static inline uint64_t symbol(const struct ve *ve, const char *name)
{
    uint64_t address = veo_get_sym(ve->proc, ve->lib, name);
    if (address == 0)
        fprintf(stderr, "the kernels have no %s\n", name);
    REQUIRE(address != 0);
    return address;
}

/* A library beside the kernels, for its symbols. */
static inline struct ve load_beside(const struct ve *ve, const char *name)
{
    struct ve other = {ve->proc, ve->ctx, veo_load_library(ve->proc, beside_kernels(name))};
    REQUIRE(other.lib != 0);
    return other;
}

static inline struct veo_args *words(size_t count, const uint64_t *values)
{
    struct veo_args *args = veo_args_alloc();
    REQUIRE(args != NULL);
    for (size_t i = 0; i < count; i++)
        veo_args_set_u64(args, (int)i, values[i]);
    return args;
}

static inline uint64_t submit(struct veo_thr_ctxt *ctx, uint64_t function, size_t count, const uint64_t *values)
{
    struct veo_args *args = words(count, values);
    uint64_t id = veo_call_async(ctx, function, args);
    veo_args_free(args);
    return id;
}

static inline int call_sync(struct veo_proc_handle *proc, uint64_t function, uint64_t *result, size_t count,
                            const uint64_t *values)
{
    struct veo_args *args = words(count, values);
    int status = veo_call_sync(proc, function, args, result);
    veo_args_free(args);
    return status;
}

#define COUNT(...) (sizeof((uint64_t[]){0, ##__VA_ARGS__}) / 8 - 1)
#define LIST(...) ((uint64_t[]){0, ##__VA_ARGS__} + 1)

/* Queues a call with 64-bit arguments: its id. */
#define SUBMIT(ctx, function, ...) submit((ctx), (function), COUNT(__VA_ARGS__), LIST(__VA_ARGS__))
/* Calls with 64-bit arguments on the main context and waits: the status. */
#define CALL_SYNC(proc, function, result, ...) \
    call_sync((proc), (function), (result), COUNT(__VA_ARGS__), LIST(__VA_ARGS__))

static inline uint64_t check_wait(struct veo_thr_ctxt *ctx, uint64_t id, const char *what, const char *file, int line)
{
    uint64_t value = UNTOUCHED;
    if (!check_true(id != VEO_REQUEST_ID_INVALID, what, file, line))
        return value;
    check_equal((uint64_t)veo_call_wait_result(ctx, id, &value), VEO_COMMAND_OK, what, file, line);
    return value;
}

/* Waits for a request that must be accepted and succeed: its value. */
#define WAIT(ctx, id) check_wait((ctx), (id), "status of " #id, __FILE__, __LINE__)
/* Calls with 64-bit arguments and waits: the value. */
#define CALL(ctx, function, ...) WAIT(ctx, SUBMIT(ctx, function, ##__VA_ARGS__))

/* A request ends with this status and value. */
#define CHECK_RESULT(ctx, id, status, value) \
    do { \
        uint64_t result_ = UNTOUCHED; \
        int status_ = veo_call_wait_result((ctx), (id), &result_); \
        check_equal((uint64_t)status_, (uint64_t)(status), "status of " #id, __FILE__, __LINE__); \
        check_equal(result_, (uint64_t)(value), "value of " #id, __FILE__, __LINE__); \
    } while (0)

/* Neither wait nor peek knows the id, and the place for the value is left alone. */
#define CHECK_UNKNOWN(ctx, id) \
    do { \
        uint64_t result_ = UNTOUCHED; \
        int waited_ = veo_call_wait_result((ctx), (id), &result_); \
        int peeked_ = veo_call_peek_result((ctx), (id), &result_); \
        check_equal((uint64_t)waited_, VEO_COMMAND_ERROR, "status of unknown " #id, __FILE__, __LINE__); \
        check_equal((uint64_t)peeked_, VEO_COMMAND_ERROR, "status of unknown " #id " (peek)", __FILE__, __LINE__); \
        check_equal(result_, UNTOUCHED, "value of unknown " #id, __FILE__, __LINE__); \
    } while (0)

/* A request is not final, and the place for the value is left alone. */
#define CHECK_UNFINISHED(ctx, id) \
    do { \
        uint64_t result_ = UNTOUCHED; \
        int peeked_ = veo_call_peek_result((ctx), (id), &result_); \
        check_equal((uint64_t)peeked_, VEO_COMMAND_UNFINISHED, "status of " #id, __FILE__, __LINE__); \
        check_equal(result_, UNTOUCHED, "value of " #id, __FILE__, __LINE__); \
    } while (0)

static inline uint64_t read_word(struct veo_proc_handle *proc, uint64_t address)
{
    uint64_t word = UNTOUCHED;
    CHECK_EQ(veo_read_mem(proc, &word, address, sizeof word), 0);
    return word;
}

static inline void write_word(struct veo_proc_handle *proc, uint64_t address, uint64_t word)
{
    CHECK_EQ(veo_write_mem(proc, address, &word, sizeof word), 0);
}

/* Holds a context up until the host lets it go on: the kernel `wait_for_gate` waits for a variable, which a second
 * context changes, since nothing orders two contexts.
 *
 * While the main context is held up, every function of the process waits, `symbol` too. */
struct gate {
    struct veo_thr_ctxt *side;
    uint64_t kernel, variable, opened;
};

/* Opens the second context that the gate needs. */
static inline struct gate gate_new(const struct ve *ve)
{
    struct gate gate = {veo_context_open(ve->proc), symbol(ve, "wait_for_gate"), symbol(ve, "gate"), 0};
    REQUIRE(gate.side != NULL);
    return gate;
}

/* Holds up what is submitted to `ctx` from now on. The id of the request that waits. */
static inline uint64_t gate_close(struct gate *gate, struct veo_thr_ctxt *ctx)
{
    return SUBMIT(ctx, gate->kernel, gate->opened + 1);
}

/* Lets go on what was held up. */
static inline void gate_open(struct gate *gate)
{
    gate->opened++;
    WAIT(gate->side, veo_async_write_mem(gate->side, gate->variable, &gate->opened, sizeof gate->opened));
}

/* Contexts besides the main one need this in libveo; it must not change between `veo_proc_create` and
 * `veo_context_open`. */
static inline void allow_contexts(void)
{
    setenv("VE_OMP_NUM_THREADS", "1", 1);
}

/* NEC's library looks for cards there. Without one it makes processes all the same. */
static inline int has_no_card(void)
{
    return !DIFFERS("it pretends cards") && access("/sys/class/ve", F_OK) != 0;
}

static inline void nap(unsigned milliseconds)
{
    usleep(milliseconds * 1000);
}

/* Lets libveo's own thread see what was submitted: the end of a context or process drops what it has not seen. */
static inline void let_libveo_see(void)
{
    if (!DIFFERS("it runs whatever was submitted before the end"))
        nap(100);
}

/* Bytes that differ from their neighbours, and from those of another seed. */
static inline void fill_pattern(void *to, size_t size, unsigned seed)
{
    uint32_t state = seed * 2654435761u + 1;
    for (size_t i = 0; i < size; i++) {
        state = state * 1664525u + 1013904223u;
        ((unsigned char *)to)[i] = (unsigned char)(state >> 24);
    }
}

#endif
