/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * The DMA engine of a VE, driven from the host. Part of the C API of libveo, version 16. Needs a card and VE libraries:
 * without them the calls fail with ENOTSUP, or EBUSY. The `veo_dma_*` functions return errors as negative values and leave errno alone.
 */
#ifndef VEO_SYS_VEO_VEDMA_H
#define VEO_SYS_VEO_VEDMA_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct veo_proc_handle;

/** A DMA transfer under way. */
typedef struct {
    /** How far it is. */
    int status;
    /** Its descriptor. */
    int index;
} ve_dma_handle_t;

/** Starts a DMA transfer. 0, -EAGAIN (no descriptor free), -ENOTSUP, -EBUSY, or -EFAULT (`handle` is NULL). */
int veo_dma_post(struct veo_proc_handle *proc, uint64_t dst, uint64_t src, int size, ve_dma_handle_t *handle);
/** 0 when done, -EAGAIN before that; 1 to 65535 are exception bits; errors as `veo_dma_post`. */
int veo_dma_poll(struct veo_proc_handle *proc, ve_dma_handle_t *handle);
/** Starts a DMA transfer and waits. 0, exception bits (1 to 65535), -ENOTSUP or -EBUSY. */
int veo_dma_post_wait(struct veo_proc_handle *proc, uint64_t dst, uint64_t src, int size);
/** Registers HMEM for DMA. Its VE host virtual address; all ones with errno on failure. */
uint64_t veo_register_mem_to_dmaatb(void *hmem, size_t size);
/** Ends a registration. 0, or -1 with errno. */
int veo_unregister_mem_from_dmaatb(struct veo_proc_handle *proc, uint64_t vehva);
/** Has every open context access the PCIRCVSYC register, in order with its requests. Nothing tells the outcome. */
void veo_access_pcircvsyc_register(struct veo_proc_handle *proc);

#ifdef __cplusplus
}
#endif

#endif
