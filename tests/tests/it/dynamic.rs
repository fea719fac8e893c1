//! Functions that are looked up by name at run time: types by PyVEO's words, and types from the source.

use std::ffi::c_void;

use veo::{Error, In, InOut, OnStack, Out, Proc, Value, VePtr, args};
use veo_tests::kernels::{Particle, total};

use crate::declarations::built;
use crate::support::{assert_says, failure, process};

const KERNELS: &str = "libtestkernels.so";

fn library(proc: &Proc) -> veo::Library {
    proc.load_library(built(KERNELS)).unwrap()
}

#[test]
fn every_scalar_by_its_name() {
    let (proc, ctx) = process();
    let library = library(&proc);
    for (symbol, types, value) in [
        ("echo_i8", ["char", "int8_t"], Value::Int(-128)),
        ("echo_u8", ["unsigned char", "uint8_t"], Value::Unsigned(255)),
        ("echo_i16", ["short", "int16_t"], Value::Int(-32768)),
        ("echo_u16", ["unsigned short", "uint16_t"], Value::Unsigned(65535)),
        ("echo_i32", ["int", "int32_t"], Value::Int(i32::MIN.into())),
        ("echo_u32", ["unsigned int", "uint32_t"], Value::Unsigned(u32::MAX.into())),
        ("echo_i64", ["long", "int64_t"], Value::Int(i64::MIN)),
        ("echo_u64", ["unsigned long", "uint64_t"], Value::Unsigned(u64::MAX)),
        ("echo_f32", ["float", "float"], Value::Float(-1.5)),
        ("echo_f64", ["double", "double"], Value::Double(0.1)),
    ] {
        for name in types {
            let echo = library.find_function(symbol).unwrap().args_type([name]).unwrap().ret_type(name).unwrap();
            assert_eq!(echo.call(&ctx, args![value]).wait().unwrap(), value, "{symbol} as {name}");
        }
    }
    let echo =
        library.find_function("echo_pointer").unwrap().args_type(["double *"]).unwrap().ret_type("void*").unwrap();
    let pointer = VePtr::<f64>::from_addr(0x1234);
    assert_eq!(echo.call(&ctx, args![pointer]).wait().unwrap().as_ptr(), Some(pointer));
}

#[test]
fn buffers_keep_their_order_and_stack_arguments_come_back() {
    let (proc, main) = process();
    let side = proc.open_context().unwrap();
    let library = library(&proc);
    let fill = library.find_function("slow_fill").unwrap();
    let fill = fill.args_type(["unsigned long", "size_t", "int", "int *"]).unwrap().ret_type("void").unwrap();
    let mut x = proc.alloc::<i32>(1000).unwrap();
    fill.call(&side, args![20_000, 1000, 7, &mut x]);
    // On another context: it waits for the first.
    assert_eq!(total(&main, 1000, &x).wait().unwrap(), 7000);
    fill.call(&side, args![20_000, 500, 8, x.slice_mut(500..)]);
    assert_eq!(x.to_vec().unwrap()[499..501], [7, 8], "so does the host");

    let invert =
        library.find_function("invert_bytes").unwrap().args_type(["size_t", "char *"]).unwrap().ret_type("void");
    let mut bytes = [1_u8, 2, 3];
    invert.unwrap().call(&main, args![3, OnStack::inout_slice(&mut bytes)]).wait().unwrap();
    assert_eq!(bytes, [!1, !2, !3]);
    // Dropped while it may still be running: nothing is written any more.
    let mut lost = vec![0_u8; 100];
    let invert = proc.get_function("invert_bytes").unwrap();
    drop(invert.call(&main, args![100, OnStack::inout_slice(&mut lost)]));
    drop(lost);
    main.sync().unwrap();
}

#[test]
fn wrong_arguments_are_named() {
    let (proc, ctx) = process();
    let library = library(&proc);
    let echo = library.find_function("echo_i8").unwrap();
    assert_says(failure(echo.call(&ctx, args![1])), &["echo_i8", "args_type"]);
    let echo = echo.args_type(["char"]).unwrap();
    assert_says(failure(echo.call(&ctx, args![])), &["echo_i8", "takes 1", "0 were passed"]);
    for (error, words) in [
        (failure(echo.call(&ctx, args![128])), ["128", "`char`"]),
        (failure(echo.call(&ctx, args![1.5])), ["1.5", "`char`"]),
        (failure(echo.call(&ctx, args![OnStack::input(&1.5)])), ["stack", "`char`"]),
    ] {
        assert!(matches!(error, Error::Argument { index: 1, .. }), "{error:?}");
        assert_says(error, &[words[0], words[1], "argument 1", "echo_i8"]);
    }
    ctx.sync().unwrap();
    let error = library.find_function("echo_i8").unwrap().args_type(["bool"]).unwrap_err();
    assert!(matches!(error, Error::TypeName { .. }), "{error:?}");
    assert_says(error, &["bool", "echo_i8", "4 on a VE"]);
    assert!(library.find_function("echo_i8").unwrap().args_type(vec!["int"; 257]).is_err());
    assert!(library.find_function("echo_i8").unwrap().ret_type("struct x").is_err());
    assert_says(library.find_function("no_such_function").unwrap_err(), &["no_such_function", KERNELS]);
}

#[test]
fn types_from_the_source() {
    let (proc, ctx) = process();
    let library = library(&proc);
    let energy = library.function::<fn(In<Particle>) -> f64>("particle_energy").unwrap();
    let shift = library.function::<fn(InOut<Particle>, f64)>("particle_move").unwrap();
    let make = library.function::<fn(Out<Particle>)>("particle_make").unwrap();
    let mut particle = std::mem::MaybeUninit::uninit();
    make.call(&ctx, (&mut particle,)).wait().unwrap();
    // SAFETY: the call has succeeded.
    let mut particle: Particle = unsafe { particle.assume_init() };
    let before = energy.call(&ctx, (&particle,)).wait().unwrap();
    shift.call(&ctx, (&mut particle, 0.0)).wait().unwrap();
    assert!(before.is_finite());
    let compare = library.function::<fn(*const c_void, *const c_void, usize) -> i32>("compare").unwrap();
    let x = proc.upload(&[1.0, 2.0]).unwrap();
    assert_eq!(compare.clone().call(&ctx, (&x, &x, 16)).wait().unwrap(), 0);
    let count = library.function::<fn()>("count_call").unwrap();
    count.call(&ctx, ()).wait().unwrap();
    assert_eq!((compare.name(), count.addr() != 0), ("compare", true));
}

#[test]
fn a_function_has_one_signature() {
    let (proc, ctx) = process();
    let library = library(&proc);
    // `total` is declared by a stub, as `long (size_t, const int *)`.
    let error = library.function::<fn(f64) -> f64>("total").unwrap_err();
    assert!(matches!(error, Error::Conflict { .. }), "{error:?}");
    assert_says(error, &["total", "double (double)", ".rs:"]);
    let typed =
        library.find_function("total").unwrap().args_type(["double", "int *"]).unwrap().ret_type("long").unwrap();
    let error = failure(typed.call(&ctx, args![1.0, VePtr::<i32>::null()]));
    assert!(matches!(error, Error::Conflict { .. }), "{error:?}");
    let x = proc.upload(&[1, 2, 3]).unwrap();
    assert_eq!(total(&ctx, 3, &x).wait().unwrap(), 6, "the stub is not harmed");
    let typed = typed.args_type(["size_t", "int *"]).unwrap();
    assert_eq!(typed.call(&ctx, args![3, &x]).wait().unwrap().as_i64(), Some(6));
}

#[test]
fn what_was_looked_up_is_remembered() {
    let (proc, ctx) = process();
    assert!(proc.libraries().is_empty());
    let library = library(&proc);
    assert!(library.functions().is_empty() && proc.get_function("echo_i32").is_none());
    let echo = library.find_function("echo_i32").unwrap().args_type(["int"]).unwrap();
    assert_eq!(format!("{echo:?}"), "int echo_i32(int)");
    assert_eq!((echo.name(), echo.library().path()), ("echo_i32", library.path()));
    library.get_symbol::<i32>("exported_table").unwrap();
    let names = |library: &veo::Library| library.functions().iter().map(|f| f.name().to_owned()).collect::<Vec<_>>();
    assert_eq!(names(&library), ["echo_i32"]);
    assert_eq!(library.symbols()[0].0, "exported_table");

    // Another handle of the same library knows it, types included.
    let again = self::library(&proc);
    assert_eq!((proc.libraries().len(), names(&again)), (1, names(&library)));
    let found = proc.get_function("echo_i32").unwrap();
    assert_eq!(found.call(&ctx, args![42]).wait().unwrap(), Value::Int(42));
    again.unload().unwrap();
    assert_eq!(proc.libraries().len(), 1, "it was loaded twice");
    library.unload().unwrap();
    assert!(proc.libraries().is_empty() && proc.get_function("echo_i32").is_none());
}

#[test]
fn functions_belong_to_their_process() {
    let (proc, _ctx) = process();
    let (_other, foreign) = process();
    let echo = library(&proc).find_function("echo_i32").unwrap().args_type(["int"]).unwrap();
    let error = failure(echo.call(&foreign, args![1]));
    assert!(matches!(error, Error::WrongProcess { what: "a VE function", .. }), "{error:?}");
    let typed = library(&proc).function::<fn(i32) -> i32>("echo_i32").unwrap();
    assert!(matches!(failure(typed.call(&foreign, (1,))), Error::WrongProcess { .. }));
}

#[test]
fn crashes_name_the_function() {
    let (proc, ctx) = process();
    let crash = library(&proc).find_function("read_null").unwrap().args_type(["void"]).unwrap();
    let error = failure(crash.call(&ctx, args![]));
    assert!(matches!(error, Error::Exception { signal: 11, .. }), "{error:?}");
    assert_says(error, &["read_null", KERNELS]);
}

#[test]
fn a_library_is_unloaded_no_more_often_than_it_was_loaded() {
    let (proc, ctx) = process();
    let library = library(&proc);
    let other = library.clone();
    let echo = library.find_function("echo_i32").unwrap().args_type(["int"]).unwrap();
    let typed = library.function::<fn(i64) -> i64>("echo_i64").unwrap();
    assert_eq!(echo.call(&ctx, args![1]).wait().unwrap(), Value::Int(1));
    library.unload().unwrap();

    let error = other.clone().unload().unwrap_err();
    assert!(matches!(error, Error::Refused { .. }), "{error:?}");
    assert_says(error, &["unloading", KERNELS, "not loaded any more"]);
    // What it has may be gone: calling it could end the process.
    let words = ["echo_i32", KERNELS, "was unloaded"];
    assert_says(other.find_function("echo_i32").unwrap_err(), &words);
    assert_says(other.get_symbol::<i32>("exported_table").unwrap_err(), &["exported_table", KERNELS, "was unloaded"]);
    assert_says(failure(echo.call(&ctx, args![1])), &words);
    assert_says(failure(typed.call(&ctx, (1,))), &["echo_i64", KERNELS, "was unloaded"]);
    // The declared functions need it, too.
    assert_eq!(veo_tests::kernels::echo_i32(&ctx, 2).wait().unwrap(), 2);
    let again = self::library(&proc);
    assert_eq!(
        again.find_function("echo_i32").unwrap().args_type(["int"]).unwrap().call_sync(args![3]).unwrap(),
        Value::Int(3)
    );
}
