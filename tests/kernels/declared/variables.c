#include "variables.h"

static int negative(int x) { return -x; }
struct shared_handle { int number; };

int32_t shared_steps = 3;
const double shared_weights[10] = {0.5, 0.25};
shared_real shared_matrix[2][3] = {{1, 2, 3}, {4, 5, 6}};
struct shared_point shared_origin = {1, 2};
const struct shared_point shared_corners[4] = {{1, 1}};
enum shared_colour shared_colour = SHARED_GREEN;
double *shared_row = shared_matrix[1];
const char *const shared_name = "declared";
static double *rows[2] = {shared_matrix[0], shared_matrix[1]};
double **shared_rows = rows;
int (*shared_handler)(int) = negative;
static struct shared_handle handle = {7};
struct shared_handle *shared_handle = &handle;
double _Complex shared_factor = 2;
size_t shared_type = sizeof(double);
int64_t type = 8;
bool shared_is_ready = true;
struct shared_padded shared_entry = {1, 2};
long double shared_precise = 1;
