//! The headers are good C and C++, each on its own.

use std::path::Path;
use std::process::Command;

const HEADERS: [&str; 6] = ["ve_offload.h", "veo_hmem.h", "veo_veshm.h", "veo_vedma.h", "veo_vhveshm.h", "veo_ve.h"];

fn compile(compiler: &str, language: &str, standard: &str) {
    for header in HEADERS {
        let output = Command::new(compiler)
            .args(["-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only"])
            .args([standard, "-x", language])
            .arg(Path::new("include").join(header))
            .output()
            .unwrap_or_else(|error| panic!("cannot run {compiler}: {error}"));
        let messages = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{header}: {messages}");
    }
}

#[test]
fn headers_are_c99() {
    compile("cc", "c", "-std=c99");
}

#[test]
#[ignore = "needs a C++ compiler"]
fn headers_are_cpp11() {
    compile("c++", "c++", "-std=c++11");
}
