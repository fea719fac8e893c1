/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Libraries and symbols.
 */
#include "support.h"

static void check_loading(void)
{
    TOPIC("loading");
    struct veo_proc_handle *proc = veo_proc_create(-1);
    REQUIRE(proc != NULL);
    uint64_t first = veo_load_library(proc, check_state.kernels), result = UNTOUCHED;
    CHECK(first != 0);
    uint64_t echo = veo_get_sym(proc, first, "echo");
    CHECK(echo != 0);
    CHECK_EQ(veo_load_library(proc, check_state.kernels), first);
    CHECK_EQ(CALL_SYNC(proc, echo, &result, 1), 0);
    CHECK_EQ(result, 1);
    CHECK_EQ(CALL_SYNC(proc, veo_get_sym(proc, first, "same_thread_as_constructor"), &result), 0);
    CHECK_EQ(result, 1);

    TOPIC("unloading");
    CHECK_EQ(veo_unload_library(proc, first), 0);
    CHECK_EQ(CALL_SYNC(proc, echo, &result, 2), 0);
    CHECK_EQ(result, 2);
    CHECK_EQ(veo_get_sym(proc, first, "echo"), echo);
    CHECK_EQ(veo_unload_library(proc, first), 0);
    CHECK_EQ(veo_unload_library(proc, first), -1);
    uint64_t again = veo_load_library(proc, check_state.kernels);
    CHECK(again != 0);
    CHECK_EQ(CALL_SYNC(proc, veo_get_sym(proc, again, "echo"), &result, 3), 0);
    CHECK_EQ(result, 3);
    CHECK_EQ(veo_proc_destroy(proc), 0);
}

static void check_failures(void)
{
    TOPIC("a library that cannot be loaded");
    struct ve ve = start_unopened();
    errno = 4711;
    CHECK_EQ(veo_load_library(ve.proc, beside_kernels("libnobody.so")), 0);
    CHECK_EQ(errno, 4711);
    CHECK_EQ(veo_load_library(ve.proc, beside_kernels("libunresolved.so")), 0);
    CHECK_EQ(errno, 4711);
    CHECK_EQ(veo_load_library(ve.proc, "/"), 0);
    CHECK_EQ(errno, 4711);

    TOPIC("the length of a path");
    char path[4096];
    const char *slash = strrchr(check_state.kernels, '/');
    int folder = slash ? (int)(slash - check_state.kernels) : 1;
    size_t length = (size_t)snprintf(path, sizeof path, "%.*s/", folder, slash ? check_state.kernels : ".");
    const char *name = slash ? slash + 1 : check_state.kernels;
    if (length + strlen(name) > 255) {
        SKIP("the path of the kernels is too long");
    } else {
        /* The same file by a path of 255 and one of 256 bytes. */
        while (length + strlen(name) < 255)
            path[length++] = '/';
        strcpy(path + length, name);
        CHECK_EQ(strlen(path), 255);
        CHECK_EQ(veo_load_library(ve.proc, path), ve.lib);
        CHECK_EQ(errno, 4711);
        path[length++] = '/';
        strcpy(path + length, name);
        CHECK_EQ(veo_load_library(ve.proc, path), 0);
        CHECK_EQ(errno, ENAMETOOLONG);
    }
    stop(&ve);
}

static void check_symbols(void)
{
    TOPIC("symbols");
    struct ve ve = start_unopened();
    uint64_t echo = veo_get_sym(ve.proc, ve.lib, "echo"), result = UNTOUCHED;
    CHECK(echo != 0);
    CHECK_EQ(veo_get_sym(ve.proc, ve.lib, "echo"), echo);
    CHECK(veo_get_sym(ve.proc, ve.lib, "add") != echo);
    uint64_t number = veo_get_sym(ve.proc, ve.lib, "number"), text = veo_get_sym(ve.proc, ve.lib, "text");
    CHECK_EQ(read_word(ve.proc, number), 0x0123456789abcdef);
    char copy[32] = "";
    CHECK_EQ(veo_read_mem(ve.proc, copy, text, sizeof copy), 0);
    CHECK_TEXT(copy, "a text in the library");

    TOPIC("symbols that do not exist");
    errno = 4711;
    CHECK_EQ(veo_get_sym(ve.proc, ve.lib, "nobody_has_this_function"), 0);
    CHECK_EQ(veo_get_sym(ve.proc, ve.lib, "nobody_has_this_function"), 0);
    CHECK_EQ(veo_get_sym(ve.proc, ve.lib, ""), 0);
    CHECK_EQ(errno, 4711);
    TOPIC("handle 0 means the VE program alone");
    CHECK_EQ(veo_get_sym(ve.proc, 0, "echo"), 0);
    CHECK_EQ(veo_get_sym(ve.proc, 0, "nobody_has_this_function"), 0);
    CHECK_EQ(errno, 4711);

    TOPIC("the length of a name");
    char name[300];
    memset(name, 'a', sizeof name);
    name[255] = 0;
    CHECK_EQ(veo_get_sym(ve.proc, ve.lib, name), 0);
    CHECK_EQ(errno, 4711);
    name[255] = 'a';
    name[256] = 0;
    CHECK_EQ(veo_get_sym(ve.proc, ve.lib, name), 0);
    CHECK_EQ(errno, ENAMETOOLONG);
    CHECK_EQ(CALL_SYNC(ve.proc, echo, &result, 4), 0);
    CHECK_EQ(result, 4);
    stop(&ve);
}

static uint64_t value_of(const struct ve *ve, uint64_t lib, const char *name)
{
    uint64_t result = UNTOUCHED;
    CHECK_EQ(CALL_SYNC(ve->proc, veo_get_sym(ve->proc, lib, name), &result), 0);
    return result;
}

static void check_several(void)
{
    TOPIC("the same name in two libraries");
    struct ve ve = start_unopened();
    uint64_t one = veo_load_library(ve.proc, beside_kernels("libone.so"));
    REQUIRE(one != 0);
    CHECK_EQ(value_of(&ve, one, "which_alone"), 1);
    uint64_t two = veo_load_library(ve.proc, beside_kernels("libtwo.so"));
    REQUIRE(two != 0);
    CHECK(one != two);
    CHECK_EQ(value_of(&ve, two, "which_alone"), 2);
    CHECK_EQ(value_of(&ve, one, "which_alone"), 1);
    CHECK_EQ(read_word(ve.proc, veo_get_sym(ve.proc, one, "data_alone")), 101);
    CHECK_EQ(read_word(ve.proc, veo_get_sym(ve.proc, two, "data_alone")), 102);

    TOPIC("unloading forgets symbols");
    CHECK_EQ(veo_unload_library(ve.proc, two), 0);
    CHECK_EQ(veo_unload_library(ve.proc, one), 0);
    /* Handles and addresses may be those of the libraries before. */
    two = veo_load_library(ve.proc, beside_kernels("libtwo.so"));
    REQUIRE(two != 0);
    CHECK_EQ(value_of(&ve, two, "which_alone"), 2);
    CHECK_EQ(read_word(ve.proc, veo_get_sym(ve.proc, two, "data_alone")), 102);
    CHECK_EQ(veo_unload_library(ve.proc, two), 0);
    one = veo_load_library(ve.proc, beside_kernels("libone.so"));
    REQUIRE(one != 0);
    CHECK_EQ(value_of(&ve, one, "which_alone"), 1);
    CHECK_EQ(veo_unload_library(ve.proc, one), 0);
    stop(&ve);

    TOPIC("libraries see each other's symbols");
    struct veo_proc_handle *proc = veo_proc_create(-1);
    REQUIRE(proc != NULL);
    ve.proc = proc;
    CHECK_EQ(veo_load_library(proc, beside_kernels("libsecond.so")), 0);
    CHECK(veo_load_library(proc, check_state.kernels) != 0);
    uint64_t second = veo_load_library(proc, beside_kernels("libsecond.so")), result = UNTOUCHED;
    CHECK(second != 0);
    if (second) {
        CHECK_EQ(CALL_SYNC(proc, veo_get_sym(proc, second, "through_the_first"), &result, 41), 0);
        CHECK_EQ(result, 42);
    }
    CHECK_EQ(veo_proc_destroy(proc), 0);
}

static void check_crashes(void)
{
    TOPIC("a crash while loading");
    struct ve ve = start();
    CHECK_EQ(veo_load_library(ve.proc, beside_kernels("libload_crash.so")), 0);
    CHECK_ENDED(ve.ctx);
    CHECK_EQ(veo_load_library(ve.proc, check_state.kernels), 0);
    stop(&ve);

    TOPIC("a crash while unloading");
    ve = start();
    uint64_t crashes = veo_load_library(ve.proc, beside_kernels("libunload_crash.so"));
    REQUIRE(crashes != 0);
    CHECK_EQ(veo_unload_library(ve.proc, crashes), SIGSEGV);
    CHECK_ENDED(ve.ctx);
    CHECK_EQ(veo_unload_library(ve.proc, ve.lib), -1);
    stop(&ve);
}

/* Whether loading, looking up and unloading wait behind the main context's queue. */
static void check_order(void)
{
    TOPIC("behind the main context's queue");
    struct ve ve = start();
    uint64_t slow = symbol(&ve, "nap_ms"), result;
    uint64_t id = SUBMIT(ve.ctx, slow, 100);
    CHECK(veo_get_sym(ve.proc, ve.lib, "cells") != 0);
    CHECK_EQ(veo_call_peek_result(ve.ctx, id, &result), VEO_COMMAND_OK);
    id = SUBMIT(ve.ctx, slow, 100);
    uint64_t one = veo_load_library(ve.proc, beside_kernels("libone.so"));
    CHECK_EQ(veo_call_peek_result(ve.ctx, id, &result), VEO_COMMAND_OK);
    id = SUBMIT(ve.ctx, slow, 100);
    CHECK_EQ(veo_unload_library(ve.proc, one), 0);
    CHECK_EQ(veo_call_peek_result(ve.ctx, id, &result), VEO_COMMAND_OK);
    stop(&ve);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    check_loading();
    check_failures();
    check_symbols();
    check_several();
    check_crashes();
    check_order();
    return check_end();
}
