/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * The C API of libveo, version 16: offload functions to an NEC Vector Engine (VE).
 * Written for crate veo-sys from the API's documented behaviour; shares no text with NEC's header.
 *
 * A `veo_proc_handle` is one VE process, a `veo_thr_ctxt` one thread in it with its own queue of requests. Requests of
 * one context run in order; nothing orders two contexts. Unless said otherwise handles must not be NULL, and calls may come from any thread.
 */
#ifndef VEO_SYS_VE_OFFLOAD_H
#define VEO_SYS_VE_OFFLOAD_H

#include <stddef.h>
#include <stdint.h>

#include "veo_hmem.h"

/* The version that `veo_api_version` returns. */
#define VEO_API_VERSION 16
/* The longest name of a symbol, and the longest path of a library, in bytes. */
#define VEO_SYMNAME_LEN_MAX 255
/* The most arguments a portable program passes to one function. libveo itself sets no limit. */
#define VEO_MAX_NUM_ARGS 256
/* What submitting functions return when they refuse. Every other value is a request id, 0 too. */
#define VEO_REQUEST_ID_INVALID 0xFFFFFFFFFFFFFFFFUL
/* Declared by libveo, without effect. */
#define VEO_LOG_CATEGORY "veos.veo.veo"

#ifdef __cplusplus
extern "C" {
#endif

/** The arguments of one call. Used by one thread at a time. */
struct veo_args;
/** One VE process. */
struct veo_proc_handle;
/** One VE thread and its queue of requests. */
struct veo_thr_ctxt;
/** What a new context shall be like: its stack size. */
struct veo_thr_ctxt_attr;

/** What `veo_get_context_state` returns. */
enum veo_context_state {
    /** Being opened. */
    VEO_STATE_UNKNOWN = 0,
    /** Takes requests. */
    VEO_STATE_RUNNING = 1,
    /** Never returned. */
    VEO_STATE_SYSCALL = 2,
    /** Never returned. */
    VEO_STATE_BLOCKED = 3,
    /** Closed, or its process is dead. */
    VEO_STATE_EXIT = 4
};

/** What became of a request: the result of `veo_call_wait_result` and `veo_call_peek_result`. */
enum veo_command_state {
    /** Done; the value is valid. */
    VEO_COMMAND_OK = 0,
    /** The VE process died of a signal in this request; the value is the signal. */
    VEO_COMMAND_EXCEPTION = 1,
    /** Cancelled, or no such request. */
    VEO_COMMAND_ERROR = 2,
    /** Not done yet. Only `veo_call_peek_result` returns it. */
    VEO_COMMAND_UNFINISHED = 3
};

/** Declared by libveo, never used. */
enum veo_queue_state {
    /** Never used. */
    VEO_QUEUE_READY = 0,
    /** Never used. */
    VEO_QUEUE_CLOSED = 1
};

/** Which way the bytes of a stack argument travel. Mind the order. */
enum veo_args_intent {
    /** To the VE, when the call is submitted. */
    VEO_INTENT_IN = 0,
    /** Both ways. */
    VEO_INTENT_INOUT = 1,
    /** Back to the host, when the call has completed. */
    VEO_INTENT_OUT = 2
};

/* ---- Version ---- */

/** The version of the API, `VEO_API_VERSION`. */
int veo_api_version(void);
/** The version of the package, such as "3.0.2". A static string. */
const char *veo_version_string(void);

/* ---- Process ---- */

/** Starts a VE process on a node; -1 takes the node from the environment. NULL on failure.
 * The process dies with the thread that created it. */
struct veo_proc_handle *veo_proc_create(int venode);
/** As `veo_proc_create`, with a VE program of your own. `binary` is a command line, split at spaces. NULL on failure. */
struct veo_proc_handle *veo_proc_create_static(int venode, char *binary);
/** Ends a VE process and closes its contexts; pending results are lost. Returns 0. */
int veo_proc_destroy(struct veo_proc_handle *proc);
/** The number of this process in this program: the lowest that is free. -1 if the process is not alive. */
int veo_proc_identifier(struct veo_proc_handle *proc);

/* ---- Library ---- */

/** Loads a shared library in the VE process. Returns its handle, 0 on failure. */
uint64_t veo_load_library(struct veo_proc_handle *proc, const char *name);
/** Unloads a library. 0 on success, -1 if it was not loaded or the process is dead, else the signal that killed it. */
int veo_unload_library(struct veo_proc_handle *proc, const uint64_t handle);
/** The VE address of a function or variable; handle 0 is the VE program itself. 0 if there is none. */
uint64_t veo_get_sym(struct veo_proc_handle *proc, uint64_t handle, const char *name);

/* ---- Memory ---- */

/** Allocates VE memory. 0 on success, -1 if out of memory or the process is dead, -2 on an internal error. */
int veo_alloc_mem(struct veo_proc_handle *proc, uint64_t *addr, const size_t size);
/** Frees VE memory. 0, also when the process is dead; -1 on an internal error. */
int veo_free_mem(struct veo_proc_handle *proc, uint64_t addr);
/** Copies from the VE to the host and waits. 0 or -1. A bad VE address kills the VE process. */
int veo_read_mem(struct veo_proc_handle *proc, void *dst, uint64_t src, size_t size);
/** Copies from the host to the VE and waits. 0 or -1. A bad VE address kills the VE process. */
int veo_write_mem(struct veo_proc_handle *proc, uint64_t dst, const void *src, size_t size);

/* ---- Context ---- */

/** Opens a context; the first one of a process runs on its main thread. NULL on failure.
 * More than one needs VE_OMP_NUM_THREADS=1. */
struct veo_thr_ctxt *veo_context_open(struct veo_proc_handle *proc);
/** As `veo_context_open`, with attributes. NULL on failure, with EINVAL if a pointer is NULL. */
struct veo_thr_ctxt *veo_context_open_with_attr(struct veo_proc_handle *proc, struct veo_thr_ctxt_attr *attr);
/** Closes a context, after what is queued on it. Returns 0. Does nothing to the main context. */
int veo_context_close(struct veo_thr_ctxt *ctxt);
/** The last known state, one of `enum veo_context_state`. A crash shows only after a wait or peek. */
int veo_get_context_state(struct veo_thr_ctxt *ctxt);
/** Waits for everything submitted so far. The results remain to be fetched. */
void veo_context_sync(struct veo_thr_ctxt *ctxt);
/** How many contexts are open. -1 with EINVAL if `proc` is NULL. */
int veo_num_contexts(struct veo_proc_handle *proc);
/** The open context of this index, 0 is the main one. NULL if there is none. */
struct veo_thr_ctxt *veo_get_context(struct veo_proc_handle *proc, int idx);
/** New attributes: a stack of 128 MiB. */
struct veo_thr_ctxt_attr *veo_alloc_thr_ctxt_attr(void);
/** Frees attributes. 0, or -1 with EINVAL if NULL. */
int veo_free_thr_ctxt_attr(struct veo_thr_ctxt_attr *attr);
/** Sets the stack size. 0, or -1 with EINVAL if NULL or below 4 MiB. */
int veo_set_thr_ctxt_stacksize(struct veo_thr_ctxt_attr *attr, size_t size);
/** Gets the stack size. 0, or -1 with EINVAL if a pointer is NULL. */
int veo_get_thr_ctxt_stacksize(struct veo_thr_ctxt_attr *attr, size_t *size);

/* ---- Arguments: the setters return 0; indexes start at 0 and must leave no hole ---- */

/** A new, empty list of arguments. */
struct veo_args *veo_args_alloc(void);
/** Frees a list; allowed as soon as the call is submitted. NULL is allowed. */
void veo_args_free(struct veo_args *args);
/** Empties a list for its next use. */
void veo_args_clear(struct veo_args *args);
/** Sets an argument of 64 bits. */
int veo_args_set_i64(struct veo_args *args, int argnum, int64_t value);
/** Sets an argument of 64 bits. */
int veo_args_set_u64(struct veo_args *args, int argnum, uint64_t value);
/** Sets an argument of 32 bits. */
int veo_args_set_i32(struct veo_args *args, int argnum, int32_t value);
/** Sets an argument of 32 bits. */
int veo_args_set_u32(struct veo_args *args, int argnum, uint32_t value);
/** Sets an argument of 16 bits. */
int veo_args_set_i16(struct veo_args *args, int argnum, int16_t value);
/** Sets an argument of 16 bits. */
int veo_args_set_u16(struct veo_args *args, int argnum, uint16_t value);
/** Sets an argument of 8 bits. */
int veo_args_set_i8(struct veo_args *args, int argnum, int8_t value);
/** Sets an argument of 8 bits. */
int veo_args_set_u8(struct veo_args *args, int argnum, uint8_t value);
/** Sets an argument of type double. */
int veo_args_set_double(struct veo_args *args, int argnum, double value);
/** Sets an argument of type float: it lies in the upper half of its 64 bits. */
int veo_args_set_float(struct veo_args *args, int argnum, float value);
/** Sets an HMEM pointer, its tag included. */
int veo_args_set_hmem(struct veo_args *args, int argnum, void *hmem);
/** Sets a buffer that is copied onto the VE stack, the callee gets its address.
 * An IN buffer is read when the call is submitted; the others must stay valid until the result was fetched. */
int veo_args_set_stack(struct veo_args *args, enum veo_args_intent intent, int argnum, char *buf, size_t len);

/* ---- Calls ---- */

/** Calls a VE function on the main thread and waits. 0, or -1; after an exception `*result` is the signal. */
int veo_call_sync(struct veo_proc_handle *proc, uint64_t addr, struct veo_args *args, uint64_t *result);
/** Queues a call. Returns the request id, or `VEO_REQUEST_ID_INVALID` if refused. */
uint64_t veo_call_async(struct veo_thr_ctxt *ctxt, uint64_t addr, struct veo_args *args);
/** `veo_get_sym`, which may block, and `veo_call_async`. `VEO_REQUEST_ID_INVALID` also if there is no such function. */
uint64_t veo_call_async_by_name(struct veo_thr_ctxt *ctxt, uint64_t lib, const char *name, struct veo_args *args);
/** Queues a call of a host function, in order with the other requests. It runs on a thread of libveo. */
uint64_t veo_call_async_vh(struct veo_thr_ctxt *ctxt, uint64_t (*func)(void *), void *arg);
/** The state of a request, one of `enum veo_command_state`, or -1. A final state is told once: then the id is gone. */
int veo_call_peek_result(struct veo_thr_ctxt *ctxt, uint64_t reqid, uint64_t *retp);
/** Waits for a request; results as for `veo_call_peek_result`. Two threads must not wait for the same request. */
int veo_call_wait_result(struct veo_thr_ctxt *ctxt, uint64_t reqid, uint64_t *retp);

/* ---- Asynchronous memory: the results are fetched as those of calls ---- */

/** Queues a copy from the VE to the host. `dst` is valid after the request's final state was fetched. */
uint64_t veo_async_read_mem(struct veo_thr_ctxt *ctxt, void *dst, uint64_t src, size_t size);
/** Queues a copy from the host to the VE. `src` must not change until the request's final state was fetched. */
uint64_t veo_async_write_mem(struct veo_thr_ctxt *ctxt, uint64_t dst, const void *src, size_t size);
/** Queues an allocation. The request's value is the address, 0 if out of memory. */
uint64_t veo_alloc_mem_async(struct veo_thr_ctxt *ctxt, const size_t size);
/** Queues a release. The request's value is 0. */
uint64_t veo_free_mem_async(struct veo_thr_ctxt *ctxt, uint64_t addr);

/* ---- Request blocks ---- */

/** Keeps other threads from submitting to this context. Nests. */
void veo_req_block_begin(struct veo_thr_ctxt *ctxt);
/** Ends a block; by the thread that began it. */
void veo_req_block_end(struct veo_thr_ctxt *ctxt);

/* ---- Hooks: not thread safe ---- */

/** Sets the hook of one API function, such as `veo_alloc_mem`. It runs after the function succeeded,
 * with `payload`, the arguments, and, from allocations, the address. */
void veo_register_hook(void *func, void (*hook)(void *, ...), void *payload);
/** The hook of an API function, NULL if none. */
void *veo_get_hook(void *func);
/** Removes the hook of an API function. */
void veo_unregister_hook(void *func);
/** Sets hooks on all that allocates and frees VE memory: `alloc(tagged address, size)` and `free(tagged address)`. */
void veo_register_hmem_hook_functions(void (*alloc)(void *, size_t), void (*free)(uint64_t));
/** Removes what is registered on the functions that allocate and free VE memory. */
void veo_unregister_hmem_hook_functions(void);

#ifdef __cplusplus
}
#endif

#endif
