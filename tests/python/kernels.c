/* The kernels of the Python tests. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int64_t table[4] = {1, 20, 300, 4000};

int add(int a, int b)
{
    return a + b;
}

/* Each integer type, and more arguments than registers. */
long weigh(char a, short b, int c, long d, unsigned char e, unsigned short f, unsigned int g, unsigned long h,
           int32_t i, uint64_t j)
{
    return a + 2L * b + 3L * c + 4 * d + 5 * e + 6 * f + 7L * g + 8 * (long)h + 9L * i + 10 * (long)j;
}

void nothing(void)
{
}

unsigned char narrow(int value)
{
    return (unsigned char)value;
}

long total(const int64_t *numbers, long count)
{
    long sum = 0;
    for (long i = 0; i < count; i++)
        sum += numbers[i];
    return sum;
}

void scale(int64_t *numbers, long count, long factor)
{
    for (long i = 0; i < count; i++)
        numbers[i] *= factor;
}

/* IN, INOUT and OUT buffers of one call. */
long mix(const int32_t *in, int32_t *inout, int32_t *out, int count)
{
    for (int i = 0; i < count; i++) {
        out[i] = in[i] + inout[i];
        inout[i] += 100;
    }
    return count;
}

/* Memory that the VE allocates itself. */
char *shout(const char *text, int count)
{
    char *copy = malloc((size_t)count);
    for (int i = 0; i < count; i++)
        copy[i] = (char)(text[i] >= 'a' && text[i] <= 'z' ? text[i] - 32 : text[i]);
    return copy;
}

long nap(unsigned int milliseconds)
{
    usleep(1000 * milliseconds);
    return milliseconds;
}

int crash(void)
{
    return *(volatile int *)8;
}

/* What follows needs the types of the parameters to be known: libveo's callers may send plain words. */

double divide(double a, double b)
{
    return a / b;
}

float half(float value)
{
    return value / 2;
}

double mixed(int a, double b, float c, long d, double e, unsigned char f)
{
    return a + 10 * b + 100 * (double)c + 1000 * (double)d + 10000 * e + 100000.0 * f;
}

double average(const double *numbers, int count)
{
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += numbers[i];
    return sum / count;
}

double twelve(double a, double b, double c, double d, double e, double f, double g, double h, double i, double j,
              double k, double l)
{
    return a + 2 * b + 3 * c + 4 * d + 5 * e + 6 * f + 7 * g + 8 * h + 9 * i + 10 * j + 11 * k + 12 * l;
}
