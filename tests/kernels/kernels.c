/* The library of the examples in README.md and docs/. */
#include <stddef.h>
#include <stdint.h>

double table[4] = {1, 2, 3, 4};

/* y <- a * x + y */
void axpy(size_t n, double a, const double *x, double *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] += a * x[i];
}

double dot(size_t n, const double *x, const double *y)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

int32_t add(int32_t a, int32_t b) { return a + b; }

/* Sorts two numbers. */
void order(double pair[2])
{
    if (pair[0] > pair[1]) {
        double first = pair[0];
        pair[0] = pair[1];
        pair[1] = first;
    }
}

int32_t divide(int32_t a, int32_t b) { return a / b; }
