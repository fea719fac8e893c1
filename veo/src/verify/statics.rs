//! The static library: kernels that are linked into the worker.

use std::path::Path;

use veo_engine::StaticSymbol;
use veo_engine::signature::Class;

use super::library::Outcome;
use super::{Aspect, Difference, Prototype, Report, in_file, judge, own};

const NAME: &str = "veorun itself";
const UNKNOWN: &str = "it is no kernel of this program; only the worker knows what it has";

/// How much is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// How arguments travel: at once.
    Classes,
    /// All types, from the debug information of this program, which may take a while to read.
    Types,
}

/// Compares prototypes with the kernels of a worker: of this program, unless there is another one.
pub(super) fn compare(prototypes: &[Prototype], worker: Option<&Path>, depth: Depth) -> Report {
    if let Some(worker) = worker {
        return of_program(worker, prototypes);
    }
    let mut report = Report { declarations: prototypes.len(), ..Report::default() };
    for prototype in prototypes {
        match veo_engine::static_symbol(&prototype.symbol) {
            Some(symbol) => of_this_program(prototype, symbol, depth, &mut report),
            None => report.note(NAME, &prototype.symbol, UNKNOWN, false),
        }
    }
    report
}

/// Kernels in C, in a worker that was linked for them. Rust's are not among its symbols.
fn of_program(program: &Path, prototypes: &[Prototype]) -> Report {
    let mut report = in_file(program, prototypes, None);
    for mismatch in std::mem::take(&mut report.mismatches) {
        if mismatch.differences.iter().any(|difference| difference.aspect == Aspect::Symbol) {
            report.note(NAME, &mismatch.symbol, UNKNOWN, false);
        } else {
            report.mismatches.push(mismatch);
        }
    }
    report
}

fn of_this_program(prototype: &Prototype, symbol: &StaticSymbol, depth: Depth, report: &mut Report) {
    // `#[ve_kernel]` knows how arguments travel, and no more.
    let declared: Vec<_> = prototype.params.iter().map(|param| param.ty.class()).collect();
    let declared_ret = prototype.ret.map_or(Class::Void, |ret| ret.class());
    let same_classes = symbol.ret().is_some_and(|ret| ret == declared_ret && declared == symbol.params());
    if depth == Depth::Classes && same_classes {
        return;
    }
    if let Some(function) = own::function(symbol.address(), &prototype.symbol) {
        return judge(prototype, &Outcome::Function(function), NAME, report);
    }
    let Some(ret) = symbol.ret().filter(|_| !same_classes) else {
        return report.note(NAME, &prototype.symbol, "this program has no debug information", true);
    };
    let mut mismatch = prototype.mismatch(NAME);
    let classes: Vec<_> = symbol.params().iter().map(ToString::to_string).collect();
    mismatch.compiled = Some(format!("{ret} {}({})", prototype.symbol, classes.join(", ")));
    let text = "other arguments or another result; which ones, debug information would say".into();
    mismatch.differences.push(Difference { aspect: Aspect::Kind, text });
    report.mismatches.push(mismatch);
}
