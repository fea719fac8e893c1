/* closed LIBRARY STREAMS: closes the standard streams whose digits are in STREAMS, has a kernel print on all of them, and
 * looks whether it still answers. Exit status 0 if so. Kernels are in other.c. */
#include <ve_offload.h>

#include <unistd.h>

static int call(struct veo_proc_handle *proc, struct veo_thr_ctxt *ctx, uint64_t lib, const char *name, uint64_t *value)
{
    struct veo_args *args = veo_args_alloc();
    uint64_t id = veo_call_async(ctx, veo_get_sym(proc, lib, name), args);
    veo_args_free(args);
    return veo_call_wait_result(ctx, id, value);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    for (const char *stream = argv[2]; *stream; stream++)
        close(*stream - '0');
    struct veo_proc_handle *proc = veo_proc_create(0);
    if (!proc)
        return 3;
    struct veo_thr_ctxt *ctx = veo_context_open(proc);
    uint64_t lib = veo_load_library(proc, argv[1]);
    uint64_t value = 0;
    for (int round = 0; round < 3; round++) {
        if (call(proc, ctx, lib, "print_everywhere", &value) != VEO_COMMAND_OK)
            return 4;
        /* Twice as long as either side sleeps between two looks at the ring. */
        usleep(round == 1 ? 2100000 : 1000);
    }
    if (call(proc, ctx, lib, "only_here", &value) != VEO_COMMAND_OK || value != 5)
        return 5;
    return veo_proc_destroy(proc);
}
