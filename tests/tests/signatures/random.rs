//! Random signatures: a call through the engine must do what a direct call does, in each of the three ways in which an
//! argument finds its register.

use std::ffi::{CStr, CString, c_int, c_void};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use veo_engine::signature::Class;
use veo_sys::VEO_INTENT_IN;

use crate::generated::{self, Case, Param};
use crate::support::{Args, Process, Scratch};

/// Batches of functions. Many share a batch because compiling takes most of the time.
const BATCHES: usize = 4;
const FUNCTIONS: usize = 40;

/// How long a failing function is made simpler.
const PATIENCE: Duration = Duration::from_secs(60);

/// How the arguments are set, and what the worker knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// By the setters of their types; neither declaration nor debug information. The result of a function is the integer
    /// one then: nobody can tell that it is a floating-point number, or how wide it is.
    Setters,
    /// As a typed stub does it: floating-point numbers by their setters, the rest as words; and declared.
    Declared,
    /// As raw words, with debug information.
    Words,
}

/// What can be seen of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    result: u64,
    digest: u64,
    buffers: Vec<u8>,
}

/// A function that was called wrongly.
#[derive(Debug)]
struct Failure {
    number: usize,
    text: String,
}

#[test]
fn every_way_of_calling_does_what_a_direct_call_does() {
    let mut runner = TestRunner::default();
    for _ in 0..BATCHES {
        let mut trees: Vec<_> = (0..FUNCTIONS).map(|_| generated::case().new_tree(&mut runner).unwrap()).collect();
        let batch: Vec<_> = trees.iter().map(ValueTree::current).collect();
        if let Err(failure) = check(&batch) {
            let tree = trees.swap_remove(failure.number);
            panic!("{}", simplest(tree, failure.text));
        }
    }
}

/// Simplifies one function as long as it fails. Alone, so that a step takes little time.
fn simplest(mut tree: impl ValueTree<Value = Case>, mut text: String) -> String {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        let more = match check(&[tree.current()]) {
            Err(failure) => {
                text = failure.text;
                tree.simplify()
            }
            Ok(()) => tree.complicate(),
        };
        if !more {
            break;
        }
    }
    text
}

/// Compares a batch, at two optimisation levels, with debug information and without.
fn check(batch: &[Case]) -> Result<(), Failure> {
    let scratch = Scratch::new();
    scratch.write("batch.c", &generated::source(batch));
    let kinds = [("-O0", "-g0"), ("-O2", "-g0"), ("-O0", "-g"), ("-O2", "-g")];
    let compiling = kinds.map(|(optimise, debug)| {
        scratch.compile("cc", "batch.c", &format!("lib{optimise}{debug}.so"), &[optimise, debug])
    });
    let libraries: Vec<PathBuf> = compiling.into_iter().map(|compiling| compiling.library()).collect();
    let process = Process::new();
    for (path, (_, debug)) in libraries.iter().zip(kinds) {
        let direct = direct(path, batch);
        let library = process.load(path);
        if debug == "-g" {
            compare(&process, library, batch, &direct, Way::Words)?;
        } else {
            compare(&process, library, batch, &direct, Way::Setters)?;
            let functions = batch
                .iter()
                .enumerate()
                .map(|(number, case)| (format!("f{number}"), case.ret, case.params.iter().map(Param::class).collect()));
            process.declare(library, &functions.collect::<Vec<_>>());
            compare(&process, library, batch, &direct, Way::Declared)?;
        }
        // The next library comes to stand where this one was.
        process.unload(library);
    }
    Ok(())
}

/// Calls every function from C, in this process.
fn direct(path: &Path, batch: &[Case]) -> Vec<Seen> {
    let path = CString::new(path.to_str().unwrap()).unwrap();
    let library = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
    assert!(!library.is_null(), "{path:?}");
    let digest: *const u64 = symbol(library, c"digest").cast();
    let call = |(number, case): (usize, &Case)| {
        let function = symbol(library, &CString::new(format!("direct{number}")).unwrap());
        let function: extern "C" fn(*mut u8) -> u64 = unsafe { std::mem::transmute(function) };
        let mut buffers = case.buffers();
        let result = function(buffers.as_mut_ptr());
        Seen { result, digest: unsafe { digest.read() }, buffers }
    };
    let seen = batch.iter().enumerate().map(call).collect();
    unsafe { libc::dlclose(library) };
    seen
}

fn symbol(library: *mut c_void, name: &CStr) -> *mut c_void {
    let address = unsafe { libc::dlsym(library, name.as_ptr()) };
    assert!(!address.is_null(), "{name:?}");
    address
}

fn compare(process: &Process, library: u64, batch: &[Case], direct: &[Seen], way: Way) -> Result<(), Failure> {
    let digest = process.symbol(library, "digest");
    for (number, (case, direct)) in batch.iter().zip(direct).enumerate() {
        let function = process.symbol(library, &format!("f{number}"));
        let outcome = call(process, function, digest, case, way).map(|seen| {
            let expected = expected(case, direct, way, seen.result);
            (seen, expected)
        });
        let text = match outcome {
            Ok((seen, expected)) if seen == expected => continue,
            Ok((seen, expected)) => format!("a direct call gives\n  {expected:x?}, but this one\n  {seen:x?}"),
            Err(ended) => ended,
        };
        return Err(Failure { number, text: format!("{way:?} of {case:?}: {text}") });
    }
    Ok(())
}

/// What must be seen of a call through the engine, where a direct call gave `direct`.
fn expected(case: &Case, direct: &Seen, way: Way, result: u64) -> Seen {
    let mut expected = direct.clone();
    let mut offset = 0;
    for param in &case.params {
        if let Param::Buffer(intent, bytes) = param {
            if *intent == VEO_INTENT_IN {
                // What a kernel writes to it is not copied back.
                expected.buffers[offset..offset + bytes.len()].copy_from_slice(bytes);
            }
            offset += bytes.len();
        }
    }
    if way == Way::Setters {
        let known = match case.ret {
            Class::Void | Class::F32 | Class::F64 => 0,
            class => u64::MAX >> (64 - generated::width(class)),
        };
        expected.result = (direct.result & known) | (result & !known);
    }
    expected
}

fn call(process: &Process, function: u64, digest: u64, case: &Case, way: Way) -> Result<Seen, String> {
    let mut buffers = case.buffers();
    let args = Args::new();
    let mut rest = &mut buffers[..];
    for (index, param) in case.params.iter().enumerate() {
        match param {
            Param::Buffer(intent, bytes) => {
                let (buffer, behind) = std::mem::take(&mut rest).split_at_mut(bytes.len());
                args.stack(*intent, index, buffer);
                rest = behind;
            }
            Param::Pointer(bits) => args.word(index, *bits),
            Param::Scalar(class, bits) if way == Way::Words || way == Way::Declared && !class.is_float() => {
                args.word(index, generated::word(*class, *bits));
            }
            Param::Scalar(class, bits) => set(process, &args, index as c_int, *class, *bits),
        }
    }
    let result = process.call(function, &args)?;
    Ok(Seen { result, digest: process.read_u64(digest), buffers })
}

/// Sets an argument by the setter of its type.
fn set(process: &Process, args: &Args, index: c_int, class: Class, bits: u64) {
    let (api, pack) = (process.api, args.pack);
    let result = unsafe {
        match class {
            Class::I8 => (api.veo_args_set_i8)(pack, index, bits as i8),
            Class::U8 => (api.veo_args_set_u8)(pack, index, bits as u8),
            Class::I16 => (api.veo_args_set_i16)(pack, index, bits as i16),
            Class::U16 => (api.veo_args_set_u16)(pack, index, bits as u16),
            Class::I32 => (api.veo_args_set_i32)(pack, index, bits as i32),
            Class::U32 => (api.veo_args_set_u32)(pack, index, bits as u32),
            Class::I64 => (api.veo_args_set_i64)(pack, index, bits.cast_signed()),
            Class::F32 => (api.veo_args_set_float)(pack, index, f32::from_bits(bits as u32)),
            Class::F64 => (api.veo_args_set_double)(pack, index, f64::from_bits(bits)),
            Class::U64 | Class::Void => (api.veo_args_set_u64)(pack, index, bits),
        }
    };
    assert_eq!(result, 0);
}
