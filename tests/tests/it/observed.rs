//! What `tracing` says, at the targets that the crate documents.

use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, OnceLock};

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::NoSubscriber;
use tracing::{Dispatch, Event, Level, Metadata, Subscriber};
use veo::{Proc, ve_offload};
use veo_tests::kernels::*;

use crate::declarations::built;
use crate::support::{assert_says, failure, process};

/// Runs `code` with a subscriber for this thread.
fn with_subscriber<T>(subscriber: impl Subscriber + Send + Sync, code: impl FnOnce() -> T) -> T {
    // If there is only one, `tracing` asks the thread that first comes to an event, which may be one of another test, whether
    // anybody wants it. So there is always a second one.
    static SECOND: OnceLock<Dispatch> = OnceLock::new();
    SECOND.get_or_init(|| Dispatch::new(NoSubscriber::new()));
    tracing::subscriber::with_default(subscriber, code)
}

/// Takes down everything of one thread: `target level message field=value …`, in the order of the fields' names, behind the names
/// of the spans that it is in.
#[derive(Clone, Default)]
struct Log {
    lines: Arc<Mutex<Vec<String>>>,
    spans: Arc<Mutex<BTreeMap<u64, String>>>,
    inside: Arc<Mutex<Vec<u64>>>,
    next: Arc<AtomicU64>,
}

#[derive(Default)]
struct Fields {
    message: String,
    others: BTreeMap<&'static str, String>,
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            name => drop(self.others.insert(name, format!("{value:?}"))),
        }
    }
}

impl Fields {
    fn line(&self, metadata: &Metadata<'_>) -> String {
        let mut line = format!("{} {} {}", metadata.target(), metadata.level(), self.message);
        self.others.iter().for_each(|(name, value)| write!(line, " {name}={value}").unwrap());
        line
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("veo::")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = Fields { message: format!("<{}>", span.metadata().name()), ..Fields::default() };
        span.record(&mut fields);
        let id = self.next.fetch_add(1, Relaxed) + 1;
        self.spans.lock().unwrap().insert(id, span.metadata().name().to_owned());
        self.lines.lock().unwrap().push(fields.line(span.metadata()));
        Id::from_u64(id)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let spans = self.spans.lock().unwrap();
        let inside: String = self.inside.lock().unwrap().iter().map(|id| format!("{}: ", spans[id])).collect();
        self.lines.lock().unwrap().push(inside + &fields.line(event.metadata()));
    }

    fn enter(&self, span: &Id) {
        self.inside.lock().unwrap().push(span.into_u64());
    }

    fn exit(&self, span: &Id) {
        self.inside.lock().unwrap().retain(|id| *id != span.into_u64());
    }
}

impl Log {
    /// Everything that this thread's `code` says.
    fn of<T>(code: impl FnOnce() -> T) -> (T, Self) {
        let log = Self::default();
        let result = with_subscriber(log.clone(), code);
        (result, log)
    }

    /// Fails unless there is a line with all these words, and gives it.
    #[track_caller]
    fn has(&self, words: &[&str]) -> String {
        let lines = self.lines.lock().unwrap();
        let found = lines.iter().find(|line| words.iter().all(|word| line.contains(word)));
        found.unwrap_or_else(|| panic!("no line has {words:?}:\n{}", lines.join("\n"))).clone()
    }

    /// How many lines have this word.
    fn count(&self, word: &str) -> usize {
        self.lines.lock().unwrap().iter().filter(|line| line.contains(word)).count()
    }
}

#[test]
fn creation_and_end() {
    let (proc, log) = Log::of(|| Proc::create(0).unwrap());
    let process = format!("process={}", proc.id());
    log.has(&["veo::create INFO <create>", "node=0"]);
    log.has(&["create: veo::create INFO created a VE process", "engine=", "node=0", &process]);
    log.has(&["create: veo::create DEBUG opened a context", "context=0", &process]);
    log.has(&["veo::resolve DEBUG <resolve>", "declarations=", &process]);
    log.has(&["create: resolve: veo::resolve DEBUG declared, but not found", "symbol="]);
    let ((), log) = Log::of(|| {
        let further = proc.open_context_with_stack(4 << 20).unwrap();
        drop(further);
        proc.destroy().unwrap();
    });
    log.has(&["veo::create DEBUG opened a context", "context=1", &process]);
    log.has(&["veo::create DEBUG closing a context", "context=1", &process]);
    log.has(&["veo::create INFO ending a VE process", &process]);
    assert_eq!(log.count("ending a VE process"), 1);
}

#[test]
fn libraries_and_symbols() {
    let (proc, _ctx) = process();
    let path = built("libtestkernels.so");
    let ((), log) = Log::of(|| {
        let library = proc.load_library(&path).unwrap();
        library.find_function("echo_i32").unwrap();
        library.find_function("not_there").unwrap_err();
        library.unload().unwrap();
        proc.load_library("/no/such.so").unwrap_err();
    });
    let process = format!("process={}", proc.id());
    let path = format!("path={}", path.display());
    log.has(&["veo::load DEBUG <load>", "node=0", &path, &process]);
    log.has(&["load: veo::load DEBUG loaded", "handle="]);
    log.has(&["veo::resolve TRACE looked up", "symbol=echo_i32", "handle=", "address=", &process]);
    log.has(&["veo::resolve TRACE looked up", "symbol=not_there", "address=0"]);
    log.has(&["veo::load DEBUG unloading", "handle=", &process]);
    log.has(&["veo::load DEBUG <load>", "path=/no/such.so"]);
    log.has(&["load: veo::load DEBUG not loaded"]);
}

#[test]
fn calls() {
    let (proc, _main) = process();
    let ctx = proc.open_context().unwrap();
    let ((), log) = Log::of(|| {
        assert_eq!(sum_bytes(&ctx, 3, &[1, 2, 3]).wait().unwrap(), 6);
        ctx.host_fn(|| ()).wait().unwrap();
        ctx.sync().unwrap();
    });
    let place = format!("process={}", proc.id());
    let submitted = log.has(&["veo::call TRACE submitted", "kernel=\"sum_bytes\"", "library=\"libtestkernels.so\""]);
    assert_says(&submitted, &["args=2", "stack=16", "context=1", "node=0", &place]);
    let request = submitted.split(' ').find(|word| word.starts_with("request=")).unwrap().to_owned();
    assert_says(log.has(&["veo::call TRACE <wait>", "kernel=\"sum_bytes\""]), &[&request, "context=1", &place]);
    let finished = log.has(&["wait: veo::call TRACE finished", "kernel=\"sum_bytes\"", "state=\"done\""]);
    assert_says(&finished, &[&request, "context=1", "node=0", &place]);
    log.has(&["veo::call TRACE submitted", "kernel=\"host function\""]);
    log.has(&["veo::call DEBUG <sync>", "context=1", &place]);
}

#[test]
fn memory_and_transfers() {
    let (proc, ctx) = process();
    let ((), log) = Log::of(|| {
        let mut buffer = proc.upload(&[1_i32, 2, 3]).unwrap();
        assert_eq!(buffer.to_vec().unwrap(), [1, 2, 3]);
        ctx.write(&mut buffer, vec![4; 3]).wait().unwrap();
        ctx.read(&buffer, vec![0; 3]).wait().unwrap();
        drop(buffer);
        proc.free_mem(proc.alloc_bytes(100).unwrap()).unwrap();
        proc.alloc_bytes(usize::MAX).unwrap_err();
    });
    let place = format!("process={}", proc.id());
    log.has(&["veo::transfer TRACE allocated", "bytes=12", "address=", "node=0", &place]);
    log.has(&["veo::transfer TRACE <transfer>", "operation=\"write\"", "bytes=12", "address=", "node=0", &place]);
    log.has(&["veo::transfer TRACE <transfer>", "operation=\"read\"", "bytes=12"]);
    for operation in ["write", "read"] {
        let operation = format!("operation=\"{operation}\"");
        let words = ["bytes=12", "context=0", "request=", &operation, &place];
        assert_says(log.has(&["veo::transfer TRACE submitted", &operation]), &words);
        assert_says(log.has(&["veo::transfer TRACE finished", &operation]), &words);
    }
    log.has(&["veo::transfer TRACE submitted", "operation=\"free\"", "address="]);
    log.has(&["veo::transfer TRACE freeing", "address="]);
    log.has(&["veo::transfer DEBUG not allocated", &format!("bytes={}", usize::MAX)]);
}

#[test]
fn crashes() {
    let (proc, ctx) = process();
    let ((), log) = Log::of(|| {
        failure(read_null(&ctx));
        failure(echo_i32(&ctx, 1));
    });
    let line = log.has(&["veo::fault ERROR a kernel crashed", "kernel=\"read_null\"", "signal=11"]);
    assert_says(line, &["libtestkernels.so", "SIGSEGV", "context=0", "request=", &format!("process={}", proc.id())]);
    log.has(&["veo::call TRACE finished", "kernel=\"read_null\"", "state=\"exception\""]);
    log.has(&["veo::call TRACE refused", "kernel=\"echo_i32\""]);
    assert_eq!(log.count("veo::fault ERROR"), 1);
}

/// The subscriber's own level decides, and what it does not want is not even put together.
#[test]
fn a_level_that_wants_no_requests() {
    struct Info(Log);
    impl Subscriber for Info {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            *metadata.level() <= Level::INFO && self.0.enabled(metadata)
        }

        fn max_level_hint(&self) -> Option<LevelFilter> {
            Some(LevelFilter::INFO)
        }

        fn new_span(&self, span: &Attributes<'_>) -> Id {
            self.0.new_span(span)
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn event(&self, event: &Event<'_>) {
            self.0.event(event);
        }

        fn enter(&self, span: &Id) {
            self.0.enter(span);
        }

        fn exit(&self, span: &Id) {
            self.0.exit(span);
        }
    }
    let log = Log::default();
    with_subscriber(Info(log.clone()), || {
        let (proc, ctx) = process();
        echo_i32(&ctx, 1).wait().unwrap();
        proc.upload(&[1]).unwrap();
    });
    log.has(&["veo::create INFO created a VE process"]);
    assert_eq!((log.count("veo::call"), log.count("veo::transfer"), log.count("DEBUG")), (0, 0, 0));
}

#[ve_offload(lib = "libnowhere.so", lazy)]
extern "C" {
    fn observed_and_missing();
}

/// The errors of dropped requests, which nobody else would see.
#[test]
fn errors_that_nobody_waits_for() {
    let (_proc, ctx) = process();
    let ((), log) = Log::of(|| {
        drop(observed_and_missing(&ctx));
        ctx.sync().unwrap_err();
    });
    log.has(&["veo::call ERROR a request failed, and nobody waited for it", "libnowhere.so"]);
}
