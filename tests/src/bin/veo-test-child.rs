//! A program that a test starts to have a process, an environment and children of its own. The first argument says what
//! it does; it prints what the test wants to know.

use std::future::Future;
use std::io::{self, Write};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Wake, Waker};
use std::time::Duration;
use std::{env, thread};

use veo::{Context, Engine, Proc, Result, ve_offload};
use veo_tests::kernels;
use veo_tests::system::{self, Holdings};

#[ve_offload(lib = static)]
extern "C" {
    fn square_in_veorun(x: i64) -> i64;
}

#[ve_offload(lib = "libelsewhere.so", lazy)]
extern "C" {
    #[link_name = "echo_i32"]
    fn elsewhere(x: i32) -> i32;
}

mod environment {
    use std::ffi::{CString, c_char};

    /// Copies a variable's value to `value`, and gives its length, -1 if it is not set.
    #[veo::ve_kernel]
    unsafe extern "C" fn variable(name: *const u8, value: *mut u8, room: usize) -> i64 {
        // SAFETY: the caller passes a text that ends with a zero.
        let name = unsafe { std::ffi::CStr::from_ptr(name.cast::<c_char>()) };
        let Some(text) = std::env::var(name.to_str().unwrap_or_default()).ok().and_then(|text| CString::new(text).ok())
        else {
            return -1;
        };
        let bytes = text.as_bytes();
        let bytes = &bytes[..bytes.len().min(room)];
        // SAFETY: the caller passes `room` bytes.
        unsafe { value.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        bytes.len() as i64
    }
}

#[ve_offload(lib = static)]
extern "C" {
    fn variable(name: &[u8], value: &mut [u8], room: usize) -> i64;
}

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["call"] => call(),
        ["elsewhere"] => with_process(|ctx| elsewhere(ctx, 42).wait()),
        ["environment"] => print_environment()?,
        ["nodes"] => nodes(),
        ["list-nodes"] => list_nodes(),
        ["several-nodes"] => several_nodes()?,
        ["pool"] => pool()?,
        ["memory"] => memory()?,
        ["restart"] => restart()?,
        ["leaks", kind] => leaks(kind)?,
        ["end-with-running-kernel", kernel] => end_with_running_kernel(kernel)?,
        ["end-without-goodbye"] => end_without_goodbye()?,
        ["end-in-host-functions"] => end_in_host_functions()?,
        ["await-idly"] => await_idly()?,
        ["complain", lines] => complain(lines.parse().expect("a number"))?,
        ["run-until-killed", kernel] => run_until_killed(kernel)?,
        _ => panic!("unknown arguments: {arguments:?}"),
    }
    Ok(())
}

/// Awaits kernels for a second, with and without a deadline, and prints the milliseconds of processor time that it took.
fn await_idly() -> Result<()> {
    struct Unpark(thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    for deadline in [None, Some(Duration::from_secs(60))] {
        let builder = deadline.into_iter().fold(Proc::builder(), veo::ProcBuilder::deadline);
        let ctx = builder.create()?.open_context()?;
        kernels::echo_i32(&ctx, 1).wait()?;
        let before = system::processor_ms();
        let mut request = pin!(kernels::nap_us(&ctx, 500_000));
        while request.as_mut().poll(&mut std::task::Context::from_waker(&waker)).is_pending() {
            thread::park();
        }
        println!("{}", system::processor_ms() - before);
    }
    Ok(())
}

fn with_process(call: impl FnOnce(&Context) -> Result<i32>) {
    let value = Proc::create(0).and_then(|proc| call(&proc.open_context()?));
    match value {
        Ok(value) => println!("value {value}"),
        Err(error) => println!("error: {error}"),
    }
}

fn call() {
    with_process(|ctx| {
        match square_in_veorun(ctx, 42).wait() {
            Ok(square) => println!("own {square}"),
            Err(error) => println!("own error: {error}"),
        }
        kernels::echo_i32(ctx, 42).wait()
    });
    println!("{} children", system::children().len());
}

fn print_environment() -> Result<()> {
    let ctx = Proc::create(0)?.open_context()?;
    for name in ["OMP_NUM_THREADS", "LD_LIBRARY_PATH", "VE_NODE_NUMBER"] {
        let mut value = [0; 256];
        let length = variable(&ctx, format!("{name}\0").as_bytes(), &mut value, 256).wait()?;
        let value = usize::try_from(length).map_or("not set".into(), |n| String::from_utf8_lossy(&value[..n]));
        println!("{name}={value}");
    }
    Ok(())
}

fn nodes() {
    for node in -2..=3 {
        match Proc::create(node) {
            Ok(proc) => println!("{}: ok", proc.node()),
            Err(error) => println!("{node}: error: {error}"),
        }
    }
}

fn list_nodes() {
    match veo::nodes() {
        Ok(nodes) => nodes.iter().for_each(|node| println!("{} is {}, {:?}", node.id, node.physical, node.arch)),
        Err(error) => println!("error: {error}"),
    }
}

/// With `VEO_HOST_NODES=2` and `VEO_HOST_MEMORY=8M`.
fn several_nodes() -> Result<()> {
    let [zero, one, again] = [Proc::create(0)?, Proc::create(1)?, Proc::create(0)?];
    let mut buffers = Vec::new();
    for (name, proc) in [("node 0", &zero), ("node 1", &one), ("node 0 again", &again)] {
        match proc.alloc::<u8>(6 << 20) {
            Ok(buffer) => buffers.push(buffer),
            Err(error) => {
                println!("{name}: {error}");
                continue;
            }
        }
        println!("{name}: 6 MiB, as node {}", proc.node());
    }
    let (first, second) = (zero.open_context()?, one.open_context()?);
    let both = (kernels::echo_i32(&first, 40), kernels::echo_i32(&second, 44));
    println!("both: {}", both.0.wait()? + both.1.wait()?);
    Ok(())
}

/// With `VEO_HOST_MEMORY=8M`.
fn memory() -> Result<()> {
    const MIB: usize = 1 << 20;
    let proc = Proc::create(0)?;
    let ctx = proc.open_context()?;
    match proc.alloc::<u8>(16 * MIB) {
        Ok(buffer) => println!("got {buffer:?}"),
        Err(error) => println!("{error}"),
    }
    let mut buffers = Vec::new();
    while let Ok(buffer) = proc.alloc::<u8>(MIB / 2) {
        buffers.push(buffer);
    }
    println!("{} half MiB", buffers.len());
    let image = vec![1_u8; 2 * MIB];
    match kernels::sum_bytes(&ctx, image.len(), &image[..]).wait() {
        Ok(sum) => println!("summed {sum}"),
        Err(error) => println!("{error}"),
    }
    // Each call has its arguments in a block that is kept for the next one, as long as there is memory.
    let image = vec![1_u8; 60 << 10];
    drop(buffers);
    for _ in 0..300 {
        kernels::sum_bytes(&ctx, image.len(), &image[..]).wait()?;
    }
    let image = vec![1_u8; 2 * MIB];
    // What is freed comes back in order with the queue: at once, for whoever asks next.
    for _ in 0..100 {
        drop(proc.alloc::<u8>(6 * MIB)?);
    }
    assert_eq!(kernels::sum_bytes(&ctx, image.len(), &image[..]).wait()?, 2 << 20);
    println!("everything came back");
    Ok(())
}

fn pool() -> Result<()> {
    let pool = veo::ProcPool::new()?;
    println!("nodes {:?}", pool.members().iter().map(|member| member.proc.node()).collect::<Vec<_>>());
    let leases = (0..3).map(|_| pool.pick()).collect::<Result<Vec<_>>>()?;
    let requests: Vec<_> = (1..).zip(&leases).map(|(n, lease)| kernels::echo_i32(lease, n)).collect();
    println!("sum {}", requests.into_iter().map(veo::Request::wait).sum::<Result<i32>>()?);
    Ok(())
}

/// In the folder of the kernels, with `VEO_HOST_MEMORY=8M`.
fn restart() -> Result<()> {
    let proc = Proc::create(0)?;
    let library = proc.load_library("./libtestkernels.so")?;
    library.find_function("echo_i32")?.args_type(["int"])?;
    let kept = proc.alloc::<u8>(6 << 20)?;
    env::set_current_dir("/").expect("there is a root");
    let fresh = proc.restart()?;
    let echo = fresh.get_function("echo_i32").expect("it is looked up again");
    println!("value {} of {:?}", echo.call_sync(veo::args![42])?.as_i64().unwrap_or(0), echo.library());
    println!("{} MiB", fresh.alloc::<u8>(kept.len())?.len() >> 20);
    Ok(())
}

fn leaks(kind: &str) -> Result<()> {
    // NEC's library has room for 144 contexts, and gives back none of a process that crashed.
    let rounds = if Engine::choose()? == Engine::Host { 100 } else { 20 };
    round(kind)?;
    let before = Holdings::settled();
    for _ in 0..rounds {
        round(kind)?;
    }
    let after = before.await_again();
    if after == before {
        println!("nothing is left");
    } else {
        println!("before {before:?}, after {rounds} rounds {after:?}");
    }
    Ok(())
}

/// A whole life of a VE process, with some use of everything.
fn round(kind: &str) -> Result<()> {
    if kind == "not-created" {
        // Any other number is a node to NEC's library.
        assert!(Proc::create(if Engine::choose()? == Engine::Host { 99 } else { -2 }).is_err());
        assert!(Proc::builder().veorun("/bin/true").create().is_err());
        assert!(Proc::builder().veorun("/no/such").create().is_err());
        return Ok(());
    }
    let proc = Proc::create(0)?;
    let (ctx, further) = (proc.open_context()?, proc.open_context()?);
    let mut buffer = proc.upload(&[1; 1000])?;
    kernels::push(&further, 1000, 1, &mut buffer);
    assert_eq!(kernels::total(&ctx, 1000, &buffer).wait()?, 3000);
    ctx.host_fn(|| 1).wait()?;
    ctx.read(&buffer, vec![0; 1000]).wait()?;
    match kind {
        "drop" => {}
        "destroy" => return proc.destroy(),
        "crash" => assert!(kernels::read_null(&further).wait().is_err()),
        "exit" => assert!(kernels::call_exit(&ctx, 3).wait().is_err()),
        "kill" => assert!(kernels::raise_signal(&ctx, 9).wait().is_err()),
        "contexts" => {
            for i in 0..5 {
                let ctx = proc.open_context()?;
                assert_eq!(kernels::echo_i32(&ctx, i).wait()?, i);
                if i % 2 == 0 {
                    ctx.close()?;
                }
            }
        }
        _ => panic!("unknown kind of end: {kind}"),
    }
    Ok(())
}

fn start(ctx: &Context, kernel: &str) {
    match kernel {
        "pause" => drop(kernels::never_return(ctx)),
        "spin" => drop(kernels::spin(ctx)),
        "idle" => {}
        _ => panic!("unknown kernel: {kernel}"),
    }
}

/// Lets everything go while a kernel runs, and ends.
fn end_with_running_kernel(kernel: &str) -> Result<()> {
    let proc = Proc::create(0)?;
    let ctx = proc.open_context()?;
    println!("{}", kernels::process_id(&ctx).wait()?);
    start(&ctx, kernel);
    Ok(())
}

/// Has a kernel print something, and ends without dropping anything.
fn end_without_goodbye() -> Result<()> {
    let proc = Proc::create(0)?;
    kernels::print_without_newline(&proc.open_context()?, 42).wait()?;
    std::process::exit(0)
}

/// Ends while a host function that never returns runs in each of several processes.
fn end_in_host_functions() -> Result<()> {
    for _ in 0..4 {
        let ctx = Proc::create(0)?.open_context()?;
        std::mem::forget(ctx.host_fn(|| -> i32 {
            loop {
                thread::park();
            }
        }));
        std::mem::forget(ctx);
    }
    std::process::exit(0)
}

/// Has a kernel print something, write lines to standard error, and crash.
fn complain(lines: i32) -> Result<()> {
    let proc = Proc::create(0)?;
    let ctx = proc.open_context()?;
    kernels::print_without_newline(&ctx, 7).wait()?;
    match kernels::complain_and_abort(&ctx, lines).wait() {
        Ok(()) => println!("no error"),
        Err(error) => println!("{}", error.to_string().contains(&format!("complaint number {lines}"))),
    }
    Ok(())
}

/// Prints the process ids of two workers, on one of which a kernel runs, and waits.
fn run_until_killed(kernel: &str) -> Result<()> {
    let workers = [Proc::create(0)?.open_context()?, Proc::create(0)?.open_context()?];
    let pids = [kernels::process_id(&workers[0]).wait()?, kernels::process_id(&workers[1]).wait()?];
    start(&workers[0], kernel);
    println!("{} {}", pids[0], pids[1]);
    let _ = io::stdout().flush();
    loop {
        thread::park();
    }
}
