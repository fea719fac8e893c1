//! Why NEC's libveo has failed, which gives no reasons: the likely causes, looked for afterwards.

use std::env;
use std::fs;
use std::io;
use std::ptr;
use std::time::Duration;

use crate::api::Api;
use crate::launch::Program;

/// What libveo shares with a worker, for each thread that it counts on.
const SEGMENT_PER_THREAD: usize = 8 << 20;

/// The threads that libveo counts on without `VE_OMP_NUM_THREADS`.
const THREADS: usize = 4;

/// A program that has not answered by then did not just end.
const AT_ONCE: Duration = Duration::from_secs(2);

/// Why a VE process could not be created. `late`: it was ended since it had not answered by then. `took`: when libveo gave up.
pub(crate) fn creation(api: Api, program: &Program, node: i32, late: Option<Duration>, took: Duration) -> String {
    const EXPECTED: &str = "expected a veorun of this version of veo";
    let no_answer =
        |limit: Duration| program.error(&format!("did not answer within {} s; {EXPECTED}", limit.as_secs()));
    if let Some(limit) = late {
        return no_answer(limit);
    }
    let known = bad_node(node).or_else(bad_environment).or_else(refused_segment);
    known.unwrap_or_else(|| {
        if took >= AT_ONCE {
            return no_answer(took);
        }
        let program = program.error(&format!("it ended without answering; {EXPECTED}"));
        format!("{program}. {}", hint(api))
    })
}

/// Why a context could not be opened.
pub(crate) fn context(api: Api, stack: Option<usize>) -> String {
    const LEAST: usize = 4 << 20;
    let too_small = stack.filter(|&stack| stack < LEAST);
    let too_small = too_small.map(|stack| format!("a stack of {stack} bytes is too small; the least is 4 MiB"));
    too_small.or_else(bad_environment).or_else(refused_segment).unwrap_or_else(|| {
        format!(
            "the VE process has no room for its thread and stack, 144 contexts are open in this program, or this libveo \
             allows further contexts only with VE_OMP_NUM_THREADS=1 set before the process is created. {}",
            hint(api)
        )
    })
}

fn hint(api: Api) -> String {
    format!(
        "libveo {} gives no reasons; what it printed, and VEO_LOG_DEBUG=1, may say more",
        api.release().unwrap_or_default()
    )
}

fn bad_node(node: i32) -> Option<String> {
    (node < -1).then(|| format!("there is no VE node {node}: nodes are 0, 1, …; -1 is the one in VE_NODE_NUMBER"))
}

/// Variables in which libveo wants a number.
fn bad_environment() -> Option<String> {
    let number = |name: &str, least: i64| {
        let text = env::var_os(name)?;
        let good = text.to_str().and_then(|text| text.trim().parse::<i64>().ok()).is_some_and(|number| number >= least);
        (!good).then(|| format!("{name}={text:?}: expected a number, {least} or more"))
    };
    number("VE_OMP_NUM_THREADS", 1).or_else(|| number("VE_CORE_NUMBER", -1)).or_else(|| number("VE_NODE_NUMBER", 0))
}

/// Makes a segment of shared memory as libveo does, and says why the system refuses it.
fn refused_segment() -> Option<String> {
    let threads = env::var("VE_OMP_NUM_THREADS").ok().and_then(|text| text.trim().parse().ok()).unwrap_or(THREADS);
    let bytes = threads.checked_mul(SEGMENT_PER_THREAD)?;
    // SAFETY: makes a segment that nothing is attached to.
    let segment = unsafe { libc::shmget(libc::IPC_PRIVATE, bytes, libc::SHM_HUGETLB | 0o700) };
    if segment >= 0 {
        // SAFETY: removes it again; the last argument is not used.
        unsafe { libc::shmctl(segment, libc::IPC_RMID, ptr::null_mut()) };
        return None;
    }
    let error = io::Error::last_os_error();
    let advice = match error.raw_os_error() {
        Some(libc::ENOMEM) => format!(
            "{} of the system's {} huge pages are free, and a context takes {} (4 for each of VE_OMP_NUM_THREADS, 16 without \
             it); as root: sysctl vm.nr_hugepages=256",
            memory("HugePages_Free").saturating_sub(memory("HugePages_Rsvd")),
            memory("HugePages_Total"),
            bytes >> 21
        ),
        Some(libc::EPERM) => {
            // SAFETY: no preconditions.
            let group = unsafe { libc::getegid() };
            format!(
                "this user may not make shared memory of huge pages; as root: sysctl vm.hugetlb_shm_group={group}, or give the \
                 program CAP_IPC_LOCK"
            )
        }
        Some(libc::ENOSPC) => "the system's limit of shared memory is reached; see `ipcs -lm` and `ipcs -m`".into(),
        _ => "see `ipcs -lm` for the system's limits".into(),
    };
    Some(format!("libveo's shared memory of {} MiB in huge pages is refused ({error}): {advice}", bytes >> 20))
}

/// A number in `/proc/meminfo`.
fn memory(name: &str) -> usize {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
