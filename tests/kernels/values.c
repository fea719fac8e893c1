/* Functions that give back what they get: whatever is lost on the way shows. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ECHO(name, type) \
    type echo_##name(type x) { return x; }

ECHO(i8, int8_t)
ECHO(i16, int16_t)
ECHO(i32, int32_t)
ECHO(i64, int64_t)
ECHO(u8, uint8_t)
ECHO(u16, uint16_t)
ECHO(u32, uint32_t)
ECHO(u64, uint64_t)
ECHO(isize, intptr_t)
ECHO(usize, size_t)
ECHO(f32, float)
ECHO(f64, double)

void *echo_pointer(const void *x) { return (void *)x; }

/* How an argument looks to a callee that declares a wider type: the host extends it. */
int64_t widen_i8(int8_t x) { return x; }
uint64_t widen_u8(uint8_t x) { return x; }

static int calls;
void count_call(void) { calls++; }
int calls_so_far(void) { return calls; }

struct particle {
    double position[3];
    int32_t charge;
    int32_t mass;
};

double particle_energy(const struct particle *p)
{
    return p->position[0] + p->position[1] + p->position[2] + p->charge * (double)p->mass;
}

void particle_move(struct particle *p, double by)
{
    for (int i = 0; i < 3; i++)
        p->position[i] += by;
    p->mass++;
}

void particle_make(struct particle *p)
{
    *p = (struct particle){{1, 2, 3}, -1, 7};
}

uint64_t sum_bytes(size_t n, const uint8_t *bytes)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += bytes[i];
    return sum;
}

void invert_bytes(size_t n, uint8_t *bytes)
{
    for (size_t i = 0; i < n; i++)
        bytes[i] = ~bytes[i];
}

void count_up(size_t n, uint32_t *numbers)
{
    for (size_t i = 0; i < n; i++)
        numbers[i] = i;
}

/* 0 if x and y point to memory with the same bytes. */
int compare(const void *x, const void *y, size_t bytes)
{
    return memcmp(x, y, bytes);
}
