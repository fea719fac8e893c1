/* A hook is found by whichever address of the function the program has. */
#define _GNU_SOURCE
#include <assert.h>
#include <dlfcn.h>
#include <stdarg.h>
#include <ve_offload.h>

static int calls;
static uint64_t seen;

static void hook(void *payload, ...)
{
    va_list arguments;
    va_start(arguments, payload);
    (void)va_arg(arguments, struct veo_proc_handle *);
    seen = *va_arg(arguments, uint64_t *);
    va_end(arguments);
    ++*(int *)payload;
}

static void check(struct veo_proc_handle *proc, void *function, void *other)
{
    uint64_t address = 0;
    calls = 0;
    veo_register_hook(function, hook, &calls);
    assert(veo_get_hook(function) == (void *)hook);
    assert(veo_get_hook(other) == (void *)hook);
    assert(veo_alloc_mem(proc, &address, 64) == 0);
    assert(calls == 1 && seen == address);
    veo_unregister_hook(other);
    assert(!veo_get_hook(function));
    assert(veo_free_mem(proc, address) == 0);
    assert(veo_alloc_mem(proc, &address, 64) == 0);
    assert(calls == 1);
}

int main(void)
{
    struct veo_proc_handle *proc = veo_proc_create(0);
    assert(proc);
    void *own = (void *)veo_alloc_mem;
    void *library = dlopen("libveo.so.1", RTLD_NOW | RTLD_NOLOAD);
    assert(library);
    void *theirs = dlsym(library, "veo_alloc_mem");
    assert(theirs && dlvsym(library, "veo_alloc_mem", "VERSION_1") == theirs);
    check(proc, own, theirs);
    check(proc, theirs, own);
    /* Whatever other addresses are, they are keys of their own. */
    veo_register_hook(&calls, hook, &calls);
    assert(veo_get_hook(&calls) == (void *)hook && !veo_get_hook(own));
    return veo_proc_destroy(proc);
}
