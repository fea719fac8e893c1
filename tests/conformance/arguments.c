/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Arguments and results.
 */
#include "support.h"

static struct ve ve;

static uint64_t call(const char *kernel, struct veo_args *args)
{
    return WAIT(ve.ctx, veo_call_async(ve.ctx, symbol(&ve, kernel), args));
}

/* What the last call found in its integer and floating-point arguments. */
static uint64_t cells[64];
static double doubles[32];

static void fetch(void)
{
    CHECK_EQ(veo_read_mem(ve.proc, cells, symbol(&ve, "cells"), sizeof cells), 0);
    CHECK_EQ(veo_read_mem(ve.proc, doubles, symbol(&ve, "doubles"), sizeof doubles), 0);
}

static uint64_t bits(double value)
{
    uint64_t word;
    memcpy(&word, &value, 8);
    return word;
}

static uint64_t float_word(float value)
{
    uint32_t word;
    memcpy(&word, &value, 4);
    return (uint64_t)word << 32;
}

/* The 64-bit words that the setters make, in registers (0 to 7) and in memory (8 and above). */
static void check_words(void)
{
    struct veo_args *args = veo_args_alloc();
    REQUIRE(args != NULL);
    TOPIC("words of integers in registers");
    veo_args_set_u64(args, 0, UINT64_MAX);
    veo_args_set_i64(args, 1, INT64_MIN);
    CHECK_EQ(veo_args_set_i32(args, 2, -2), 0);
    CHECK_EQ(veo_args_set_i16(args, 3, -3), 0);
    CHECK_EQ(veo_args_set_i8(args, 4, -4), 0);
    CHECK_EQ(veo_args_set_u32(args, 5, UINT32_MAX), 0);
    CHECK_EQ(veo_args_set_u16(args, 6, UINT16_MAX), 0);
    CHECK_EQ(veo_args_set_u8(args, 7, UINT8_MAX), 0);
    TOPIC("words of integers in memory");
    CHECK_EQ(veo_args_set_i32(args, 8, -2), 0);
    CHECK_EQ(veo_args_set_i16(args, 9, -3), 0);
    CHECK_EQ(veo_args_set_i8(args, 10, -4), 0);
    CHECK_EQ(veo_args_set_i64(args, 11, -5), 0);
    CHECK_EQ(call("twelve", args), 12);
    fetch();
    TOPIC("words of integers in registers");
    CHECK_EQ(cells[0], UINT64_MAX);
    CHECK_EQ(cells[1], (uint64_t)INT64_MIN);
    CHECK_EQ(cells[2], -2);
    CHECK_EQ(cells[3], -3);
    CHECK_EQ(cells[4], -4);
    CHECK_EQ(cells[5], UINT32_MAX);
    CHECK_EQ(cells[6], UINT16_MAX);
    CHECK_EQ(cells[7], UINT8_MAX);
    TOPIC("words of integers in memory");
    CHECK_EQ(cells[8], 0xfffffffe);
    CHECK_EQ(cells[9], 0xfffd);
    CHECK_EQ(cells[10], 0xfc);
    CHECK_EQ(cells[11], -5);

    veo_args_clear(args);
    for (int i = 0; i < 8; i++)
        veo_args_set_u64(args, i, (uint64_t)i);
    veo_args_set_u32(args, 8, UINT32_MAX);
    veo_args_set_u16(args, 9, UINT16_MAX);
    veo_args_set_u8(args, 10, UINT8_MAX);
    veo_args_set_hmem(args, 11, (void *)0xf800000000001000);
    CHECK_EQ(call("twelve", args), 12);
    fetch();
    for (int i = 0; i < 8; i++)
        CHECK_EQ(cells[i], i);
    CHECK_EQ(cells[8], UINT32_MAX);
    CHECK_EQ(cells[9], UINT16_MAX);
    CHECK_EQ(cells[10], UINT8_MAX);
    CHECK_EQ(cells[11], 0xf800000000001000);

    TOPIC("words of floating-point numbers, seen as integers");
    veo_args_clear(args);
    for (int i = 0; i < 12; i++)
        veo_args_set_u64(args, i, 0);
    CHECK_EQ(veo_args_set_float(args, 0, 1.0f), 0);
    CHECK_EQ(veo_args_set_double(args, 1, -2.5), 0);
    CHECK_EQ(veo_args_set_hmem(args, 2, (void *)0x8000000000002000), 0);
    veo_args_set_float(args, 8, 1.0f);
    veo_args_set_double(args, 9, -2.5);
    CHECK_EQ(call("twelve", args), 12);
    fetch();
    CHECK_EQ(cells[0], 0x3f80000000000000);
    CHECK_EQ(cells[1], bits(-2.5));
    CHECK_EQ(cells[2], 0x8000000000002000);
    CHECK_EQ(cells[3], 0);
    CHECK_EQ(cells[8], 0x3f80000000000000);
    CHECK_EQ(cells[9], bits(-2.5));
    CHECK_EQ(cells[10], 0);
    veo_args_free(args);
}

static void check_typed_cells(int least)
{
    const int64_t low[] = {INT8_MIN, 0, INT16_MIN, 0, INT32_MIN, 0, INT64_MIN, 0};
    const uint64_t high[] = {INT8_MAX, UINT8_MAX, INT16_MAX, UINT16_MAX, INT32_MAX, UINT32_MAX, INT64_MAX, UINT64_MAX};
    fetch();
    for (int i = 0; i < 16; i++)
        CHECK_EQ(cells[i], least ? (uint64_t)low[i % 8] : high[i % 8]);
    CHECK_EQ(bits(doubles[0]), bits(least ? -0.0 : 0x1.fffffep127));
    CHECK_EQ(bits(doubles[1]), bits(least ? 0x1p-1022 : 1e300));
    CHECK_EQ(bits(doubles[2]), bits(least ? 0x1p-126 : -1.5));
    CHECK_EQ(bits(doubles[3]), bits(least ? -1e-300 : 0.1));
}

/* Kernels whose parameters have the types of the setters. */
static void check_types(void)
{
    struct veo_args *args = veo_args_alloc();
    for (int least = 0; least < 2; least++) {
        TOPIC("typed arguments");
        veo_args_clear(args);
        for (int i = 0; i < 20; i += i == 7 ? 3 : 1) {
            switch (i < 8 ? i : i - 10) {
            case 0: veo_args_set_i8(args, i, least ? INT8_MIN : INT8_MAX); break;
            case 1: veo_args_set_u8(args, i, least ? 0 : UINT8_MAX); break;
            case 2: veo_args_set_i16(args, i, least ? INT16_MIN : INT16_MAX); break;
            case 3: veo_args_set_u16(args, i, least ? 0 : UINT16_MAX); break;
            case 4: veo_args_set_i32(args, i, least ? INT32_MIN : INT32_MAX); break;
            case 5: veo_args_set_u32(args, i, least ? 0 : UINT32_MAX); break;
            case 6: veo_args_set_i64(args, i, least ? INT64_MIN : INT64_MAX); break;
            case 7: veo_args_set_u64(args, i, least ? 0 : UINT64_MAX); break;
            }
        }
        veo_args_set_float(args, 8, least ? -0.0f : 0x1.fffffep127f);
        veo_args_set_double(args, 9, least ? 0x1p-1022 : 1e300);
        veo_args_set_float(args, 18, least ? 0x1p-126f : -1.5f);
        veo_args_set_double(args, 19, least ? -1e-300 : 0.1);
        CHECK_EQ(call("typed", args), 20);
        check_typed_cells(least);
    }

    TOPIC("floating-point arguments first");
    veo_args_clear(args);
    veo_args_set_float(args, 0, 1.5f);
    veo_args_set_double(args, 1, 2.25);
    veo_args_set_i32(args, 2, -3);
    veo_args_set_float(args, 3, -4.5f);
    veo_args_set_double(args, 4, 5.125);
    veo_args_set_i64(args, 5, 6);
    veo_args_set_double(args, 6, -7.0);
    veo_args_set_float(args, 7, 8.0f);
    CHECK_EQ(call("reals_first", args), 8);
    fetch();
    const double expected[] = {1.5, 2.25, -3, -4.5, 5.125, 6, -7, 8};
    CHECK_BYTES(doubles, expected, sizeof expected);

    TOPIC("twelve floating-point arguments");
    double twelve[12];
    for (int i = 0; i < 12; i++) {
        twelve[i] = i * 1.25 - 3;
        veo_args_set_double(args, i, twelve[i]);
    }
    CHECK_EQ(call("twelve_doubles", args), 12);
    fetch();
    CHECK_BYTES(doubles, twelve, sizeof twelve);
    for (int i = 0; i < 12; i++)
        veo_args_set_float(args, i, (float)twelve[i]);
    CHECK_EQ(call("twelve_floats", args), 12);
    fetch();
    CHECK_BYTES(doubles, twelve, sizeof twelve);

    TOPIC("floating-point arguments as raw words");
    for (int i = 0; i < 12; i++)
        veo_args_set_i64(args, i, (int64_t)bits(twelve[11 - i]));
    CHECK_EQ(call("twelve_doubles", args), 12);
    fetch();
    for (int i = 0; i < 12; i++)
        CHECK_EQ(bits(doubles[i]), bits(twelve[11 - i]));
    for (int i = 0; i < 12; i++)
        veo_args_set_i64(args, i, (int64_t)float_word((float)twelve[11 - i]));
    CHECK_EQ(call("twelve_floats", args), 12);
    fetch();
    for (int i = 0; i < 12; i++)
        CHECK_EQ(bits(doubles[i]), bits(twelve[11 - i]));
    veo_args_clear(args);
    veo_args_set_i64(args, 0, (int64_t)float_word(1.5f));
    veo_args_set_i64(args, 1, (int64_t)bits(2.25));
    veo_args_set_i64(args, 2, -3);
    veo_args_set_i64(args, 3, (int64_t)float_word(-4.5f));
    veo_args_set_i64(args, 4, (int64_t)bits(5.125));
    veo_args_set_i64(args, 5, 6);
    veo_args_set_i64(args, 6, (int64_t)bits(-7.0));
    veo_args_set_i64(args, 7, (int64_t)float_word(8.0f));
    CHECK_EQ(call("reals_first", args), 8);
    fetch();
    CHECK_BYTES(doubles, expected, sizeof expected);
    veo_args_free(args);
}

static void check_counts(void)
{
    struct veo_args *args = veo_args_alloc();
    TOPIC("no arguments");
    CHECK_EQ(call("no_arguments", args), 4711);
    TOPIC("more arguments than parameters");
    for (int i = 0; i < 12; i++)
        veo_args_set_u64(args, i, (uint64_t)(i + 100));
    CHECK_EQ(call("echo", args), 100);
    CHECK_EQ(call("add", args), 201);

    const struct {
        int count;
        const char *kernel;
    } many[] = {{256, "hash_256"}, {1000, "hash_1000"}};
    for (int m = 0; m < 2; m++) {
        TOPIC(many[m].kernel);
        veo_args_clear(args);
        uint64_t hash = 0;
        int failures = 0;
        for (int i = 0; i < many[m].count; i++) {
            uint64_t value = (uint64_t)(i + 1) * 0x9e3779b97f4a7c15;
            failures += veo_args_set_u64(args, i, value) != 0;
            hash = hash * 31 + value;
        }
        CHECK_EQ(failures, 0);
        CHECK_EQ(call(many[m].kernel, args), hash);
    }
    veo_args_free(args);
}

static void check_lists(void)
{
    TOPIC("any order");
    struct veo_args *args = veo_args_alloc();
    for (int i = 11; i >= 0; i--)
        CHECK_EQ(veo_args_set_u64(args, i, (uint64_t)(i * 11)), 0);
    CHECK_EQ(call("twelve", args), 12);
    fetch();
    for (int i = 0; i < 12; i++)
        CHECK_EQ(cells[i], i * 11);

    TOPIC("used again");
    CHECK_EQ(call("twelve", args), 12);
    TOPIC("set twice");
    CHECK_EQ(veo_args_set_double(args, 0, 1.5), 0);
    CHECK_EQ(veo_args_set_i64(args, 0, -1), 0);
    CHECK_EQ(veo_args_set_u64(args, 10, 5), 0);
    CHECK_EQ(call("twelve", args), 12);
    fetch();
    CHECK_EQ(cells[0], -1);
    CHECK_EQ(cells[1], 11);
    CHECK_EQ(cells[10], 5);
    TOPIC("cleared");
    veo_args_clear(args);
    CHECK_EQ(call("no_arguments", args), 4711);
    CHECK_EQ(veo_args_set_u64(args, 0, 9), 0);
    CHECK_EQ(call("echo", args), 9);

    TOPIC("changed and freed after the submission");
    struct gate gate = gate_new(&ve);
    uint64_t held = gate_close(&gate, ve.ctx), echo = symbol(&ve, "echo");
    uint64_t first = veo_call_async(ve.ctx, echo, args);
    veo_args_set_u64(args, 0, 10);
    uint64_t second = veo_call_async(ve.ctx, echo, args);
    veo_args_clear(args);
    veo_args_set_u64(args, 0, 11);
    uint64_t third = veo_call_async(ve.ctx, echo, args);
    veo_args_free(args);
    gate_open(&gate);
    WAIT(ve.ctx, held);
    CHECK_EQ(WAIT(ve.ctx, first), 9);
    CHECK_EQ(WAIT(ve.ctx, second), 10);
    CHECK_EQ(WAIT(ve.ctx, third), 11);
    veo_args_free(NULL);
}

static void check_misuse(void)
{
    TOPIC("holes and negative indexes");
    if (!DIFFERS("libveo crashes"))
        return;
    struct veo_args *args = veo_args_alloc();
    uint64_t echo = symbol(&ve, "echo"), result = UNTOUCHED;
    CHECK_EQ(veo_args_set_u64(args, -1, 1), -1);
    CHECK_EQ(veo_args_set_double(args, -2, 1), -1);
    CHECK_EQ(veo_args_set_stack(args, VEO_INTENT_IN, INT32_MIN, "x", 1), -1);
    CHECK_EQ(veo_args_set_u64(args, 2, 1), 0);
    CHECK_EQ(veo_call_async(ve.ctx, echo, args), VEO_REQUEST_ID_INVALID);
    CHECK_EQ(veo_call_async_by_name(ve.ctx, ve.lib, "echo", args), VEO_REQUEST_ID_INVALID);
    CHECK_EQ(veo_call_sync(ve.proc, echo, args, &result), -1);
    CHECK_EQ(result, UNTOUCHED);
    veo_args_set_u64(args, 0, 7);
    veo_args_set_u64(args, 1, 8);
    CHECK_EQ(call("add", args), 15);
    CHECK_EQ(veo_call_async(ve.ctx, echo, NULL), VEO_REQUEST_ID_INVALID);
    CHECK_EQ(veo_call_sync(ve.proc, echo, NULL, &result), -1);
    CHECK_EQ(result, UNTOUCHED);
    veo_args_free(args);
}

static void check_results(void)
{
    TOPIC("results");
    CHECK_EQ(CALL(ve.ctx, symbol(&ve, "echo"), UINT64_MAX), UINT64_MAX);
    CHECK_EQ(CALL(ve.ctx, symbol(&ve, "echo"), 0x8000000000000001), 0x8000000000000001);
    CHECK_EQ(CALL(ve.ctx, symbol(&ve, "result_i64"), (uint64_t)-5), -5);
    CHECK_EQ(CALL(ve.ctx, symbol(&ve, "result_pointer"), 0x123456789abc), 0x123456789abc);
    CALL(ve.ctx, symbol(&ve, "nothing"));

    /* NEC documents functions of type uint64_t alone. These are the VE's conventions: narrow integers are extended, a
     * float lies in the upper half. */
    TOPIC("results of narrow types");
    CHECK_EQ(CALL(ve.ctx, symbol(&ve, "result_int"), (uint64_t)-2), -2);
    CHECK_EQ(CALL(ve.ctx, symbol(&ve, "result_i8"), (uint64_t)-3), -3);
    CHECK_EQ(CALL(ve.ctx, symbol(&ve, "result_i16"), (uint64_t)-4), -4);
    CHECK_EQ(CALL(ve.ctx, symbol(&ve, "result_u8"), 0x1ff), 0xff);
    CHECK_EQ(CALL(ve.ctx, symbol(&ve, "result_u16"), 0x1fffe), 0xfffe);
    CHECK_EQ(CALL(ve.ctx, symbol(&ve, "result_u32"), 0x1fffffffd), 0xfffffffd);
    TOPIC("results of floating-point types");
    CHECK_EQ(CALL(ve.ctx, symbol(&ve, "result_double"), 5), bits(2.5));
    CHECK_EQ(CALL(ve.ctx, symbol(&ve, "result_float"), 5), float_word(2.5f));
}

int main(int argc, char **argv)
{
    check_begin(argc, argv);
    allow_contexts();
    ve = start();
    check_words();
    check_types();
    check_counts();
    check_lists();
    check_misuse();
    check_results();
    stop(&ve);
    return check_end();
}
