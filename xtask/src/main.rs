//! Tasks of this repository: `cargo xtask`.
//!
//! ```text
//!   install   builds libveo.so and what belongs to it, and lays it out under a prefix
//!   timeline  makes a picture of a timeline that `veo::timeline` has recorded
//!   exports   whether a shared library has the names of libveo, with their version, and no others
//! ```

mod exports;
mod install;
mod timeline;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask install --prefix P [--destdir D] [--debug]
       cargo xtask timeline TRACE.json [PICTURE.svg] [--from MS] [--to MS]

INSTALL

Builds libveo.so, veorun and libveorun.a, and installs them with the C headers:

  P/lib/libveo.so, libveo.so.1, libveo.so.1.0.0   the library; link with -lveo
  P/lib/libveorun.a                               the worker, to be linked with kernels
  P/lib/pkgconfig/veo.pc, veorun.pc               for pkg-config
  P/include/*.h                                   the headers
  P/libexec/veorun                                the worker; the library finds it there
  P/bin/mk_veorun_static                          links kernels into a worker

  --prefix P    where everything will be when it is used
  --destdir D   where to put it now, as if D were the root folder: for packages
  --debug       build without optimisation

TIMELINE

Makes a picture of a timeline (VEO_TIMELINE=TRACE.json, or veo::timeline). Without a name it goes beside the trace.

  --from MS, --to MS   the part of it to draw, in milliseconds; the whole by default

  -h, --help    this text";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.is_empty() || words.iter().any(|word| word == "-h" || word == "--help") {
        println!("{USAGE}");
        return if words.is_empty() { ExitCode::from(2) } else { ExitCode::SUCCESS };
    }
    let result = match words[0].as_str() {
        "install" => install::Options::parse(&words[1..]).and_then(|options| options.install()),
        "timeline" => timeline::run(&words[1..]),
        other => Err(format!("there is no task `{other}`; `cargo xtask --help` lists them")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("xtask: {reason}");
            ExitCode::FAILURE
        }
    }
}
