//! What a declaration says of its types, as statics that the macro fills in.
//!
//! A trait cannot tell what the `T` of `*const T` is. But the compiler gives every type a name, which is the same under all
//! aliases: primitive types, pointers and arrays are read from it. What is in a struct stands in the program's own debug
//! information; see [`own`](super::own).

use std::ffi::c_void;
use std::fmt;

use veo_engine::debuginfo::Language;
use veo_engine::signature::Class;

use super::layout;
use super::model::{Base, Record, Ty};

/// A parameter: its name in the declaration, and its type. The macro makes them.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// As the declaration has it.
    pub name: &'static str,
    /// What was declared.
    pub ty: Type,
}

/// A type that was declared for a parameter or a result.
///
/// [`VeParam::TYPE`](crate::VeParam) and [`VeRet::TYPE`](crate::VeRet) make them, so a type is what the compiler takes it for:
/// `c_int` is `i32` here.
#[derive(Clone, Copy)]
pub struct Type {
    class: Class,
    form: Form,
    target: Target,
}

/// How a type refers to memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// In the register itself.
    Value,
    /// `*const T`
    Const,
    /// `*mut T`
    Mut,
    /// `&T`
    In,
    /// `&[T]`
    InSlice,
    /// `&mut T`
    InOut,
    /// `&mut [T]`
    InOutSlice,
    /// `&mut MaybeUninit<T>`
    Out,
    /// `&mut [MaybeUninit<T>]`
    OutSlice,
    /// `T` of Fortran, which gets its address.
    ByReference,
    /// `Option<extern "C" fn(…)>`; the target is the whole of it.
    Function,
}

/// A Rust type: that of the value, or of what a pointer points to.
#[derive(Clone, Copy)]
pub(super) struct Target {
    /// Also a mark in the program's debug information: see [`own`](super::own).
    pub(super) name: fn() -> &'static str,
    pub(super) size: usize,
    pub(super) align: usize,
    /// Whether what is in a struct is looked up.
    pub(super) is_open: bool,
}

/// The compiler's name of a type. Its address is asked for, so every type has one of its own.
#[inline(never)]
fn name<T>() -> &'static str {
    std::any::type_name::<T>()
}

impl Target {
    const fn of<T>() -> Self {
        Self { name: name::<T>, size: size_of::<T>(), align: align_of::<T>(), is_open: true }
    }

    /// Whether nothing is said of the type.
    pub(super) fn is_void(&self) -> bool {
        (self.name)() == std::any::type_name::<c_void>()
    }

    /// The type, as far as its name says it.
    pub(super) fn ty(&self) -> Ty {
        parse((self.name)(), Some(self.size as u64), Some(self.align as u64))
    }
}

impl Type {
    pub(crate) const fn value<T>(class: Class) -> Self {
        Self { class, form: Form::Value, target: Target::of::<T>() }
    }

    pub(crate) const fn memory<T>(form: Form) -> Self {
        Self { class: Class::U64, form, target: Target::of::<T>() }
    }

    /// The same, of which no more than the size counts if it is a struct.
    pub(super) fn closed(mut self) -> Self {
        self.target.is_open = false;
        self
    }

    pub(crate) const fn class(&self) -> Class {
        self.class
    }

    pub(super) fn is_memory(&self) -> bool {
        self.form != Form::Value
    }

    pub(super) fn target(&self) -> &Target {
        &self.target
    }

    /// Whether two pointers point to the same: numbers of the same kind at the same places. Of structs only the size is
    /// compared. A type of no bytes says nothing but that it has an address.
    pub(crate) fn is_same_memory(&self, other: &Self) -> bool {
        let (here, there) = (self.target, other.target);
        let is_same = || here.size == there.size && layout::behind(&here.ty(), &there.ty(), Language::C).is_none();
        here.size == 0 || there.size == 0 || is_same()
    }

    /// What a pointer points to, as C declares it: `const double [10]`.
    pub(crate) fn memory_in_c(&self) -> String {
        let ty = self.target.ty().with_c_names();
        if self.is_read_only() { ty.constant().in_c("") } else { ty.in_c("") }
    }

    /// Whether it is the address of a function.
    pub(super) fn is_function(&self) -> bool {
        self.form == Form::Function
    }

    /// Whether a kernel may not write to the memory.
    pub(super) fn is_read_only(&self) -> bool {
        matches!(self.form, Form::Const | Form::In | Form::InSlice)
    }

    /// The type that it refers to, as Rust writes it.
    pub(super) fn target_name(&self) -> String {
        short((self.target.name)())
    }

    /// The same with another type behind it, and another permission, as Rust writes it.
    pub(super) fn spelled(&self, target: &str, read_only: bool) -> String {
        let exclusive = if read_only { "&" } else { "&mut " };
        match self.form {
            Form::Value | Form::ByReference | Form::Function => target.to_owned(),
            Form::Const | Form::Mut if read_only => format!("*const {target}"),
            Form::Const | Form::Mut => format!("*mut {target}"),
            Form::In | Form::InOut => format!("{exclusive}{target}"),
            Form::InSlice | Form::InOutSlice => format!("{exclusive}[{target}]"),
            Form::Out => format!("&mut MaybeUninit<{target}>"),
            Form::OutSlice => format!("&mut [MaybeUninit<{target}>]"),
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.spelled(&self.target_name(), self.is_read_only()))
    }
}

impl fmt::Debug for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Type({self})")
    }
}

/// A type's name without the modules: `[my::Point; 3]` is `[Point; 3]`.
pub(super) fn short(name: &str) -> String {
    let mut text = String::new();
    let mut word = String::new();
    let mut characters = name.chars().peekable();
    while let Some(character) = characters.next() {
        if character == ':' && characters.peek() == Some(&':') {
            characters.next();
            word.clear();
        } else if character.is_alphanumeric() || character == '_' {
            word.push(character);
        } else {
            text.push_str(&word);
            word.clear();
            text.push(character);
        }
    }
    text + &word
}

/// How the name of a `VePtr<T>` begins.
const VE_POINTER: &str = "veo::pointer::VePtr<";

/// A type by the compiler's name for it. Size and alignment are known for the outermost one.
fn parse(name: &str, size: Option<u64>, align: Option<u64>) -> Ty {
    if let Some((base, size)) = primitive(name) {
        return Ty::Base { name: name.to_owned(), base, size };
    }
    if name == std::any::type_name::<c_void>() || name == "()" {
        return Ty::Void;
    }
    if let Some(target) = name.strip_prefix("*const ") {
        return Ty::pointer(parse(target, None, None).constant());
    }
    if let Some(target) = name.strip_prefix("*mut ") {
        return Ty::pointer(parse(target, None, None));
    }
    if let Some(inner) = name.strip_prefix("core::mem::maybe_uninit::MaybeUninit<").and_then(|n| n.strip_suffix('>')) {
        return parse(inner, size, align);
    }
    let array = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')?.rsplit_once("; "));
    if let Some((element, len)) = array
        && let Ok(len) = len.parse::<u64>()
    {
        let of = parse(element, size.and_then(|size| size.checked_div(len)), align);
        return Ty::Array { of: Box::new(of), len: Some(len), needs_descriptor: false };
    }
    if let Some(target) = name.strip_prefix(VE_POINTER).and_then(|name| name.strip_suffix('>')) {
        return Ty::pointer(parse(target, None, None));
    }
    if name.contains("extern \"C\" fn(") {
        return Ty::pointer(Ty::any_function());
    }
    Ty::Record(Record::unseen(short(name), size, align).into())
}

fn primitive(name: &str) -> Option<(Base, u64)> {
    Some(match name {
        "i8" => (Base::Signed, 1),
        "i16" => (Base::Signed, 2),
        "i32" => (Base::Signed, 4),
        "i64" | "isize" => (Base::Signed, 8),
        "u8" => (Base::Unsigned, 1),
        "u16" => (Base::Unsigned, 2),
        "u32" => (Base::Unsigned, 4),
        "u64" | "usize" => (Base::Unsigned, 8),
        "f32" => (Base::Float, 4),
        "f64" => (Base::Float, 8),
        "bool" => (Base::Bool, 1),
        "char" => (Base::Unsigned, 4),
        "i128" => (Base::Signed, 16),
        "u128" => (Base::Unsigned, 16),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::ffi::c_int;
    use std::mem::MaybeUninit;

    use super::*;

    fn ty<T>() -> String {
        Target::of::<T>().ty().in_rust()
    }

    /// The names are the compiler's own business; this is where a change would show.
    #[test]
    fn types_are_read_from_the_names_that_the_compiler_gives_them() {
        struct Point;
        assert_eq!(ty::<c_int>(), "i32");
        assert_eq!(ty::<*const *mut f64>(), "*const *mut f64");
        assert_eq!(ty::<[[u8; 3]; 2]>(), "[[u8; 3]; 2]");
        assert_eq!(ty::<MaybeUninit<[f32; 2]>>(), "[f32; 2]");
        assert_eq!(ty::<*mut c_void>(), "*mut c_void");
        assert_eq!(ty::<[Option<Point>; 1]>(), "[Option<Point>; 1]");
        assert_eq!(ty::<[crate::VePtr<f64>; 2]>(), "[*mut f64; 2]");
        assert!(matches!(Target::of::<Option<extern "C" fn(i32) -> f64>>().ty(), Ty::Pointer { .. }));
        assert!(Target::of::<c_void>().is_void() && !Target::of::<u8>().is_void());
    }

    #[test]
    fn variables_are_shown_in_c() {
        fn shown<T>(form: Form) -> String {
            Type::memory::<T>(form).memory_in_c()
        }
        assert_eq!(shown::<f64>(Form::Mut), "double");
        assert_eq!(shown::<[[c_int; 3]; 2]>(Form::Const), "const int32_t [2][3]");
        assert_eq!(shown::<[crate::VePtr<f64>; 2]>(Form::Mut), "double *[2]");
        assert_eq!(shown::<crate::VePtr<c_void>>(Form::Const), "void *const");
        assert_eq!(shown::<Option<u8>>(Form::Const), "const Option<u8>");
    }

    #[test]
    fn the_same_memory_may_have_several_types() {
        fn same<A, B>() -> bool {
            Type::memory::<A>(Form::Const).is_same_memory(&Type::memory::<B>(Form::Mut))
        }
        assert!(same::<i32, c_int>() && same::<[f64; 4], [[f64; 2]; 2]>() && same::<[u8; 0], f64>());
        assert!(same::<crate::VePtr<f64>, crate::VePtr<c_void>>());
        assert!(!same::<i32, u32>() && !same::<i32, f32>() && !same::<i64, crate::VePtr<f64>>());
        assert!(!same::<f64, [f64; 2]>() && !same::<[u8; 4], u32>());
    }

    #[test]
    fn types_are_shown_as_they_are_written() {
        let shown = |ty: Type| ty.to_string();
        assert_eq!(shown(Type::value::<c_int>(Class::I32)), "i32");
        assert_eq!(shown(Type::memory::<f64>(Form::Const)), "*const f64");
        assert_eq!(shown(Type::memory::<[f64; 3]>(Form::InOut)), "&mut [f64; 3]");
        assert_eq!(shown(Type::memory::<u8>(Form::InSlice)), "&[u8]");
        assert_eq!(shown(Type::memory::<u8>(Form::OutSlice)), "&mut [MaybeUninit<u8>]");
    }
}
