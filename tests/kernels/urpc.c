/* Functions to call through words without types. Built twice: with debug information, and without. */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int veo_prev_req_result(int offset, uint64_t *result);

int64_t answer(void)
{
    return 42;
}

int64_t weigh_eight(int64_t a, int64_t b, int64_t c, int64_t d, int64_t e, int64_t f, int64_t g, int64_t h)
{
    return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h;
}

int64_t weigh_ten(int64_t a, int64_t b, int64_t c, int64_t d, int64_t e, int64_t f, int64_t g, int64_t h, int64_t i,
                  int64_t j)
{
    return weigh_eight(a, b, c, d, e, f, g, h) + 9 * i + 10 * j;
}

/* 1·first + 2·second + …, of `count` numbers. */
int64_t weigh_all(int64_t count, ...)
{
    int64_t sum = 0;
    va_list list;
    va_start(list, count);
    for (int64_t weight = 1; weight <= count; weight++)
        sum += weight * va_arg(list, int64_t);
    va_end(list);
    return sum;
}

int64_t weigh_doubles(double a, double b, double c, double d, double e, double f, double g, double h)
{
    return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h;
}

double half_of_double(double x) { return x / 2; }
float half_of_float(float x) { return x / 2; }
int8_t negated(int8_t x) { return -x; }

static uint64_t bits(float x)
{
    uint32_t word;
    memcpy(&word, &x, sizeof word);
    return word;
}

/* Writes down what arrives: narrow values extended to 64 bits, as the callee's own type has them. */
double mixed(int64_t *out, int8_t a, double b, uint8_t c, float d, int32_t e, double f, uint16_t g, float h, int16_t i,
             uint32_t j, int8_t k, uint8_t l, int64_t m, double n, uint16_t o)
{
    const int64_t list[] = {a, b, c, bits(d), e, f, g, bits(h), i, j, k, l, m, n, o};
    memcpy(out, list, sizeof list);
    return b + d;
}

void invert(uint8_t *bytes, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        bytes[i] = ~bytes[i];
}

int64_t sum(const uint8_t *bytes, int64_t count)
{
    int64_t sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += bytes[i];
    return sum;
}

void count_up(uint8_t *bytes, int64_t count, int64_t first)
{
    for (int64_t i = 0; i < count; i++)
        bytes[i] = first + i;
}

/* What an earlier request returned; -1 if that is not known. */
int64_t previous(int64_t offset)
{
    uint64_t result;
    return veo_prev_req_result(offset, &result) == 0 ? (int64_t)result : -1;
}

static void hang(void)
{
    for (;;)
        pause();
}

int64_t hang_at_exit(void)
{
    return atexit(hang);
}

static int polite;

/* Has the library say goodbye at its end, into a buffer that `exit` writes out. */
void be_polite(void)
{
    polite = 1;
    printf("hello, ");
}

__attribute__((destructor)) static void say_goodbye(void)
{
    if (polite)
        printf("goodbye");
}
