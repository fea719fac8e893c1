//! A library of 500 functions, its declarations, made from its debug information, and a call of each.

use std::fmt::Write;
use std::fs;
use std::path::Path;

const FUNCTIONS: usize = 500;

/// C type, what a call passes, and what that adds to the result.
const PARAMETERS: [(&str, &str, f64); 7] = [
    ("int", "-3", -3.0),
    ("double", "0.5", 0.5),
    ("const double *", "x", 2.0),
    ("unsigned long", "7", 7.0),
    ("float", "0.25", 0.25),
    ("double *", "y", 4.0),
    ("short", "-1", -1.0),
];

/// Writes `many.rs`, the declarations, and `many_calls.rs`.
pub(crate) fn generate(out: &Path) {
    let mut c = String::new();
    let mut calls = String::new();
    for function in 0..FUNCTIONS {
        let parameters: Vec<_> = (0..function % 15).map(|place| PARAMETERS[(function + place * place) % 7]).collect();
        let declared: Vec<String> =
            parameters.iter().enumerate().map(|(place, (ty, ..))| format!("{ty} p{place}")).collect();
        let values = parameters
            .iter()
            .enumerate()
            .map(|(place, (ty, ..))| if ty.ends_with('*') { format!(" + *p{place}") } else { format!(" + p{place}") });
        let declared = if declared.is_empty() { "void".to_owned() } else { declared.join(", ") };
        let sum: f64 = parameters.iter().map(|(.., value)| value).sum();
        let passed: String = parameters.iter().map(|(_, value, _)| format!(", {value}")).collect();
        let _ =
            writeln!(c, "double many_{function}({declared}) {{ return {function}{}; }}", values.collect::<String>());
        let _ = writeln!(calls, "    assert_eq!(many_{function}(ctx{passed}).wait()?, {:?});", function as f64 + sum);
    }
    let source = out.join("many.c");
    fs::write(&source, c).expect("OUT_DIR is writable");
    fs::write(
        out.join("many_calls.rs"),
        format!(
            "use veo::{{Context, Result, VeBuffer, VePtr}};\n\n\
             fn call_all(ctx: &Context, x: &VeBuffer<f64>, y: VePtr<f64>) -> Result<()> {{\n{calls}    Ok(())\n}}\n"
        ),
    )
    .expect("OUT_DIR is writable");
    let built = veo_build::Kernels::new("many").file(source).flag("-g").compile_or_exit();
    veo_build::Declarations::from_library(built.library()).write_or_exit(out.join("many.rs"));
}
