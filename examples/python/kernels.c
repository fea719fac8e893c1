/* What runs on the VE: the parts of a least squares fit that grow with the data. All matrices are in rows. */
#include <math.h>

/* Adds up XᵀX and Xᵀy over rows of X. The result is how many rows there were. */
long normal_equations(long rows, int columns, const double *x, const double *y, double *gram, double *moments)
{
    for (int i = 0; i < columns; i++) {
        for (int j = 0; j < columns; j++)
            gram[i * columns + j] = 0;
        moments[i] = 0;
    }
    for (long row = 0; row < rows; row++, x += columns) {
        for (int i = 0; i < columns; i++) {
            for (int j = 0; j < columns; j++)
                gram[i * columns + j] += x[i] * x[j];
            moments[i] += x[i] * y[row];
        }
    }
    return rows;
}

/* Cholesky's method, in place: `matrix` becomes its factor, `vector` the solution. -1 if it is not positive definite. */
int solve(int n, double *matrix, double *vector)
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j <= i; j++) {
            double sum = matrix[i * n + j];
            for (int k = 0; k < j; k++)
                sum -= matrix[i * n + k] * matrix[j * n + k];
            if (i == j && !(sum > 0))
                return -1;
            matrix[i * n + j] = i == j ? sqrt(sum) : sum / matrix[j * n + j];
        }
    }
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < i; k++)
            vector[i] -= matrix[i * n + k] * vector[k];
        vector[i] /= matrix[i * n + i];
    }
    for (int i = n - 1; i >= 0; i--) {
        for (int k = i + 1; k < n; k++)
            vector[i] -= matrix[k * n + i] * vector[k];
        vector[i] /= matrix[i * n + i];
    }
    return 0;
}

/* r ← y - X w. */
void residuals(long rows, int columns, const double *x, const double *y, const double *w, double *r)
{
    for (long row = 0; row < rows; row++, x += columns) {
        r[row] = y[row];
        for (int i = 0; i < columns; i++)
            r[row] -= x[i] * w[i];
    }
}

/* Σ (v - origin)² */
double sum_of_squares(long n, const double *v, double origin)
{
    double sum = 0;
    for (long i = 0; i < n; i++)
        sum += (v[i] - origin) * (v[i] - origin);
    return sum;
}

/* Which part of the values is not farther from zero than `bound`. */
float part_within(long n, const double *v, float bound)
{
    long within = 0;
    for (long i = 0; i < n; i++)
        within += fabs(v[i]) <= bound;
    return (float)within / n;
}
