//! Every variant of the error type, made through the public API: its message names what was done and to what, the cause, and
//! what can be done about it.

use std::collections::BTreeSet;
use std::ffi::{CStr, CString, c_void};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::ptr;
use std::sync::OnceLock;
use std::time::Duration;

use veo::verify::Verify;
use veo::{Engine, Error, Proc, VePtr, args, ve_offload};
use veo_tests::kernels::*;

use crate::declarations::built;
use crate::support::{Gate, assert_says, differs, failure, process};

#[ve_offload(lib = "libnot_built_yet.so", lazy)]
extern "C" {
    fn in_a_library_that_is_not_there();
}

#[ve_offload(lib = "libtestkernels.so", lazy)]
extern "C" {
    fn misspelt_kernel();
    #[link_name = "widen_u8"]
    fn declared_right(x: u8) -> u64;
}

#[ve_offload(lib = "libtestkernels.so", lazy)]
extern "C" {
    #[link_name = "widen_u8"]
    fn declared_wrong(x: f32) -> u64;
}

/// The variant, how to get one, and what its message must say: operation and names first, then the cause, then the advice.
type Case = (&'static str, fn() -> Error, &'static [&'static str]);

const CASES: &[Case] = &[
    ("Engine", engine, &["cannot use engine `/no/such/libveo.so`", "the program", "does not exist", "VEO_ENGINE=host"]),
    (
        "Create",
        create,
        &["cannot create a VE process on node 0", "`/no/such/veorun`", "no such file", "expected the path"],
    ),
    (
        "Library",
        library,
        &[
            "cannot load libnot_built_yet.so for `in_a_library_that_is_not_there`",
            "/libnot_built_yet.so: no such file",
            "VEO_LIBRARY_PATH",
        ],
    ),
    (
        "Symbol",
        symbol,
        &[
            "no symbol `misspelt_kernel` in",
            "libtestkernels.so",
            "undefined symbol",
            "errors.rs:",
            "check the name",
            "link_name",
        ],
    ),
    (
        "Conflict",
        conflict,
        &[
            "`widen_u8` is declared twice",
            "uint64_t (uint8_t) at",
            "uint64_t (float) at",
            "errors.rs:",
            "correct the wrong one",
        ],
    ),
    (
        "Missing",
        missing,
        &[
            "declared symbol(s) are missing in a new VE process",
            "`in_no_symbol_table`",
            "libnowhere.so",
            "check the name",
        ],
    ),
    (
        "Hook",
        hook,
        &["cannot create a VE process", "init hook", "errors.rs:", "there are no weights", "Correct the hook"],
    ),
    ("Undeclared", undeclared, &["declares no function of libdropped.so", "the linker drops", "use the_crate as _;"]),
    ("Declarations", declarations, &["widen_u8", "errors.rs:"]),
    ("TypeName", type_name, &["`complex` cannot be a type of `echo_i32`", "expected", "double", "ends in `*`"]),
    ("Argument", argument, &["argument 1 of `echo_i8`, declared as `char`", "300 does not fit", "-128 to 127"]),
    (
        "Exception",
        exception,
        &[
            "`read_null` of libtestkernels.so crashed",
            "SIGSEGV",
            "address 0x0",
            "faults.c:",
            "`Proc::create` starts another",
        ],
    ),
    (
        "Ended",
        ended,
        &["`echo_i32` of libtestkernels.so did not finish", "exit status 3", "`Proc::create` starts another"],
    ),
    ("Refused", refused, &["asking for the result of `echo_i32` was refused", "it was given before"]),
    (
        "OutOfMemory",
        out_of_memory,
        &["cannot allocate", "bytes of VE memory on node 0", "free buffers", "VEO_HOST_MEMORY"],
    ),
    ("Transfer", transfer, &["cannot read 24 bytes at VE address 0x10", "no such memory", "check the address"]),
    ("Length", length, &["VeBuffer::read", "the buffer has 3 elements, the slice 2", "must be equal"]),
    (
        "WrongProcess",
        wrong_process,
        &[
            "a VE buffer belongs to VE process",
            "was used with VE process",
            "copy the data, or use the context of its own",
        ],
    ),
    ("Deadline", deadline, &["`wait_for_flag` of libtestkernels.so", "deadline", "20ms", "still", "`Proc::kill`"]),
    (
        "Cancelled",
        cancelled,
        &["`echo_i32` of libtestkernels.so was cancelled", "before it had begun", "submit it again"],
    ),
    (
        "Unsupported",
        unsupported,
        &["this libveo has no function veo_alloc_mem_async", "API version 14", "use a newer libveo", "VEO_ENGINE=host"],
    ),
];

fn engine() -> Error {
    Proc::builder().engine(Engine::Path("/no/such/libveo.so".into())).create().unwrap_err()
}

fn create() -> Error {
    Proc::builder().veorun("/no/such/veorun").create().unwrap_err()
}

fn library() -> Error {
    in_a_library_that_is_not_there(&process().1).wait().unwrap_err()
}

fn symbol() -> Error {
    misspelt_kernel(&process().1).wait().unwrap_err()
}

fn conflict() -> Error {
    let (_proc, ctx) = process();
    assert_eq!(declared_right(&ctx, 200).wait().unwrap(), 200);
    declared_wrong(&ctx, 1.0).wait().unwrap_err()
}

fn missing() -> Error {
    Proc::builder().strict(true).create().unwrap_err()
}

fn hook() -> Error {
    let here = std::thread::current().id();
    let hook = veo::add_proc_init_hook(move |_| {
        if std::thread::current().id() != here {
            return Ok(()); // the processes of other tests
        }
        Err(Error::Refused { operation: "loading weights".into(), reason: "there are no weights".into() })
    });
    let error = Proc::create(0).unwrap_err();
    veo::remove_proc_init_hook(hook);
    error
}

fn undeclared() -> Error {
    Proc::builder().expect_library("libdropped.so").create().unwrap_err()
}

fn echo(proc: &Proc, name: &str) -> veo::Function {
    proc.load_library(built("libtestkernels.so")).unwrap().find_function(name).unwrap()
}

fn type_name() -> Error {
    echo(&process().0, "echo_i32").args_type(["complex"]).unwrap_err()
}

fn argument() -> Error {
    let (proc, ctx) = process();
    echo(&proc, "echo_i8").args_type(["char"]).unwrap().call(&ctx, args![300]).wait().unwrap_err()
}

fn exception() -> Error {
    failure(read_null(&process().1))
}

fn ended() -> Error {
    let (_proc, ctx) = process();
    failure(call_exit(&ctx, 3));
    failure(echo_i32(&ctx, 1))
}

fn refused() -> Error {
    let (_proc, ctx) = process();
    let mut request = echo_i32(&ctx, 1);
    while request.peek().unwrap().is_none() {}
    request.wait().unwrap_err()
}

fn out_of_memory() -> Error {
    process().0.alloc::<f64>(1 << 60).unwrap_err()
}

fn transfer() -> Error {
    process().0.read_mem(&mut [0_u64; 3], VePtr::from_addr(0x10)).unwrap_err()
}

fn length() -> Error {
    process().0.upload(&[1, 2, 3]).unwrap().read(&mut [0; 2]).unwrap_err()
}

fn wrong_process() -> Error {
    let ((mine, _ctx), (_other, ctx)) = (process(), process());
    let buffer = mine.upload(&[1, 2, 3]).unwrap();
    total(&ctx, 3, &buffer).wait().unwrap_err()
}

fn declarations() -> Error {
    Proc::builder().verify(Verify::Deny).create().unwrap_err()
}

fn deadline() -> Error {
    let proc = Proc::builder().deadline(Duration::from_millis(20)).create().unwrap();
    let flag = proc.zeroed::<i32>(1).unwrap();
    let error = wait_for_flag(&proc.open_context().unwrap(), &flag).wait().unwrap_err();
    proc.kill().unwrap();
    error
}

fn cancelled() -> Error {
    let (proc, ctx) = process();
    let gate = Gate::new(&proc);
    gate.close(&ctx);
    let request = echo_i32(&ctx, 1);
    assert!(ctx.cancel_queued().unwrap() >= 1);
    gate.open();
    request.wait().unwrap_err()
}

fn unsupported() -> Error {
    let proc = Proc::builder().engine(Engine::Path(old_libveo())).create().unwrap();
    let ctx = proc.open_context().unwrap();
    assert_eq!(echo_i32(&ctx, 5).wait().unwrap(), 5, "what it has works");
    ctx.alloc_bytes(8).wait().unwrap_err()
}

#[test]
fn every_message_names_what_was_done_the_cause_and_what_to_do() {
    for (variant, make, words) in CASES {
        if *variant == "Cancelled" && differs("`Context::cancel_queued` is refused") {
            continue;
        }
        let error = make();
        let debug = format!("{error:?}");
        assert!(debug.starts_with(variant), "not {variant}: {debug}");
        assert_says(&error, words);
        // One that is passed on is no better than its text.
        let error: Box<dyn std::error::Error + Send + Sync> = Box::new(error);
        assert!(!error.to_string().ends_with(['\n', ' ']), "{error:?}");
    }
}

/// So that no variant is added without its line above.
#[test]
fn no_variant_is_left_out() {
    const SOURCE: &str = include_str!("../../../veo/src/error.rs");
    let (_, list) = SOURCE.split_once("pub enum Error {\n").unwrap();
    let (list, _) = list.split_once("\n}\n").unwrap();
    let variants = list.lines().filter_map(|line| {
        let name = line.strip_prefix("    ")?.split(['(', ' ', ',']).next()?;
        name.starts_with(|first: char| first.is_ascii_uppercase()).then_some(name)
    });
    let variants: BTreeSet<_> = variants.collect();
    assert!(variants.len() >= 18, "{variants:?}");
    assert_eq!(variants, CASES.iter().map(|(variant, ..)| *variant).collect());
}

// ---- a libveo that is as old as can be ----

/// The functions that every libveo has, with their addresses in the engine that is linked in.
fn required_functions() -> Vec<(&'static str, *const c_void)> {
    macro_rules! address {
        (required, $function:expr) => {
            Some($function as *const c_void)
        };
        (optional, $function:expr) => {
            None
        };
    }
    macro_rules! list {
        ([$api:ident] $($(#[$_doc:meta])* $need:ident fn $name:ident $_arguments:tt $(-> $_result:ty)?;)*) => {
            [$((stringify!($name), address!($need, $api.$name))),*]
        };
    }
    let api = veo_engine::api();
    let all = veo_sys::for_each_symbol!(list, api);
    all.into_iter().filter_map(|(name, address)| Some((name, address?))).collect()
}

/// A shared library that has these functions only. Each is a jump to the engine that is linked in.
fn old_libveo() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| build(&required_functions())).clone()
}

fn build(functions: &[(&str, *const c_void)]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let name = |ending: &str| folder.join(format!("old-libveo-{}.{ending}", std::process::id()));
    let mut source = String::from(".text\n");
    for (index, (name, _)) in functions.iter().enumerate() {
        let offset = 8 * index;
        source += &format!(".globl {name}\n.type {name},@function\n{name}: jmp *functions+{offset}(%rip)\n");
    }
    source += &format!(
        ".section .note.GNU-stack,\"\",@progbits\n.bss\n.globl functions\nfunctions: .skip {}\n",
        8 * functions.len()
    );
    std::fs::write(name("s"), source).unwrap();
    let cc = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    let built =
        Command::new(cc).args(["-shared", "-nostdlib", "-Wl,-Bsymbolic", "-o"]).arg(name("so")).arg(name("s")).status();
    assert!(built.unwrap().success());
    fill(&name("so"), functions);
    name("so")
}

/// Loads the library, for good, and tells its jumps where to go.
fn fill(path: &Path, functions: &[(&str, *const c_void)]) {
    let path = CString::new(path.to_str().unwrap()).unwrap();
    // SAFETY: the library has no initialisers.
    let library = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
    assert!(!library.is_null());
    // SAFETY: the handle is valid, the name NUL-terminated.
    let table = unsafe { libc::dlsym(library, CStr::as_ptr(c"functions")) }.cast::<*const c_void>();
    assert!(!table.is_null());
    for (index, (_, address)) in functions.iter().enumerate() {
        let slot = table.wrapping_add(index);
        // SAFETY: the table has room for so many addresses, and nobody calls the functions yet.
        unsafe { ptr::write(slot, *address) };
    }
}
