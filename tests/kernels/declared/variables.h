/* Variables of libdeclared.so, of every kind that a header may have. */
#ifndef VARIABLES_H
#define VARIABLES_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef double shared_real;
struct shared_point { double x, y; };
struct shared_padded { int key; double value; };
struct shared_handle;
enum shared_colour { SHARED_RED, SHARED_GREEN };

/* How many steps were taken. */
extern int32_t shared_steps;
/* Weights of the stencil. */
extern const double shared_weights[10];
extern shared_real shared_matrix[2][3];
extern struct shared_point shared_origin;
extern const struct shared_point shared_corners[4];
extern enum shared_colour shared_colour;
extern double *shared_row;
extern const char *const shared_name;
extern double **shared_rows;
extern int (*shared_handler)(int);
extern struct shared_handle *shared_handle;
extern double _Complex shared_factor;
extern size_t shared_type;
extern int64_t type;

/* What no getter can give. */
extern bool shared_is_ready;
extern struct shared_padded shared_entry;
extern long double shared_precise;
#endif
