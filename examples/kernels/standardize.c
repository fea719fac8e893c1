/* Columns of data made fit to be compared with one another. */
#include <stddef.h>

double nrm2(size_t n, const double *x);
void scal(size_t n, double a, double *x);

static double mean_of(size_t n, const double *x)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum / n;
}

/* Subtracts from x its mean, and reports the mean. */
void centre(size_t n, double *x, double *mean)
{
    *mean = 0;
    /* The second round takes away what rounding left of the mean in the first. */
    for (int round = 0; round < 2; round++) {
        const double rest = mean_of(n, x);
        for (size_t i = 0; i < n; i++)
            x[i] -= rest;
        *mean += rest;
    }
}

/* Divides x by its length √(x·x), and reports the length. */
void normalize(size_t n, double *x, double *length)
{
    *length = nrm2(n, x);
    scal(n, 1 / *length, x);
}
