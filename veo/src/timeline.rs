//! A record of what ran when, as a file for `chrome://tracing`, [ui.perfetto.dev](https://ui.perfetto.dev), or
//! `cargo xtask timeline`, which makes a picture of it.
//!
//! ```
//! # mod kernels { #[veo::ve_kernel] pub extern "C" fn work() {} }
//! # #[veo::ve_offload(lib = static)] extern "C" { fn work(); }
//! # let file = std::env::temp_dir().join(format!("veo-doc-{}.json", std::process::id()));
//! let timeline = veo::timeline::start(&file)?;
//! let ctx = veo::Proc::create(0)?.open_context()?;
//! work(&ctx).wait()?;
//! timeline.finish()?;
//! # let text = std::fs::read_to_string(&file).unwrap();
//! # assert!(text.contains("\"work\""), "{text}");
//! # std::fs::remove_file(&file).unwrap();
//! # Ok::<(), veo::Error>(())
//! ```
//!
//! `VEO_TIMELINE=trace.json` does the same for a program that knows nothing of it, from its first VE process to its end; `%p`
//! in the name becomes the program's process id. If that file cannot be made, creating VE processes fails.
//!
//! # What is in it
//!
//! The program has a row for each of its threads: what it submitted, and where it waited. Each VE process has three rows for
//! each context:
//!
//! | row | has |
//! | --- | --- |
//! | queue | the request that is next, from when it could have begun, had the one before not been there; beside it the number of those that wait |
//! | transfers | [`Context::read`](crate::Context::read), [`Context::write`](crate::Context::write) and those of scopes, with their sizes |
//! | execution | kernels and host functions, with library, request id, number of arguments and bytes on the stack |
//!
//! An arrow leads from each submission to its execution. A request that failed leaves a mark with the error's text. What has not
//! ended when the timeline does is marked as unfinished.
//!
//! # How it is measured
//!
//! On every engine in the same way: behind each request, a host function is queued that notes the time
//! (`veo_call_async_vh`). Requests of a context run in order; so one has begun when the one before had ended, or when it was
//! submitted, whichever was later. While a timeline is recorded, calls cost that host function, some microseconds each, and a
//! kernel that asks for results of earlier requests (`veo_prev_req_result`) sees it. While none is, calls cost a look at a flag.
//!
//! # The file
//!
//! An array of events in the JSON format of Chrome's trace viewer, written by a thread of its own every tenth of a second. If
//! the program is killed, what was written can be read all the same: the format allows the final bracket to be missing. At an
//! ordinary end of the program the timeline is finished, also one that was forgotten; at most 2 seconds are waited for the
//! disk then.

mod json;
mod notes;
mod trace;

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Mutex, Once, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::lock::lock;
use crate::watchers::{self, Watcher};

use notes::Note;
pub(crate) use notes::{Request, Slice, failed, submitted};
use trace::Trace;

/// The variable that starts a timeline.
const VARIABLE: &str = "VEO_TIMELINE";

/// How often what has come together is written.
const PERIOD: Duration = Duration::from_millis(100);

/// What is written at once, at the latest.
const CHUNK: usize = 64 << 10;

/// How long the end of the program waits for the last write.
const EXIT_LIMIT: Duration = Duration::from_secs(2);

/// Whether a timeline is being recorded.
static ON: AtomicBool = AtomicBool::new(false);

static RECORDING: Mutex<Option<Recording>> = Mutex::new(None);

/// A timeline that is being recorded.
struct Recording {
    /// Which one.
    number: u64,
    notes: Sender<Note>,
    /// Comes when everything is written.
    written: Receiver<io::Result<()>>,
    /// Where it goes, for messages.
    output: String,
    /// A child of this program, made by `fork`, has no thread that writes.
    program: u32,
}

/// A timeline that is being recorded. It is finished when this is dropped; forgetting it lets it go on to the end of the
/// program.
#[derive(Debug)]
#[must_use = "dropping it finishes the timeline"]
pub struct Timeline {
    number: u64,
}

/// Starts to record a timeline of the whole program into a file, which is made anew.
///
/// # Errors
/// The file cannot be made, or a timeline is being recorded already.
pub fn start(path: impl AsRef<Path>) -> Result<Timeline> {
    let path = path.as_ref();
    let output = path.display().to_string();
    begin(output, || File::create(path))
}

/// Starts to record a timeline of the whole program into whatever can be written to. It is written to on a thread of its own.
///
/// # Errors
/// A timeline is being recorded already.
///
/// ```
/// # #[derive(Clone, Default)] struct Memory(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);
/// # impl std::io::Write for Memory {
/// #     fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> { self.0.lock().unwrap().write(bytes) }
/// #     fn flush(&mut self) -> std::io::Result<()> { Ok(()) }
/// # }
/// # let memory = Memory::default();
/// # let network = memory.clone();
/// let timeline = veo::timeline::start_to(network)?;
/// // …
/// timeline.finish()?;
/// # assert!(memory.0.lock().unwrap().ends_with(b"]\n"));
/// # Ok::<(), veo::Error>(())
/// ```
pub fn start_to(writer: impl Write + Send + 'static) -> Result<Timeline> {
    begin("a writer".to_owned(), || Ok(writer))
}

fn refused(output: &str, reason: impl fmt::Display) -> Error {
    Error::Refused { operation: format!("recording a timeline to {output}"), reason: reason.to_string() }
}

fn begin<W: Write + Send + 'static>(output: String, open: impl FnOnce() -> io::Result<W>) -> Result<Timeline> {
    static NUMBER: Mutex<u64> = Mutex::new(0);
    // Held until it is known whether this one is recorded.
    let mut last = lock(&NUMBER);
    if let Some(recording) = &*lock(&RECORDING) {
        let reason = format!("one is being recorded to {} already; finish that one first", recording.output);
        return Err(refused(&output, reason));
    }
    let writer = open().map_err(|error| refused(&output, error))?;
    finish_at_exit();
    let number = *last + 1;
    let (notes, noted) = mpsc::channel();
    let (sender, written) = mpsc::sync_channel(1);
    let start = Instant::now();
    let run = move || {
        // The writer is foreign code. Nobody may be waiting any more.
        let write = std::panic::AssertUnwindSafe(|| write_all(writer, start, &noted));
        let result = std::panic::catch_unwind(write).unwrap_or_else(|_| Err(io::Error::other("the writer panicked")));
        let _ = sender.send(result);
    };
    thread::Builder::new().name("veo-timeline".into()).spawn(run).map_err(|error| refused(&output, error))?;
    *last = number;
    *lock(&RECORDING) = Some(Recording { number, notes, written, output, program: std::process::id() });
    ON.store(true, Relaxed);
    watchers::set(Watcher::Timeline, true);
    Ok(Timeline { number })
}

/// Whether a timeline is being recorded.
#[inline]
pub(crate) fn is_on() -> bool {
    ON.load(Relaxed)
}

/// Notes something, if a timeline is being recorded.
fn note(note: Note) {
    if let Some(recording) = &*lock(&RECORDING) {
        // Its thread may have ended, by a panic of the writer.
        let _ = recording.notes.send(note);
    }
}

impl Timeline {
    /// Ends the record, and waits until all of it is written. Requests that have not ended are in it as unfinished.
    ///
    /// # Errors
    /// Writing has failed, for instance since the disk is full.
    pub fn finish(self) -> Result<()> {
        stop(|recording| recording.number == self.number, None)
    }
}

impl Drop for Timeline {
    fn drop(&mut self) {
        if let Err(error) = stop(|recording| recording.number == self.number, None) {
            tracing::error!(target: "veo::timeline", %error, "the timeline is not complete");
        }
    }
}

/// Ends the record if it is `this` one, and waits for the writing, but not longer than `limit`.
fn stop(this: impl FnOnce(&Recording) -> bool, limit: Option<Duration>) -> Result<()> {
    let recording = {
        let mut recording = lock(&RECORDING);
        if !recording.as_ref().is_some_and(this) {
            return Ok(());
        }
        ON.store(false, Relaxed);
        watchers::set(Watcher::Timeline, false);
        recording.take()
    };
    let Some(Recording { notes, written, output, .. }) = recording else { return Ok(()) };
    // Its thread may have ended, by a panic of the writer.
    let _ = notes.send(Note::Finish { at: Instant::now() });
    let result = match limit {
        None => written.recv().map_err(|_| RecvTimeoutError::Disconnected),
        Some(limit) => written.recv_timeout(limit),
    };
    match result {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(refused(&output, format!("{error}; what was written before can be read"))),
        Err(_) => Err(refused(&output, "it was not written in time")),
    }
}

/// The thread that writes: until it is told to finish, or nobody can tell it any more.
fn write_all(mut writer: impl Write, start: Instant, notes: &Receiver<Note>) -> io::Result<()> {
    let mut trace = Trace::new(start);
    loop {
        let note = notes.recv_timeout(PERIOD);
        let (late, done) = match note {
            Ok(note) => (false, trace.add(note)),
            Err(RecvTimeoutError::Timeout) => (true, false),
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        };
        let text = trace.text();
        if done || (late && !text.is_empty()) || text.len() >= CHUNK {
            writer.write_all(text.as_bytes())?;
            writer.flush()?;
            text.clear();
        }
        if done {
            return Ok(());
        }
    }
}

/// Starts the timeline that the environment asks for, once.
///
/// # Errors
/// It cannot be started: the same error each time.
pub(crate) fn start_from_environment() -> Result<()> {
    static STARTED: OnceLock<Result<()>> = OnceLock::new();
    let started = STARTED.get_or_init(|| {
        let Some(name) = std::env::var_os(VARIABLE).filter(|name| !name.is_empty()) else { return Ok(()) };
        let name = match name.to_str() {
            Some(text) => text.replace("%p", &std::process::id().to_string()).into(),
            None => name,
        };
        let timeline = start(name).map_err(|error| match error {
            Error::Refused { operation, reason } => {
                Error::Refused { operation: format!("{operation}, as {VARIABLE} says,"), reason }
            }
            other => other,
        })?;
        // The end of the program finishes it.
        std::mem::forget(timeline);
        Ok(())
    });
    started.clone()
}

/// Has whatever is being recorded finished at the end of the program.
fn finish_at_exit() {
    extern "C" fn finish() {
        if let Err(error) = stop(|recording| recording.program == std::process::id(), Some(EXIT_LIMIT)) {
            // Nobody is left who could be told otherwise. Not `eprintln`, which panics if standard error takes nothing.
            let _ = io::stderr().write_all(format!("veo: {error}\n").as_bytes());
        }
    }
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        // SAFETY: the function may be called at the end of the program, from any thread.
        unsafe { libc::atexit(finish) };
    });
}
