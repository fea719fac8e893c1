#include <stddef.h>

struct range {
    double low, high;
};

struct summary {
    size_t count;
    double mean, smallest, largest;
};

/* Describes the values of x inside a range, and adds the number of the others to *skipped. */
void summarize(size_t n, const double *x, const struct range *range, struct summary *summary, size_t *skipped)
{
    struct summary s = {0, 0, range->high, range->low};
    for (size_t i = 0; i < n; i++) {
        if (x[i] < range->low || x[i] > range->high) {
            ++*skipped;
            continue;
        }
        s.count++;
        s.mean += (x[i] - s.mean) / s.count;
        s.smallest = x[i] < s.smallest ? x[i] : s.smallest;
        s.largest = x[i] > s.largest ? x[i] : s.largest;
    }
    *summary = s;
}
