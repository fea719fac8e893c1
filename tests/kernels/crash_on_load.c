/* A library that cannot even be loaded without a crash. */
static int *volatile nowhere;

__attribute__((constructor)) static void crash_while_loading(void)
{
    *nowhere = 1;
}

int out_of_reach(void)
{
    return 1;
}
