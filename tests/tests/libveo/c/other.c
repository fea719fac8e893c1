/* A library with a function that a static veorun has, too. */
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
