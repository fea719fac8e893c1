/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * The VE side of the conformance programs: cc (or ncc) -g -shared -fPIC -pthread -o libkernels.so kernels.c
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- Values ---- */

uint64_t number = 0x0123456789abcdefUL;
char text[32] = "a text in the library";
uint64_t cells[64];

uint64_t echo(uint64_t x) { return x; }
uint64_t add(uint64_t x, uint64_t y) { return x + y; }
void nothing(void) {}
uint64_t no_arguments(void) { return 4711; }
uint64_t which(void) { return 1; }
uint64_t get_number(void) { return number; }
uint64_t put_number(uint64_t x)
{
    number = x;
    return x;
}

/* The order of calls. */
uint64_t journal[20000], journal_length;
uint64_t note(uint64_t x)
{
    if (journal_length < sizeof journal / sizeof *journal)
        journal[journal_length] = x;
    return ++journal_length;
}
uint64_t forget_notes(void)
{
    journal_length = 0;
    return 0;
}

/* ---- Time ---- */

volatile uint64_t gate;
uint64_t wait_for_gate(uint64_t value)
{
    while (gate < value)
        usleep(500);
    return value;
}
uint64_t nap_ms(uint64_t ms)
{
    usleep((useconds_t)ms * 1000);
    return ms;
}
uint64_t never_return(void)
{
    for (;;)
        pause();
}
uint64_t slow_put(uint64_t ms, uint64_t x)
{
    usleep((useconds_t)ms * 1000);
    number = x;
    return x;
}
uint64_t slow_get(uint64_t ms)
{
    usleep((useconds_t)ms * 1000);
    return number;
}

/* ---- Threads and the process ---- */

static pthread_t constructor_thread;
__attribute__((constructor)) static void remember_thread(void) { constructor_thread = pthread_self(); }

uint64_t same_thread_as_constructor(void) { return pthread_equal(pthread_self(), constructor_thread) != 0; }
uint64_t thread_id(void) { return (uint64_t)syscall(SYS_gettid); }
uint64_t process_id(void) { return (uint64_t)getpid(); }
static __thread uint64_t calls_in_thread;
uint64_t count_in_thread(void) { return ++calls_in_thread; }

uint64_t thread_stack_size(void)
{
    pthread_attr_t attributes;
    size_t size = 0;
    if (pthread_getattr_np(pthread_self(), &attributes) != 0)
        return 0;
    pthread_attr_getstacksize(&attributes, &size);
    pthread_attr_destroy(&attributes);
    return size;
}

uint64_t use_stack(uint64_t size)
{
    volatile char area[size];
    for (uint64_t at = size; at >= 1024; at -= 1024)
        area[at - 1] = (char)at;
    area[0] = 1;
    return size + (uint64_t)area[0] - 1;
}

static void *add_one(void *x) { return (char *)x + 1; }
uint64_t with_a_thread(uint64_t x)
{
    pthread_t thread;
    void *result = NULL;
    if (pthread_create(&thread, NULL, add_one, (void *)x) != 0)
        return 0;
    pthread_join(thread, &result);
    return (uint64_t)result;
}

uint64_t current_directory(char *to, uint64_t size) { return getcwd(to, size) ? strlen(to) : 0; }

/* The length of a variable's value plus one, 0 if there is none. */
uint64_t environment(const char *name, char *to, uint64_t size)
{
    const char *value = getenv(name);
    if (!value)
        return 0;
    snprintf(to, size, "%s", value);
    return strlen(value) + 1;
}

/* Not flushed: that is for the end of the process. */
uint64_t say(const char *what)
{
    return (uint64_t)fputs(what, stdout);
}

/* Leaves a trace that outlives the process. */
uint64_t append(const char *path, uint64_t byte)
{
    char c = (char)byte;
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT, 0600);
    if (fd < 0)
        return 0;
    ssize_t written = write(fd, &c, 1);
    close(fd);
    return (uint64_t)written;
}

/* ---- Memory ---- */

uint64_t sum_bytes(const unsigned char *bytes, uint64_t size)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < size; i++)
        sum = sum * 31 + bytes[i];
    return sum;
}
uint64_t invert_bytes(unsigned char *bytes, uint64_t size)
{
    for (uint64_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)~bytes[i];
    return size;
}
uint64_t fill_bytes(unsigned char *bytes, uint64_t size, uint64_t value)
{
    memset(bytes, (int)value, size);
    return size;
}
uint64_t count_other_bytes(const unsigned char *bytes, uint64_t size, uint64_t value)
{
    uint64_t others = 0;
    for (uint64_t i = 0; i < size; i++)
        others += bytes[i] != value;
    return others;
}
uint64_t load_word(const uint64_t *from) { return *from; }
uint64_t store_word(uint64_t *to, uint64_t value) { return *to = value; }
uint64_t get_memory(uint64_t size) { return (uint64_t)malloc(size); }
uint64_t release_memory(void *memory)
{
    free(memory);
    return 1;
}
uint64_t address_of_local(uint64_t value)
{
    volatile uint64_t local[16];
    for (int i = 0; i < 16; i++)
        local[i] = value;
    return (uint64_t)(uintptr_t)&local[8] + 0 * local[0];
}

/* ---- Stack arguments ---- */

struct pair {
    double weight;
    int32_t first, second;
};
uint64_t swap_pair(struct pair *pair)
{
    int32_t first = pair->first;
    pair->first = pair->second;
    pair->second = first;
    pair->weight *= 2;
    return sizeof *pair;
}
uint64_t text_length(const char *string) { return strlen(string); }
uint64_t three_addresses(const char *a, const char *b, const char *c)
{
    cells[0] = (uint64_t)a;
    cells[1] = (uint64_t)b;
    cells[2] = (uint64_t)c;
    return 3;
}
uint64_t scale(const uint64_t *in, uint64_t *inout, uint64_t *out, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        out[i] = in[i] * inout[i];
        inout[i] += 1;
    }
    return count;
}
uint64_t tenth_is_out(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f, uint64_t g, uint64_t h,
                      uint64_t i, uint64_t *out)
{
    *out = a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i;
    return *out;
}
uint64_t only_out_far_behind(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f, uint64_t g,
                             uint64_t h, uint64_t *out)
{
    *out = 0x7000 + a + b + c + d + e + f + g + h;
    return 8;
}

/* ---- Arguments ---- */

uint64_t twelve(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f, uint64_t g, uint64_t h,
                uint64_t i, uint64_t j, uint64_t k, uint64_t l)
{
    uint64_t all[] = {a, b, c, d, e, f, g, h, i, j, k, l};
    memcpy(cells, all, sizeof all);
    return 12;
}

double doubles[32];
uint64_t typed(int8_t a, uint8_t b, int16_t c, uint16_t d, int32_t e, uint32_t f, int64_t g, uint64_t h,
               float i, double j, int8_t k, uint8_t l, int16_t m, uint16_t n, int32_t o, uint32_t p, int64_t q,
               uint64_t r, float s, double t)
{
    uint64_t integers[] = {(uint64_t)a, b, (uint64_t)c, d, (uint64_t)e, f, (uint64_t)g, h,
                           (uint64_t)k, l, (uint64_t)m, n, (uint64_t)o, p, (uint64_t)q, r};
    double reals[] = {i, j, s, t};
    memcpy(cells, integers, sizeof integers);
    memcpy(doubles, reals, sizeof reals);
    return 20;
}
uint64_t reals_first(float a, double b, int32_t c, float d, double e, int64_t f, double g, float h)
{
    double reals[] = {a, b, c, d, e, (double)f, g, h};
    memcpy(doubles, reals, sizeof reals);
    return 8;
}
uint64_t twelve_doubles(double a, double b, double c, double d, double e, double f, double g, double h, double i,
                        double j, double k, double l)
{
    double all[] = {a, b, c, d, e, f, g, h, i, j, k, l};
    memcpy(doubles, all, sizeof all);
    return 12;
}
uint64_t twelve_floats(float a, float b, float c, float d, float e, float f, float g, float h, float i, float j,
                       float k, float l)
{
    double all[] = {a, b, c, d, e, f, g, h, i, j, k, l};
    memcpy(doubles, all, sizeof all);
    return 12;
}

#define PARAM(n) uint64_t a##n
#define PARAMS10(n) \
    PARAM(n##0), PARAM(n##1), PARAM(n##2), PARAM(n##3), PARAM(n##4), \
        PARAM(n##5), PARAM(n##6), PARAM(n##7), PARAM(n##8), PARAM(n##9)
#define PARAMS100(n) \
    PARAMS10(n##0), PARAMS10(n##1), PARAMS10(n##2), PARAMS10(n##3), PARAMS10(n##4), PARAMS10(n##5), PARAMS10(n##6), \
        PARAMS10(n##7), PARAMS10(n##8), PARAMS10(n##9)
#define MIX(n) hash = hash * 31 + a##n;
#define MIX10(n) MIX(n##0) MIX(n##1) MIX(n##2) MIX(n##3) MIX(n##4) MIX(n##5) MIX(n##6) MIX(n##7) MIX(n##8) MIX(n##9)
#define MIX100(n) \
    MIX10(n##0) MIX10(n##1) MIX10(n##2) MIX10(n##3) MIX10(n##4) \
    MIX10(n##5) MIX10(n##6) MIX10(n##7) MIX10(n##8) MIX10(n##9)

uint64_t hash_256(PARAMS100(0), PARAMS100(1), PARAMS10(20), PARAMS10(21), PARAMS10(22), PARAMS10(23), PARAMS10(24),
                  PARAM(250), PARAM(251), PARAM(252), PARAM(253), PARAM(254), PARAM(255))
{
    uint64_t hash = 0;
    MIX100(0) MIX100(1) MIX10(20) MIX10(21) MIX10(22) MIX10(23) MIX10(24)
    MIX(250) MIX(251) MIX(252) MIX(253) MIX(254) MIX(255)
    return hash;
}
uint64_t hash_1000(PARAMS100(0), PARAMS100(1), PARAMS100(2), PARAMS100(3), PARAMS100(4), PARAMS100(5), PARAMS100(6),
                   PARAMS100(7), PARAMS100(8), PARAMS100(9))
{
    uint64_t hash = 0;
    MIX100(0) MIX100(1) MIX100(2) MIX100(3) MIX100(4) MIX100(5) MIX100(6) MIX100(7) MIX100(8) MIX100(9)
    return hash;
}

/* ---- Results ---- */

int32_t result_int(int32_t x) { return x; }
int8_t result_i8(int32_t x) { return (int8_t)x; }
int16_t result_i16(int32_t x) { return (int16_t)x; }
uint8_t result_u8(uint32_t x) { return (uint8_t)x; }
uint16_t result_u16(uint32_t x) { return (uint16_t)x; }
uint32_t result_u32(uint64_t x) { return (uint32_t)x; }
int64_t result_i64(int64_t x) { return x; }
float result_float(uint64_t halves) { return (float)halves / 2; }
double result_double(uint64_t halves) { return (double)halves / 2; }
void *result_pointer(uint64_t x) { return (void *)x; }

/* ---- Ends ---- */

uint64_t store_to(uint64_t address)
{
    *(volatile uint64_t *)address = 1;
    return 1;
}
uint64_t call_abort(void) { abort(); }
uint64_t raise_signal(uint64_t signal_number)
{
    kill(getpid(), (int)signal_number);
    for (;;)
        pause();
}
uint64_t raise_in_thread(uint64_t signal_number)
{
    raise((int)signal_number);
    return 0;
}
uint64_t call_exit(uint64_t status) { exit((int)status); }
uint64_t call_exit_at_once(uint64_t status) { _exit((int)status); }
uint64_t end_thread(void) { pthread_exit(NULL); }
uint64_t fill_and_crash(unsigned char *out, uint64_t size)
{
    memset(out, 0xee, size);
    *(volatile uint64_t *)8 = 1;
    return size;
}
uint64_t overflow_stack(uint64_t depth)
{
    volatile char frame[1000];
    frame[depth % 1000] = 1;
    return depth == UINT64_MAX ? 0 : overflow_stack(depth + 1) + (uint64_t)frame[(depth + 1) % 1000];
}
