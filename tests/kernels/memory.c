/* Work on VE memory, and gates that a test opens when it has seen enough. */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

void fill(size_t n, int32_t value, int32_t *x)
{
    for (size_t i = 0; i < n; i++)
        x[i] = value;
}

/* x ← 2·x + add: no two orders of several calls give the same. */
void push(size_t n, int32_t add, int32_t *x)
{
    for (size_t i = 0; i < n; i++)
        x[i] = 2 * x[i] + add;
}

int64_t total(size_t n, const int32_t *x)
{
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum;
}

int32_t element(const int32_t *x, size_t i)
{
    return x[i];
}

void nap_us(uint64_t us)
{
    const struct timespec time = {us / 1000000, us % 1000000 * 1000};
    nanosleep(&time, NULL);
}

void slow_fill(uint64_t us, size_t n, int32_t value, int32_t *x)
{
    nap_us(us);
    fill(n, value, x);
}

int64_t slow_total(uint64_t us, size_t n, const int32_t *x)
{
    nap_us(us);
    return total(n, x);
}

void raise_flag(int32_t *flag)
{
    __atomic_store_n(flag, 1, __ATOMIC_RELEASE);
}

/* Returns when the flag is raised. */
void wait_for_flag(const int32_t *flag)
{
    while (!__atomic_load_n(flag, __ATOMIC_ACQUIRE))
        nap_us(200);
}

static int32_t table[4] = {10, 20, 30, 40};
int32_t exported_table[3] = {7, 8, 9};

int32_t *table_address(void) { return table; }
int32_t table_entry(size_t i) { return table[i]; }
int32_t exported_entry(size_t i) { return exported_table[i]; }
void *get_memory(size_t bytes) { return calloc(1, bytes); }

/* How many of the numbers 1..n a chain of calls of depth n has on its stack, about 1 KiB each. */
int64_t recurse(int64_t depth)
{
    volatile char frame[1000];
    frame[0] = frame[999] = 1;
    return depth == 0 ? 0 : recurse(depth - 1) + frame[0];
}

int32_t process_id(void) { return getpid(); }

/* The pages of VE memory that the system holds: those that somebody wrote or read, and nobody gave back. -1 if it does not
   say. Counted in pieces, since the range is larger than any memory. */
int64_t resident_pages(void)
{
    enum { PAGE = 4096, PIECE = 1 << 16 };
    static unsigned char states[PIECE];
    int64_t count = -1;
    char line[512];
    FILE *maps = fopen("/proc/self/maps", "r");
    while (maps && fgets(line, sizeof line, maps)) {
        uint64_t start, end;
        if (!strstr(line, "memfd:veo-memory") || sscanf(line, "%lx-%lx", &start, &end) != 2)
            continue;
        count = 0;
        for (; start < end; start += (uint64_t)PIECE * PAGE) {
            const size_t length = end - start < (uint64_t)PIECE * PAGE ? end - start : (uint64_t)PIECE * PAGE;
            if (mincore((void *)start, length, states) != 0)
                continue;
            for (size_t page = 0; page < length / PAGE; page++)
                count += states[page] & 1;
        }
    }
    if (maps)
        fclose(maps);
    return count;
}
