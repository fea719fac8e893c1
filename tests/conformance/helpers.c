/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Kernels that ask for what the VE process has for them. On a card, link with -laveoVE; see README.md.
 */
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

extern int veo_prev_req_result(int offs, uint64_t *result);
extern int veo_is_ve_addr(const void *address);
extern void *veo_get_hmem_addr(void *address);
extern int veo_get_max_proc_identifier(void);
extern int veo_get_proc_identifier_from_hmem(const void *address);
extern long syscall_wrapper(int number, long a, long b, long c, long d, long e, long f);

/* What there is no result of. */
#define NONE 0xbadbadbadbadUL

uint64_t previous_value(uint64_t offs)
{
    uint64_t value = NONE;
    return veo_prev_req_result((int)offs, &value) == 0 ? value : NONE;
}
uint64_t previous_code(uint64_t offs)
{
    uint64_t value;
    return (uint64_t)(int64_t)veo_prev_req_result((int)offs, &value);
}

uint64_t is_ve_address(void *pointer) { return (uint64_t)veo_is_ve_addr(pointer); }
uint64_t plain_address(void *pointer) { return (uint64_t)veo_get_hmem_addr(pointer); }
uint64_t most_identifiers(void) { return (uint64_t)veo_get_max_proc_identifier(); }
uint64_t identifier_of(void *pointer) { return (uint64_t)(int64_t)veo_get_proc_identifier_from_hmem(pointer); }
uint64_t load_tagged(void *pointer) { return *(uint64_t *)veo_get_hmem_addr(pointer); }

uint64_t wrapped_getpid(void) { return (uint64_t)syscall_wrapper(SYS_getpid, 0, 0, 0, 0, 0, 0); }
uint64_t wrapped_close(uint64_t fd) { return (uint64_t)syscall_wrapper(SYS_close, (long)fd, 0, 0, 0, 0, 0); }
