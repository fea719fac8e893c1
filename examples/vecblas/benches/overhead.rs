//! What the crate costs: `cargo bench -p vecblas --bench overhead`.
//!
//! A `daxpy` of length 1 by the routine and by the stub, each one waited for, and many in a row, in alternating rounds; the same
//! function of the same library called in this process; and the creation of a process, in which all functions are registered.

use std::hint::black_box;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use vecblas::raw::CBLAS_INT;
use vecblas::{axpy, raw, with_library};
use veo::{Context, Proc, VeBuffer};

const LIBRARIES: &[&str] = if cfg!(feature = "i64") {
    &["libopenblas64.so.0", "libblas64.so.3"]
} else {
    &["libopenblas.so.0", "libblas.so.3", "libgslcblas.so.0"]
};
const ROUNDS: usize = 21;
const CALLS: u32 = 5_000;

/// `cblas_daxpy`
type Daxpy = unsafe extern "C" fn(CBLAS_INT, f64, *const f64, CBLAS_INT, *mut f64, CBLAS_INT);

fn main() -> ExitCode {
    // SAFETY: these libraries do nothing when they are loaded that this program would notice.
    let Some((path, library)) =
        LIBRARIES.iter().find_map(|path| Some((path, unsafe { libloading::Library::new(*path) }.ok()?)))
    else {
        println!("NOT MEASURED: there is no BLAS here. On Debian: apt install libopenblas0");
        return ExitCode::SUCCESS;
    };
    // SAFETY: that is its type in these libraries.
    let daxpy = unsafe { library.get::<Daxpy>(b"cblas_daxpy\0") };
    let result = daxpy.map_err(|error| error.to_string()).and_then(|daxpy| {
        println!("with {path}, medians of {ROUNDS} rounds");
        calls(path, *daxpy).and_then(|()| creation(path)).map_err(|error| error.to_string())
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("overhead: {error}");
            ExitCode::FAILURE
        }
    }
}

fn calls(path: &str, daxpy: Daxpy) -> veo::Result<()> {
    let proc = with_library(Proc::builder(), path).create()?;
    let ctx = proc.open_context()?;
    let (x, mut y) = (proc.upload(&[1.0])?, proc.upload(&[1.0])?);
    by_routine(&ctx, &x, &mut y)?;
    let mut rounds = [const { Vec::new() }; 5];
    for _ in 0..ROUNDS {
        rounds[0].push(timed(|| in_process(daxpy)));
        rounds[1].push(timed(|| by_stub(&ctx, &x, &mut y)));
        rounds[2].push(timed(|| by_routine(&ctx, &x, &mut y)));
        rounds[3].push(timed(|| stubs_in_a_row(&ctx, &x, &mut y)));
        rounds[4].push(timed(|| routines_in_a_row(&ctx, &x, &mut y)));
    }
    let [direct, stub, routine, stubs, routines] =
        rounds.map(|times| median(times).as_nanos() as f64 / f64::from(CALLS));
    println!("daxpy of length 1, in this process        {direct:8.1} ns");
    println!("daxpy of length 1, stub, submit + wait    {stub:8.1} ns");
    println!("daxpy of length 1, routine, submit + wait {routine:8.1} ns   {:.3} of the stub", routine / stub);
    println!("daxpy of length 1, stub, in a row         {stubs:8.1} ns");
    println!("daxpy of length 1, routine, in a row      {routines:8.1} ns   {:.3} of the stub", routines / stubs);
    Ok(())
}

fn timed<T>(run: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    black_box(run());
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn in_process(daxpy: Daxpy) {
    let (x, mut y) = ([1.0], [1.0]);
    for _ in 0..CALLS {
        // SAFETY: both have one element.
        unsafe { daxpy(1, black_box(1e-9), x.as_ptr(), 1, y.as_mut_ptr(), 1) };
    }
    black_box(y);
}

fn by_stub(ctx: &Context, x: &VeBuffer<f64>, y: &mut VeBuffer<f64>) -> veo::Result<()> {
    (0..CALLS).try_for_each(|_| raw::cblas_daxpy(ctx, 1, black_box(1e-9), x, 1, &mut *y, 1).wait())
}

fn by_routine(ctx: &Context, x: &VeBuffer<f64>, y: &mut VeBuffer<f64>) -> veo::Result<()> {
    (0..CALLS).try_for_each(|_| axpy(ctx, black_box(1e-9), x, &mut *y).wait())
}

/// Nobody waits for one before the last is submitted.
fn stubs_in_a_row(ctx: &Context, x: &VeBuffer<f64>, y: &mut VeBuffer<f64>) -> veo::Result<()> {
    (1..CALLS).for_each(|_| drop(raw::cblas_daxpy(ctx, 1, black_box(1e-9), x, 1, &mut *y, 1)));
    raw::cblas_daxpy(ctx, 1, 1e-9, x, 1, y, 1).wait()
}

fn routines_in_a_row(ctx: &Context, x: &VeBuffer<f64>, y: &mut VeBuffer<f64>) -> veo::Result<()> {
    (1..CALLS).for_each(|_| drop(axpy(ctx, black_box(1e-9), x, &mut *y)));
    axpy(ctx, 1e-9, x, y).wait()
}

/// With this library, with a small one, and without any: then nothing is looked up.
fn creation(path: &str) -> veo::Result<()> {
    let rows = [(path, path), ("libgslcblas.so.0", "libgslcblas.so.0"), ("library missing", "/there/is/no/libblas.so")];
    let mut rounds = rows.map(|_| Vec::new());
    for _ in 0..ROUNDS {
        for (times, (_, path)) in rounds.iter_mut().zip(rows) {
            let start = Instant::now();
            let proc = with_library(Proc::builder(), path).create()?;
            times.push(start.elapsed());
            drop(proc);
        }
    }
    for ((what, _), times) in rows.into_iter().zip(rounds) {
        println!("creating a process, 149 functions: {what:16} {:8.2} ms", median(times).as_secs_f64() * 1e3);
    }
    Ok(())
}
