/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A library that cannot be loaded: nobody has what it needs.
 */
#include <stdint.h>

extern uint64_t nobody_has_this_function(void);

uint64_t call_nobody(void) { return nobody_has_this_function(); }
