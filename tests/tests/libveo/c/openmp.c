/* OpenMP kernels. */
#include <omp.h>

int team(void)
{
    int size = 0;
#pragma omp parallel
#pragma omp single
    size = omp_get_num_threads();
    return size;
}

long sum_to(long n)
{
    long sum = 0;
#pragma omp parallel for reduction(+ : sum)
    for (long i = 1; i <= n; i++)
        sum += i;
    return sum;
}
