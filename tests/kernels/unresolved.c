/* A library that lacks a library: the loader refuses it. */
int nowhere_to_be_found(void);

int needs_another_library(void)
{
    return nowhere_to_be_found();
}
