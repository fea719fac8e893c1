//! A library of 500 functions, its declarations, made from its debug information, and a call of each.

use std::fmt::Write;
use std::fs;
use std::path::Path;

const FUNCTIONS: usize = 500;

/// C type, what a call passes, the type of that, and what it adds to the result.
const PARAMETERS: [(&str, &str, &str, f64); 7] = [
    ("int", "-3", "i32", -3.0),
    ("double", "0.5", "f64", 0.5),
    ("const double *", "x", "&VeBuffer<f64>", 2.0),
    ("unsigned long", "7", "u64", 7.0),
    ("float", "0.25", "f32", 0.25),
    ("double *", "y", "VePtr<f64>", 4.0),
    ("short", "-1", "i16", -1.0),
];

/// Writes `many.rs`, the declarations; `many_calls.rs`, which calls each; and `many_stubs.rs`, which has the code of each.
pub(crate) fn generate(out: &Path) {
    let mut c = String::new();
    let mut calls = String::new();
    let mut stubs = String::new();
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
        let passed: String = parameters.iter().map(|(_, value, ..)| format!(", {value}")).collect();
        let names: String = (0..parameters.len()).map(|place| format!(", p{place}")).collect();
        let types: String = parameters.iter().map(|(.., ty, _)| format!(", {ty}")).collect();
        let stub = format!("fn(&Context{types}) -> Request<'static, f64>");
        let _ = writeln!(stubs, "#[used]\nstatic STUB_{function}: {stub} = |ctx{names}| many_{function}(ctx{names});");
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
    fs::write(out.join("many_stubs.rs"), format!("use veo::{{Context, Request, VeBuffer, VePtr}};\n\n{stubs}"))
        .expect("OUT_DIR is writable");
    let built = veo_build::Kernels::new("many").file(source).flag("-g").compile_or_exit();
    veo_build::Declarations::from_library(built.library()).write_or_exit(out.join("many.rs"));
}
