/* Variables that the tests declare, and kernels that use them. */
#include <stddef.h>
#include <stdint.h>

struct particle {
    double position[3];
    int32_t charge, mass;
};

int32_t declared_counter = 7;
double declared_table[4] = {1.0, 2.0, 3.0, 4.0};
const int64_t declared_limits[2] = {-5, 5};
struct particle declared_particle = {{0.5, 1.5, 2.5}, -1, 3};
double *declared_row = &declared_table[1];
uint8_t contested[8];
uint8_t fortran_block_[4] = {1, 2, 3, 4};

int32_t counter_now(void) { return declared_counter; }
void add_one_to(int32_t *counter) { ++*counter; }
double table_now(size_t i) { return declared_table[i]; }
double limits_width(const int64_t *limits) { return (double)(limits[1] - limits[0]); }
int32_t charge_of(const struct particle *p) { return p->charge; }
