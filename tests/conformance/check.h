/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Checks of the conformance programs: each failure is one line on standard error, the program goes on, and its exit
 * status says whether there was one.
 */
#ifndef CONFORMANCE_CHECK_H
#define CONFORMANCE_CHECK_H

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A program that takes longer than this hangs: it is ended, and says after which check. */
#define CHECK_SECONDS 240

/* A value that no function of the library returns or writes: to see that something was left alone. */
#define UNTOUCHED 0x5a5a123456785a5aUL

static struct {
    unsigned long done, failed, skipped;
    const char *topic, *file;
    int line;
    const char *kernels;
} check_state = {0, 0, 0, "", "", 0, "./libkernels.so"};

static inline void check_count(int good, const char *file, int line)
{
    __atomic_fetch_add(&check_state.done, 1, __ATOMIC_RELAXED);
    if (!good)
        __atomic_fetch_add(&check_state.failed, 1, __ATOMIC_RELAXED);
    check_state.file = file;
    check_state.line = line;
}

static inline int check_true(int good, const char *what, const char *file, int line)
{
    check_count(good, file, line);
    if (!good)
        fprintf(stderr, "%s:%d: [%s] %s\n    is false\n", file, line, check_state.topic, what);
    return good;
}

static inline int check_equal(uint64_t got, uint64_t expected, const char *what, const char *file, int line)
{
    check_count(got == expected, file, line);
    if (got != expected)
        fprintf(stderr, "%s:%d: [%s] %s\n    got      %lld (0x%llx)\n    expected %lld (0x%llx)\n", file, line,
                check_state.topic, what, (long long)got, (unsigned long long)got, (long long)expected,
                (unsigned long long)expected);
    return got == expected;
}

static inline int check_text(const char *got, const char *expected, const char *what, const char *file, int line)
{
    int good = got && expected && strcmp(got, expected) == 0;
    check_count(good, file, line);
    if (!good)
        fprintf(stderr, "%s:%d: [%s] %s\n    got      \"%s\"\n    expected \"%s\"\n", file, line, check_state.topic,
                what, got ? got : "(null)", expected ? expected : "(null)");
    return good;
}

static inline int check_bytes(const void *got, const void *expected, size_t size, const char *what, const char *file,
                              int line)
{
    const unsigned char *left = got, *right = expected;
    size_t at = 0;
    while (at < size && left[at] == right[at])
        at++;
    check_count(at == size, file, line);
    if (at < size)
        fprintf(stderr, "%s:%d: [%s] %s\n    got      0x%02x at byte %zu of %zu\n    expected 0x%02x\n", file, line,
                check_state.topic, what, left[at], at, size, right[at]);
    return at == size;
}

static inline void check_required(int good, const char *what, const char *file, int line)
{
    if (check_true(good, what, file, line))
        return;
    fprintf(stderr, "%s:%d: cannot go on without it\n", file, line);
    exit(2);
}

/* `what` holds. */
#define CHECK(what) check_true(!!(what), #what, __FILE__, __LINE__)
/* Two integers are equal. */
#define CHECK_EQ(got, expected) \
    check_equal((uint64_t)(got), (uint64_t)(expected), #got " == " #expected, __FILE__, __LINE__)
/* Two pointers are equal. */
#define CHECK_PTR(got, expected) \
    check_equal((uint64_t)(uintptr_t)(got), (uint64_t)(uintptr_t)(expected), #got " == " #expected, __FILE__, __LINE__)
/* Two strings are equal. */
#define CHECK_TEXT(got, expected) check_text((got), (expected), #got " == " #expected, __FILE__, __LINE__)
/* `size` bytes are equal. */
#define CHECK_BYTES(got, expected, size) \
    check_bytes((got), (expected), (size), #got " == " #expected, __FILE__, __LINE__)
/* `what` holds, or nothing that follows makes sense. */
#define REQUIRE(what) check_required(!!(what), #what, __FILE__, __LINE__)

/* What the following checks are about. */
#define TOPIC(name) (check_state.topic = (name))

/* Something cannot be checked here. */
#define SKIP(why) \
    (__atomic_fetch_add(&check_state.skipped, 1, __ATOMIC_RELAXED), \
     fprintf(stderr, "%s:%d: [%s] skipped: %s\n", __FILE__, __LINE__, check_state.topic, (why)))

/* Marks where the host engine differs from libveo, by its documentation, or where libveo crashes, hangs, stalls or
 * leaves the result undefined. True if the library under test is the host engine (VEO_CONFORMANCE=host). `why` is for
 * readers.
 *
 *     if (DIFFERS("libveo crashes"))
 *         CHECK_EQ(veo_context_close(NULL), -1);
 */
#define DIFFERS(why) ((void)(why), check_against("host"))

/* Marks what is another matter without a card, with VE processes that are those of this project's worker. True for the
 * host engine, and for NEC's library with that worker (VEO_CONFORMANCE=worker).
 *
 *     if (!WITHOUT_CARD("a VE ignores tags in addresses, other processors do not"))
 */
#define WITHOUT_CARD(why) ((void)(why), check_against("host") || check_against("worker"))

/* Whether VEO_CONFORMANCE says so. It is not set for NEC's library on a card. */
static inline int check_against(const char *what)
{
    const char *given = getenv("VEO_CONFORMANCE");
    return given && strcmp(given, what) == 0;
}

static inline void check_put(const char *text)
{
    /* Called from a signal handler. Nothing can be done if it fails. */
    if (write(2, text, strlen(text)) < 0)
        return;
}

static void check_timeout(int number)
{
    (void)number;
    char digits[12], *digit = digits + sizeof digits - 1;
    *digit = 0;
    for (int line = check_state.line; line > 0 && digit > digits; line /= 10)
        *--digit = (char)('0' + line % 10);
    check_put("hangs after ");
    check_put(check_state.file);
    check_put(":");
    check_put(digit);
    check_put(" [");
    check_put(check_state.topic);
    check_put("]\n");
    _exit(3);
}

/* At the start of `main`. */
static inline void check_begin(int argc, char **argv)
{
    if (argc > 1)
        check_state.kernels = argv[1];
    if (getenv("VEO_CONFORMANCE") && !check_against("host") && !check_against("worker")) {
        fprintf(stderr, "VEO_CONFORMANCE=%s: expected host, worker, or no such variable\n", getenv("VEO_CONFORMANCE"));
        exit(2);
    }
    signal(SIGALRM, check_timeout);
    alarm(CHECK_SECONDS);
}

/* At the end of `main`, for its return. */
static inline int check_end(void)
{
    fprintf(stderr, "%lu checks, %lu failed, %lu skipped\n", check_state.done, check_state.failed, check_state.skipped);
    return check_state.failed ? 1 : 0;
}

#endif
