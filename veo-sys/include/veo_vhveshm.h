/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * System V shared memory of the host, attached by a VE process. Part of the C API of libveo, version 16. Needs a card and
 * VE libraries: without them the calls fail with ENOTSUP, or EBUSY.
 */
#ifndef VEO_SYS_VEO_VHVESHM_H
#define VEO_SYS_VEO_VHVESHM_H

#include <stddef.h>
#include <sys/ipc.h>

#ifdef __cplusplus
extern "C" {
#endif

struct veo_proc_handle;

/** The id of the segment with this key. -1 with errno on failure. */
int veo_shmget(struct veo_proc_handle *proc, key_t key, size_t size, int flag);
/** Attaches a segment; `*vehva` gets its address for DMA. All ones with errno on failure: EFAULT if `vehva` is NULL. */
void *veo_shmat(struct veo_proc_handle *proc, int shmid, const void *addr, int flag, void **vehva);
/** Detaches a segment. 0, or -1 with errno. */
int veo_shmdt(struct veo_proc_handle *proc, const void *addr);

#ifdef __cplusplus
}
#endif

#endif
