//! Types and values that are known at run time only: what PyVEO's type strings name.

use std::fmt;

use veo_engine::signature::Class;

use crate::arg::{OnStack, StackArgument};
use crate::buffer::VeBuffer;
use crate::pointer::VePtr;
use crate::slice::{VeSlice, VeSliceMut};
use crate::uses::Access;

/// A C type by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CType {
    pub(crate) class: Class,
    pub(crate) is_pointer: bool,
    /// As it was written.
    name: String,
}

impl CType {
    /// Reads a type string; an error says what is wrong with it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let name = words.join(" ");
        let is_pointer = name.ends_with('*') && name != "*";
        let class = if is_pointer { Class::U64 } else { class_of(&name).ok_or_else(|| unknown(&name))? };
        Ok(Self { class, is_pointer, name })
    }

    /// `int`: what a C function returns of which nothing is said.
    pub(crate) fn int() -> Self {
        Self { class: Class::I32, is_pointer: false, name: "int".into() }
    }
}

impl fmt::Display for CType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

fn class_of(name: &str) -> Option<Class> {
    Some(match name {
        "void" => Class::Void,
        "char" | "signed char" | "int8_t" => Class::I8,
        "unsigned char" | "uint8_t" => Class::U8,
        "short" | "int16_t" => Class::I16,
        "unsigned short" | "uint16_t" => Class::U16,
        "int" | "int32_t" => Class::I32,
        "unsigned int" | "unsigned" | "uint32_t" => Class::U32,
        "long" | "long long" | "int64_t" | "ssize_t" | "ptrdiff_t" | "intptr_t" => Class::I64,
        "unsigned long" | "unsigned long long" | "uint64_t" | "size_t" | "uintptr_t" => Class::U64,
        "float" => Class::F32,
        "double" => Class::F64,
        _ => return None,
    })
}

fn unknown(name: &str) -> String {
    let why = match name {
        "" => "it is empty",
        "bool" | "_Bool" => "it has 1 byte on the host and 4 on a VE: say `int`",
        "long double" => "it has 10 bytes on the host and 16 on a VE, and fits into no register: pass a pointer",
        _ if name.starts_with("struct ") || name.starts_with("union ") => {
            "it does not fit into a register: pass a pointer"
        }
        _ => "it is no type of C's that fits into a register",
    };
    format!(
        "{why}; expected char, short, int, long, each with or without unsigned, int8_t to uint64_t, size_t, float, double, void, or a pointer, which ends in `*`"
    )
}

/// A result of a function whose types are known at run time only.
///
/// ```
/// # mod kernels { #[veo::ve_kernel] pub extern "C" fn half(x: f64) -> f64 { x / 2.0 } }
/// use veo::{Proc, Value, args};
///
/// let proc = Proc::create(0)?;
/// let half = proc.static_library().find_function("half")?.args_type(["double"])?.ret_type("double")?;
/// let value = half.call(&proc.open_context()?, args![3.0]).wait()?;
/// assert_eq!(value, Value::Double(1.5));
/// assert_eq!(value.as_f64(), Some(1.5));
/// # Ok::<(), veo::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// The function returns nothing.
    Void,
    /// `char` to `long`.
    Int(i64),
    /// `unsigned char` to `unsigned long`.
    Unsigned(u64),
    /// `float`
    Float(f32),
    /// `double`
    Double(f64),
    /// A pointer of any kind.
    Pointer(VePtr<u8>),
}

impl Value {
    /// A result word, as a function of this type leaves it.
    pub(crate) fn from_word(class: Class, word: u64) -> Self {
        match class {
            Class::Void => Self::Void,
            Class::I8 => Self::Int((word as i8).into()),
            Class::I16 => Self::Int((word as i16).into()),
            Class::I32 => Self::Int((word as i32).into()),
            Class::I64 => Self::Int(word.cast_signed()),
            Class::U8 => Self::Unsigned((word as u8).into()),
            Class::U16 => Self::Unsigned((word as u16).into()),
            Class::U32 => Self::Unsigned((word as u32).into()),
            Class::U64 => Self::Unsigned(word),
            Class::F32 => Self::Float(f32::from_bits((word >> 32) as u32)),
            Class::F64 => Self::Double(f64::from_bits(word)),
        }
    }

    /// The integer, signed or not, if it is one that fits.
    #[must_use]
    pub fn as_i64(self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(value),
            Self::Unsigned(value) => value.try_into().ok(),
            _ => None,
        }
    }

    /// The integer, if it is one that is not negative.
    #[must_use]
    pub fn as_u64(self) -> Option<u64> {
        match self {
            Self::Int(value) => value.try_into().ok(),
            Self::Unsigned(value) => Some(value),
            _ => None,
        }
    }

    /// The floating-point number, of either width.
    #[must_use]
    pub fn as_f64(self) -> Option<f64> {
        match self {
            Self::Float(value) => Some(value.into()),
            Self::Double(value) => Some(value),
            _ => None,
        }
    }

    /// The pointer.
    #[must_use]
    pub fn as_ptr<T>(self) -> Option<VePtr<T>> {
        match self {
            Self::Pointer(pointer) => Some(pointer.cast()),
            _ => None,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Void => f.write_str("nothing"),
            Self::Int(value) => value.fmt(f),
            Self::Unsigned(value) => value.fmt(f),
            Self::Float(value) => value.fmt(f),
            Self::Double(value) => value.fmt(f),
            Self::Pointer(pointer) => write!(f, "{:#x}", pointer.addr()),
        }
    }
}

/// An argument of a function whose types are known at run time only. [`args!`](crate::args) makes them.
#[derive(Debug)]
pub struct Argument<'a>(pub(crate) Kind<'a>);

#[derive(Debug)]
pub(crate) enum Kind<'a> {
    Int(i128),
    Float(f64),
    Address(u64),
    Memory {
        memory: VeSlice<'a, u8>,
        access: Access,
    },
    /// `None` once it is passed.
    Stack(Option<StackArgument<'a>>),
}

/// What is passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passed {
    Word(u64),
    Float(u32),
    Double(u64),
}

impl Kind<'_> {
    /// A number as a word of the declared type; an error says why it cannot be one. Memory is not asked.
    pub(crate) fn convert(&self, declared: &CType) -> Result<Passed, String> {
        let misfit = |given: &str| Err(format!("{given} is no `{declared}`"));
        match (self, declared.class) {
            (_, Class::Void) => misfit("an argument"),
            (Self::Int(value), Class::F64) => Ok(Passed::Double((*value as f64).to_bits())),
            (Self::Int(value), Class::F32) => Ok(Passed::Float((*value as f32).to_bits())),
            (Self::Int(value), class) => {
                let (least, most) = range(class);
                let fits = (least..=most).contains(value).then_some(Passed::Word(*value as u64));
                fits.ok_or_else(|| format!("{value} does not fit into `{declared}`, which takes {least} to {most}"))
            }
            (Self::Float(value), Class::F64) => Ok(Passed::Double(value.to_bits())),
            (Self::Float(value), Class::F32) => Ok(Passed::Float((*value as f32).to_bits())),
            (Self::Float(value), _) => misfit(&format!("the floating-point number {value}")),
            (Self::Address(address), _) if declared.is_pointer => Ok(Passed::Word(*address)),
            (Self::Address(address), Class::U64 | Class::I64) => Ok(Passed::Word(*address)),
            (Self::Memory { .. } | Self::Stack(_), _) if declared.is_pointer => Ok(Passed::Word(0)),
            (Self::Address(_) | Self::Memory { .. }, _) => misfit("VE memory"),
            (Self::Stack(_), _) => misfit("memory on the stack"),
        }
    }
}

/// The least and the largest integer of a class.
fn range(class: Class) -> (i128, i128) {
    match class {
        Class::I8 => (i8::MIN.into(), i8::MAX.into()),
        Class::U8 => (0, u8::MAX.into()),
        Class::I16 => (i16::MIN.into(), i16::MAX.into()),
        Class::U16 => (0, u16::MAX.into()),
        Class::I32 => (i32::MIN.into(), i32::MAX.into()),
        Class::U32 => (0, u32::MAX.into()),
        Class::I64 => (i64::MIN.into(), i64::MAX.into()),
        Class::U64 => (0, u64::MAX.into()),
        // Those have none.
        Class::Void | Class::F32 | Class::F64 => (0, 0),
    }
}

macro_rules! numbers {
    ($($type:ty => $kind:ident as $wide:ty;)*) => {$(
        impl From<$type> for Argument<'_> {
            fn from(value: $type) -> Self {
                Self(Kind::$kind(value as $wide))
            }
        }
    )*};
}

numbers! {
    i8 => Int as i128; i16 => Int as i128; i32 => Int as i128; i64 => Int as i128; isize => Int as i128;
    u8 => Int as i128; u16 => Int as i128; u32 => Int as i128; u64 => Int as i128; usize => Int as i128;
    f32 => Float as f64; f64 => Float as f64;
}

impl<T> From<VePtr<T>> for Argument<'_> {
    fn from(pointer: VePtr<T>) -> Self {
        Self(Kind::Address(pointer.addr()))
    }
}

macro_rules! memory {
    ($($form:ty => $access:ident, |$memory:ident| $slice:expr;)*) => {$(
        impl<'a, T> From<$form> for Argument<'a> {
            fn from($memory: $form) -> Self {
                Self(Kind::Memory { memory: $slice.as_bytes(), access: Access::$access })
            }
        }
    )*};
}

memory! {
    &'a VeBuffer<T> => Read, |memory| memory.as_slice();
    &'a mut VeBuffer<T> => Write, |memory| memory.as_slice();
    VeSlice<'a, T> => Read, |memory| memory;
    VeSliceMut<'a, T> => Write, |memory| memory.0;
}

impl<'a, T: bytemuck::NoUninit> From<OnStack<'a, T>> for Argument<'a> {
    fn from(memory: OnStack<'a, T>) -> Self {
        Self(Kind::Stack(Some(memory.0)))
    }
}

impl From<Value> for Argument<'_> {
    /// A result as an argument of the next call. Nothing is the number 0.
    fn from(value: Value) -> Self {
        Self(match value {
            Value::Void => Kind::Int(0),
            Value::Int(value) => Kind::Int(value.into()),
            Value::Unsigned(value) => Kind::Int(value.into()),
            Value::Float(value) => Kind::Float(value.into()),
            Value::Double(value) => Kind::Float(value),
            Value::Pointer(pointer) => Kind::Address(pointer.addr()),
        })
    }
}

/// The arguments of a [`Function`](crate::Function), of any types: numbers, [`VePtr`], `&VeBuffer` for what a kernel reads,
/// `&mut VeBuffer` for what it writes, parts of buffers, [`OnStack`].
///
/// ```
/// # mod kernels {
/// #     #[veo::ve_kernel]
/// #     pub unsafe extern "C" fn scale(n: i64, by: f64, x: *mut f64) { for i in 0..n { unsafe { *x.add(i as usize) *= by } } }
/// # }
/// use veo::{Proc, args};
///
/// let proc = Proc::create(0)?;
/// let ctx = proc.open_context()?;
/// let scale = proc.static_library().find_function("scale")?.args_type(["long", "double", "double *"])?.ret_type("void")?;
/// let mut x = proc.upload(&[1.0, 2.0])?;
/// scale.call(&ctx, args![2, 0.5, &mut x]);
/// assert_eq!(x.to_vec()?, [0.5, 1.0]);
/// # Ok::<(), veo::Error>(())
/// ```
#[macro_export]
macro_rules! args {
    ($($argument:expr),* $(,)?) => {
        ::std::vec![$($crate::Argument::from($argument)),*]
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_strings_are_pyveos_and_more() {
        for (text, class) in [
            ("char", Class::I8),
            ("unsigned  short", Class::U16),
            (" int ", Class::I32),
            ("unsigned long", Class::U64),
            ("int32_t", Class::I32),
            ("size_t", Class::U64),
            ("float", Class::F32),
            ("void", Class::Void),
            ("void *", Class::U64),
            ("const struct particle*", Class::U64),
        ] {
            let parsed = CType::parse(text).unwrap();
            assert_eq!((parsed.class, parsed.is_pointer), (class, text.contains('*')), "{text}");
        }
        for (text, word) in [
            ("", "empty"),
            ("bool", "`int`"),
            ("long double", "pointer"),
            ("struct x", "pointer"),
            ("*", "char"),
            ("int[3]", "char"),
        ] {
            let error = CType::parse(text).unwrap_err();
            assert!(error.contains(word), "{text}: {error}");
        }
    }

    #[test]
    fn numbers_are_converted_if_they_fit() {
        let convert = |argument: Argument<'_>, declared: &str| argument.0.convert(&CType::parse(declared).unwrap());
        assert_eq!(convert((-1).into(), "char"), Ok(Passed::Word(u64::MAX)));
        assert_eq!(convert(255_u8.into(), "unsigned char"), Ok(Passed::Word(255)));
        assert_eq!(convert(u64::MAX.into(), "size_t"), Ok(Passed::Word(u64::MAX)));
        assert_eq!(convert(3.into(), "double"), Ok(Passed::Double(3.0_f64.to_bits())));
        assert_eq!(convert(1.5.into(), "float"), Ok(Passed::Float(1.5_f32.to_bits())));
        assert_eq!(convert(VePtr::<f64>::from_addr(8).into(), "long"), Ok(Passed::Word(8)));
        assert!(convert(128.into(), "char").unwrap_err().contains("128 does not fit into `char`"));
        assert!(convert((-1).into(), "unsigned int").is_err());
        assert!(convert((-1).into(), "double *").is_err());
        assert!(convert(1.5.into(), "int").unwrap_err().contains("1.5 is no `int`"));
        assert!(convert(VePtr::<f64>::from_addr(8).into(), "double").unwrap_err().contains("VE memory"));
    }

    #[test]
    fn results_are_truncated_and_extended() {
        assert_eq!(Value::from_word(Class::I8, 0x1_80), Value::Int(-128));
        assert_eq!(Value::from_word(Class::U32, u64::MAX), Value::Unsigned(u32::MAX.into()));
        assert_eq!(Value::from_word(Class::F32, u64::from(1.5_f32.to_bits()) << 32), Value::Float(1.5));
        assert_eq!(Value::from_word(Class::I64, u64::MAX).as_i64(), Some(-1));
        assert_eq!(Value::Unsigned(u64::MAX).as_i64(), None);
        assert_eq!(Value::Int(-1).as_u64(), None);
        assert_eq!(Value::Float(0.5).as_f64(), Some(0.5));
        assert_eq!(Value::Int(1).as_f64(), None);
    }
}
