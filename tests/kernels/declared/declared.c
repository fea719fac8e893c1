#include "declared.h"

#include <stdio.h>
#include <stdlib.h>

const double declared_table[3] = {1, 2, 3};

int nested_function(int x) { return x; }

void declared_axpy(const declared_int n, double a, const double *x, double *y)
{
    for (int i = 0; i < n; i++)
        y[i] += a * x[i];
}

double declared_dot(size_t n, const double a[], const double b[restrict])
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

int declared_integers(char a, signed char b, unsigned char c, short d, unsigned short e, int f, unsigned g, long h,
                      unsigned long i, long long j, unsigned long long k, int8_t l, uint16_t m, int32_t n, uint64_t o,
                      size_t p, ptrdiff_t q, intptr_t r, uintptr_t s, u32 t, declared_index u, volatile int *v)
{
    *v = a + b + c + d + e + f + (int)(g + h + i + j + k + l + m + n + o + p + q + r + s + t) + u;
    return *v;
}

float declared_floats(float a, double b, f32 c) { return a + (float)b + c; }

DECLARED_ORDER declared_enums(DECLARED_ORDER order, enum sign sign, sign_t *other, switch_t on)
{
    *other = on == OFF ? sign : -sign;
    return order == RowMajor ? ColMajor : RowMajor;
}

Point *declared_structs(const Point *points, segment_t *segment, int n, Point *into)
{
    segment->ends[0] = points[0];
    segment->ends[1] = points[n - 1];
    segment->colour = n;
    segment->weight = 0.5;
    *into = points[n / 2];
    return into;
}

void declared_opaque(struct padded *a, struct packed *b, struct with_pointer *c, struct with_bits *d,
                     struct with_tail *e, struct with_nameless *f, union either *g, const Vec *h)
{
    (void)a, (void)b, (void)c, (void)d, (void)e, (void)f, (void)g, (void)h;
}

solver_t declared_open(const char *name)
{
    char *solver = malloc(1);
    *solver = name[0];
    return (solver_t)solver;
}

void declared_close(solver_t solver) { free(solver); }

void declared_pointers(void *a, const void *b, void **c, const char *const *d, double *const *e, constant *f)
{
    (void)a, (void)b, (void)d, (void)e, (void)f;
    *c = a;
}

double declared_arrays(const double m[2][3], triple into, const double (*rows)[3], triple *out, int64_t (*cube)[2][2])
{
    for (int i = 0; i < 3; i++)
        into[i] = out[0][i] = m[0][i] + m[1][i] + rows[0][i];
    return (double)cube[0][1][1];
}

void declared_complex(const double _Complex *z, float _Complex *c) { *c = (float _Complex)*z * (float _Complex)*z; }
double declared_map(double (*f)(double), double x) { return f(x); }

void declared_visit(visitor f, void *data, int (*long_enough_for_two_lines)(const double *x, const double *y, void *))
{
    (void)long_enough_for_two_lines;
    f(3, data);
}

int match(int type, int fn, int self, int str, int u8) { return type + fn + self + str + u8; }
void declared_unnamed(int arg1, double *arg2, const Point *arg3) { *arg2 = arg1 + arg3->x; }
int declared_nothing(void) { return 42; }
int declared_renamed(int arg1) { return -arg1; }
int declared_print(const char *format, ...) { return format[0]; }
int declared_vprint(const char *format, va_list list) { return vprintf(format, list); }
void declared_bool(bool a) { (void)a; }
void declared_bools(int n, const bool *a) { (void)n, (void)a; }
Point declared_returns(int n) { return (Point){n, n}; }
double declared_by_value(Point p) { return p.x; }
double _Complex declared_complex_value(double _Complex z) { return z; }
long double declared_long(const long double *x) { return *x; }
void declared_wide(__int128 x) { (void)x; }
static int one(int x) { return x; }
int (*declared_returns_function(int n))(int) { return n ? one : 0; }
void declared_functions(visitor *list) { (void)list; }
void declared_variadic_function(int (*f)(const char *, ...)) { f(""); }
