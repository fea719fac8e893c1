/* A library with a function that a static veorun has, too. */
#include <unistd.h>

long add(long a, long b)
{
    (void)a;
    (void)b;
    return -1;
}

long only_here(void)
{
    return 5;
}

/* On each of the standard streams, more than a buffer holds. */
long print_everywhere(void)
{
    static char text[10000];
    for (unsigned i = 0; i < sizeof text; i++)
        text[i] = 'x';
    for (int stream = 0; stream < 3; stream++)
        (void)!write(stream, text, sizeof text);
    return 0;
}
