/* A kernel library that leaves to the worker what a VE's runtime has. */
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <veo_ve.h>

long tags(void)
{
    void *tagged = (void *)(VEO_HMEM_VE_BIT | 3UL << VEO_HMEM_PROC_SHIFT | 0x1000);
    return veo_is_ve_addr(tagged) && !veo_is_ve_addr(&tagged) && veo_get_hmem_addr(tagged) == (void *)0x1000
        && veo_get_proc_identifier_from_hmem(tagged) == 3 && veo_get_max_proc_identifier() == VEO_MAX_HMEM_PROCS;
}

long system_calls(void)
{
    return syscall_wrapper(SYS_getpid, 0, 0, 0, 0, 0, 0) == getpid()
        && syscall_wrapper(SYS_close, -1, 0, 0, 0, 0, 0) == -EBADF;
}

long identity(long value)
{
    return value;
}

/* The result of the request before, -1 if it has none. */
long previous(long offs)
{
    uint64_t result = 0;
    return veo_prev_req_result((int)offs, &result) ? -1 : (long)result;
}

long previous_nowhere(void)
{
    return veo_prev_req_result(0, (uint64_t *)0);
}
