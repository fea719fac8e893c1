#!/bin/sh
# Gets NEC's own libveo 3.0.2 ready for tests: ci/nec-libveo.sh [FOLDER]. Prints the path of libveo.so.1 in FOLDER (default:
# target/nec-libveo), and nothing else on stdout. The library is taken out of the wheel of PyVEO 1.5.0 on PyPI; it is NEC's, and
# not part of this project. It shares memory with its worker in 2 MiB huge pages: this script reserves them if it may (as root, or
# by sudo without a password), and else says what to do.
#
# PYTHON       a Python 3 with pip 20.3 or later (default: python3); it need not be the 3.11 that PyVEO is for
# HUGE_PAGES   how many of 2 MiB must be free (default: 256, that is 512 MiB; a context takes 16). The number of reserved pages is
#              never lowered. 0: don't look after them.
set -eu

wheel=py_veo-1.5.0-cp311-cp311-manylinux_2_28_x86_64.whl
sha256=82376c502337d74d9092aecc0db26beb3a592b730942f12eaa2f4dd68bfc4de5
library=libveo-6b12de09.so.1.0.0
python=${PYTHON:-python3}
wanted=${HUGE_PAGES:-256}

say() {
    echo "ci/nec-libveo.sh: $1" >&2
}

fail() {
    say "$1"
    exit 1
}

# One line of /proc/meminfo, without its unit.
memory() {
    sed -n "s/^$1: *\([0-9]*\).*/\1/p" /proc/meminfo
}

free_pages() {
    echo $(($(memory HugePages_Free) - $(memory HugePages_Rsvd)))
}

# Writes $2 into the setting $1 of the kernel, if this user may.
set_kernel() {
    # The shell itself reports a file that it can't open, hence the outer braces.
    { echo "$2" >"/proc/sys/vm/$1"; } 2>/dev/null || sudo -n sh -c "echo $2 >/proc/sys/vm/$1" 2>/dev/null
}

fetch() {
    $python -m pip --version >/dev/null 2>&1 ||
        fail "$python has no pip, which fetches NEC's library; install it (Debian: apt-get install python3-pip) or set PYTHON"
    temporary=$(mktemp -d "$folder/fetch.XXXXXX")
    trap 'rm -rf "$temporary"' EXIT
    trap 'exit 1' HUP INT TERM
    # The wheel is for CPython 3.11. Only the library in it is used here, so that any Python will do to fetch it.
    $python -m pip download --quiet --disable-pip-version-check --only-binary :all: --no-deps --dest "$temporary" \
        --python-version 3.11 --implementation cp --abi cp311 --platform manylinux_2_28_x86_64 py-veo==1.5.0 >&2 ||
        fail "pip could not download py-veo 1.5.0 (see above). Is there a network, and is pip 20.3 or later? Or put $wheel into a folder and set PIP_FIND_LINKS to it"
    [ -f "$temporary/$wheel" ] || fail "pip downloaded another file than $wheel: $(ls "$temporary")"
    found=$(sha256sum <"$temporary/$wheel") || fail 'sha256sum does not run'
    [ "${found%% *}" = "$sha256" ] ||
        fail "$wheel has the SHA-256 sum ${found%% *}, not $sha256: it is not the file that was on PyPI, so nothing of it is used"
    $python -m zipfile -e "$temporary/$wheel" "$temporary" || fail "$python could not unpack $wheel"
    # A rename, so that the library is there completely or not at all.
    mv "$temporary/py_veo.libs/$library" "$folder/$library" || fail "$wheel: no py_veo.libs/$library in it"
}

check_library() {
    $python - "$folder" <<'END' || fail "$folder/$library does not work (see above); it may be damaged: remove the folder, and run this again"
import ctypes, sys

for name in "libveo.so.1", "libveo.so":
    try:
        veo = ctypes.CDLL(f"{sys.argv[1]}/{name}")
    except OSError as error:
        sys.exit(str(error))
veo.veo_version_string.restype = ctypes.c_char_p
version = veo.veo_version_string(), veo.veo_api_version()
if version != (b"3.0.2", 16):
    sys.exit(f"version and API version are {version}, not 3.0.2 and 16")
END
}

# Says what is the matter with huge pages, and what someone who may do it should do.
fail_pages() {
    say "$1. As root, on the host if this is a container, and until it is started anew:"
    [ "$total" = "$(memory HugePages_Total)" ] ||
        echo "    sysctl vm.nr_hugepages=$total    # of 2 MiB each, so that $wanted are free for NEC's libveo; a context takes 16" >&2
    [ "$(id -u)" = 0 ] || echo "    sysctl vm.hugetlb_shm_group=$(id -g)    # the group that may use them; this user is in $(id -gn)" >&2
    fail 'the same lines without "sysctl", in a file /etc/sysctl.d/veo.conf, make it last; HUGE_PAGES=N asks for fewer'
}

reserve_pages() {
    size=$(memory Hugepagesize)
    [ "$size" = 2048 ] ||
        fail "NEC's libveo needs huge pages of 2048 KiB, and this kernel's are of ${size:-no} KiB; boot one that has them, with default_hugepagesz=2M"
    total=$(memory HugePages_Total)
    missing=$((wanted - $(free_pages)))
    [ "$missing" -gt 0 ] || return 0
    total=$((total + missing))
    [ $((missing * 4096)) -le "$(memory MemAvailable)" ] ||
        fail "$missing more huge pages are $((missing * 2)) MiB, over half of the memory available ($(($(memory MemAvailable) / 1024)) MiB); set HUGE_PAGES to a smaller number than $wanted"
    set_kernel nr_hugepages "$total" || fail_pages "$(free_pages) huge pages are free, $wanted are wanted, and this user may not reserve more"
    if [ "$(free_pages)" -lt "$wanted" ]; then
        # Memory in pieces: have it put together, and try once more.
        set_kernel compact_memory 1 || :
        set_kernel nr_hugepages "$total" || :
    fi
    say "$(memory HugePages_Total) huge pages are reserved now, $(($(memory HugePages_Total) * 2)) MiB of memory; sysctl vm.nr_hugepages=$((total - missing)) undoes it"
    [ "$(free_pages)" -ge "$wanted" ] ||
        fail "only $(free_pages) of the $wanted huge pages wanted are free: memory is too fragmented. End programs, drop the caches (sysctl vm.drop_caches=3) and try again, reserve them soon after boot (/etc/sysctl.d/), or set HUGE_PAGES to fewer"
}

# Makes a segment as libveo makes it for a context, and touches all of it.
try_segment() {
    $python - "$wanted" <<'END'
import ctypes, os, sys

libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
size, IPC_PRIVATE, IPC_RMID, SHM_HUGETLB = min(int(sys.argv[1]), 16) << 21, 0, 0, 0o4000
segment = libc.shmget(IPC_PRIVATE, ctypes.c_size_t(size), SHM_HUGETLB | 0o700)
if segment < 0:
    sys.exit(f"shmget: {os.strerror(ctypes.get_errno())}")
address = libc.shmat(segment, None, 0)
error = ctypes.get_errno()
libc.shmctl(segment, IPC_RMID, None)
if address == ctypes.c_void_p(-1).value:
    sys.exit(f"shmat: {os.strerror(error)}")
ctypes.memset(address, 1, size)
END
}

case $wanted in
'' | *[!0-9]*) fail "HUGE_PAGES=$wanted is not a number" ;;
esac
[ "$(uname -sm)" = 'Linux x86_64' ] || fail "NEC's libveo is for Linux on x86-64, and this is $(uname -sm)"
$python -c 'import sys; sys.exit(sys.version_info[0] != 3)' || fail "$python does not run, or is not Python 3; set PYTHON"

folder=${1:-$(dirname "$0")/../target/nec-libveo}
mkdir -p "$folder" || fail "$folder: can't be made"
folder=$(cd "$folder" && pwd -P)
[ -f "$folder/$library" ] || fetch
# Programs that were linked with it look for the file's own name, which the linker takes from it.
ln -sf "$library" "$folder/libveo.so.1"
ln -sf "$library" "$folder/libveo.so"
check_library

if [ "$wanted" -gt 0 ]; then
    reserve_pages
    if ! refused=$(try_segment 2>&1); then
        # The group that may use huge pages: nobody's, as long as it is root's.
        [ "$(id -u)" != 0 ] && [ "$(cat /proc/sys/vm/hugetlb_shm_group)" = 0 ] && set_kernel hugetlb_shm_group "$(id -g)" &&
            say "the group $(id -gn) may use huge pages now; sysctl vm.hugetlb_shm_group=0 undoes it"
        refused=$(try_segment 2>&1) || fail_pages "shared memory in huge pages is refused${refused:+ ($refused)}"
    fi
fi
printf '%s\n' "$folder/libveo.so.1"
