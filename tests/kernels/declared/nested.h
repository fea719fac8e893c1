#ifndef NESTED_H
#define NESTED_H

/* Called for each thing. */
typedef int (*visitor)(int index, void *data);

/* Declared here, and so not meant. */
int nested_function(int x);

#endif
