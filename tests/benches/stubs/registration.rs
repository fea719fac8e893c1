//! What declarations add to the creation of a process.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::program::Program;

const LIBRARIES: usize = 10;
const FUNCTIONS: usize = 100;
const ROUNDS: usize = 7;

/// Milliseconds that they may add.
const MOST: f64 = 10.0;

pub(crate) fn measure() {
    let programs = [
        Program::new("undeclared", &creations(0, "")),
        Program::new("thousand", &creations(LIBRARIES * FUNCTIONS, &declarations())),
    ];
    for program in &programs {
        program.compile();
    }
    let mut times = [const { Vec::new() }; 2];
    for _ in 0..ROUNDS {
        for (program, times) in programs.iter().zip(&mut times) {
            let output = Command::new(program.path()).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            times.push(String::from_utf8(output.stdout).unwrap().trim().parse::<f64>().unwrap());
        }
    }
    let [without, with] = times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[ROUNDS / 2]
    });
    println!(
        "{} declarations of {LIBRARIES} libraries, medians of {ROUNDS} rounds, alternating\n",
        LIBRARIES * FUNCTIONS
    );
    println!("creating a process      {without:7.2} ms");
    println!("with the declarations   {:+7.2} ms", with - without);
    println!("limit: +{MOST} ms");
}

/// A program that has `declared` so many, creates processes, and prints the median of the milliseconds that one takes.
fn creations(declared: usize, declarations: &str) -> String {
    format!(
        r#"use std::time::Instant;

use veo::{{DeclarationState, Proc}};

fn main() {{
    let mut times: Vec<f64> = (0..15)
        .map(|_| {{
            let start = Instant::now();
            let proc = Proc::create(0).unwrap();
            let time = start.elapsed().as_secs_f64() * 1e3;
            let resolved =
                proc.declarations().iter().filter(|info| matches!(info.state, DeclarationState::Resolved(_))).count();
            assert_eq!(resolved, {declared});
            time
        }})
        .collect();
    times.sort_by(f64::total_cmp);
    println!("{{}}", times[times.len() / 2]);
}}

{declarations}
"#
    )
}

/// Makes the libraries, and says what is in them.
fn declarations() -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("registration");
    fs::create_dir_all(&folder).unwrap();
    let mut blocks = String::new();
    for library in 0..LIBRARIES {
        let (mut c, mut block) = (String::new(), String::new());
        for function in 0..FUNCTIONS {
            let name = format!("f{library}_{function}");
            let _ = writeln!(
                c,
                "double {name}(long n, double a, const double *x, double *y) {{ y[n] += a * x[n]; return a; }}"
            );
            let _ = writeln!(block, "    fn {name}(n: i64, a: f64, x: *const f64, y: *mut f64) -> f64;");
        }
        let (source, shared) =
            (folder.join(format!("lib{library}.c")), folder.join(format!("libregistration{library}.so")));
        fs::write(&source, c).unwrap();
        let cc = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
        let built = Command::new(cc).args(["-shared", "-fPIC", "-O1", "-o"]).args([&shared, &source]).status();
        assert!(built.unwrap().success(), "the compiler's words are above");
        let _ = writeln!(
            blocks,
            "#[allow(dead_code)]\nmod library{library} {{\n#[veo::ve_offload(lib = {shared:?})]\nextern \"C\" {{\n{block}}}\n}}"
        );
    }
    blocks
}
