/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * A library that crashes while it is loaded.
 */
__attribute__((constructor)) static void crash(void) { *(volatile int *)8 = 1; }

int out_of_reach(void) { return 1; }
