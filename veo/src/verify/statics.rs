//! The static library: kernels that are linked into the worker.

use std::path::Path;

use veo_engine::StaticSymbol;
use veo_engine::debuginfo::Language;
use veo_engine::signature::Class;

use super::declared::Type;
use super::library::Outcome;
use super::model::{Base, Function, Parameter, Ty};
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
    if prototype.variable.is_some() {
        let text = format!("`{}` is a kernel, not a variable", prototype.symbol);
        let mut mismatch = prototype.mismatch(NAME);
        mismatch.differences.push(Difference { aspect: Aspect::Symbol, text });
        return report.mismatches.push(mismatch);
    }
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
    let function = by_classes(prototype, symbol.params(), ret);
    judge(prototype, &Outcome::Function(Box::new(function)), NAME, report);
}

/// The kernel, as far as classes tell: where they are right, the rest is taken on trust.
fn by_classes(prototype: &Prototype, params: &[Class], ret: Class) -> Function {
    let params = params.iter().enumerate().map(|(index, &class)| Parameter {
        name: String::new(),
        ty: ty(prototype.params.get(index).map(|param| param.ty), class),
        is_hidden: false,
        is_by_reference: false,
    });
    Function {
        name: prototype.symbol.clone(),
        symbol: prototype.symbol.clone(),
        language: Language::Rust,
        place: None,
        ret: ty(prototype.ret, ret),
        params: params.collect(),
        is_variadic: false,
        promotes: false,
    }
}

fn ty(declared: Option<Type>, class: Class) -> Ty {
    if let Some(declared) = declared.filter(|declared| declared.class() == class) {
        return Ty::Typedef { name: declared.to_string(), of: Box::new(Ty::Trusted) };
    }
    let base = |name: &str, base, size| Ty::Base { name: name.to_owned(), base, size };
    match class {
        Class::Void => Ty::Void,
        Class::I8 => base("i8", Base::Signed, 1),
        Class::U8 => base("u8", Base::Unsigned, 1),
        Class::I16 => base("i16", Base::Signed, 2),
        Class::U16 => base("u16", Base::Unsigned, 2),
        Class::I32 => base("i32", Base::Signed, 4),
        Class::U32 => base("u32", Base::Unsigned, 4),
        Class::I64 => base("i64", Base::Signed, 8),
        Class::U64 => base("u64", Base::Unsigned, 8),
        Class::F32 => base("f32", Base::Float, 4),
        Class::F64 => base("f64", Base::Float, 8),
    }
}
