#!/usr/bin/env bash
# The engine's tests under the address sanitizer: host and worker are instrumented, kernels are not.
#
# Rust's sanitizers are behind a flag that only nightly compilers take, or stable ones that are told to be one.
set -euo pipefail
cd "$(dirname "$0")/.."

export RUSTC_BOOTSTRAP=1
export RUSTFLAGS="-Zsanitizer=address"
# `cc` would instrument kernels, too, for gcc's sanitizer, which does not load into a program that has Rust's.
export CFLAGS="-fno-sanitize=address" CXXFLAGS="-fno-sanitize=address"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/asan"
# The handlers of the signals are veorun's, with stacks of their own; tests look at addresses on the real stack; contexts
# are never freed, by design.
signals="handle_segv=0:handle_sigbus=0:handle_abort=0:handle_sigfpe=0:handle_sigill=0:use_sigaltstack=0"
export ASAN_OPTIONS="$signals:detect_stack_use_after_return=0:detect_leaks=0"
target=x86_64-unknown-linux-gnu

skipped=()
# Runs the tests of `cargo test` with these arguments, but for those in `skipped`: pairs of a test's name and the reason.
run() {
    local skip=() i
    for ((i = 0; i < ${#skipped[@]}; i += 2)); do
        echo "NOT RUN with the address sanitizer: ${skipped[i]}: ${skipped[i + 1]}"
        skip+=(--skip "${skipped[i]}")
    done
    cargo test --quiet --target "$target" "$@" -- "${skip[@]}"
}

cargo build --quiet --target "$target" -p veo-host --bin veorun
# A program without the sanitizer would pass everything.
flags=$(ASAN_OPTIONS=help=1 "$CARGO_TARGET_DIR/$target/debug/veorun" 2>&1 || true)
[[ $flags == *"flags for AddressSanitizer"* ]] || { echo "the build is not instrumented" >&2; exit 1; }

skipped=(
    libraries_have_paths_and_nothing_is_no_module "the sanitizer takes the place of the C library's functions"
)
run -p veo-engine

skipped=(
    a_kernel_that_ends_its_thread_ends_its_context_alone "pthread_exit leaves frames without telling the sanitizer, which then sees them as out of bounds"
    a_context_that_ends_alone_is_not_used_any_more "the same"
    the_backtrace_has_inlined_callers "the sanitizer adds lines of its own to standard error"
    the_backtrace_names_the_kernel_and_its_line_and_nothing_of_ours "the same"
    the_last_words_on_standard_error_are_in_the_error "the same"
)
run -p veo-tests --test it

checked="the sanitizer checks what the worker has caught by itself otherwise: the word before a block that is freed"
skipped=(
    a_kernel_that_ends_its_thread_ends_the_worker "pthread_exit leaves frames, as above"
    channels_may_have_another_size "$checked"
    channels_run_in_parallel "$checked"
    freeing_what_was_not_allocated_is_refused "the sanitizer's allocator ends the worker in its own way"
    memory_is_allocated_and_freed "$checked"
)
ASAN_OPTIONS="$ASAN_OPTIONS:allocator_may_return_null=1" run -p veo-tests --test urpc
