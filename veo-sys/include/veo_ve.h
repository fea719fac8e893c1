/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * For kernels: what code that runs on the VE may ask of its veorun. Nothing needs to be linked: the functions are there
 * when a host loads the library, and in libveorun.a. Written for crate veo-sys; shares no text with NEC's header.
 */
#ifndef VEO_SYS_VEO_VE_H
#define VEO_SYS_VEO_VE_H

#include <stdint.h>

#include "veo_hmem.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The result of an earlier request of the context that runs the caller; `offs` 0 is the request directly before, 1 the
 * one before that. 0, or -1 if there is no such request or it has no result. Every request counts: also those that libveo
 * makes itself, as for the first look-up of a symbol. `veo_req_block_begin` keeps other threads from submitting in between. */
int veo_prev_req_result(int offs, uint64_t *result);

/** A system call of the machine that runs the kernel. Its result, or the negative error number. */
long syscall_wrapper(int number, long a, long b, long c, long d, long e, long f);

#ifdef __cplusplus
}
#endif

#endif
