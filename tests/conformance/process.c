/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * The life cycle of processes.
 */
#define _GNU_SOURCE
#include <spawn.h>
#include <sys/wait.h>

#include "support.h"

extern char **environ;

/* Runs this program once more, in another mode: its exit status, and what it and its VE process wrote. */
static int run_self(const char *mode, char *output, size_t size)
{
    int ends[2], status = -1;
    pid_t pid;
    posix_spawn_file_actions_t actions;
    char *argv[] = {"process", (char *)check_state.kernels, (char *)mode, NULL};
    REQUIRE(pipe(ends) == 0);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    REQUIRE(posix_spawn(&pid, "/proc/self/exe", &actions, NULL, argv, environ) == 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    size_t length = 0;
    for (ssize_t got; length + 1 < size && (got = read(ends[0], output + length, size - 1 - length)) > 0;)
        length += (size_t)got;
    output[length] = 0;
    close(ends[0]);
    REQUIRE(waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The other modes. */
static int say_and(const char *end)
{
    struct ve ve = start();
    struct veo_args *args = veo_args_alloc();
    veo_args_set_stack(args, VEO_INTENT_IN, 0, "words of a kernel", 18);
    WAIT(ve.ctx, veo_call_async(ve.ctx, symbol(&ve, "say"), args));
    veo_args_free(args);
    if (strcmp(end, "destroy") == 0)
        stop(&ve);
    return check_state.failed ? 1 : 0;
}

static int is_gone(long pid)
{
    char path[64], state = 'Z';
    snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    FILE *file = fopen(path, "r");
    if (!file)
        return 1;
    if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
        state = 'Z';
    fclose(file);
    return state == 'Z' || state == 'X';
}

static void check_identifiers(void)
{
    TOPIC("identifiers");
    struct veo_proc_handle *procs[4];
    for (int i = 0; i < 4; i++) {
        procs[i] = veo_proc_create(-1);
        REQUIRE(procs[i] != NULL);
        CHECK_EQ(veo_proc_identifier(procs[i]), i);
    }
    CHECK_EQ(veo_proc_destroy(procs[1]), 0);
    CHECK_EQ(veo_proc_identifier(procs[1]), -1);
    CHECK_EQ(veo_proc_identifier(procs[2]), 2);
    /* NULL looks like an empty slot to libveo. */
    CHECK_EQ(veo_proc_identifier(NULL), DIFFERS("NULL is no process") ? -1 : 1);
    CHECK_EQ(veo_proc_destroy(procs[0]), 0);
    procs[0] = veo_proc_create(-1);
    procs[1] = veo_proc_create(-1);
    REQUIRE(procs[0] && procs[1]);
    CHECK_EQ(veo_proc_identifier(procs[0]), 0);
    CHECK_EQ(veo_proc_identifier(procs[1]), 1);

    TOPIC("destroying");
    for (int i = 0; i < 4; i++)
        CHECK_EQ(veo_proc_destroy(procs[i]), 0);
    for (int i = 0; i < 4; i++)
        CHECK_EQ(veo_proc_destroy(procs[i]), 0);
    CHECK_EQ(veo_proc_identifier(procs[3]), -1);
}

static void check_separate_processes(void)
{
    TOPIC("processes are separate");
    struct ve one = start(), other = start();
    uint64_t result;
    write_word(one.proc, symbol(&one, "number"), 1);
    write_word(other.proc, symbol(&other, "number"), 2);
    CHECK_EQ(CALL_SYNC(one.proc, symbol(&one, "get_number"), &result), 0);
    CHECK_EQ(result, 1);
    CHECK_EQ(CALL_SYNC(other.proc, symbol(&other, "get_number"), &result), 0);
    CHECK_EQ(result, 2);
    CHECK(CALL(one.ctx, symbol(&one, "process_id")) != CALL(other.ctx, symbol(&other, "process_id")));
    CHECK(CALL(one.ctx, symbol(&one, "process_id")) != (uint64_t)getpid());
    stop(&one);
    CHECK_EQ(CALL(other.ctx, symbol(&other, "echo"), 3), 3);
    stop(&other);
}

static void check_programs(void)
{
    TOPIC("the VE program");
    char nonsense[] = "/no/such/veorun", fails[] = "/bin/false", sleeps[] = "/bin/sleep 100";
    CHECK_PTR(veo_proc_create_static(-1, nonsense), NULL);
    CHECK_TEXT(nonsense, "/no/such/veorun");
    CHECK_PTR(veo_proc_create_static(-1, fails), NULL);
    if (DIFFERS("libveo waits 50 s"))
        CHECK_PTR(veo_proc_create_static(-1, sleeps), NULL);

    const char *given = getenv("VEORUN_BIN");
    if (!given) {
        SKIP("VEORUN_BIN is not set");
        return;
    }
    char *veorun = strdup(given), *line = NULL;
    struct veo_proc_handle *proc = veo_proc_create_static(-1, veorun);
    CHECK(proc != NULL);
    CHECK_TEXT(veorun, given);
    if (proc)
        CHECK_EQ(veo_proc_destroy(proc), 0);
    REQUIRE(asprintf(&line, "%s one two", veorun) > 0);
    proc = veo_proc_create_static(-1, line);
    CHECK(proc != NULL);
    if (proc)
        CHECK_EQ(veo_proc_destroy(proc), 0);

    setenv("VEORUN_BIN", nonsense, 1);
    CHECK_PTR(veo_proc_create(-1), NULL);
    proc = veo_proc_create_static(-1, veorun);
    CHECK(proc != NULL);
    if (proc)
        CHECK_EQ(veo_proc_destroy(proc), 0);
    setenv("URPC_VE_BIN", veorun, 1);
    proc = veo_proc_create(-1);
    CHECK(proc != NULL);
    if (proc)
        CHECK_EQ(veo_proc_destroy(proc), 0);
    proc = veo_proc_create_static(-1, nonsense);
    CHECK(proc != NULL);
    if (proc)
        CHECK_EQ(veo_proc_destroy(proc), 0);
    setenv("VEORUN_BIN", veorun, 1);
    setenv("URPC_VE_BIN", nonsense, 1);
    CHECK_PTR(veo_proc_create(-1), NULL);
    CHECK_PTR(veo_proc_create_static(-1, veorun), NULL);
    unsetenv("URPC_VE_BIN");
    free(veorun);
    free(line);
}

static void check_directory(void)
{
    TOPIC("current directory");
    char before[4096], of_ve[4096] = "";
    REQUIRE(getcwd(before, sizeof before) != NULL);
    struct ve ve = start();
    REQUIRE(chdir("/") == 0);
    struct veo_args *args = veo_args_alloc();
    veo_args_set_stack(args, VEO_INTENT_OUT, 0, of_ve, sizeof of_ve);
    veo_args_set_u64(args, 1, sizeof of_ve);
    CHECK_EQ(WAIT(ve.ctx, veo_call_async(ve.ctx, symbol(&ve, "current_directory"), args)), strlen(before));
    CHECK_TEXT(of_ve, before);
    /* A relative path is one of the VE process. */
    if (check_state.kernels[0] != '/')
        CHECK_EQ(veo_load_library(ve.proc, check_state.kernels), ve.lib);
    REQUIRE(chdir(before) == 0);
    veo_args_free(args);
    stop(&ve);
}

static void check_output(void)
{
    TOPIC("output of kernels at the end");
    char output[4096];
    CHECK_EQ(run_self("destroy", output, sizeof output), 0);
    CHECK(strstr(output, "words of a kernel") != NULL);
    TOPIC("a program ends without veo_proc_destroy");
    CHECK_EQ(run_self("leave", output, sizeof output), 0);
    CHECK(strstr(output, "words of a kernel") != NULL);
}

static void *create(void *proc)
{
    *(struct veo_proc_handle **)proc = veo_proc_create(-1);
    return NULL;
}

static void *use(void *result)
{
    struct ve ve = start();
    *(uint64_t *)result = CALL(ve.ctx, symbol(&ve, "with_a_thread"), 41);
    stop(&ve);
    return NULL;
}

static void check_threads(void)
{
    TOPIC("made, used and destroyed in a thread");
    pthread_t thread;
    uint64_t result = 0;
    REQUIRE(pthread_create(&thread, NULL, use, &result) == 0);
    pthread_join(thread, NULL);
    CHECK_EQ(result, 42);

    TOPIC("the thread that made a process ends");
    struct ve ve = {0};
    REQUIRE(pthread_create(&thread, NULL, create, &ve.proc) == 0);
    pthread_join(thread, NULL);
    REQUIRE(ve.proc != NULL);
    nap(300);
    if (WITHOUT_CARD("the process lives on")) {
        ve.lib = veo_load_library(ve.proc, check_state.kernels);
        REQUIRE(ve.lib != 0);
        CHECK_EQ(CALL_SYNC(ve.proc, symbol(&ve, "echo"), &result, 5), 0);
        CHECK_EQ(result, 5);
    } else {
        CHECK_EQ(veo_load_library(ve.proc, check_state.kernels), 0);
    }
    stop(&ve);
}

/* Submits `count` calls that each take a while and leave a byte in a file, and destroys the process. */
static void check_drained(int count)
{
    char path[] = "./conformance-XXXXXX", traces[16];
    int fd = mkstemp(path);
    REQUIRE(fd >= 0);
    struct ve ve = start();
    uint64_t slow = symbol(&ve, "nap_ms"), append = symbol(&ve, "append");
    struct veo_args *args = veo_args_alloc();
    veo_args_set_stack(args, VEO_INTENT_IN, 0, path, sizeof path);
    veo_args_set_u64(args, 1, 'x');
    for (int i = 0; i < count; i++) {
        CHECK(SUBMIT(ve.ctx, slow, 200) != VEO_REQUEST_ID_INVALID);
        CHECK(veo_call_async(ve.ctx, append, args) != VEO_REQUEST_ID_INVALID);
    }
    veo_args_free(args);
    let_libveo_see();
    stop(&ve);
    CHECK_EQ(read(fd, traces, sizeof traces), count);
    unlink(path);
    close(fd);
}

static void check_after_end(void)
{
    TOPIC("outstanding requests at the end");
    check_drained(1);
    check_drained(5);

    TOPIC("the main context after the end");
    struct ve ve = start();
    uint64_t echo = symbol(&ve, "echo"), word = UNTOUCHED;
    uint64_t unfetched = SUBMIT(ve.ctx, echo, 1);
    CHECK_EQ(veo_get_context_state(ve.ctx), VEO_STATE_RUNNING);
    stop(&ve);
    CHECK_EQ(veo_get_context_state(ve.ctx), VEO_STATE_EXIT);
    CHECK_EQ(SUBMIT(ve.ctx, echo, 1), VEO_REQUEST_ID_INVALID);
    CHECK_EQ(veo_async_read_mem(ve.ctx, &word, echo, 8), VEO_REQUEST_ID_INVALID);
    CHECK_EQ(veo_async_write_mem(ve.ctx, echo, &word, 8), VEO_REQUEST_ID_INVALID);
    CHECK_EQ(veo_alloc_mem_async(ve.ctx, 8), VEO_REQUEST_ID_INVALID);
    CHECK_EQ(veo_free_mem_async(ve.ctx, 8), VEO_REQUEST_ID_INVALID);
    if (DIFFERS("undefined")) {
        TOPIC("handles after the end");
        CHECK_UNKNOWN(ve.ctx, unfetched);
        veo_context_sync(ve.ctx);
        CHECK_EQ(veo_load_library(ve.proc, check_state.kernels), 0);
        CHECK_EQ(veo_unload_library(ve.proc, ve.lib), -1);
        CHECK_EQ(veo_get_sym(ve.proc, ve.lib, "number"), 0);
        CHECK_EQ(veo_alloc_mem(ve.proc, &word, 8), -1);
        CHECK_EQ(word, 0);
        CHECK_EQ(veo_free_mem(ve.proc, echo), 0);
        CHECK_EQ(veo_read_mem(ve.proc, &word, echo, 8), -1);
        CHECK_EQ(veo_write_mem(ve.proc, echo, &word, 8), -1);
        CHECK_PTR(veo_context_open(ve.proc), NULL);
        CHECK_EQ(veo_num_contexts(ve.proc), 0);
        CHECK_PTR(veo_get_context(ve.proc, 0), NULL);
        CHECK_EQ(CALL_SYNC(ve.proc, echo, &word, 1), -1);
        CHECK_EQ(veo_context_close(ve.ctx), 0);
    }
}

static void check_endless(void)
{
    TOPIC("a kernel that never returns at the end");
    struct ve ve = start();
    uint64_t pid = CALL(ve.ctx, symbol(&ve, "process_id"));
    uint64_t endless = symbol(&ve, "never_return");
    CHECK(!is_gone((long)pid));
    CHECK(SUBMIT(ve.ctx, endless) != VEO_REQUEST_ID_INVALID);
    /* It takes 20 s. */
    stop(&ve);
    CHECK(is_gone((long)pid));
    CHECK_EQ(veo_get_context_state(ve.ctx), VEO_STATE_EXIT);
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    if (argc > 2)
        return say_and(argv[2]);
    check_identifiers();
    check_separate_processes();
    check_programs();
    check_directory();
    check_output();
    check_threads();
    check_after_end();
    check_endless();
    return check_end();
}
