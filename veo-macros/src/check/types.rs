//! Rules about types, as far as their spelling shows them. Names that are not known here pass: they may be aliases, and
//! the traits `VeParam` and `VeRet` decide about what they stand for.

use crate::errors::Errors;
use crate::ir::ArgClass;
use crate::messages;
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{GenericArgument, PathArguments, ReturnType, Type, TypeFnPtr, TypePath, TypeReference, parse_quote};

/// Parameters of a function that is passed: crate `veo` has its trait for so many.
const MAX_PASSED_ARGS: usize = 16;

/// Scalars under the names they have in Rust, `core::ffi` and `libc`.
const SCALARS: [&str; 37] = [
    "i8",
    "i16",
    "i32",
    "i64",
    "isize",
    "u8",
    "u16",
    "u32",
    "u64",
    "usize",
    "f32",
    "f64",
    "c_char",
    "c_schar",
    "c_uchar",
    "c_short",
    "c_ushort",
    "c_int",
    "c_uint",
    "c_long",
    "c_ulong",
    "c_longlong",
    "c_ulonglong",
    "c_float",
    "c_double",
    "size_t",
    "ssize_t",
    "intptr_t",
    "uintptr_t",
    "int8_t",
    "int16_t",
    "int32_t",
    "int64_t",
    "uint8_t",
    "uint16_t",
    "uint32_t",
    "uint64_t",
];

/// A parameter of a declaration.
pub(super) fn argument(ty: &Type, errors: &mut Errors) -> ArgClass {
    match bare(ty) {
        Type::Reference(reference) => referenced(reference, errors),
        Type::Ptr(pointer) => {
            pointee(&pointer.elem, errors);
            ArgClass::Pointer
        }
        ty => {
            value(ty, errors);
            ArgClass::Value
        }
    }
}

/// A parameter of a kernel: a scalar, a raw pointer, or a function.
pub(super) fn kernel_argument(ty: &Type, errors: &mut Errors) {
    match bare(ty) {
        Type::Reference(_) => errors.at(ty, messages::KERNEL_REFERENCE),
        Type::FnPtr(function) => function_pointer(function, errors),
        ty => drop(argument(ty, errors)),
    }
}

/// A return type other than `()`.
pub(super) fn returned(ty: &Type, errors: &mut Errors) {
    match bare(ty) {
        Type::Ptr(pointer) => pointee(&pointer.elem, errors),
        Type::Reference(_) => errors.at(ty, messages::RETURNED_REFERENCE),
        Type::Array(array) => errors.at(ty, messages::returned_array(&array.elem, &array.len)),
        Type::Tuple(_) => errors.at(ty, messages::RETURNED_TUPLE),
        Type::Never(_) => errors.at(ty, messages::NEVER),
        ty => value(ty, errors),
    }
}

/// The type of a variable. It has one thing wrong at most.
pub(super) fn variable(ty: &Type) -> Result<(), Errors> {
    let message = match bare(ty) {
        Type::Array(array) => return variable(&array.elem),
        Type::Path(path) => return variable_name(path).map_or(Ok(()), |message| Err(Errors::one(ty, message))),
        Type::Macro(_) => return Ok(()),
        Type::Ptr(_) => messages::VARIABLE_POINTER,
        Type::Reference(reference) => match bare(&reference.elem) {
            elem if last_name(elem).is_some_and(|name| is_text(&name)) => messages::VARIABLE_STR,
            _ => messages::VARIABLE_REFERENCE,
        },
        Type::Slice(_) => messages::VARIABLE_SLICE,
        Type::FnPtr(_) => messages::VARIABLE_FUNCTION,
        Type::Tuple(tuple) if tuple.elems.is_empty() => messages::VARIABLE_UNIT,
        Type::Tuple(_) => messages::VARIABLE_TUPLE,
        Type::Infer(_) => messages::VARIABLE_INFER,
        Type::Never(_) => messages::VARIABLE_NEVER,
        Type::ImplTrait(_) | Type::TraitObject(_) => messages::VARIABLE_OPAQUE,
        _ => messages::OTHER_TYPE,
    };
    Err(Errors::one(ty, message))
}

/// Names that are known to be wrong for a variable.
fn variable_name(path: &TypePath) -> Option<String> {
    let name = path.path.segments.last()?.ident.to_string();
    Some(match name.as_str() {
        "bool" => messages::BOOL.into(),
        "char" => messages::CHAR.into(),
        "c_void" => messages::VARIABLE_VOID.into(),
        "i128" | "u128" => messages::variable_wide_integer(&name),
        "MaybeUninit" => messages::VARIABLE_UNINIT.into(),
        "Vec" | "Box" | "Rc" | "Arc" => messages::variable_host_container(&name),
        "VeBuffer" | "VeSlice" | "VeSliceMut" | "VeGlobal" | "VeConst" => messages::variable_ve_memory(&name),
        name if is_text(name) => messages::VARIABLE_STR.into(),
        _ => return passed_function(path).map(|_| messages::VARIABLE_FUNCTION.into()),
    })
}

fn is_text(name: &str) -> bool {
    matches!(name, "str" | "String" | "CStr" | "CString")
}

pub(super) fn is_unit(ty: &Type) -> bool {
    matches!(bare(ty), Type::Tuple(tuple) if tuple.elems.is_empty())
}

/// No trait can refuse the type: what is copied has the names of scalars, and an address is one whatever is there.
pub(super) fn is_plain(ty: &Type) -> bool {
    match bare(ty) {
        Type::Ptr(_) => true,
        Type::Reference(reference) => is_plain(&reference.elem),
        Type::Array(array) => is_plain(&array.elem),
        Type::Slice(slice) => is_plain(&slice.elem),
        ty => match uninit(ty) {
            Some(inner) => is_plain(inner),
            None => last_name(ty).is_some_and(|name| SCALARS.contains(&name.as_str())),
        },
    }
}

/// The first lifetime in a type.
pub(super) fn lifetime(ty: &Type) -> Option<TokenStream> {
    first_lifetime(ty.to_token_stream())
}

fn first_lifetime(tokens: TokenStream) -> Option<TokenStream> {
    let mut tokens = tokens.into_iter();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Punct(ref punct) if punct.as_char() == '\'' => {
                return Some([token].into_iter().chain(tokens.next()).collect());
            }
            TokenTree::Group(group) => match first_lifetime(group.stream()) {
                None => {}
                found => return found,
            },
            _ => {}
        }
    }
    None
}

// ---- by place -----------------------------------------------------------------------------------------------------

/// What travels in a slot.
fn value(ty: &Type, errors: &mut Errors) {
    match ty {
        Type::Array(array) => errors.at(ty, messages::array(&array.elem, &array.len)),
        Type::Slice(_) => errors.at(ty, messages::SLICE),
        Type::Path(path) if last_name(ty).is_some_and(|name| name == "c_void") => errors.at(path, messages::VOID),
        ty => anywhere(ty, errors),
    }
}

/// What a reference refers to is copied.
fn referenced(reference: &TypeReference, errors: &mut Errors) -> ArgClass {
    let target = bare(&reference.elem);
    match target {
        Type::Slice(slice) => pointee(&slice.elem, errors),
        target => pointee(target, errors),
    }
    match (filled(target), reference.mutability) {
        (Some(filled), Some(_)) => ArgClass::Out(filled),
        (Some(_), None) => {
            errors.at(reference, messages::IN_UNINIT);
            ArgClass::In(target.clone())
        }
        (None, Some(_)) => ArgClass::InOut(target.clone()),
        (None, None) => ArgClass::In(target.clone()),
    }
}

/// What the function puts into a target of `MaybeUninit`.
fn filled(target: &Type) -> Option<Type> {
    match target {
        Type::Slice(slice) => uninit(&slice.elem).map(|inner| parse_quote!([#inner])),
        Type::Array(array) => {
            let len = &array.len;
            uninit(&array.elem).map(|inner| parse_quote!([#inner; #len]))
        }
        target => uninit(target).cloned(),
    }
}

/// What lies in memory.
fn pointee(ty: &Type, errors: &mut Errors) {
    match bare(ty) {
        Type::Ptr(pointer) => pointee(&pointer.elem, errors),
        Type::Array(array) => pointee(&array.elem, errors),
        Type::Slice(_) => errors.at(ty, messages::FAT_POINTER),
        Type::Reference(_) => errors.at(ty, messages::NESTED_REFERENCE),
        ty => match uninit(ty) {
            Some(inner) => pointee(inner, errors),
            None => anywhere(ty, errors),
        },
    }
}

/// What is as wrong in memory as in a slot.
fn anywhere(ty: &Type, errors: &mut Errors) {
    match ty {
        Type::Path(path) => named(path, errors),
        Type::Tuple(tuple) if tuple.elems.is_empty() => errors.at(ty, messages::UNIT),
        Type::Tuple(_) => errors.at(ty, messages::TUPLE),
        Type::ImplTrait(_) | Type::TraitObject(_) => errors.at(ty, messages::OPAQUE),
        Type::FnPtr(_) => errors.at(ty, messages::FN_POINTER_BARE),
        Type::Infer(_) => errors.at(ty, messages::INFER),
        Type::Macro(_) => {}
        _ => errors.at(ty, messages::OTHER_TYPE),
    }
}

/// Names that are known to be wrong.
fn named(path: &TypePath, errors: &mut Errors) {
    let Some(last) = path.path.segments.last() else { return };
    let name = last.ident.to_string();
    match name.as_str() {
        "bool" => errors.at(path, messages::BOOL),
        "char" => errors.at(path, messages::CHAR),
        "i128" | "u128" => errors.at(path, messages::wide_integer(&name)),
        "str" | "String" | "CStr" | "CString" => errors.at(path, messages::STR),
        "Vec" | "Box" | "Rc" | "Arc" => errors.at(path, messages::host_container(&name)),
        "VeBuffer" | "VeSlice" | "VeSliceMut" => errors.at(path, messages::ve_memory(&name)),
        _ => {
            if let Some(function) = passed_function(path) {
                function_pointer(function, errors);
            }
        }
    }
}

/// What the Vector Engine is given to call.
fn function_pointer(function: &TypeFnPtr, errors: &mut Errors) {
    match function.abi.as_ref().map(|abi| abi.name.as_ref()) {
        None => errors.at(function.fn_token, messages::FN_POINTER_ABI),
        Some(Some(name)) if name.value() != "C" => errors.at(name, messages::FN_POINTER_ABI),
        Some(_) => {}
    }
    if let Some(variadic) = &function.variadic {
        errors.at(variadic.dots, messages::FN_POINTER_VARIADIC);
    }
    if let Some(first_too_many) = function.inputs.iter().nth(MAX_PASSED_ARGS) {
        errors.at(first_too_many, messages::FN_POINTER_TOO_LONG);
    }
    for arg in &function.inputs {
        match bare(&arg.ty) {
            Type::Reference(_) => errors.at(&arg.ty, messages::FN_POINTER_REFERENCE),
            ty => drop(argument(ty, errors)),
        }
    }
    if let ReturnType::Type(_, ty) = &function.output
        && !is_unit(ty)
    {
        returned(ty, errors);
    }
}

// ---- looking at types ---------------------------------------------------------------------------------------------

/// The type inside of parentheses, and of the invisible ones that `macro_rules!` puts around a `$t:ty`.
fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Paren(inner) => bare(&inner.elem),
        Type::Group(inner) => bare(&inner.elem),
        ty => ty,
    }
}

fn last_name(ty: &Type) -> Option<String> {
    match bare(ty) {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        _ => None,
    }
}

/// The type with a name in a pointer or array to it, if it is all written out.
pub(crate) fn named_part(ty: &Type) -> Option<&Type> {
    match bare(ty) {
        Type::Reference(reference) => named_part(&reference.elem),
        Type::Ptr(pointer) => named_part(&pointer.elem),
        Type::Array(array) => named_part(&array.elem),
        Type::Slice(slice) => named_part(&slice.elem),
        ty @ Type::Path(path) => match argument_of(path) {
            Some(argument) => named_part(argument).map(|_| ty),
            None => lifetime(ty).is_none().then_some(ty),
        },
        _ => None,
    }
}

/// `T` of `MaybeUninit<T>`.
fn uninit(ty: &Type) -> Option<&Type> {
    match bare(ty) {
        Type::Path(path) if last_name(ty).is_some_and(|name| name == "MaybeUninit") => argument_of(path),
        _ => None,
    }
}

/// `extern "C" fn(…)` of an `Option` of it.
fn passed_function(path: &TypePath) -> Option<&TypeFnPtr> {
    let last = path.path.segments.last().filter(|last| last.ident == "Option");
    match last.and_then(|_| argument_of(path)).map(bare) {
        Some(Type::FnPtr(function)) => Some(function),
        _ => None,
    }
}

/// `T` of `VePtr<T>`.
pub(crate) fn ve_pointer(ty: &Type) -> Option<&Type> {
    match bare(ty) {
        Type::Path(path) if last_name(ty).is_some_and(|name| name == "VePtr") => argument_of(path),
        _ => None,
    }
}

/// The function in a type that is, or may be, a pointer to one.
pub(crate) fn function_of(ty: &Type) -> Option<&TypeFnPtr> {
    match bare(ty) {
        Type::FnPtr(function) => Some(function),
        Type::Path(path) => passed_function(path),
        _ => None,
    }
}

/// The first type between `<` and `>`.
fn argument_of(path: &TypePath) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}
