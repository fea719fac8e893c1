//! The static library: kernels that are linked into the worker.

use std::path::Path;

use veo_engine::StaticSymbol;
use veo_engine::signature::Class;

use super::library::Outcome;
use super::{Aspect, Difference, Prototype, Report, in_file, judge, own};

const NAME: &str = "veorun itself";

/// Compares prototypes with the kernels of a worker: of this program, unless there is another one.
pub(super) fn compare(prototypes: &[Prototype], worker: Option<&Path>) -> Report {
    if let Some(worker) = worker {
        return of_program(worker, prototypes);
    }
    let mut report = Report::default();
    for prototype in prototypes {
        match veo_engine::static_symbol(&prototype.symbol) {
            Some(symbol) => {
                report.declarations += 1;
                of_this_program(prototype, symbol, &mut report);
            }
            None => report.add(of_program("/proc/self/exe".as_ref(), std::slice::from_ref(prototype))),
        }
    }
    report
}

/// Kernels in C, in a worker that was linked for them. Rust's are not among its symbols.
fn of_program(program: &Path, prototypes: &[Prototype]) -> Report {
    let mut report = in_file(program, prototypes, None);
    report.mismatches.retain(|mismatch| {
        let is_missing = mismatch.differences.iter().any(|difference| difference.aspect == Aspect::Symbol);
        if is_missing {
            let reason = "it is no symbol of the program; only the worker knows what it has";
            report.unchecked.push(super::Unchecked {
                library: NAME.into(),
                symbols: vec![mismatch.symbol.clone()],
                reason: reason.into(),
                names_are_there: false,
            });
        }
        !is_missing
    });
    report
}

fn of_this_program(prototype: &Prototype, symbol: &StaticSymbol, report: &mut Report) {
    if let Some(function) = own::function(symbol.address(), &prototype.symbol) {
        return judge(prototype, &Outcome::Function(function), NAME, report);
    }
    // `#[ve_kernel]` knows how arguments travel, and no more.
    let Some(ret) = symbol.ret() else {
        return report.note(NAME, &prototype.symbol, "this program has no debug information", true);
    };
    let declared: Vec<_> = prototype.params.iter().map(|param| param.ty.class()).collect();
    let declared_ret = prototype.ret.map_or(Class::Void, |ret| ret.class());
    if declared == symbol.params() && declared_ret == ret {
        report.compared += 1;
        return;
    }
    let mut mismatch = prototype.mismatch(NAME);
    let classes: Vec<_> = symbol.params().iter().map(ToString::to_string).collect();
    mismatch.compiled = Some(format!("{ret} {}({})", prototype.symbol, classes.join(", ")));
    let text = "other arguments or another result; which ones, debug information would say".into();
    mismatch.differences.push(Difference { aspect: Aspect::Kind, text });
    report.mismatches.push(mismatch);
}
