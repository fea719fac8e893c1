#!/bin/sh
# Makes PyVEO 1.5.0, as it is on PyPI for CPython 3.11, use our libveo: ci/py-veo.sh LIBVEO [FOLDER]. Prints FOLDER, the one to put
# on PYTHONPATH (default: target/py-veo). The wheel brings NEC's library with it; in its place comes a link to LIBVEO.
set -eu

fail() {
    echo "ci/py-veo.sh: $1" >&2
    exit 1
}

[ $# -ge 1 ] || fail 'needs the path of libveo.so.1; to make one: cargo xtask install --prefix P'
[ -f "$1" ] || fail "$1: no such library"
libveo=$(readlink -f -- "$1")
folder=${2:-$(dirname "$0")/../target/py-veo}
python=${PYTHON:-python3}
$python -c 'import sys; sys.exit(sys.implementation.name != "cpython" or sys.version_info[:2] != (3, 11))' ||
    fail "$python is not CPython 3.11, for which the wheel was compiled; set PYTHON"

if ! [ -e "$folder/complete" ]; then
    rm -rf "$folder"
    # numpy is needed by PyVEO, which does not say so in a way that pip knows.
    $python -m pip install --quiet --disable-pip-version-check --root-user-action ignore --only-binary :all: \
        --no-deps --target "$folder" py-veo==1.5.0 numpy==2.4.6 >&2 || fail 'pip could not install py-veo'
    touch "$folder/complete"
fi
bundled=$(find "$folder/py_veo.libs" -name 'libveo-*.so*')
[ -n "$bundled" ] || fail "$folder/py_veo.libs: no libveo in it; was the wheel of another layout?"
ln -sf "$libveo" "$bundled"
printf '%s\n' "$folder"
