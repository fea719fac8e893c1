//! Compiles the kernels of the tests, some of which are generated: functions of 0 to 40 arguments of mixed types.

#[path = "build/many.rs"]
mod many;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Rust type, C type, and values at the ends of its range, as Rust expressions.
const TYPES: [(&str, &str, &[&str]); 12] = [
    ("i8", "int8_t", &["i8::MIN", "i8::MAX", "-1"]),
    ("f64", "double", &["f64::MIN", "-0.0", "f64::from_bits(0xfff8_0000_0000_0001)"]),
    ("u8", "uint8_t", &["u8::MAX", "1"]),
    ("f32", "float", &["f32::MAX", "-0.0", "f32::from_bits(0x7fc0_1234)"]),
    ("i32", "int32_t", &["i32::MIN", "i32::MAX", "-1"]),
    ("f64", "double", &["f64::EPSILON", "1.5"]),
    ("u16", "uint16_t", &["u16::MAX", "1"]),
    ("i64", "int64_t", &["i64::MIN", "i64::MAX", "-1"]),
    ("f32", "float", &["f32::MIN_POSITIVE", "2.5"]),
    ("i16", "int16_t", &["i16::MIN", "i16::MAX", "-1"]),
    ("u32", "uint32_t", &["u32::MAX", "1"]),
    ("u64", "uint64_t", &["u64::MAX", "1"]),
];

const MOST_ARGS: usize = 40;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it for build scripts"));
    let mixed = generate_mixed(&out);
    veo_build::Kernels::new("testkernels")
        .files([
            "kernels/values.c",
            "kernels/memory.c",
            "kernels/variables.c",
            "kernels/faults.c",
            "kernels/hostile.c",
            "kernels/scribble.c",
            "kernels/forms.c",
        ])
        .file(mixed)
        .flag("-O1")
        .compile_or_exit();
    // The helpers of a VE's runtime are found in the worker.
    for (name, debug_information) in [("typed", "-g"), ("untyped", "-g0")] {
        let mut kernels = veo_build::Kernels::new(name);
        kernels.file("kernels/urpc.c").flag(debug_information).host_flag("-Wl,-z,undefs").compile_or_exit();
    }
    veo_build::Kernels::new("kernels").file("kernels/kernels.c").compile_or_exit();
    veo_build::Kernels::new("declared")
        .files(["kernels/declared/declared.c", "kernels/declared/variables.c"])
        .flag("-g")
        .compile_or_exit();
    many::generate(&out);
    veo_build::Kernels::new("crash_on_load").file("kernels/crash_on_load.c").compile_or_exit();
    veo_build::Kernels::new("unresolved").file("kernels/unresolved.c").host_flag("-Wl,-z,undefs").compile_or_exit();
}

/// `mixN` writes the bits of its N arguments to an array, one word each. `mixed.rs` declares all of them, and has a
/// function that calls each one and compares.
fn generate_mixed(out: &Path) -> PathBuf {
    let mut c = String::from("#include <stdint.h>\n#include <string.h>\n");
    c += "static uint64_t f32_bits(float x) { uint32_t b; memcpy(&b, &x, 4); return b; }\n";
    c += "static uint64_t f64_bits(double x) { uint64_t b; memcpy(&b, &x, 8); return b; }\n";
    let mut stubs = String::new();
    let mut calls = String::new();
    for count in 0..=MOST_ARGS {
        let args: Vec<_> = (0..count).map(|place| pick(count, place)).collect();
        c += &c_function(count, &args);
        stubs += &stub(count, &args);
        calls += &call(count, &args);
    }
    let source = out.join("mixed.c");
    fs::write(&source, c).expect("OUT_DIR is writable");
    let rust = format!(
        "#[veo::ve_offload(lib = \"libtestkernels.so\")]\nextern \"C\" {{\n{stubs}}}\n\n\
         fn call_all(ctx: &veo::Context, compare: &mut dyn FnMut(&[u64], &[u64])) -> veo::Result<()> {{\n{calls}    Ok(())\n}}\n"
    );
    fs::write(out.join("mixed.rs"), rust).expect("OUT_DIR is writable");
    source
}

/// The type and value of an argument: any mixture will do, if it is always the same.
fn pick(count: usize, place: usize) -> (&'static str, &'static str, &'static str) {
    let dice = ((count * 7919 + place * 104_729 + 12_345) * 2_654_435_761) >> 16;
    let (rust, c, values) = TYPES[dice % TYPES.len()];
    (rust, c, values[dice / TYPES.len() % values.len()])
}

fn c_function(count: usize, args: &[(&str, &str, &str)]) -> String {
    let mut params = String::from("uint64_t *out");
    let mut body = String::new();
    for (place, (rust, c, _)) in args.iter().enumerate() {
        let _ = write!(params, ", {c} a{place}");
        let bits = if rust.starts_with('f') { format!("{rust}_bits(a{place})") } else { format!("(uint64_t)a{place}") };
        let _ = write!(body, " out[{place}] = {bits};");
    }
    format!("int mix{count}({params}) {{ (void)out;{body} return {count}; }}\n")
}

fn stub(count: usize, args: &[(&str, &str, &str)]) -> String {
    let mut params = String::from("out: &mut [u64]");
    for (place, (rust, ..)) in args.iter().enumerate() {
        let _ = write!(params, ", a{place}: {rust}");
    }
    format!("    fn mix{count}({params}) -> i32;\n")
}

fn call(count: usize, args: &[(&str, &str, &str)]) -> String {
    let values: String = args.iter().map(|(.., value)| format!(", {value}")).collect();
    let words: Vec<_> = args.iter().map(|(rust, _, value)| format!("<{rust} as Word>::word({value})")).collect();
    format!(
        "    let mut out = [0_u64; {count}];\n    \
         assert_eq!(mix{count}(ctx, &mut out{values}).wait()?, {count});\n    \
         compare(&out, &[{}]);\n",
        words.join(", ")
    )
}
