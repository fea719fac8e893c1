/* Kernels of a veorun of their own. */
#include <stdio.h>

static int constructed;
int counter = 7;

__attribute__((constructor)) static void construct(void)
{
    constructed++;
}

__attribute__((destructor)) static void destroy(void)
{
    printf("destroyed, ");
}

int times_constructed(void)
{
    return constructed;
}

long add(long a, long b)
{
    /* No newline: only `exit` writes it out. */
    printf("added in C, ");
    return a + b;
}

int count(void)
{
    return ++counter;
}
