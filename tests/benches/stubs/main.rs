//! What a large binding crate costs, compiled in release. `cargo bench --profile dev --bench stubs`: this program itself need not
//! be optimised.
//!
//! - 500 generated prototypes. Four programs that depend on `veo` are compiled, alternately: one with a single declaration, one
//!   with 500 more, one that also has the code of each stub, and one that calls each of them once. A stub is generic over
//!   what it is passed, so its code comes with its use. Each has 7 arguments on average, and at most 14.
//! - 1 000 declarations of 10 libraries: what they add to the creation of a process, in which they are looked up and declared.

#![allow(clippy::unwrap_used, reason = "a benchmark should stop where it fails")]

mod program;
mod registration;

use program::{Program, Times};

const RAW: &str = include_str!(concat!(env!("OUT_DIR"), "/many.rs"));
const STUBS_ALONE: &str = include_str!(concat!(env!("OUT_DIR"), "/many_stubs.rs"));
const CALLS: &str = include_str!(concat!(env!("OUT_DIR"), "/many_calls.rs"));
const STUBS: i64 = 500;
const ROUNDS: usize = 3;

/// How much longer 500 prototypes may take to compile, and how much code each stub may add.
const MOST_SECONDS: f64 = 5.0;
const MOST_BYTES: i64 = 200;

fn main() {
    compilation();
    registration::measure();
}

fn compilation() {
    let raw = format!("mod raw {{\n{RAW}\n}}\nuse raw::*;\n");
    let call = "let buffer = proc.upload(&[2.0]).unwrap();\n    call_all(&ctx, &buffer, buffer.as_ptr()).unwrap();";
    let programs = [
        Program::new("one", &one_call("", "")),
        Program::new("declared", &one_call("", &format!("mod raw {{\n{RAW}\n}}\n"))),
        Program::new("stubs", &one_call("", &format!("{raw}{STUBS_ALONE}"))),
        Program::new("called", &one_call(call, &format!("{raw}{CALLS}"))),
    ];
    for program in &programs {
        program.compile();
    }
    let mut times = [const { Vec::new() }; 4];
    for _ in 0..ROUNDS {
        for (program, times) in programs.iter().zip(&mut times) {
            times.push(program.compile());
        }
    }
    let [one, others @ ..] = times.map(|times| Times::median(&times));
    let [code_one, codes @ ..] = programs.map(|program| program.code());
    println!("{STUBS} prototypes, release, medians of {ROUNDS} rounds\n");
    println!("                        seconds   of CPU  bytes of code  for each");
    println!("one declaration, called {:7.2}  {:7.2}  {code_one:13}", one.wall, one.cpu);
    for (name, (times, code)) in
        ["500 declarations", "and their stubs", "and a call of each"].iter().zip(others.iter().zip(codes))
    {
        let (wall, cpu, code) = (times.wall - one.wall, times.cpu - one.cpu, code - code_one);
        println!("{name:22}  {wall:+7.2}  {cpu:+7.2}  {code:+13}  {:8}", code / STUBS);
    }
    println!("limits: declarations and stubs +{MOST_SECONDS} s, and {MOST_BYTES} bytes for each\n");
}

/// A program that makes a process and a call of a declared function, and does and has more.
fn one_call(does: &str, has: &str) -> String {
    format!(
        r#"#[veo::ve_offload(lib = "libc.so.6")]
extern "C" {{
    fn labs(x: i64) -> i64;
}}

fn main() {{
    let proc = veo::Proc::create(0).unwrap();
    let ctx = proc.open_context().unwrap();
    println!("{{}}", labs(&ctx, -1).wait().unwrap());
    {does}
}}

{has}
"#
    )
}
