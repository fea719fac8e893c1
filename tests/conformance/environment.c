/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Environment variables and the choice of the node.
 */
#define _GNU_SOURCE
#include "support.h"

/* A variable as a kernel sees it; NULL if there is none. */
static const char *of_ve(const struct ve *ve, const char *name)
{
    static char value[4096];
    uint64_t result = 0;
    struct veo_args *args = veo_args_alloc();
    memset(value, 0, sizeof value);
    veo_args_set_stack(args, VEO_INTENT_IN, 0, (char *)name, strlen(name) + 1);
    veo_args_set_stack(args, VEO_INTENT_OUT, 1, value, sizeof value);
    veo_args_set_u64(args, 2, sizeof value);
    CHECK_EQ(veo_call_sync(ve->proc, symbol(ve, "environment"), args, &result), 0);
    veo_args_free(args);
    return result ? value : NULL;
}

/* The node that a process ends up on by what it says itself, -1 if it cannot be created. */
static int node_of(int argument)
{
    struct ve ve = {veo_proc_create(argument), NULL, 0};
    if (!ve.proc)
        return -1;
    void *memory = NULL;
    CHECK_EQ(veo_alloc_hmem(ve.proc, &memory, 8), 0);
    int node = veo_get_venum_from_hmem(memory);
    ve.lib = veo_load_library(ve.proc, check_state.kernels);
    REQUIRE(ve.lib != 0);
    char expected[16];
    snprintf(expected, sizeof expected, "%d", node);
    CHECK_TEXT(of_ve(&ve, "VE_NODE_NUMBER"), expected);
    stop(&ve);
    return node;
}

static int can_create(int argument)
{
    struct veo_proc_handle *proc = veo_proc_create(argument);
    if (proc)
        CHECK_EQ(veo_proc_destroy(proc), 0);
    return proc != NULL;
}

static void check_inherited(void)
{
    TOPIC("the VE process inherits the environment");
    setenv("VEO_CONFORMANCE_WORD", "inherited", 1);
    setenv("VE_FTRACE_OUT_NAME", "overwritten", 1);
    setenv("VE_NODE_NUMBER", "0", 1);
    setenv("VE_OMP_NUM_THREADS", "3", 1);
    struct ve ve = start();
    CHECK_TEXT(of_ve(&ve, "VEO_CONFORMANCE_WORD"), "inherited");
    CHECK_TEXT(of_ve(&ve, "VE_OMP_NUM_THREADS"), "3");
    if (WITHOUT_CARD("the VE's OpenMP has a variable of its own"))
        CHECK_TEXT(of_ve(&ve, "OMP_NUM_THREADS"), "3");

    TOPIC("variables that are set for the VE process");
    CHECK_TEXT(of_ve(&ve, "VE_NODE_NUMBER"), "0");
    const char *name = of_ve(&ve, "VE_FTRACE_OUT_NAME");
    long pid = 0;
    char rest = 0;
    CHECK(name && sscanf(name, "ftrace.out.veo.0.%ld%c", &pid, &rest) == 1);
    CHECK(pid > 0);
    if (!DIFFERS("it has no URPC"))
        CHECK(of_ve(&ve, "URPC_DATA_BUFF_LEN") != NULL);
    if (!WITHOUT_CARD("veorun removes it: what its kernels start is no VE process"))
        CHECK(of_ve(&ve, "URPC_SHM_SEGID") != NULL);
    CHECK_PTR(of_ve(&ve, "URPC_VE_CORE"), NULL);
    stop(&ve);
    setenv("VE_CORE_NUMBER", "0", 1);
    ve = start();
    CHECK_TEXT(of_ve(&ve, "URPC_VE_CORE"), "0");
    stop(&ve);
    setenv("VE_CORE_NUMBER", "-1", 1);
    ve = start();
    CHECK_PTR(of_ve(&ve, "URPC_VE_CORE"), NULL);
    stop(&ve);
    unsetenv("VE_CORE_NUMBER");
    setenv("MPIUNIVERSE", "4", 1);
    setenv("MPIRANK", "17", 1);
    ve = start();
    name = of_ve(&ve, "VE_FTRACE_OUT_NAME");
    CHECK(name && sscanf(name, "ftrace.out.4.17.veo.0.%ld%c", &pid, &rest) == 1);
    stop(&ve);
    unsetenv("MPIUNIVERSE");
    unsetenv("MPIRANK");
    unsetenv("VE_FTRACE_OUT_NAME");
    unsetenv("VE_NODE_NUMBER");
    unsetenv("VE_OMP_NUM_THREADS");
    /* Those of this process are left alone. */
    ve = start();
    CHECK_PTR(getenv("VE_NODE_NUMBER"), NULL);
    CHECK_PTR(getenv("VE_FTRACE_OUT_NAME"), NULL);
    CHECK_TEXT(of_ve(&ve, "VE_NODE_NUMBER"), "0");
    stop(&ve);
}

static void check_library_path(void)
{
    TOPIC("VE_LD_LIBRARY_PATH");
    char folder[4096], *path = realpath(beside_kernels("."), folder);
    REQUIRE(path != NULL);
    setenv("VE_LD_LIBRARY_PATH", path, 1);
    struct veo_proc_handle *proc = veo_proc_create(-1);
    REQUIRE(proc != NULL);
    CHECK(veo_load_library(proc, "libone.so") != 0);
    CHECK_EQ(veo_proc_destroy(proc), 0);
    unsetenv("VE_LD_LIBRARY_PATH");
    proc = veo_proc_create(-1);
    REQUIRE(proc != NULL);
    CHECK_EQ(veo_load_library(proc, "libone.so"), 0);
    CHECK_EQ(veo_proc_destroy(proc), 0);
}

static void check_with(const char *variable, const char *value, int expected)
{
    setenv(variable, value, 1);
    if (!CHECK_EQ(can_create(-1), expected))
        fprintf(stderr, "    with %s=%s\n", variable, value);
    unsetenv(variable);
}

static void check_values(void)
{
    TOPIC("VE_CORE_NUMBER");
    check_with("VE_CORE_NUMBER", "0", 1);
    check_with("VE_CORE_NUMBER", "1", 1);
    check_with("VE_CORE_NUMBER", "-1", 1);
    check_with("VE_CORE_NUMBER", "-5", 1);
    check_with("VE_CORE_NUMBER", "first", 0);
    TOPIC("VE_OMP_NUM_THREADS");
    check_with("VE_OMP_NUM_THREADS", "1", 1);
    check_with("VE_OMP_NUM_THREADS", "2", 1);
    check_with("VE_OMP_NUM_THREADS", "0", 0);
    check_with("VE_OMP_NUM_THREADS", "many", 0);
    TOPIC("VEO_DEBUG");
    check_with("VEO_DEBUG", "nonsense", 1);
}

static void check_nodes(void)
{
    TOPIC("nodes");
    CHECK_EQ(node_of(0), 0);
    CHECK_EQ(node_of(-1), 0);
    CHECK_EQ(node_of(-2), -1);
    CHECK_EQ(node_of(-100), -1);
    CHECK_EQ(veo_get_ve_arch(-2), 0);

    TOPIC("VE_NODE_NUMBER");
    setenv("VE_NODE_NUMBER", "0", 1);
    CHECK_EQ(node_of(-1), 0);
    setenv("VE_NODE_NUMBER", "nonsense", 1);
    CHECK_EQ(node_of(-1), -1);
    CHECK_EQ(veo_get_ve_arch(-1), -1);
    /* It matters for -1 alone. */
    CHECK_EQ(node_of(0), 0);
    CHECK(has_no_card() ? veo_get_ve_arch(0) == -1 : veo_get_ve_arch(0) > 0);
    unsetenv("VE_NODE_NUMBER");

    TOPIC("_VENODELIST");
    setenv("_VENODELIST", "0", 1);
    CHECK_EQ(node_of(0), 0);
    CHECK_EQ(node_of(-1), 0);
    CHECK_EQ(node_of(1), -1);
    CHECK_EQ(veo_get_ve_arch(1), 0);
    CHECK_EQ(node_of(-2), -1);
    setenv("VE_NODE_NUMBER", "0", 1);
    CHECK_EQ(node_of(-1), 0);
    setenv("VE_NODE_NUMBER", "5", 1);
    CHECK_EQ(node_of(-1), -1);
    CHECK_EQ(veo_get_ve_arch(-1), 0);
    CHECK_EQ(node_of(0), 0);
    unsetenv("VE_NODE_NUMBER");
    setenv("_VENODELIST", "", 1);
    CHECK_EQ(node_of(-1), -1);
    CHECK_EQ(node_of(0), -1);
    setenv("_VENODELIST", "nonsense", 1);
    CHECK_EQ(node_of(-1), -1);
    CHECK_EQ(node_of(0), -1);
    CHECK_EQ(veo_get_ve_arch(0), -1);
    unsetenv("_VENODELIST");
}

static void check_two_nodes(void)
{
    TOPIC("two nodes");
    if (DIFFERS("it pretends as many nodes as one likes"))
        setenv("VEO_HOST_NODES", "2", 1);
    if (!has_no_card() && veo_get_ve_arch(1) <= 0) {
        SKIP("there is one node");
        return;
    }
    CHECK_EQ(node_of(1), 1);
    CHECK_EQ(node_of(0), 0);
    CHECK_EQ(node_of(-1), 0);
    setenv("VE_NODE_NUMBER", "1", 1);
    CHECK_EQ(node_of(-1), 1);
    CHECK_EQ(node_of(0), 0);
    unsetenv("VE_NODE_NUMBER");
    setenv("_VENODELIST", "1 0", 1);
    CHECK_EQ(node_of(0), 1);
    CHECK_EQ(node_of(1), 0);
    CHECK_EQ(node_of(2), -1);
    CHECK_EQ(node_of(-1), 1);
    setenv("VE_NODE_NUMBER", "0", 1);
    CHECK_EQ(node_of(-1), 0);
    unsetenv("VE_NODE_NUMBER");
    setenv("_VENODELIST", "1", 1);
    CHECK_EQ(node_of(0), 1);
    CHECK_EQ(node_of(1), -1);
    unsetenv("_VENODELIST");

    TOPIC("processes on two nodes");
    struct veo_proc_handle *procs[4];
    for (int i = 0; i < 4; i++) {
        procs[i] = veo_proc_create(i % 2);
        REQUIRE(procs[i] != NULL);
        CHECK_EQ(veo_proc_identifier(procs[i]), i);
    }
    for (int i = 0; i < 4; i++) {
        void *memory = NULL;
        CHECK_EQ(veo_alloc_hmem(procs[i], &memory, 8), 0);
        CHECK_EQ(veo_get_venum_from_hmem(memory), i % 2);
        CHECK_EQ(veo_get_proc_identifier_from_hmem(memory), i);
    }
    for (int i = 0; i < 4; i++)
        CHECK_EQ(veo_proc_destroy(procs[i]), 0);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    unsetenv("VE_NODE_NUMBER");
    unsetenv("_VENODELIST");
    unsetenv("VE_OMP_NUM_THREADS");
    check_inherited();
    check_library_path();
    check_values();
    check_nodes();
    check_two_nodes();
    return check_end();
}
