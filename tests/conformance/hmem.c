/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * HMEM: tagged pointers, and copies between everything.
 */
#include "support.h"

static void *tagged(uint64_t address, int identifier)
{
    return (void *)(1UL << 63 | (uint64_t)identifier << 59 | address);
}

static void check_tags(void)
{
    TOPIC("tags");
    int on_stack = 0;
    CHECK_EQ(veo_get_max_proc_identifier(), 16);
    CHECK_PTR(veo_set_proc_identifier((void *)0x1000, 15), 0xf800000000001000);
    CHECK_PTR(veo_set_proc_identifier((void *)0x1000, 0), 0x8000000000001000);
    for (int i = 0; i < 16; i++) {
        void *pointer = veo_set_proc_identifier((void *)0x123456789abc, i);
        CHECK_PTR(pointer, tagged(0x123456789abc, i));
        CHECK_EQ(veo_is_ve_addr(pointer), 1);
        CHECK_EQ(veo_get_proc_identifier_from_hmem(pointer), i);
        CHECK_PTR(veo_get_hmem_addr(pointer), 0x123456789abc);
    }
    CHECK_PTR(veo_set_proc_identifier((void *)0x1000, -1), NULL);
    CHECK_PTR(veo_set_proc_identifier((void *)0x1000, 16), NULL);
    /* Bits that are there remain. */
    CHECK_PTR(veo_set_proc_identifier(tagged(0x1000, 1), 4), tagged(0x1000, 5));

    TOPIC("pointers without a tag");
    CHECK_EQ(veo_is_ve_addr(&on_stack), 0);
    CHECK_EQ(veo_is_ve_addr(NULL), 0);
    CHECK_PTR(veo_get_hmem_addr(&on_stack), &on_stack);
    CHECK_PTR(veo_get_hmem_addr((void *)0x7800000000001000), 0x7800000000001000);
    CHECK_EQ(veo_is_ve_addr((void *)0x7800000000001000), 0);
    CHECK_EQ(veo_get_proc_identifier_from_hmem(&on_stack), -1);
    CHECK_PTR(veo_get_proc_handle_from_hmem(&on_stack), NULL);
    CHECK_EQ(veo_get_pid_from_hmem(&on_stack), -1);
    CHECK_EQ(veo_get_venum_from_hmem(&on_stack), -1);
}

static void check_host_memory(void)
{
    TOPIC("host memory");
    char *memory = NULL, *other = NULL;
    CHECK_EQ(veo_alloc_hmem(NULL, (void **)&memory, 100), 0);
    CHECK_EQ(veo_alloc_hmem(NULL, (void **)&other, 100), 0);
    REQUIRE(memory && other);
    CHECK_EQ(veo_is_ve_addr(memory), 0);
    strcpy(memory, "from host to host");
    CHECK_EQ(veo_hmemcpy(other, memory, 100), 0);
    CHECK_TEXT(other, "from host to host");
    CHECK_EQ(veo_hmemcpy(other, memory, 0), 0);
    CHECK_EQ(veo_free_hmem(memory), 0);
    CHECK_EQ(veo_free_hmem(other), 0);
}

static void check_allocation(const struct ve *ve)
{
    TOPIC("VE memory");
    void *memory = NULL;
    int identifier = veo_proc_identifier(ve->proc);
    CHECK_EQ(veo_alloc_hmem(ve->proc, &memory, 1000), 0);
    CHECK_EQ(veo_is_ve_addr(memory), 1);
    CHECK_EQ(veo_get_proc_identifier_from_hmem(memory), identifier);
    CHECK_PTR(veo_get_proc_handle_from_hmem(memory), ve->proc);
    CHECK_EQ(veo_get_pid_from_hmem(memory), CALL(ve->ctx, symbol(ve, "process_id")));
    if (getenv("VE_NODE_NUMBER") || getenv("_VENODELIST"))
        CHECK(veo_get_venum_from_hmem(memory) >= 0);
    else
        CHECK_EQ(veo_get_venum_from_hmem(memory), 0);
    uint64_t plain = (uint64_t)veo_get_hmem_addr(memory);
    CHECK_EQ(plain & 0xf800000000000000, 0);
    CHECK_PTR(memory, tagged(plain, identifier));
    write_word(ve->proc, plain, 4711);
    CHECK_EQ(CALL(ve->ctx, symbol(ve, "load_word"), plain), 4711);

    TOPIC("tags in kernels");
    struct ve helpers = load_beside(ve, "libhelpers.so");
    struct veo_args *args = veo_args_alloc();
    CHECK_EQ(veo_args_set_hmem(args, 0, memory), 0);
    CHECK_EQ(WAIT(ve->ctx, veo_call_async(ve->ctx, symbol(ve, "echo"), args)), (uint64_t)memory);
    CHECK_EQ(WAIT(ve->ctx, veo_call_async(ve->ctx, symbol(&helpers, "is_ve_address"), args)), 1);
    CHECK_EQ(WAIT(ve->ctx, veo_call_async(ve->ctx, symbol(&helpers, "plain_address"), args)), plain);
    CHECK_EQ(WAIT(ve->ctx, veo_call_async(ve->ctx, symbol(&helpers, "identifier_of"), args)), identifier);
    CHECK_EQ(WAIT(ve->ctx, veo_call_async(ve->ctx, symbol(&helpers, "load_tagged"), args)), 4711);
    if (!WITHOUT_CARD("a VE ignores tags in addresses, other processors do not"))
        CHECK_EQ(WAIT(ve->ctx, veo_call_async(ve->ctx, symbol(ve, "load_word"), args)), 4711);
    CHECK_EQ(CALL(ve->ctx, symbol(&helpers, "most_identifiers")), 16);
    CHECK_EQ(CALL(ve->ctx, symbol(&helpers, "is_ve_address"), plain), 0);
    CHECK_EQ(CALL(ve->ctx, symbol(&helpers, "plain_address"), plain), plain);
    CHECK_EQ(CALL(ve->ctx, symbol(&helpers, "identifier_of"), plain), -1);
    CHECK_EQ(CALL(ve->ctx, symbol(&helpers, "identifier_of"), (uint64_t)tagged(0x1000, 15)), 15);
    veo_args_free(args);
    CHECK_EQ(veo_free_hmem(memory), 0);
    TOPIC("system calls of kernels");
    CHECK_EQ(CALL(ve->ctx, symbol(&helpers, "wrapped_getpid")), CALL(ve->ctx, symbol(ve, "process_id")));
    CHECK_EQ(CALL(ve->ctx, symbol(&helpers, "wrapped_close"), (uint64_t)-1), -EBADF);

    TOPIC("out of memory");
    CHECK_EQ(veo_alloc_hmem(ve->proc, &memory, (size_t)1 << 60), -1);
    CHECK_EQ(CALL(ve->ctx, symbol(ve, "echo"), 1), 1);
    if (DIFFERS("libveo crashes"))
        CHECK_EQ(veo_alloc_hmem(ve->proc, NULL, 8), -1);
}

/* Copies host to VE, VE to VE and VE to host, at an offset. */
static void check_round(void *first, void *second, size_t size, int expected)
{
    unsigned char *out = malloc(size), *in = calloc(1, size);
    REQUIRE(out && in);
    fill_pattern(out, size, (unsigned)size);
    CHECK_EQ(veo_hmemcpy((char *)first + 5, out, size), 0);
    CHECK_EQ(veo_hmemcpy((char *)second + 3, (char *)first + 5, size), expected);
    if (expected == 0) {
        CHECK_EQ(veo_hmemcpy(in, (char *)second + 3, size), 0);
        CHECK_BYTES(in, out, size);
    }
    memset(in, 0, size);
    CHECK_EQ(veo_hmemcpy(in, (char *)first + 5, size), 0);
    CHECK_BYTES(in, out, size);
    free(out);
    free(in);
}

static void check_copies(const struct ve *ve, const struct ve *other)
{
    const size_t sizes[] = {1, 7, 8, 4096, 1000003, 9000001};
    void *one = NULL, *two = NULL, *far = NULL;
    REQUIRE(veo_alloc_hmem(ve->proc, &one, 9000100) == 0);
    REQUIRE(veo_alloc_hmem(ve->proc, &two, 9000100) == 0);
    REQUIRE(veo_alloc_hmem(other->proc, &far, 9000100) == 0);
    CHECK_PTR(veo_get_proc_handle_from_hmem(far), other->proc);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        TOPIC("host to VE, VE to the same VE, VE to host");
        check_round(one, two, sizes[i], 0);
        TOPIC("VE process to another VE process");
        int expected = DIFFERS("libveo refuses") ? 0 : -1;
        check_round(one, far, sizes[i], expected);
        check_round(far, one, sizes[i], expected);
    }

    TOPIC("copies come behind the main context's queue");
    uint64_t number = symbol(ve, "number"), seen = UNTOUCHED, new = 5;
    void *pointer = veo_set_proc_identifier((void *)number, veo_proc_identifier(ve->proc));
    SUBMIT(ve->ctx, symbol(ve, "slow_put"), 100, 4);
    CHECK_EQ(veo_hmemcpy(&seen, pointer, 8), 0);
    CHECK_EQ(seen, 4);
    CHECK_EQ(veo_hmemcpy(pointer, &new, 8), 0);
    CHECK_EQ(CALL(ve->ctx, symbol(ve, "get_number")), 5);
    SUBMIT(ve->ctx, symbol(ve, "slow_put"), 100, 6);
    CHECK_EQ(veo_hmemcpy(one, pointer, 8), 0);
    CHECK_EQ(veo_hmemcpy(&seen, one, 8), 0);
    CHECK_EQ(seen, 6);

    TOPIC("identifiers that nobody has");
    CHECK_EQ(veo_hmemcpy(tagged(0x1000, 9), &seen, 8), -1);
    CHECK_EQ(veo_hmemcpy(&seen, tagged(0x1000, 9), 8), -1);
    CHECK_EQ(veo_hmemcpy(tagged(0x1000, 9), one, 8), -1);
    CHECK_EQ(veo_hmemcpy(one, tagged(0x1000, 9), 8), -1);
    if (DIFFERS("libveo ends the program")) {
        CHECK_EQ(veo_free_hmem(tagged(0x1000, 9)), -1);
        CHECK_PTR(veo_get_proc_handle_from_hmem(tagged(0x1000, 9)), NULL);
        CHECK_EQ(veo_get_pid_from_hmem(tagged(0x1000, 9)), -1);
        CHECK_EQ(veo_get_venum_from_hmem(tagged(0x1000, 9)), -1);
    }
    CHECK_EQ(veo_free_hmem(one), 0);
    CHECK_EQ(veo_free_hmem(two), 0);
    CHECK_EQ(veo_free_hmem(far), 0);
}

static void check_destroyed(void)
{
    TOPIC("the identifier of a process that was destroyed");
    struct ve ve = start();
    void *memory = NULL;
    char byte = 0;
    int identifier = veo_proc_identifier(ve.proc);
    REQUIRE(veo_alloc_hmem(ve.proc, &memory, 100) == 0);
    stop(&ve);
    CHECK_EQ(veo_is_ve_addr(memory), 1);
    CHECK_EQ(veo_get_proc_identifier_from_hmem(memory), identifier);
    CHECK_PTR(veo_get_proc_handle_from_hmem(memory), NULL);
    if (DIFFERS("libveo crashes")) {
        CHECK_EQ(veo_get_pid_from_hmem(memory), -1);
        CHECK_EQ(veo_get_venum_from_hmem(memory), -1);
        CHECK_EQ(veo_hmemcpy(memory, &byte, 1), -1);
        CHECK_EQ(veo_hmemcpy(&byte, memory, 1), -1);
        CHECK_EQ(veo_free_hmem(memory), -1);
        CHECK_EQ(veo_alloc_hmem(ve.proc, &memory, 8), -1);
    }
    /* The next process gets it. */
    struct ve next = start();
    CHECK_EQ(veo_proc_identifier(next.proc), identifier);
    CHECK_PTR(veo_get_proc_handle_from_hmem(memory), next.proc);
    stop(&next);
}

static void check_architecture(void)
{
    TOPIC("veo_get_ve_arch");
    int arch = veo_get_ve_arch(0);
    CHECK(has_no_card() ? arch == -1 : arch > 0);
    CHECK_EQ(veo_get_ve_arch(-1), arch);
    CHECK_EQ(veo_get_ve_arch(-2), 0);
    CHECK_EQ(veo_get_ve_arch(-1000), 0);
}

/* At the end: libveo never allocates HMEM again. */
static void check_seventeen(void)
{
    enum { MANY = 17 };
    TOPIC("more than 16 processes");
    struct veo_proc_handle *procs[MANY];
    void *memory = NULL;
    for (int i = 0; i < MANY; i++) {
        procs[i] = veo_proc_create(-1);
        REQUIRE(procs[i] != NULL);
        CHECK_EQ(veo_proc_identifier(procs[i]), i);
        if (i < 16) {
            CHECK_EQ(veo_alloc_hmem(procs[i], &memory, 8), 0);
            CHECK_EQ(veo_get_proc_identifier_from_hmem(memory), i);
        }
    }
    /* libveo refuses all of them from now on, and for ever. */
    int others = DIFFERS("only a process whose identifier no tag can hold is refused") ? 0 : -1;
    CHECK_EQ(veo_alloc_hmem(procs[16], &memory, 8), -1);
    CHECK_EQ(veo_alloc_hmem(procs[0], &memory, 8), others);
    uint64_t address = 0;
    CHECK_EQ(veo_alloc_mem(procs[16], &address, 8), 0);
    write_word(procs[16], address, 1);
    CHECK_EQ(read_word(procs[16], address), 1);
    CHECK_EQ(veo_proc_destroy(procs[16]), 0);
    CHECK_EQ(veo_alloc_hmem(procs[0], &memory, 8), others);
    for (int i = 0; i < 16; i++)
        CHECK_EQ(veo_proc_destroy(procs[i]), 0);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    /* So that 17 processes need few huge pages. */
    allow_contexts();
    check_tags();
    check_host_memory();
    struct ve ve = start(), other = start();
    check_allocation(&ve);
    check_allocation(&other);
    check_copies(&ve, &other);
    stop(&other);
    stop(&ve);
    check_destroyed();
    check_architecture();
    check_seventeen();
    return check_end();
}
