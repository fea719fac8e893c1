/* A library that cannot even be loaded without a crash. */
#include <stddef.h>

__attribute__((constructor)) static void crash_while_loading(void)
{
    *(volatile int *)NULL = 1;
}

int out_of_reach(void)
{
    return 1;
}
