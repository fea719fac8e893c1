/* Kernels that mean harm to the host, or might as well. */
#define _GNU_SOURCE
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* Writes garbage over everything that this process shares with the host under a name. */
int32_t overwrite_mappings(uint64_t seed, int32_t rings)
{
    const char *name = rings ? "memfd:veo-ring" : "memfd:veo-memory";
    int32_t count = 0;
    char line[512];
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps && fgets(line, sizeof line, maps)) {
        uint64_t start, end;
        if (!strstr(line, name) || sscanf(line, "%lx-%lx", &start, &end) != 2)
            continue;
        if (end - start > 1 << 20)
            end = start + (1 << 20);
        for (uint64_t *word = (uint64_t *)start; word < (uint64_t *)end; word++)
            *word = seed = seed ? seed * 6364136223846793005u + 1442695040888963407u : 0;
        count++;
    }
    if (maps)
        fclose(maps);
    return count;
}

static void for_each_descriptor(void act(int))
{
    int list[1024], count = 0;
    DIR *folder = opendir("/proc/self/fd");
    for (struct dirent *entry; (entry = readdir(folder)) && count < 1024;)
        if (atoi(entry->d_name) > 2 && atoi(entry->d_name) != dirfd(folder))
            list[count++] = atoi(entry->d_name);
    closedir(folder);
    while (count)
        act(list[--count]);
}

static void close_one(int fd) { close(fd); }

static void send_garbage(int fd)
{
    char garbage[256];
    for (int size = 0; size < 256; size += 17) {
        memset(garbage, size, sizeof garbage);
        send(fd, garbage, size, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
}

static void truncate_one(int fd) { (void)!ftruncate(fd, 0); }

void close_descriptors(void) { for_each_descriptor(close_one); }
void send_garbage_everywhere(void) { for_each_descriptor(send_garbage); }
void truncate_everything(void) { for_each_descriptor(truncate_one); }

void become_another_program(void)
{
    execl("/bin/sleep", "sleep", "100", (char *)NULL);
}

/* A child that lives for a minute, with all descriptors of this process. Its process id. */
int32_t leave_a_child(void)
{
    const pid_t child = fork();
    if (child == 0) {
        sleep(60);
        _exit(0);
    }
    return child;
}

void crash_without_handlers(void)
{
    for (int number = 1; number < 32; number++)
        signal(number, SIG_DFL);
    *(volatile int *)8 = 1;
}

void crash_with_signals_blocked(void)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    *(volatile int *)8 = 1;
}

/* Damages the heap, so that a handler that allocates crashes again. */
void crash_with_a_broken_heap(void)
{
    char *block = malloc(64);
    memset(block - 16, 0xff, 4096);
    abort();
}

/* Leaves no frame on the stack that could be walked. */
void crash_with_a_broken_stack(void)
{
    uint64_t here[1];
    volatile uint64_t *stack = here;
    for (int i = 0; i < 200; i++)
        stack[i] = 0x4141414141414141;
}

void end_the_thread(void)
{
    pthread_exit(NULL);
}
