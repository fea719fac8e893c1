/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * HMEM, "heterogeneous memory": pointers that tell by a tag in their upper bits whether they point to host memory (no tag)
 * or to the memory of a certain VE process. Part of the C API of libveo, version 16; included by ve_offload.h.
 *
 * In VE code only `veo_is_ve_addr`, `veo_get_hmem_addr`, `veo_get_max_proc_identifier` and
 * `veo_get_proc_identifier_from_hmem` exist. A tag must belong to a live process, except where a result says otherwise.
 */
#ifndef VEO_SYS_VEO_HMEM_H
#define VEO_SYS_VEO_HMEM_H

#include <stddef.h>
#include <sys/types.h>

/* HMEM works while a program has created at most this many VE processes. */
#define VEO_MAX_HMEM_PROCS 16
/* The layout of an HMEM pointer: "is a VE address", "of the process with this identifier". Names of our own. */
#define VEO_HMEM_VE_BIT 0x8000000000000000UL
#define VEO_HMEM_PROC_MASK 0x7800000000000000UL
#define VEO_HMEM_PROC_SHIFT 59

#ifdef __cplusplus
extern "C" {
#endif

struct veo_proc_handle;

/** Allocates VE memory and tags its address; host memory, untagged, if `proc` is NULL. 0, -1 or -2. */
int veo_alloc_hmem(struct veo_proc_handle *proc, void **addr, const size_t size);
/** Frees what `veo_alloc_hmem` gave. 0 on success. */
int veo_free_hmem(void *addr);
/** Copies between host and VE, or within one VE process. 0, or -1: also between two VE processes. */
int veo_hmemcpy(void *dst, const void *src, size_t size);
/** 1 if the pointer is tagged, else 0. */
int veo_is_ve_addr(const void *addr);
/** The pointer without its tag. */
void *veo_get_hmem_addr(void *addr);
/** How many identifiers there are: `VEO_MAX_HMEM_PROCS`. */
int veo_get_max_proc_identifier(void);
/** The identifier in the tag, -1 if untagged. */
int veo_get_proc_identifier_from_hmem(const void *addr);
/** Tags an address with the identifier of a process. NULL if there is no such identifier. */
void *veo_set_proc_identifier(void *addr, int ident);
/** The process of a tagged pointer. NULL if untagged, or if that process is destroyed. */
struct veo_proc_handle *veo_get_proc_handle_from_hmem(const void *addr);
/** The PID of the VE process of a tagged pointer, -1 if untagged. */
pid_t veo_get_pid_from_hmem(const void *addr);
/** The VE node of a tagged pointer, -1 if untagged. */
int veo_get_venum_from_hmem(const void *addr);
/** The architecture of a VE node: 1 or 3. 0 on an invalid node or environment, -1 if the system does not tell. */
int veo_get_ve_arch(int venode);

#ifdef __cplusplus
}
#endif

#endif
