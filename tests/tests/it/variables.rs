//! Variables of libraries that are declared with the functions.

use std::mem::forget;
use std::thread;

use veo::{DeclarationInfo, DeclarationState, Error, Proc, VePtr, ve_offload};
use veo_tests::kernels::{Particle, echo_i32, read_null, slow_fill, total};

use crate::support::{NEVER, assert_says, process, within};

#[ve_offload(lib = "libtestkernels.so")]
extern "C" {
    static mut declared_counter: i32;
    static mut declared_table: [f64; 4];
    static declared_limits: [i64; 2];
    static mut declared_particle: Particle;
    static declared_row: VePtr<f64>;
    static in_no_table: f64;
    #[link_name = "exported_table"]
    static mut integers: [i32; 3];

    fn counter_now() -> i32;
    fn add_one_to(counter: *mut i32);
    fn table_now(i: usize) -> f64;
    fn limits_width(limits: *const i64) -> f64;
    fn charge_of(p: *const Particle) -> i32;
}

#[ve_offload(lib = ["libnowhere.so", "libtestkernels.so"], lazy, link_prefix = "declared_")]
extern "C" {
    static mut counter: i32;
    #[link_name = "declared_absent"]
    static looked_up_when_used: i32;
}

#[ve_offload(lib = "libnowhere.so", help = "Get it from there.")]
static of_no_library: i32;

#[ve_offload(lib = "libtestkernels.so")]
#[link_name = "declared_table"]
static table_for_reading: [f64; 4];

#[ve_offload(lib = "libtestkernels.so", fortran)]
static Fortran_Block: [u8; 4];

/// One symbol, declared again and again.
mod contested {
    use veo::ve_offload;

    #[ve_offload(lib = "libtestkernels.so", lazy)]
    #[link_name = "contested"]
    pub(super) static right: [u8; 8];

    #[ve_offload(lib = "libtestkernels.so", lazy)]
    #[link_name = "contested"]
    pub(super) static mut also_right: [[u8; 4]; 2];

    #[ve_offload(lib = "libtestkernels.so", lazy)]
    #[link_name = "contested"]
    pub(super) static declared_wrong: u64;

    #[ve_offload(lib = "libtestkernels.so", lazy)]
    #[link_name = "declared_limits"]
    pub(super) fn no_function(x: i32) -> i32;
}

fn info(proc: &Proc, name: &str) -> DeclarationInfo {
    proc.declarations().into_iter().find(|declaration| declaration.rust_name == name).unwrap()
}

#[test]
fn a_declared_variable_is_read_and_written() {
    let (proc, ctx) = process();
    let mut counter = declared_counter(&proc).unwrap();
    assert_eq!((counter.get().unwrap(), counter.name()), (7, "declared_counter"));
    counter.set(-3).unwrap();
    assert_eq!(counter_now(&ctx).wait().unwrap(), -3);
    assert_eq!(declared_limits(&proc).unwrap().get().unwrap(), [-5, 5]);
    let mut particle = declared_particle(&proc).unwrap();
    assert_eq!(particle.get().unwrap(), Particle { position: [0.5, 1.5, 2.5], charge: -1, mass: 3 });
    particle.set(Particle { charge: 9, ..Particle::default() }).unwrap();
    assert_eq!(charge_of(&ctx, &particle).wait().unwrap(), 9);
    let row = declared_row(&proc).unwrap().get().unwrap();
    assert_eq!(row, declared_table(&proc).unwrap().as_ptr().cast().add(1));
    assert_eq!(Fortran_Block(&proc).unwrap().get().unwrap(), [1, 2, 3, 4]);
    // It outlives every other handle of its process.
    drop((proc, ctx));
    assert_eq!(counter.get().unwrap(), -3);
}

#[test]
fn arrays_have_elements() {
    let (proc, ctx) = process();
    let mut table = declared_table(&proc).unwrap();
    table.elements_mut().unwrap().slice_mut(1..3).write(&[20.0, 30.0]).unwrap();
    assert_eq!([0, 1, 2, 3].map(|i| table_now(&ctx, i).wait().unwrap()), [1.0, 20.0, 30.0, 4.0]);
    let reading = table_for_reading(&proc).unwrap();
    assert_eq!(reading.elements().unwrap().to_vec().unwrap(), [1.0, 20.0, 30.0, 4.0]);
    assert_eq!(reading.as_ptr(), table.as_ptr());
}

#[test]
fn kernels_take_declared_variables() {
    let (proc, ctx) = process();
    add_one_to(&ctx, &mut declared_counter(&proc).unwrap());
    assert_eq!(declared_counter(&proc).unwrap().get().unwrap(), 8);
    let limits = declared_limits(&proc).unwrap();
    assert_eq!(limits_width(&ctx, &limits).wait().unwrap(), 10.0); // `*const i64`, of its elements
    assert_eq!(limits_width(&ctx, &*limits).wait().unwrap(), 10.0);
    let mut integers = integers(&proc).unwrap();
    slow_fill(&ctx, 0, 3, 4, &mut integers);
    assert_eq!(total(&ctx, 3, &integers).wait().unwrap(), 12);
    assert_eq!(total(&ctx, 2, integers.elements().unwrap().slice(1..)).wait().unwrap(), 8);
    let whole = proc.load_library(crate::declarations::built("libtestkernels.so")).unwrap();
    let by_address = whole.function::<fn(*const std::ffi::c_void) -> f64>("limits_width");
    assert!(matches!(by_address.unwrap().call(&ctx, (&limits,)).wait(), Ok(width) if width == 10.0));
}

#[test]
fn all_handles_of_a_variable_keep_one_order() {
    let (proc, ctx) = process();
    let other = proc.open_context().unwrap();
    slow_fill(&other, 30_000, 3, 2, &mut integers(&proc).unwrap());
    assert_eq!(integers(&proc).unwrap().get().unwrap(), [2; 3], "the host waits for a kernel of another handle");
    slow_fill(&other, 30_000, 3, 5, &mut integers(&proc).unwrap());
    assert_eq!(total(&ctx, 3, &integers(&proc).unwrap()).wait().unwrap(), 15, "so does another context");
    let library = proc.load_library(crate::declarations::built("libtestkernels.so")).unwrap();
    let looked_up = || library.global::<[i32; 3]>("exported_table").unwrap();
    slow_fill(&other, 30_000, 3, 6, &mut looked_up());
    assert_eq!(looked_up().get().unwrap(), [6; 3], "and so do handles by name");
    slow_fill(&other, 30_000, 3, 7, &mut looked_up());
    assert_eq!(integers(&proc).unwrap().get().unwrap(), [7; 3]);
}

#[test]
fn a_missing_variable_is_an_error_of_its_use() {
    let (proc, ctx) = process();
    let error = in_no_table(&proc).unwrap_err();
    assert!(matches!(error, Error::Symbol { .. }), "{error:?}");
    assert_says(&error, &["`in_no_table`", "libtestkernels.so", "undefined symbol: in_no_table", file!()]);
    let error = of_no_library(&proc).unwrap_err();
    assert!(matches!(error, Error::Library { .. }), "{error:?}");
    assert_says(&error, &["libnowhere.so", "of_no_library", "Get it from there."]);
    assert_eq!(echo_i32(&ctx, 1).wait().unwrap(), 1);
}

#[test]
fn a_lazy_variable_is_looked_up_when_it_is_used() {
    let proc = Proc::create(0).unwrap();
    assert!(matches!(info(&proc, "counter").state, DeclarationState::Unresolved));
    assert_eq!(counter(&proc).unwrap().get().unwrap(), 7);
    let found = info(&proc, "counter");
    assert!(matches!(found.state, DeclarationState::Resolved(address) if address != 0), "{found:?}");
    assert_says(looked_up_when_used(&proc).unwrap_err(), &["`declared_absent`", "undefined symbol"]);
    assert!(matches!(info(&proc, "looked_up_when_used").state, DeclarationState::Missing(_)));
}

#[test]
fn variables_are_listed_with_their_types() {
    let proc = Proc::create(0).unwrap();
    let signature = |name: &str| info(&proc, name).signature;
    assert_eq!(signature("declared_table"), "double [4]");
    assert_eq!(signature("declared_limits"), "const int64_t [2]");
    assert_eq!(signature("declared_counter"), "int32_t");
    assert_eq!(signature("declared_row"), "double *const");
    assert_eq!(signature("declared_particle"), "Particle");
    let found = info(&proc, "table_for_reading");
    assert!(matches!(found.state, DeclarationState::Resolved(_)), "{found:?}");
    assert_eq!((found.symbol, &*found.library), ("declared_table", "libtestkernels.so"));
    assert_says(&found.declared_at, &["tests/it/variables.rs:"]);
    let table = proc.declarations().to_string();
    let line = table.lines().find(|line| line.starts_with("table_for_reading (declared_table) ")).unwrap();
    assert_says(line, &["const double [4]", " 0x"]);
    let line = table.lines().find(|line| line.starts_with("counter (declared_counter) ")).unwrap();
    assert_says(line, &["not looked up yet"]);
}

#[test]
fn strict_creation_lists_variables_too() {
    let error = Proc::builder().strict(true).create().unwrap_err();
    assert_says(&error, &["`in_no_table`", "`of_no_library`", "declared symbol(s) are missing"]);
    assert!(!error.to_string().contains("declared_absent"), "a lazy one: {error}");
}

#[test]
fn declarations_of_one_variable_agree() {
    let proc = Proc::create(0).unwrap();
    assert_eq!(contested::right(&proc).unwrap().get().unwrap(), [0; 8]);
    contested::also_right(&proc).unwrap().set([[1; 4], [2; 4]]).unwrap();
    assert_eq!(contested::right(&proc).unwrap().get().unwrap(), [1, 1, 1, 1, 2, 2, 2, 2]);
    let words = ["`contested` is declared twice", "const uint8_t [8] at ", "const uint64_t at ", "variables.rs:"];
    let error = contested::declared_wrong(&proc).unwrap_err();
    assert!(matches!(error, Error::Conflict { .. }), "{error:?}");
    assert_says(&error, &words);
    assert_says(contested::right(&proc).unwrap_err(), &words);
}

#[test]
fn a_variable_is_no_function() {
    let (proc, ctx) = process();
    assert_eq!(declared_limits(&proc).unwrap().get().unwrap(), [-5, 5]);
    let words = ["`declared_limits` is declared twice", "const int64_t [2] at ", "int32_t (int32_t) at "];
    let error = contested::no_function(&ctx, 1).wait().unwrap_err();
    assert!(matches!(error, Error::Conflict { .. }), "{error:?}");
    assert_says(&error, &words);
    assert_says(declared_limits(&proc).unwrap_err(), &words);
    // The same by name.
    let (proc, _) = process();
    let library = proc.load_library(crate::declarations::built("libtestkernels.so")).unwrap();
    let error = library.function::<fn(i32) -> i32>("declared_limits").unwrap_err();
    assert_says(error, &["const int64_t [2] at ", "int32_t (int32_t) when it was looked up"]);
}

#[test]
fn each_process_has_variables_of_its_own() {
    let ((first, _ctx), (second, other)) = (process(), process());
    declared_counter(&first).unwrap().set(100).unwrap();
    assert_eq!(declared_counter(&second).unwrap().get().unwrap(), 7);
    let error = add_one_to(&other, &mut declared_counter(&first).unwrap()).wait().unwrap_err();
    assert!(matches!(error, Error::WrongProcess { .. }), "{error}");
    let restarted = first.restart().unwrap();
    assert_eq!(declared_counter(&restarted).unwrap().get().unwrap(), 7);
}

#[test]
fn after_the_end_of_the_process() {
    within(NEVER, || {
        let (proc, ctx) = process();
        let mut counter = declared_counter(&proc).unwrap();
        let _ = read_null(&ctx).wait().unwrap_err();
        assert_says(counter.get().unwrap_err(), &["cannot read 4 bytes", "SIGSEGV"]);
        assert_says(counter.set(1).unwrap_err(), &["cannot write 4 bytes", "SIGSEGV"]);
        let _ = looked_up_when_used(&proc).unwrap_err();
        forget((counter, declared_limits(&proc).unwrap()));
    });
}

#[test]
fn threads_may_look_variables_up_at_once() {
    let (proc, ctx) = process();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(counter(&proc).unwrap().as_ptr(), declared_counter(&proc).unwrap().as_ptr()));
        }
    });
    assert_eq!(counter_now(&ctx).wait().unwrap(), 7);
}
