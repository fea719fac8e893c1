/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * VE DMA and shared memory. What they do needs a card and VE libraries; what is wrong with their arguments does not.
 */
#include <sys/ipc.h>
#include <sys/shm.h>
#include <veo_vedma.h>
#include <veo_veshm.h>
#include <veo_vhveshm.h>

#include "support.h"

#define ALL_ONES UINT64_MAX

#define CHECK_FAILS(call, result, error) \
    do { \
        errno = 0; \
        check_equal((uint64_t)(call), (uint64_t)(result), #call, __FILE__, __LINE__); \
        check_equal((uint64_t)errno, (error), "errno of " #call, __FILE__, __LINE__); \
    } while (0)

static void check_arguments(const struct ve *ve)
{
    TOPIC("wrong arguments");
    char host_memory[64];
    CHECK_FAILS(veo_shared_mem_open(host_memory, 64, 0, VE_REGISTER_NONE), -1, EINVAL);
    CHECK_FAILS(veo_shared_mem_close(host_memory, 64, 0, VE_REGISTER_NONE), -1, EINVAL);
    CHECK_EQ(veo_dma_post(ve->proc, 0x1000, 0x2000, 64, NULL), -EFAULT);
    CHECK_EQ(veo_dma_poll(ve->proc, NULL), -EFAULT);
    CHECK_FAILS(veo_shmat(ve->proc, 0, NULL, 0, NULL), ALL_ONES, EFAULT);
}

/* The answers without the VE libraries libveio.so and libveohmem.so. */
static void check_missing(const struct ve *ve)
{
    TOPIC("without the VE libraries");
    void *memory = NULL, *vehva = NULL;
    ve_dma_handle_t handle = {0, 0};
    REQUIRE(veo_alloc_hmem(ve->proc, &memory, 4096) == 0);
    if (!WITHOUT_CARD("there is no such hardware")) {
        SKIP("a card may have them");
    } else {
        CHECK_FAILS(veo_shared_mem_open(memory, 4096, 0, VE_REGISTER_NONE), -1, ENOTSUP);
        CHECK_FAILS(veo_shared_mem_close(memory, 4096, 0, VE_REGISTER_NONE), -1, ENOTSUP);
        CHECK_FAILS(veo_shared_mem_attach(ve->proc, getpid(), memory, 4096, 0, VE_REGISTER_VEMVA), ALL_ONES, ENOTSUP);
        CHECK_FAILS(veo_shared_mem_attach(ve->proc, getpid(), memory, 4096, 0, VE_REGISTER_VEHVA), ALL_ONES, ENOTSUP);
        CHECK_FAILS(veo_shared_mem_detach(ve->proc, memory, VE_REGISTER_VEMVA), -1, ENOTSUP);
        CHECK_FAILS(veo_shmget(ve->proc, IPC_PRIVATE, 4096, IPC_CREAT | 0600), -1, ENOTSUP);
        CHECK_FAILS(veo_shmat(ve->proc, 0, NULL, 0, &vehva), ALL_ONES, ENOTSUP);
        CHECK_FAILS(veo_shmdt(ve->proc, (void *)0x1000), -1, ENOTSUP);
        CHECK_FAILS(veo_register_mem_to_dmaatb(memory, 4096), ALL_ONES, ENOTSUP);
        CHECK_FAILS(veo_unregister_mem_from_dmaatb(ve->proc, 0x1000), -1, ENOTSUP);
        errno = 4711;
        CHECK_EQ(veo_dma_post(ve->proc, 0x1000, 0x2000, 64, &handle), -ENOTSUP);
        CHECK_EQ(veo_dma_poll(ve->proc, &handle), -ENOTSUP);
        CHECK_EQ(veo_dma_post_wait(ve->proc, 0x1000, 0x2000, 64), -ENOTSUP);
        CHECK_EQ(errno, 4711);
    }
    CHECK_EQ(veo_free_hmem(memory), 0);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    struct ve ve = start();
    check_arguments(&ve);
    check_missing(&ve);
    TOPIC("veo_access_pcircvsyc_register");
    veo_access_pcircvsyc_register(ve.proc);
    CHECK_EQ(CALL(ve.ctx, symbol(&ve, "echo"), 1), 1);
    stop(&ve);
    return check_end();
}
