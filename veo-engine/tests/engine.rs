//! The embedded engine through its C table: what crate `veo` and C programs rest on. The worker is this test program
//! itself; its kernels are the static ones below.

#![allow(
    clippy::undocumented_unsafe_blocks,
    clippy::multiple_unsafe_ops_per_block,
    reason = "this program speaks C: every call is unsafe, with handles and buffers that live on the same page"
)]

use std::ffi::{CStr, c_int, c_void};
use std::ptr;
use std::time::{Duration, Instant};

use veo_engine::StaticSymbol;
use veo_engine::signature::{Class, Record};
use veo_sys::{Api, VEO_COMMAND_ERROR, VEO_COMMAND_EXCEPTION, VEO_COMMAND_OK, VEO_COMMAND_UNFINISHED};
use veo_sys::{
    VEO_INTENT_IN, VEO_INTENT_INOUT, VEO_INTENT_OUT, VEO_REQUEST_ID_INVALID, VEO_STATE_EXIT, VEO_STATE_RUNNING,
};
use veo_sys::{veo_proc_handle, veo_thr_ctxt};

macro_rules! kernels {
    ($($name:ident),*) => {$(
        veo_engine::__inventory::submit! { StaticSymbol::undeclared(stringify!($name), kernels::$name as *const ()) }
    )*};
}

mod kernels {
    use std::ffi::c_int;

    pub(super) extern "C" fn add(a: i64, b: i64) -> i64 {
        a + b
    }
    pub(super) extern "C" fn scale(x: f64, factor: f32) -> f64 {
        x * f64::from(factor)
    }
    pub(super) extern "C" fn nap(ms: u64) -> u64 {
        std::thread::sleep(std::time::Duration::from_millis(ms));
        ms
    }
    pub(super) unsafe extern "C" fn bump(input: *const u32, both: *mut u32, output: *mut u32) -> u64 {
        unsafe {
            *output = *input + *both;
            *both += 1;
        }
        1
    }
    pub(super) unsafe extern "C" fn peek(address: *const u64) -> u64 {
        unsafe { address.read_volatile() }
    }
    pub(super) extern "C" fn quit(status: c_int) -> u64 {
        unsafe { libc::exit(status) }
    }
    pub(super) extern "C" fn fifteen(
        a: u64,
        b: u64,
        c: u64,
        d: u64,
        e: u64,
        f: u64,
        g: u64,
        h: u64,
        i: u64,
        j: u64,
        k: u64,
        l: u64,
        m: u64,
        n: u64,
        o: u64,
    ) -> u64 {
        [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o].iter().enumerate().map(|(at, v)| (at as u64 + 1) * v).sum()
    }
    pub(super) static mut CELL: u64 = 17;
    pub(super) extern "C" fn cell() -> *mut u64 {
        &raw mut CELL
    }
}
kernels!(add, scale, nap, bump, peek, quit, fifteen, cell);

/// A process with its main context. Destroyed at the end of the test.
struct Process {
    api: &'static Api,
    handle: *mut veo_proc_handle,
    context: *mut veo_thr_ctxt,
}

impl Process {
    fn new() -> Self {
        let api = veo_engine::api();
        let handle = unsafe { (api.veo_proc_create)(0) };
        assert!(!handle.is_null(), "{:?}", veo_engine::last_error());
        let context = unsafe { (api.veo_context_open)(handle) };
        assert!(!context.is_null());
        Self { api, handle, context }
    }

    fn symbol(&self, name: &CStr) -> u64 {
        let address = unsafe { (self.api.veo_get_sym)(self.handle, 0, name.as_ptr()) };
        assert_ne!(address, 0, "{name:?}");
        address
    }

    fn submit(&self, name: &CStr, args: &[u64]) -> u64 {
        let function = self.symbol(name);
        let pack = unsafe { (self.api.veo_args_alloc)() };
        for (index, &arg) in args.iter().enumerate() {
            assert_eq!(unsafe { (self.api.veo_args_set_u64)(pack, index as c_int, arg) }, 0);
        }
        let id = unsafe { (self.api.veo_call_async)(self.context, function, pack) };
        unsafe { (self.api.veo_args_free)(pack) };
        id
    }

    fn wait(&self, id: u64) -> (u32, u64) {
        let mut value = 99;
        let state = unsafe { (self.api.veo_call_wait_result)(self.context, id, &raw mut value) };
        (state as u32, value)
    }

    fn peek(&self, id: u64) -> u32 {
        let mut value = 0;
        (unsafe { (self.api.veo_call_peek_result)(self.context, id, &raw mut value) }) as u32
    }

    fn alloc(&self, size: usize) -> u64 {
        let mut address = 0;
        assert_eq!(unsafe { (self.api.veo_alloc_mem)(self.handle, &raw mut address, size) }, 0);
        address
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        assert_eq!(unsafe { (self.api.veo_proc_destroy)(self.handle) }, 0);
    }
}

#[test]
fn a_call_returns_its_value_and_its_id_is_used_up() {
    let process = Process::new();
    let id = process.submit(c"add", &[40, 2]);
    assert_eq!(process.wait(id), (VEO_COMMAND_OK, 42));
    assert_eq!(process.wait(id), (VEO_COMMAND_ERROR, 99));
    assert_eq!(process.peek(u64::MAX), VEO_COMMAND_ERROR);
}

#[test]
fn typed_setters_reach_floating_point_registers() {
    let process = Process::new();
    let api = process.api;
    let record = Record { library: 0, name: "scale", ret: Class::F64, params: &[Class::F64, Class::F32] };
    let mut batch = Vec::new();
    assert!(record.encode(&mut batch));
    let mut addresses = [0_u64];
    let pack = unsafe { (api.veo_args_alloc)() };
    unsafe {
        (api.veo_args_set_stack)(pack, VEO_INTENT_IN, 0, batch.as_mut_ptr().cast(), batch.len());
        (api.veo_args_set_u64)(pack, 1, batch.len() as u64);
        (api.veo_args_set_stack)(pack, VEO_INTENT_OUT, 2, addresses.as_mut_ptr().cast(), 8);
        (api.veo_args_set_u64)(pack, 3, 1);
    }
    let mut found = 0;
    let declare = process.symbol(c"veorun_declare");
    assert_eq!(unsafe { (api.veo_call_sync)(process.handle, declare, pack, &raw mut found) }, 0);
    assert_eq!((found, addresses[0]), (1, process.symbol(c"scale")));
    unsafe {
        (api.veo_args_clear)(pack);
        // As PyVEO sets them: raw words, the float in the upper half.
        (api.veo_args_set_i64)(pack, 0, 2.5_f64.to_bits().cast_signed());
        (api.veo_args_set_i64)(pack, 1, (u64::from(4.0_f32.to_bits()) << 32).cast_signed());
    }
    let mut value = 0;
    assert_eq!(unsafe { (api.veo_call_sync)(process.handle, addresses[0], pack, &raw mut value) }, 0);
    assert_eq!(f64::from_bits(value), 10.0);
    unsafe { (api.veo_args_free)(pack) };
}

#[test]
fn many_arguments_and_many_requests_wrap_the_ring() {
    let process = Process::new();
    let args: Vec<u64> = (1..=15).collect();
    let expected: u64 = args.iter().map(|v| v * v).sum();
    let ids: Vec<u64> = (0..1000).map(|_| process.submit(c"fifteen", &args)).collect();
    assert!(ids.windows(2).all(|pair| pair[1] == pair[0] + 1 || pair[0] == ids[0]));
    for id in ids.into_iter().rev() {
        assert_eq!(process.wait(id), (VEO_COMMAND_OK, expected));
    }
}

#[test]
fn stack_arguments_travel_by_their_intent() {
    let process = Process::new();
    let api = process.api;
    let (mut input, mut both, mut output) = (5_u32, 7_u32, 0_u32);
    let pack = unsafe { (api.veo_args_alloc)() };
    unsafe {
        (api.veo_args_set_stack)(pack, VEO_INTENT_IN, 0, (&raw mut input).cast(), 4);
        (api.veo_args_set_stack)(pack, VEO_INTENT_INOUT, 1, (&raw mut both).cast(), 4);
        (api.veo_args_set_stack)(pack, VEO_INTENT_OUT, 2, (&raw mut output).cast(), 4);
    }
    let mut value = 0;
    assert_eq!(unsafe { (api.veo_call_sync)(process.handle, process.symbol(c"bump"), pack, &raw mut value,) }, 0);
    assert_eq!((input, both, output, value), (5, 8, 12, 1));
    unsafe { (api.veo_args_free)(pack) };
}

#[test]
fn memory_is_read_back_as_written_and_globals_can_be_reached() {
    let process = Process::new();
    let api = process.api;
    let data: Vec<u8> = (0..1 << 20).map(|i| (i * 7) as u8).collect();
    let address = process.alloc(data.len());
    let mut back = vec![0_u8; data.len()];
    unsafe {
        assert_eq!((api.veo_write_mem)(process.handle, address, data.as_ptr().cast(), data.len()), 0);
        assert_eq!((api.veo_read_mem)(process.handle, back.as_mut_ptr().cast(), address, back.len()), 0);
        assert_eq!((api.veo_free_mem)(process.handle, address), 0);
        assert_eq!((api.veo_free_mem)(process.handle, address), -1);
    }
    assert_eq!(back, data);
    let (state, cell) = process.wait(process.submit(c"cell", &[]));
    assert_eq!(state, VEO_COMMAND_OK);
    let value = 0x1234_u64;
    unsafe { assert_eq!((api.veo_write_mem)(process.handle, cell, (&raw const value).cast(), 8), 0) };
    assert_eq!(process.wait(process.submit(c"peek", &[cell])), (VEO_COMMAND_OK, 0x1234));
}

#[test]
fn bad_addresses_are_errors_and_the_process_lives_on() {
    let process = Process::new();
    let mut word = 0_u64;
    for bad in [0, 8, 0x10_0000, u64::MAX - 3] {
        let result = unsafe { (process.api.veo_read_mem)(process.handle, (&raw mut word).cast(), bad, 8) };
        assert_eq!(result, -1, "{bad:#x}");
    }
    assert_eq!(process.wait(process.submit(c"add", &[1, 1])), (VEO_COMMAND_OK, 2));
}

#[test]
fn peek_does_not_wait() {
    let process = Process::new();
    let id = process.submit(c"nap", &[200]);
    assert_eq!(process.peek(id), VEO_COMMAND_UNFINISHED);
    assert_eq!(process.wait(id), (VEO_COMMAND_OK, 200));
}

#[test]
fn host_functions_and_transfers_keep_their_place_in_the_queue() {
    unsafe extern "C" fn count(counter: *mut c_void) -> u64 {
        let counter = unsafe { &*counter.cast::<std::sync::atomic::AtomicU64>() };
        counter.fetch_add(1, std::sync::atomic::Ordering::SeqCst)
    }
    let process = Process::new();
    let api = process.api;
    let address = process.alloc(8);
    let counter = std::sync::atomic::AtomicU64::new(5);
    for round in 0..400_u64 {
        let wanted = round * 3;
        let write = unsafe { (api.veo_async_write_mem)(process.context, address, (&raw const wanted).cast(), 8) };
        let call = process.submit(c"peek", &[address]);
        let host =
            unsafe { (api.veo_call_async_vh)(process.context, Some(count), (&raw const counter).cast_mut().cast()) };
        let mut back = 0_u64;
        let read = unsafe { (api.veo_async_read_mem)(process.context, (&raw mut back).cast(), address, 8) };
        assert_eq!(process.wait(read), (VEO_COMMAND_OK, 0));
        assert_eq!(process.wait(call), (VEO_COMMAND_OK, wanted));
        assert_eq!(process.wait(host), (VEO_COMMAND_OK, 5 + round));
        assert_eq!(process.wait(write), (VEO_COMMAND_OK, 0));
        assert_eq!(back, wanted);
    }
}

#[test]
fn contexts_run_side_by_side() {
    let process = Process::new();
    let api = process.api;
    let second = unsafe { (api.veo_context_open)(process.handle) };
    assert!(!second.is_null());
    assert_eq!(unsafe { (api.veo_num_contexts)(process.handle) }, 2);
    // A look-up that is not cached queues behind the main context's requests.
    process.symbol(c"add");
    let slow = process.submit(c"nap", &[300]);
    let other = Process { api, handle: process.handle, context: second };
    let start = Instant::now();
    assert_eq!(other.wait(other.submit(c"add", &[1, 2])), (VEO_COMMAND_OK, 3));
    assert!(start.elapsed() < Duration::from_millis(200));
    std::mem::forget(other);
    unsafe { (api.veo_context_sync)(process.context) };
    assert_eq!(process.peek(slow), VEO_COMMAND_OK);
    assert_eq!(unsafe { (api.veo_context_close)(second) }, 0);
    assert_eq!(unsafe { (api.veo_get_context_state)(second) }, VEO_STATE_EXIT as c_int);
    let pack = unsafe { (api.veo_args_alloc)() };
    assert_eq!(unsafe { (api.veo_call_async)(second, 16, pack) }, VEO_REQUEST_ID_INVALID);
    unsafe { (api.veo_args_free)(pack) };
}

#[test]
fn a_crash_is_an_exception_of_the_request_that_crashed() {
    let process = Process::new();
    let before = process.submit(c"add", &[1, 2]);
    let crash = process.submit(c"peek", &[0x18]);
    let after = process.submit(c"add", &[3, 4]);
    let start = Instant::now();
    assert_eq!(process.wait(crash), (VEO_COMMAND_EXCEPTION, libc::SIGSEGV as u64));
    assert!(start.elapsed() < Duration::from_secs(1));
    assert_eq!(process.wait(before), (VEO_COMMAND_OK, 3));
    assert_eq!(process.wait(after), (VEO_COMMAND_ERROR, 0));
    let report = veo_engine::report(process.handle).unwrap();
    let crash = report.crash.as_ref().unwrap();
    assert_eq!((crash.signal, crash.address, crash.args.as_slice()), (libc::SIGSEGV, 0x18, &[0x18][..]), "{report}");
    assert_eq!(unsafe { (process.api.veo_get_context_state)(process.context) }, VEO_STATE_EXIT as c_int);
}

#[test]
fn an_exit_is_an_error_and_other_processes_go_on() {
    let process = Process::new();
    let other = Process::new();
    assert_eq!(unsafe { (other.api.veo_get_context_state)(other.context) }, VEO_STATE_RUNNING as c_int);
    assert_eq!(process.wait(process.submit(c"quit", &[3])), (VEO_COMMAND_ERROR, 0));
    assert_eq!(veo_engine::report(process.handle).unwrap().cause, veo_engine::Cause::Exited(3));
    assert_eq!(other.wait(other.submit(c"add", &[1, 2])), (VEO_COMMAND_OK, 3));
}

#[test]
fn null_and_ended_handles_are_errors() {
    let process = Process::new();
    let api = process.api;
    unsafe {
        assert_eq!((api.veo_proc_destroy)(ptr::null_mut()), -1);
        assert_eq!((api.veo_load_library)(ptr::null_mut(), c"x".as_ptr()), 0);
        assert_eq!((api.veo_call_async)(process.context, 16, ptr::null_mut()), VEO_REQUEST_ID_INVALID);
        assert_eq!((api.veo_call_wait_result)(ptr::null_mut(), 0, ptr::null_mut()), VEO_COMMAND_ERROR as c_int);
        assert_eq!((api.veo_proc_create_static)(0, ptr::null_mut()), ptr::null_mut());
        assert_eq!((api.veo_proc_create)(-2), ptr::null_mut());
        assert_eq!((api.veo_proc_create)(1), ptr::null_mut());
    }
    assert!(veo_engine::last_error().unwrap().contains("VEO_HOST_NODES"));
}

/// A handle that another thread of a test may use.
#[derive(Clone, Copy)]
struct Shared(*mut veo_proc_handle);

unsafe impl Send for Shared {}

impl Shared {
    fn get(self) -> *mut veo_proc_handle {
        self.0
    }
}

#[test]
fn whoever_waits_learns_of_a_death_while_the_process_is_destroyed() {
    let process = std::mem::ManuallyDrop::new(Process::new());
    process.submit(c"nap", &[300]);
    let crash = process.submit(c"peek", &[0x18]);
    let (api, handle) = (process.api, Shared(process.handle));
    let start = Instant::now();
    let destroying = std::thread::spawn(move || unsafe { (api.veo_proc_destroy)(handle.get()) });
    assert_eq!(process.wait(crash), (VEO_COMMAND_EXCEPTION, libc::SIGSEGV as u64));
    assert_eq!(destroying.join().unwrap(), 0);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
}

#[test]
fn two_threads_may_destroy_a_process_and_results_are_not_lost() {
    let process = std::mem::ManuallyDrop::new(Process::new());
    let slow = process.submit(c"nap", &[500]);
    let (api, handle) = (process.api, Shared(process.handle));
    let destroying = [0, 100].map(|ms| {
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(ms));
            unsafe { (api.veo_proc_destroy)(handle.get()) }
        })
    });
    assert_eq!(process.wait(slow), (VEO_COMMAND_OK, 500));
    assert!(destroying.into_iter().all(|thread| thread.join().unwrap() == 0));
}

#[test]
fn host_functions_may_open_and_close_contexts() {
    unsafe extern "C" fn close(context: *mut c_void) -> u64 {
        (unsafe { (veo_host_api().veo_context_close)(context.cast()) }) as u64
    }
    unsafe extern "C" fn open(process: *mut c_void) -> u64 {
        std::thread::sleep(Duration::from_millis(200));
        (unsafe { (veo_host_api().veo_context_open)(process.cast()) }) as u64
    }
    fn veo_host_api() -> &'static Api {
        veo_engine::api()
    }
    let process = Process::new();
    let api = process.api;
    let context = unsafe { (api.veo_context_open)(process.handle) };
    let id = unsafe { (api.veo_call_async_vh)(context, Some(close), context.cast()) };
    assert_ne!(id, VEO_REQUEST_ID_INVALID);
    let start = Instant::now();
    while unsafe { (api.veo_get_context_state)(context) } != VEO_STATE_EXIT as c_int {
        assert!(start.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(5));
    }
    // One from a host function of the main context, while this thread opens another, behind that function.
    let id = unsafe { (api.veo_call_async_vh)(process.context, Some(open), process.handle.cast()) };
    assert!(!unsafe { (api.veo_context_open)(process.handle) }.is_null());
    let (state, opened) = process.wait(id);
    assert!(state == VEO_COMMAND_OK && opened != 0);
    assert_eq!(unsafe { (api.veo_num_contexts)(process.handle) }, 3);
}

#[test]
#[ignore = "needs root"]
fn a_program_with_rights_of_its_own_becomes_nobodys_worker() {
    use std::os::fd::{AsRawFd, FromRawFd};
    use std::os::unix::fs::{PermissionsExt, chown};
    use std::os::unix::net::UnixDatagram;
    use std::process::Command;

    const NOBODY: u32 = 65534;
    let program = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("set-uid");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    chown(&program, Some(NOBODY), None).unwrap();
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o4755)).unwrap();
    // What makes any other program a worker that obeys whoever has the other end.
    let mut ends = [0; 2];
    assert_eq!(unsafe { libc::socketpair(libc::AF_UNIX, libc::SOCK_SEQPACKET, 0, ends.as_mut_ptr()) }, 0);
    let (_near, far) = unsafe { (UnixDatagram::from_raw_fd(ends[0]), UnixDatagram::from_raw_fd(ends[1])) };
    let mut child = Command::new(&program);
    child.args(["--list", "--format", "terse"]).env("VEO_HOST_SOCKET", far.as_raw_fd().to_string());
    child.stdout(std::process::Stdio::null());
    let mut child = child.spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    let status = loop {
        match child.try_wait().unwrap() {
            None if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(10)),
            status => break status,
        }
    };
    let _ = child.kill();
    assert!(status.is_some_and(|status| status.success()), "it waits for orders: {status:?}");
}
