/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * The binary interface, the version, constants, and what works without a process.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <ve_offload.h>
#include <veo_vedma.h>
#include <veo_veshm.h>
#include <veo_vhveshm.h>

#include "support.h"

static const char *const names[] = {
    "veo_access_pcircvsyc_register", "veo_alloc_hmem", "veo_alloc_mem", "veo_alloc_mem_async",
    "veo_alloc_thr_ctxt_attr", "veo_api_version", "veo_args_alloc", "veo_args_clear", "veo_args_free",
    "veo_args_set_double", "veo_args_set_float", "veo_args_set_hmem", "veo_args_set_i16", "veo_args_set_i32",
    "veo_args_set_i64", "veo_args_set_i8", "veo_args_set_stack", "veo_args_set_u16", "veo_args_set_u32",
    "veo_args_set_u64", "veo_args_set_u8", "veo_async_read_mem", "veo_async_write_mem", "veo_call_async",
    "veo_call_async_by_name", "veo_call_async_vh", "veo_call_peek_result", "veo_call_sync", "veo_call_wait_result",
    "veo_context_close", "veo_context_open", "veo_context_open_with_attr", "veo_context_sync", "veo_dma_poll",
    "veo_dma_post", "veo_dma_post_wait", "veo_free_hmem", "veo_free_mem", "veo_free_mem_async",
    "veo_free_thr_ctxt_attr", "veo_get_context", "veo_get_context_state", "veo_get_hmem_addr", "veo_get_hook",
    "veo_get_max_proc_identifier", "veo_get_pid_from_hmem", "veo_get_proc_handle_from_hmem",
    "veo_get_proc_identifier_from_hmem", "veo_get_sym", "veo_get_thr_ctxt_stacksize", "veo_get_ve_arch",
    "veo_get_venum_from_hmem", "veo_hmemcpy", "veo_is_ve_addr", "veo_load_library", "veo_num_contexts",
    "veo_proc_create", "veo_proc_create_static", "veo_proc_destroy", "veo_proc_identifier", "veo_read_mem",
    "veo_register_hmem_hook_functions", "veo_register_hook", "veo_register_mem_to_dmaatb", "veo_req_block_begin",
    "veo_req_block_end", "veo_set_proc_identifier", "veo_set_thr_ctxt_stacksize", "veo_shared_mem_attach",
    "veo_shared_mem_close", "veo_shared_mem_detach", "veo_shared_mem_open", "veo_shmat", "veo_shmdt", "veo_shmget",
    "veo_unload_library", "veo_unregister_hmem_hook_functions", "veo_unregister_hook",
    "veo_unregister_mem_from_dmaatb", "veo_version_string", "veo_write_mem",
};
_Static_assert(sizeof names / sizeof *names == 81, "the library has 81 functions");

static void check_names(void)
{
    TOPIC("exported names");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        void *plain = dlsym(RTLD_DEFAULT, names[i]);
        void *versioned = dlvsym(RTLD_DEFAULT, names[i], "VERSION_1");
        if (!CHECK(versioned != NULL) || !CHECK_PTR(plain, versioned))
            fprintf(stderr, "    it is %s@@VERSION_1\n", names[i]);
    }
    /* Names without a definition: in libveo's version map, and in a header. */
    CHECK_PTR(dlsym(RTLD_DEFAULT, "veo_proc__create"), NULL);
    CHECK_PTR(dlsym(RTLD_DEFAULT, "veo_call_result"), NULL);
    CHECK_PTR(dlsym(RTLD_DEFAULT, "veo_dma_read_ctrl_reg"), NULL);
    CHECK_PTR(dlsym(RTLD_DEFAULT, "syscall_wrapper"), NULL);

    TOPIC("SONAME");
    Dl_info info = {0};
    REQUIRE(dladdr(dlsym(RTLD_DEFAULT, "veo_api_version"), &info) != 0);
    const char *slash = strrchr(info.dli_fname, '/');
    const char *file = slash ? slash + 1 : info.dli_fname;
    /* In PyVEO's wheel it is libveo-6b12de09.so.1.0.0. */
    if (DIFFERS("it is in no wheel") || strncmp(file, "libveo-", 7) != 0)
        CHECK_TEXT(file, "libveo.so.1");
}

static void check_constants(void)
{
    TOPIC("constants");
    CHECK_EQ(VEO_API_VERSION, 16);
    CHECK_EQ(VEO_SYMNAME_LEN_MAX, 255);
    CHECK_EQ(VEO_MAX_NUM_ARGS, 256);
    CHECK_EQ(VEO_REQUEST_ID_INVALID, UINT64_MAX);
    CHECK_TEXT(VEO_LOG_CATEGORY, "veos.veo.veo");
    CHECK_EQ(sizeof(enum veo_context_state), sizeof(int));
    CHECK_EQ(VEO_STATE_UNKNOWN, 0);
    CHECK_EQ(VEO_STATE_RUNNING, 1);
    CHECK_EQ(VEO_STATE_SYSCALL, 2);
    CHECK_EQ(VEO_STATE_BLOCKED, 3);
    CHECK_EQ(VEO_STATE_EXIT, 4);
    CHECK_EQ(sizeof(enum veo_command_state), sizeof(int));
    CHECK_EQ(VEO_COMMAND_OK, 0);
    CHECK_EQ(VEO_COMMAND_EXCEPTION, 1);
    CHECK_EQ(VEO_COMMAND_ERROR, 2);
    CHECK_EQ(VEO_COMMAND_UNFINISHED, 3);
    CHECK_EQ(sizeof(enum veo_queue_state), sizeof(int));
    CHECK_EQ(VEO_QUEUE_READY, 0);
    CHECK_EQ(VEO_QUEUE_CLOSED, 1);
    CHECK_EQ(sizeof(enum veo_args_intent), sizeof(int));
    CHECK_EQ(VEO_INTENT_IN, 0);
    CHECK_EQ(VEO_INTENT_INOUT, 1);
    CHECK_EQ(VEO_INTENT_OUT, 2);
    CHECK_EQ(VE_SHM_RO, 0x1);
    CHECK_EQ(VE_PCISYNC, 0x2);
    CHECK_EQ(VE_REGISTER_PCI, 0x4);
    CHECK_EQ(VE_MAP_256MB, 0x10);
    CHECK_EQ(VE_REGISTER_NONE, 0x1000);
    CHECK_EQ(VE_REGISTER_VEMVA, 0x2000);
    CHECK_EQ(VE_REGISTER_VEHVA, 0x4000);
    CHECK_EQ(VE_MEM_LOCAL, 0x8000);
    CHECK_EQ(sizeof(ve_dma_handle_t), 2 * sizeof(int));
    CHECK_EQ(offsetof(ve_dma_handle_t, status), 0);
    CHECK_EQ(offsetof(ve_dma_handle_t, index), sizeof(int));
}

static void check_version(void)
{
    TOPIC("version");
    CHECK_EQ(veo_api_version(), 16);
    CHECK_TEXT(veo_version_string(), "3.0.2");
    CHECK_PTR(veo_version_string(), veo_version_string());
}

/* The end of this program is a check, too: it never had a process. */
static void check_without_process(void)
{
    TOPIC("no process yet");
    errno = 0;
    CHECK_EQ(veo_num_contexts(NULL), -1);
    CHECK_EQ(errno, EINVAL);
    CHECK_PTR(veo_get_hook((void *)veo_alloc_mem), NULL);
    veo_unregister_hook((void *)veo_alloc_mem);
    CHECK_PTR(veo_get_hook((void *)veo_alloc_mem), NULL);
    veo_unregister_hmem_hook_functions();
    CHECK_PTR(veo_get_hook((void *)veo_free_mem_async), NULL);
    if (DIFFERS("libveo crashes")) {
        CHECK_EQ(veo_proc_identifier(NULL), -1);
        CHECK_PTR(veo_get_proc_handle_from_hmem((void *)0x8000000000001000), NULL);
        CHECK_EQ(veo_get_pid_from_hmem((void *)0x8000000000001000), -1);
        CHECK_EQ(veo_get_venum_from_hmem((void *)0x8000000000001000), -1);
        CHECK_EQ(veo_free_hmem((void *)0x8000000000001000), -1);
        CHECK_EQ(veo_hmemcpy((void *)0x8000000000001000, "x", 1), -1);
    }
}

/* libveo checks almost none of these. */
static void check_null_handles(void)
{
    TOPIC("NULL");
    if (!DIFFERS("libveo crashes"))
        return;
    uint64_t word = UNTOUCHED, address = UNTOUCHED;
    struct veo_args *args = veo_args_alloc();
    CHECK_PTR(veo_proc_create_static(-1, NULL), NULL);
    CHECK_EQ(veo_load_library(NULL, "x"), 0);
    CHECK_EQ(veo_unload_library(NULL, 1), -1);
    CHECK_EQ(veo_get_sym(NULL, 1, "x"), 0);
    CHECK_EQ(veo_alloc_mem(NULL, &address, 8), -1);
    CHECK_EQ(veo_read_mem(NULL, &word, 8, 8), -1);
    CHECK_EQ(veo_write_mem(NULL, 8, &word, 8), -1);
    CHECK_PTR(veo_context_open(NULL), NULL);
    CHECK_PTR(veo_get_context(NULL, 0), NULL);
    CHECK_EQ(veo_call_sync(NULL, 8, args, &word), -1);
    CHECK_EQ(veo_call_async(NULL, 8, args), VEO_REQUEST_ID_INVALID);
    CHECK_EQ(veo_call_async_by_name(NULL, 0, "x", args), VEO_REQUEST_ID_INVALID);
    CHECK_EQ(veo_call_async_vh(NULL, NULL, NULL), VEO_REQUEST_ID_INVALID);
    CHECK_EQ(veo_call_peek_result(NULL, 0, &word), VEO_COMMAND_ERROR);
    CHECK_EQ(veo_call_wait_result(NULL, 0, &word), VEO_COMMAND_ERROR);
    CHECK_EQ(veo_async_read_mem(NULL, &word, 8, 8), VEO_REQUEST_ID_INVALID);
    CHECK_EQ(veo_async_write_mem(NULL, 8, &word, 8), VEO_REQUEST_ID_INVALID);
    CHECK_EQ(veo_alloc_mem_async(NULL, 8), VEO_REQUEST_ID_INVALID);
    CHECK_EQ(veo_free_mem_async(NULL, 8), VEO_REQUEST_ID_INVALID);
    CHECK_EQ(veo_args_set_u64(NULL, 0, 1), -1);
    CHECK_EQ(veo_args_set_stack(NULL, VEO_INTENT_IN, 0, NULL, 0), -1);
    veo_args_clear(NULL);
    veo_context_sync(NULL);
    veo_req_block_begin(NULL);
    veo_req_block_end(NULL);
    CHECK_EQ(word, UNTOUCHED);
    veo_args_free(args);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    check_names();
    check_constants();
    check_version();
    check_without_process();
    check_null_handles();
    return check_end();
}
