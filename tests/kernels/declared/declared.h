/* Every form of declaration that veo-build knows, and those that it leaves out. */
#ifndef DECLARED_H
#define DECLARED_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nested.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DECLARED_LIMIT 16
#define DECLARED_CONST const

/* Integers of the library: an LP64 and an ILP64 form could exist. */
typedef int declared_int;
typedef declared_int declared_index;
/* Names that Rust has itself. */
typedef float f32;
typedef uint32_t u32;
typedef const double constant;
typedef double triple[3];

/** Order of a matrix. */
typedef enum DECLARED_ORDER {
    RowMajor = 101, /**< one row after the other */
    ColMajor        /**< one column after the other */
} DECLARED_ORDER;

enum sign { NEGATIVE = -1, ZERO, POSITIVE };
typedef enum sign sign_t;
typedef enum { ON = 1, OFF } switch_t;
enum { WITHOUT_A_NAME = 7 };

/// A point in the plane.
typedef struct {
    double x; ///< to the right
    double y;
} Point;

struct segment {
    Point ends[2];
    declared_int colour, width;
    double _Complex weight;
};
typedef struct segment segment_t;

struct padded { int a; double b; };
struct packed { char a; int b; } __attribute__((packed));
struct with_pointer { struct with_pointer *next; };
struct with_bits { unsigned a : 3; };
struct with_tail { int n; double tail[]; };
struct with_nameless { struct { int a; } inside; };
union either { int a; float b; };
/* What its members are is the library's business. */
typedef struct solver *solver_t;
typedef struct Vec Vec;

/* y = a*x + y, for x[0] ... x[n-1]; see <nested.h> and [1]. */
void declared_axpy(const declared_int n, double a, const double *x, double *y);

/**
 * @brief Sum of a * b.
 *
 *     indented code is no test
 *
 * @param[in] n  number of elements,
 *               which may be 0
 * @param a,b    vectors
 * @return the sum
 */
double declared_dot(size_t n, const double a[], const double b[restrict]);

int declared_integers(char a, signed char b, unsigned char c, short d, unsigned short e, int f, unsigned g, long h,
                      unsigned long i, long long j, unsigned long long k, int8_t l, uint16_t m, int32_t n, uint64_t o,
                      size_t p, ptrdiff_t q, intptr_t r, uintptr_t s, u32 t, declared_index u, volatile int *v);
float declared_floats(float a, double b, f32 c);
DECLARED_ORDER declared_enums(DECLARED_ORDER order, enum sign sign, sign_t *other, switch_t on);
Point *declared_structs(const Point *points, segment_t *segment, int n, Point *into);
void declared_opaque(struct padded *a, struct packed *b, struct with_pointer *c, struct with_bits *d,
                     struct with_tail *e, struct with_nameless *f, union either *g, const Vec *h);
solver_t declared_open(const char *name);
void declared_close(solver_t solver);
void declared_pointers(void *a, const void *b, void **c, const char *const *d, double *const *e, constant *f);
double declared_arrays(const double m[2][3], triple into, const double (*rows)[3], triple *out, int64_t (*cube)[2][2]);
void declared_complex(const double _Complex *z, float _Complex *c);
/* Applies a function. */
double declared_map(double (*f)(double), double x);
void declared_visit(visitor f, void *data, int (*long_enough_for_two_lines)(const double *x, const double *y, void *));
int match(int type, int fn, int self, int str, int u8);
void declared_unnamed(int, double *, const Point *);
int declared_nothing(void);
int declared_renamed(int) __asm__("declared_other_symbol");

/* What no stub can call. */
int declared_print(const char *format, ...);
int declared_vprint(const char *format, va_list list);
void declared_bool(bool a);
void declared_bools(int n, const bool *a);
Point declared_returns(int n);
double declared_by_value(Point p);
double _Complex declared_complex_value(double _Complex z);
long double declared_long(const long double *x);
void declared_wide(__int128 x);
int (*declared_returns_function(int n))(int);
void declared_functions(visitor *list);
void declared_variadic_function(int (*f)(const char *, ...));
extern const double declared_table[3];

static inline int declared_inline(int x) { return x + 1; }

#ifdef __cplusplus
}
#endif
#endif
