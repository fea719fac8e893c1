#!/bin/sh
# Compares veo-sys/src/bindings.rs with what bindgen makes of veo-sys/include. `ci/bindings.sh --bless` replaces it. Needs libclang.
set -eu
cd "$(dirname "$0")/.."
committed=veo-sys/src/bindings.rs

fail() {
    echo "ci/bindings.sh: $1" >&2
    exit 1
}

case "${1-}" in
'' | --bless) ;;
*) fail "unknown argument $1; only --bless is known" ;;
esac

# The build may fail in the crate itself, while the bindings are changing: only the build script has to succeed.
messages=$(cargo check --package veo-sys --features bindgen --message-format json-render-diagnostics) || true
out=$(printf '%s\n' "$messages" |
    sed -n '/"build-script-executed"/{/veo-sys#/s/.*"out_dir":"\([^"]*\)".*/\1/p;}')
[ -n "$out" ] || fail 'bindgen did not run; if it found no libclang: apt-get install libclang-dev, or set LIBCLANG_PATH'

if [ "${1-}" = --bless ]; then
    cp "$out/bindings.rs" "$committed"
else
    diff -u "$committed" "$out/bindings.rs" ||
        fail "$committed is not what bindgen makes of veo-sys/include; to replace it: ci/bindings.sh --bless"
fi
