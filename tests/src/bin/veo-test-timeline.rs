//! A program that records a timeline: `veo-test-timeline KIND FILE`. It prints what the test wants to know.

use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;
use std::{env, mem, process, thread};

use veo::timeline::{self, Timeline};
use veo::{Proc, Result, args};
use veo_tests::kernels::{echo_i32, nap_us, raise_flag, read_null, sum_bytes, wait_for_flag};

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let result = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["writers", _] => writers(),
        [kind, file] => timeline::start(file).and_then(|timeline| record(kind, file, timeline)),
        ["names", file, library] => timeline::start(file).and_then(|timeline| names(timeline, library)),
        _ => panic!("unknown arguments: {arguments:?}"),
    };
    if let Err(error) = result {
        println!("error: {error}");
    }
}

fn record(kind: &str, file: &str, timeline: Timeline) -> Result<()> {
    match kind {
        "work" => work()?,
        "crash" => crash()?,
        "unfinished" => return unfinished(timeline),
        "two" => return two(file, timeline),
        "forgotten" => {
            one_call()?;
            mem::forget(timeline);
            process::exit(0);
        }
        "killed" => {
            one_call()?;
            // Longer than anything waits before it is written.
            thread::sleep(Duration::from_secs(1));
            process::abort();
        }
        _ => panic!("unknown kind: {kind}"),
    }
    finish(timeline);
    Ok(())
}

fn finish(timeline: Timeline) {
    match timeline.finish() {
        Ok(()) => println!("finished: ok"),
        Err(error) => println!("finished: {error}"),
    }
}

fn one_call() -> Result<()> {
    echo_i32(&Proc::create(0)?.open_context()?, 1).wait()?;
    Ok(())
}

fn work() -> Result<()> {
    let proc = Proc::create(0)?;
    let (main, further) = (proc.open_context()?, proc.open_context()?);
    nap_us(&further, 50_000);
    let sum = sum_bytes(&further, 3, &[1, 2, 3]);
    let function = further.host_fn(|| 1);
    let mut x = proc.zeroed::<f64>(1024)?;
    let mut y = proc.alloc::<f64>(1024)?;
    main.write(&mut x, vec![1.0; 1024]);
    main.copy(&x, &mut y);
    main.read(&y, vec![0.0; 1024]).wait()?;
    sum.wait()?;
    function.wait()?;
    further.sync()
}

fn crash() -> Result<()> {
    let proc = Proc::create(0)?;
    let (_main, further) = (proc.open_context()?, proc.open_context()?);
    nap_us(&further, 20_000);
    let requests = [read_null(&further), echo_i32(&further, 1), echo_i32(&further, 2)];
    for request in requests {
        assert!(request.wait().is_err());
    }
    assert!(echo_i32(&further, 3).wait().is_err());
    Ok(())
}

fn unfinished(timeline: Timeline) -> Result<()> {
    let proc = Proc::create(0)?;
    let (main, further) = (proc.open_context()?, proc.open_context()?);
    let flag = proc.zeroed::<i32>(1)?;
    wait_for_flag(&further, flag.as_ptr());
    echo_i32(&further, 1);
    // Until the first of the two runs.
    thread::sleep(Duration::from_millis(50));
    finish(timeline);
    raise_flag(&main, flag.as_ptr()).wait()?;
    further.sync()
}

fn two(file: &str, timeline: Timeline) -> Result<()> {
    let second = timeline::start(Path::new(&format!("{file}.2")));
    println!("second: {}", second.err().map_or("ok".into(), |error| error.to_string()));
    one_call()?;
    finish(timeline);
    let third = timeline::start_to(io::sink())?;
    println!("third: {}", third.finish().err().map_or("ok".into(), |error| error.to_string()));
    Ok(())
}

/// A writer that cannot write.
struct Bad {
    panics: bool,
}

impl Write for Bad {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        assert!(!self.panics, "on purpose");
        Err(io::Error::other("it is tired"))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn writers() -> Result<()> {
    for (name, panics) in [("fails", false), ("panics", true)] {
        let timeline = timeline::start_to(Bad { panics })?;
        one_call()?;
        // By now its thread has ended.
        thread::sleep(Duration::from_millis(500));
        one_call()?;
        println!("{name}: {}", timeline.finish().expect_err("nothing was written"));
    }
    one_call()?;
    println!("afterwards: ok");
    Ok(())
}

fn names(timeline: Timeline, library: &str) -> Result<()> {
    let proc = Proc::create(0)?;
    let ctx = proc.open_context()?;
    let function = proc.load_library(library)?.find_function("echo_i32")?.args_type(["int"])?;
    function.call(&ctx, args![1]).wait()?;
    let named = thread::Builder::new().name("the \"first\"\\\n".into());
    named.spawn(move || ctx.host_fn(|| ()).wait()).expect("a thread").join().expect("no panic")?;
    finish(timeline);
    Ok(())
}
