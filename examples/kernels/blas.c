/*
 * The linear algebra of the examples. Names and meanings are those of BLAS, without increments;
 * matrices are stored by columns, one directly behind the other.
 */
#include <math.h>
#include <stddef.h>

/* y ← a·x + y */
void axpy(size_t n, double a, const double *x, double *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] += a * x[i];
}

/* y ← x + b·y */
void xpby(size_t n, const double *x, double b, double *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] + b * y[i];
}

/* y ← x */
void copy(size_t n, const double *x, double *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] = x[i];
}

/* x ← a·x */
void scal(size_t n, double a, double *x)
{
    for (size_t i = 0; i < n; i++)
        x[i] *= a;
}

/* x·y */
double dot(size_t n, const double *x, const double *y)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

/* √(x·x) */
double nrm2(size_t n, const double *x)
{
    return sqrt(dot(n, x, x));
}

/* y ← a·A·x + b·y for a matrix A of m rows and n columns. What y held does not matter when b is 0. */
void gemv(size_t m, size_t n, double a, const double *restrict A, const double *restrict x, double b,
          double *restrict y)
{
    for (size_t i = 0; i < m; i++)
        y[i] = b == 0 ? 0 : b * y[i];
    for (size_t j = 0; j < n; j++)
        axpy(m, a * x[j], A + j * m, y);
}

/* y ← Aᵀ·x for a matrix A of m rows and n columns. */
void gemv_t(size_t m, size_t n, const double *restrict A, const double *restrict x, double *restrict y)
{
    for (size_t j = 0; j < n; j++)
        y[j] = dot(m, A + j * m, x);
}
