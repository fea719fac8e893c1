/* All the ways in which a kernel ends its process. */
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

int32_t read_null(void)
{
    return *(volatile int32_t *)NULL;
}

__attribute__((always_inline)) static inline int32_t inlined_read(const int32_t *from)
{
    return *(volatile const int32_t *)from + 1;
}

int32_t read_through_two_calls(uint64_t address)
{
    return inlined_read((const int32_t *)address) * 2;
}

void write_to(uint64_t address)
{
    *(volatile int32_t *)address = 1;
}

int32_t divide(int32_t x, int32_t y)
{
    return x / y;
}

void call_abort(void)
{
    abort();
}

void call_exit(int32_t status)
{
    exit(status);
}

void call_exit_at_once(int32_t status)
{
    _exit(status);
}

void raise_signal(int32_t number)
{
    kill(getpid(), number);
    for (;;)
        pause();
}

void illegal_instruction(void)
{
    __builtin_trap();
}

/* Not a tail call, and nothing that a compiler can turn into a loop. It ends in theory, far behind any stack. */
int64_t overflow_stack(int64_t depth)
{
    volatile char frame[1000];
    frame[depth % 1000] = 1;
    return depth < 0 ? 0 : overflow_stack(depth + 1) + frame[(depth + 1) % 1000];
}

/* Ends the thread of the context, and nothing else. */
void end_thread(void)
{
    pthread_exit(NULL);
}

void complain_and_abort(int32_t lines)
{
    for (int32_t line = 1; line <= lines; line++)
        fprintf(stderr, "complaint number %d\n", line);
    abort();
}

/* Stays in the stream's buffer until the process ends. */
void print_without_newline(int32_t number)
{
    printf("printed %d", number);
}

static void *overflow(void *unused)
{
    (void)unused;
    return (void *)overflow_stack(0);
}

void overflow_stack_of_own_thread(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, overflow, NULL) == 0)
        pthread_join(thread, NULL);
}

/* Without an end and without work for the processor. */
void never_return(void)
{
    for (;;)
        pause();
}

/* Without an end, and with work. */
void spin(void)
{
    for (volatile uint64_t i = 0;; i++) {
    }
}
