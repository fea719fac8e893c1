/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A library that needs kernels.c to be loaded before it.
 */
#include <stdint.h>

extern uint64_t echo(uint64_t x);

uint64_t through_the_first(uint64_t x) { return echo(x) + 1; }
