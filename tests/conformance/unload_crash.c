/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A library that crashes while it is unloaded.
 */
__attribute__((destructor)) static void crash(void) { *(volatile int *)8 = 1; }

int loaded(void) { return 1; }
