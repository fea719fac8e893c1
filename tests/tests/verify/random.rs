//! Random prototypes: one that fits is never complained about, one with a single mistake always is.

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use veo::verify::Prototype;
use veo::{In, InOut};

use crate::support::Scratch;

/// How often functions are compiled; many share a library, since compiling takes most of the time.
const BATCHES: usize = 3;
const FUNCTIONS: usize = 100;

/// A type in both languages. Two of different groups never match.
#[derive(Clone, Copy)]
struct Both {
    c: &'static str,
    group: u32,
    add: fn(Prototype, String) -> Prototype,
    /// `None`: it cannot be returned.
    ret: Option<fn(Prototype) -> Prototype>,
}

impl std::fmt::Debug for Both {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.c)
    }
}

macro_rules! both {
    ($($group:literal $c:literal $rust:ty $(, $ret:ident)?;)*) => {
        &[$(Both { c: $c, group: $group, add: |p, name| p.param::<$rust>(name), ret: both!(@$($ret)? $rust) }),*]
    };
    (@ret $rust:ty) => { Some(|p| p.returns::<$rust>()) };
    (@$rust:ty) => { None };
}

/// `@` is where the name goes.
const TYPES: &[Both] = both! {
    1 "int8_t @" i8, ret; 2 "uint8_t @" u8, ret; 3 "short @" i16, ret; 4 "uint16_t @" u16, ret; 5 "int @" i32, ret;
    6 "unsigned @" u32, ret; 7 "long @" i64, ret; 7 "ptrdiff_t @" isize, ret; 8 "size_t @" usize, ret; 8 "uint64_t @" u64, ret;
    9 "float @" f32, ret; 10 "double @" f64, ret; 10 "const real @" f64;
    21 "const double *@" *const f64; 21 "const real @[3]" In<[f64]>; 21 "const double (*@)[4]" *const [f64; 4];
    22 "double *@" *mut f64, ret; 22 "double *restrict @" InOut<[f64]>; 22 "double @[]" *mut f64;
    23 "const float *@" *const f32; 24 "float *@" InOut<f32>; 25 "const int *@" In<i32>; 26 "int *@" *mut i32, ret;
    27 "const unsigned *@" *const u32; 28 "uint64_t *@" *mut u64, ret; 29 "long *@" *mut i64, ret; 30 "const uint8_t *@" In<[u8]>;
    31 "double **@" *mut *mut f64, ret; 32 "const double *const *@" *const *const f64; 33 "float **@" *mut *mut f32;
    34 "const int32_t *const *@" *const *const i32; 35 "const double *const *const *@" *const *const *const f64;
};

const RETURNS_NOTHING: u32 = 0;

/// A function, as it was compiled.
#[derive(Clone, Debug)]
struct Case {
    params: Vec<Both>,
    ret: Option<Both>,
    mistake: Mistake,
}

/// What is wrong in the declaration that must be found.
#[derive(Clone, Debug)]
enum Mistake {
    Argument(Index, Both),
    OneLess(Index),
    OneMore(Index, Both),
    Exchanged(Index, Index),
    Result(Option<Both>),
}

fn both() -> impl Strategy<Value = Both> {
    proptest::sample::select(TYPES)
}

fn returned() -> impl Strategy<Value = Option<Both>> {
    proptest::option::of(both().prop_filter("returned", |both| both.ret.is_some()))
}

fn case() -> impl Strategy<Value = Case> {
    let index = any::<Index>;
    let mistake = prop_oneof![
        3 => (index(), both()).prop_map(|(at, ty)| Mistake::Argument(at, ty)),
        1 => index().prop_map(Mistake::OneLess),
        1 => (index(), both()).prop_map(|(at, ty)| Mistake::OneMore(at, ty)),
        1 => (index(), index()).prop_map(|(one, other)| Mistake::Exchanged(one, other)),
        1 => returned().prop_map(Mistake::Result),
    ];
    let params = proptest::collection::vec(both(), 0..12);
    (params, returned(), mistake).prop_map(|(params, ret, mistake)| Case { params, ret, mistake })
}

fn group(ret: Option<Both>) -> u32 {
    ret.map_or(RETURNS_NOTHING, |ret| ret.group)
}

impl Case {
    fn in_c(&self, number: usize) -> String {
        let params: Vec<_> =
            self.params.iter().enumerate().map(|(at, ty)| ty.c.replace('@', &format!("a{at}"))).collect();
        let params = if params.is_empty() { "void".to_owned() } else { params.join(", ") };
        let (head, body) = match self.ret {
            None => ("void @", ""),
            Some(ret) => (ret.c, " return 0; "),
        };
        format!("{} {{{body}}}\n", head.replace('@', &format!("f{number}({params})")))
    }

    fn prototype(number: usize, params: &[Both], ret: Option<Both>) -> Prototype {
        let mut prototype = Prototype::new(format!("f{number}"));
        for (at, ty) in params.iter().enumerate() {
            prototype = (ty.add)(prototype, format!("a{at}"));
        }
        ret.and_then(|ret| ret.ret).map_or(prototype.clone(), |add| add(prototype))
    }

    fn right(&self, number: usize) -> Prototype {
        Self::prototype(number, &self.params, self.ret)
    }

    /// With the mistake; `None` if it would be none.
    fn wrong(&self, number: usize) -> Option<Prototype> {
        let (mut params, mut ret) = (self.params.clone(), self.ret);
        let count = params.len();
        match &self.mistake {
            Mistake::Argument(at, ty) if count > 0 => params[at.index(count)] = *ty,
            Mistake::OneLess(at) if count > 0 => drop(params.remove(at.index(count))),
            Mistake::OneMore(at, ty) => params.insert(at.index(count + 1), *ty),
            Mistake::Exchanged(one, other) if count > 0 => params.swap(one.index(count), other.index(count)),
            Mistake::Result(other) => ret = *other,
            _ => return None,
        }
        let groups = |params: &[Both]| params.iter().map(|ty| ty.group).collect::<Vec<_>>();
        let is_wrong = groups(&params) != groups(&self.params) || group(ret) != group(self.ret);
        // Memory that is declared as written may well be only read.
        let stricter =
            params.len() == count && params.iter().zip(&self.params).all(|(declared, real)| may_be(*declared, *real));
        (is_wrong && !(stricter && group(ret) == group(self.ret))).then(|| Self::prototype(number, &params, ret))
    }
}

/// Whether a declaration is no mistake, though it is another type.
fn may_be(declared: Both, real: Both) -> bool {
    const WRITTEN_FOR_READ: [(u32, u32); 4] = [(22, 21), (24, 23), (26, 25), (31, 32)];
    declared.group == real.group || WRITTEN_FOR_READ.contains(&(declared.group, real.group))
}

fn check(compiler: &str, flags: &[&str]) {
    let mut runner = TestRunner::default();
    let mut mistakes = 0;
    for _ in 0..BATCHES {
        let cases: Vec<Case> = (0..FUNCTIONS).map(|_| case().new_tree(&mut runner).unwrap().current()).collect();
        let scratch = Scratch::new();
        let functions: String = cases.iter().enumerate().map(|(number, case)| case.in_c(number)).collect();
        scratch.write("x.c", format!("#include <stddef.h>\n#include <stdint.h>\ntypedef double real;\n{functions}"));
        let library = scratch.library(compiler, "x.c", "libx.so", flags);

        let right: Vec<_> = cases.iter().enumerate().map(|(number, case)| case.right(number)).collect();
        let report = veo::verify::compare(&library, &right);
        assert!(report.is_match() && report.compared == FUNCTIONS && report.unchecked.is_empty(), "{report}");
        for (number, case) in cases.iter().enumerate() {
            let Some(wrong) = case.wrong(number) else { continue };
            let declared = wrong.to_string();
            let report = veo::verify::compare(&library, &[wrong]);
            assert_eq!(report.mismatches.len(), 1, "{declared}\n{}{:?}", case.in_c(number), case.mistake);
            // What it says to write is right.
            let mismatch = &report.mismatches[0];
            let advice = mismatch.advice.as_ref().unwrap_or_else(|| panic!("{report}"));
            assert_ne!(*advice, declared + ";");
            mistakes += 1;
        }
    }
    assert!(mistakes > BATCHES * FUNCTIONS / 2, "{mistakes}");
}

#[test]
fn every_mistake_is_found_and_nothing_else() {
    check("cc", &["-g", "-O1"]);
}

#[test]
#[ignore = "needs clang"]
fn every_mistake_is_found_and_nothing_else_by_clang() {
    check("clang", &["-g", "-gdwarf-4"]);
}
