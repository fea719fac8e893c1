#include <stddef.h>
#include <stdint.h>

/* The next of a row of random numbers (xorshift64*). */
static uint64_t next(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545F4914F6CDD1D);
}

/* Draws n of the n values of x, with repetition, `draws` times; each time the mean of what was drawn. */
void bootstrap_means(size_t n, const double *x, uint64_t seed, size_t draws, double *means)
{
    uint64_t state = (seed + 1) * UINT64_C(0x9E3779B97F4A7C15);
    for (size_t d = 0; d < draws; d++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += x[(next(&state) >> 33) % n];
        means[d] = sum / n;
    }
}
