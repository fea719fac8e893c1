/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Memory shared between VE processes (VESHM). Part of the C API of libveo, version 16. Needs a card and VE libraries:
 * without them the calls fail with ENOTSUP, or EBUSY.
 */
#ifndef VEO_SYS_VEO_VESHM_H
#define VEO_SYS_VEO_VESHM_H

#include <stddef.h>
#include <sys/types.h>

/* The bits of `mode`. */
#define VE_SHM_RO 0x1LL
#define VE_PCISYNC 0x2LL
#define VE_REGISTER_PCI 0x4LL
#define VE_MAP_256MB 0x10LL
#define VE_REGISTER_NONE 0x1000LL
#define VE_REGISTER_VEMVA 0x2000LL
#define VE_REGISTER_VEHVA 0x4000LL
#define VE_MEM_LOCAL 0x8000LL

#ifdef __cplusplus
extern "C" {
#endif

struct veo_proc_handle;

/** Shares a piece of HMEM. 0, or -1 with errno: EINVAL if untagged. */
int veo_shared_mem_open(void *hmem, size_t size, int syncnum, long long mode);
/** Ends the sharing. 0, or -1 with errno. */
int veo_shared_mem_close(void *hmem, size_t size, int syncnum, long long mode);
/** Attaches what process `owner` shares. The address, tagged with `VE_REGISTER_VEMVA`; all ones with errno on failure. */
void *veo_shared_mem_attach(struct veo_proc_handle *proc, pid_t owner, void *hmem, size_t size, int syncnum, long long mode);
/** Detaches. 0, or -1 with errno. */
int veo_shared_mem_detach(struct veo_proc_handle *proc, void *addr, long long mode);

#ifdef __cplusplus
}
#endif

#endif
