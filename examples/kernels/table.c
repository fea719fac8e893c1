/* A library with state, and a trap: `lookup` before `set_table` reads through a null pointer. */
#include <stddef.h>

const double *table;

void set_table(const double *values)
{
    table = values;
}

double lookup(size_t i)
{
    return table[i];
}
