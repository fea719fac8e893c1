#!/bin/sh
# Runs every test of a test program in a process of its own: ci/one-by-one.sh PROGRAM FOLDER [OPTION…]. Closes with a line as
# cargo prints it. FOLDER is where the tests expect to run; the options choose tests, as those of every test program.
#
# NEC's libveo needs it: it takes any child of the program that has ended for its VE process, and tests start programs, too. It
# also ends the program by a C++ exception now and then, when a VE process is killed while answers of it are unread; so a test
# that fails has two more tries, and the output says which needed them.
set -eu

program=$1
cd "$2"
shift 2
export program
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
export logs

"$program" "$@" --include-ignored --list --format terse | sed -n 's/: test$//p' >"$logs/tests"
all=$("$program" --include-ignored --list --format terse | grep -c ': test$')
# shellcheck disable=SC2016 # the inner shell expands these
xargs -P 2 -I '{}' sh -c '
    for try in 1 2 3; do
        if timeout 150 "$program" --include-ignored --exact "$1" >"$logs/$1" 2>&1; then
            [ $try = 1 ] || echo "AGAIN: $1 needed $try tries"
            echo "test $1 ... ok"
            exit 0
        fi
        cat "$logs/$1"
    done
    echo "test $1 ... FAILED"' - '{}' <"$logs/tests" | tee "$logs/results"
passed=$(grep -c '^test .* \.\.\. ok$' "$logs/results" || :)
failed=$(($(wc -l <"$logs/tests") - passed))
echo
# Tests that found the engine to differ, as docs/engines.md says, and left something out.
grep -hs '^DIFFERS: ' "$logs"/* | sort -u || :
echo "test result: $([ "$failed" = 0 ] && echo ok || echo FAILED). $passed passed; $failed failed; 0 ignored; 0 measured; $((all - passed - failed)) filtered out"
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
