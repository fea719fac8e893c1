/* Calls one function on the VE: host VEORUN|- LIBRARY|- FUNCTION [INTEGER…]. Prints the value, or why there is none. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ve_offload.h>

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    struct veo_proc_handle *proc =
        strcmp(argv[1], "-") ? veo_proc_create_static(0, argv[1]) : veo_proc_create(0);
    if (!proc) {
        puts("no process");
        return 1;
    }
    uint64_t library = 0;
    if (strcmp(argv[2], "-") && !(library = veo_load_library(proc, argv[2]))) {
        puts("no library");
        return 1;
    }
    uint64_t function = veo_get_sym(proc, library, argv[3]);
    if (!function) {
        puts("no function");
        return 1;
    }
    struct veo_args *args = veo_args_alloc();
    for (int i = 4; i < argc; i++)
        veo_args_set_i64(args, i - 4, atol(argv[i]));
    uint64_t value = 0;
    int status = veo_call_sync(proc, function, args, &value);
    veo_args_free(args);
    if (status) {
        printf("failed: %d\n", status);
        return 1;
    }
    printf("value %ld\n", (long)value);
    /* Before what the worker prints when it ends. */
    fflush(stdout);
    return veo_proc_destroy(proc);
}
