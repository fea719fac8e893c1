/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Libraries with the same names and other results, each by its own number: -DNUMBER=…
 */
#include <stdint.h>

static uint64_t which_static(void) { return NUMBER; }
uint64_t which_alone(void) { return which_static(); }
uint64_t data_alone = 100 + NUMBER;
