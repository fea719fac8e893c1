/* What the rarer forms of declarations call. */
#include <stddef.h>
#include <stdint.h>

double square(double x) { return x * x; }

double apply(double (*function)(double), double x) { return function ? function(x) : -1; }

void each(size_t n, int32_t *x, void (*function)(int32_t *, int8_t, float))
{
    for (size_t i = 0; i < n; i++)
        function(&x[i], -3, 0.5f);
}

void add_both(int32_t *x, int8_t a, float b) { *x += a + (int32_t)(2 * b); }

/* As a Fortran compiler names and takes them. */
void scale_by_(const int32_t *n, const double *by, double *x)
{
    for (int32_t i = 0; i < *n; i++)
        x[i] *= *by;
}

float mixed_(const int8_t *a, const uint16_t *b, const float *c, int64_t by_value, const char *text, size_t length)
{
    return *a + *b + *c + by_value + (length ? text[length - 1] : 0);
}

void pre_Kept(void) {}
