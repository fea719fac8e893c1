//! Functions of any signature, as C source and as values.

use std::fmt::{self, Write};

use proptest::prelude::*;
use veo_engine::signature::Class;
use veo_sys::{VEO_INTENT_IN, VEO_INTENT_INOUT, VEO_INTENT_OUT, veo_args_intent};

/// A parameter and its value.
#[derive(Clone)]
pub(crate) enum Param {
    /// The class, and the value's bits as C has them in memory.
    Scalar(Class, u64),
    /// A pointer that nobody follows.
    Pointer(u64),
    /// A buffer on the stack.
    Buffer(veo_args_intent, Vec<u8>),
}

/// A function, and the arguments of its call.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) ret: Class,
    pub(crate) params: Vec<Param>,
}

const SCALARS: [Class; 10] = [
    Class::I32,
    Class::F64,
    Class::F32,
    Class::I8,
    Class::U8,
    Class::I16,
    Class::U16,
    Class::U32,
    Class::I64,
    Class::U64,
];

/// Ends of ranges, infinities, denormal numbers, numbers that are none.
const EXTREMES: [u64; 18] = [
    0,
    1,
    u64::MAX,
    0x80,
    0x7f,
    0xfe,
    0x8000,
    0x7fff,
    0x8000_0000,
    0x7fff_ffff,
    1 << 63,
    u64::MAX >> 1,
    0x7f80_0000,
    0xff80_0000,
    0x7fa1_2345,
    0x7ff0_0000_0000_0000,
    0x7ff4_0000_0000_0001,
    0xfff8_0000_0000_0000,
];

fn bits(class: Class) -> impl Strategy<Value = u64> {
    let mask = u64::MAX >> (64 - width(class));
    prop_oneof![prop::sample::select(&EXTREMES[..]), any::<u64>()].prop_map(move |bits| bits & mask)
}

fn param() -> impl Strategy<Value = Param> {
    let scalar = prop::sample::select(&SCALARS[..])
        .prop_flat_map(|class| bits(class).prop_map(move |bits| Param::Scalar(class, bits)));
    let intent = prop::sample::select(&[VEO_INTENT_IN, VEO_INTENT_OUT, VEO_INTENT_INOUT][..]);
    let buffer = (intent, prop::collection::vec(any::<u8>(), 1..40));
    prop_oneof![
        8 => scalar,
        1 => any::<u64>().prop_map(Param::Pointer),
        2 => buffer.prop_map(|(intent, bytes)| Param::Buffer(intent, bytes)),
    ]
}

pub(crate) fn case() -> impl Strategy<Value = Case> {
    let ret = prop_oneof![1 => Just(Class::Void), 9 => prop::sample::select(&SCALARS[..])];
    (ret, prop::collection::vec(param(), 0..=40)).prop_map(|(ret, params)| Case { ret, params })
}

pub(crate) fn width(class: Class) -> u32 {
    match class {
        Class::Void => 0,
        Class::I8 | Class::U8 => 8,
        Class::I16 | Class::U16 => 16,
        Class::I32 | Class::U32 | Class::F32 => 32,
        Class::I64 | Class::U64 | Class::F64 => 64,
    }
}

/// A value's bits as the VE has them in a 64-bit register.
pub(crate) fn word(class: Class, bits: u64) -> u64 {
    let unused = 64 - width(class);
    match class {
        Class::I8 | Class::I16 | Class::I32 => ((bits << unused).cast_signed() >> unused).cast_unsigned(),
        Class::F32 => bits << 32,
        _ => bits,
    }
}

impl Param {
    pub(crate) fn class(&self) -> Class {
        match self {
            Self::Scalar(class, _) => *class,
            Self::Pointer(_) | Self::Buffer(..) => Class::U64,
        }
    }

    fn c_type(&self) -> String {
        match self {
            Self::Scalar(class, _) => class.to_string(),
            Self::Pointer(_) => "const double *".into(),
            Self::Buffer(..) => "uint8_t *".into(),
        }
    }
}

impl Case {
    fn prototype(&self, name: &str) -> String {
        let params = self.params.iter().enumerate().map(|(place, param)| format!("{} a{place}", param.c_type()));
        let params = params.collect::<Vec<_>>().join(", ");
        format!("{} {name}({})", self.ret, if params.is_empty() { "void" } else { &params })
    }

    /// The contents of all buffers, one after the other.
    pub(crate) fn buffers(&self) -> Vec<u8> {
        let bytes = |param: &Param| if let Param::Buffer(_, bytes) = param { bytes.clone() } else { Vec::new() };
        self.params.iter().flat_map(bytes).collect()
    }

    /// The function, which mixes every argument with its place into `digest` and its result, and writes to its buffers;
    /// and one that calls it with the values.
    fn source(&self, number: usize) -> String {
        let mut body = String::new();
        let mut values = Vec::new();
        let mut offset = 0;
        for (place, param) in self.params.iter().enumerate() {
            let (mixed, value) = match param {
                Param::Scalar(Class::F32, bits) => (format!("f32_bits(a{place})"), format!("f32_of({bits:#x}u)")),
                Param::Scalar(Class::F64, bits) => (format!("f64_bits(a{place})"), format!("f64_of({bits:#x}ull)")),
                Param::Scalar(class, bits) => (format!("(uint64_t)a{place}"), format!("({class}){bits:#x}ull")),
                Param::Pointer(bits) => (format!("(uint64_t)a{place}"), format!("(const double *){bits:#x}ull")),
                Param::Buffer(intent, bytes) => {
                    let start = offset;
                    offset += bytes.len();
                    // What comes in by OUT is nobody's business.
                    let length = if *intent == VEO_INTENT_OUT { 0 } else { bytes.len() };
                    (format!("bytes(a{place}, {length})"), format!("buffers + {start}"))
                }
            };
            let _ = writeln!(body, "    h = mix(h, {place}, {mixed});");
            values.push(value);
        }
        for (place, param) in self.params.iter().enumerate() {
            if let Param::Buffer(_, bytes) = param {
                let _ = writeln!(body, "    scribble(a{place}, {}, h + {place});", bytes.len());
            }
        }
        let name = format!("f{number}");
        let result = self.result("h");
        let call = format!("{name}({})", values.join(", "));
        let call = match self.ret {
            Class::Void => format!("{call}; return 0;"),
            Class::F32 => format!("return (uint64_t)f32_bits({call}) << 32;"),
            Class::F64 => format!("return f64_bits({call});"),
            _ => format!("return (uint64_t){call};"),
        };
        format!(
            "{} {{\n    uint64_t h = {number};\n{body}    digest = h;\n    {result}\n}}\n\
             uint64_t direct{number}(uint8_t *buffers) {{\n    {call}\n}}\n\n",
            self.prototype(&name)
        )
    }

    fn result(&self, from: &str) -> String {
        match self.ret {
            Class::Void => "return;".into(),
            Class::F32 => format!("return f32_of({from});"),
            Class::F64 => format!("return f64_of({from});"),
            class => format!("return ({class}){from};"),
        }
    }
}

/// The C source of all these functions.
pub(crate) fn source(cases: &[Case]) -> String {
    let functions: String = cases.iter().enumerate().map(|(number, case)| case.source(number)).collect();
    format!("{PRELUDE}{functions}")
}

const PRELUDE: &str = r"#include <stdint.h>
#include <string.h>
uint64_t digest;
static uint32_t f32_bits(float x) { uint32_t b; memcpy(&b, &x, 4); return b; }
static uint64_t f64_bits(double x) { uint64_t b; memcpy(&b, &x, 8); return b; }
static float f32_of(uint32_t b) { float x; memcpy(&x, &b, 4); return x; }
static double f64_of(uint64_t b) { double x; memcpy(&x, &b, 8); return x; }
static uint64_t mix(uint64_t h, uint64_t place, uint64_t x) {
    h = (h ^ (x + 0x9e3779b97f4a7c15u * (place + 1))) * 0xff51afd7ed558ccdu;
    return h ^ h >> 29;
}
static uint64_t bytes(const uint8_t *p, int n) {
    uint64_t h = n;
    for (int i = 0; i < n; i++) h = mix(h, i, p[i]);
    return h;
}
static void scribble(uint8_t *p, int n, uint64_t h) {
    for (int i = 0; i < n; i++) p[i] = mix(h, i, 0) >> 7;
}

";

impl fmt::Debug for Param {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scalar(class, bits) => write!(f, "{class} {bits:#x}"),
            Self::Pointer(bits) => write!(f, "pointer {bits:#x}"),
            Self::Buffer(VEO_INTENT_IN, bytes) => write!(f, "IN {bytes:?}"),
            Self::Buffer(VEO_INTENT_OUT, bytes) => write!(f, "OUT {} bytes", bytes.len()),
            Self::Buffer(_, bytes) => write!(f, "INOUT {bytes:?}"),
        }
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let params: Vec<_> = self.params.iter().map(|param| format!("{param:?}")).collect();
        write!(f, "{} f({})", self.ret, params.join(", "))
    }
}
