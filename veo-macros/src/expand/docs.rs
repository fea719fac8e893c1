//! What rustdoc shows of a stub or getter: the user's words, then the C prototype, the symbol and the library.

use crate::check::types;
use crate::ir::{Arg, ArgClass, Getter, Library, LibraryName, Stub};
use crate::messages::text;
use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{Attribute, Meta, PathArguments, PointerMutability, ReturnType, Type, TypeFnPtr};

/// The lines that are added to those of the user.
pub(super) fn of(stub: &Stub, library: &Library) -> TokenStream {
    let mut lines = about(&stub.attrs, "Calls", &stub.symbol, prototype(stub), library);
    if stub.is_unsafe {
        lines.extend(safety(&stub.attrs, &stub.symbol));
    }
    quote!(#(#[doc = #lines])*)
}

/// The same for the getter of a variable.
pub(super) fn of_variable(getter: &Getter, library: &Library) -> TokenStream {
    let Getter { attrs, symbol, .. } = getter;
    let prototype = format!("extern {};", declare(&getter.ty, !getter.is_mutable, symbol));
    let mut lines = about(attrs, "The variable", symbol, prototype, library);
    if !mentions(attrs, "# Errors") {
        let errors = "The library or the symbol is missing, or the process has ended before anybody asked.";
        lines.extend(["", "# Errors", "", errors].map(indented));
    }
    if getter.is_unsafe {
        lines.extend(safety(attrs, symbol));
    }
    quote!(#(#[doc = #lines])*)
}

/// The C prototype, the symbol and the library.
fn about(attrs: &[Attribute], intro: &str, symbol: &str, prototype: String, library: &Library) -> Vec<TokenStream> {
    let place = |intro: &str| of_library(&format!(" {intro} `{symbol}` of "), library);
    let prototype = [String::new(), "```c".to_owned(), prototype, "```".to_owned()];
    let prototype = prototype.iter().map(|line| indented(line));
    if docs(attrs).next().is_none() {
        return [place(intro)].into_iter().chain(prototype).collect();
    }
    prototype.chain([indented(""), place("Symbol")]).collect()
}

fn safety(attrs: &[Attribute], symbol: &str) -> Vec<TokenStream> {
    if mentions(attrs, "# Safety") {
        return Vec::new();
    }
    let rules = format!("The rules that `{symbol}` has in C hold for its callers here.");
    ["", "# Safety", "", &rules].map(indented).into()
}

/// A line with one space in front, as `///` leaves it: rustdoc takes the same indentation off all lines.
fn indented(line: &str) -> TokenStream {
    let line = if line.is_empty() { String::new() } else { format!(" {line}") };
    quote!(#line)
}

/// `intro`, the library, and a full stop. The compiler writes out the names that it makes itself.
fn of_library(intro: &str, library: &Library) -> TokenStream {
    let Library::Files(names) = library else {
        let line = format!("{intro}the static library.");
        return quote!(#line);
    };
    let mut line = intro.to_owned();
    let mut pieces = Vec::new();
    for (index, name) in names.iter().enumerate() {
        line += if index == 0 { "`" } else { "` or `" };
        match name {
            LibraryName::Known(name) => line += name,
            LibraryName::Macro(call) => {
                let before = std::mem::take(&mut line);
                pieces.push(quote!(#before, #call));
            }
        }
    }
    line += "`.";
    if pieces.is_empty() { quote!(#line) } else { quote!(::core::concat!(#(#pieces,)* #line)) }
}

fn mentions(attrs: &[Attribute], heading: &str) -> bool {
    docs(attrs).any(|doc| doc.contains(heading))
}

fn docs(attrs: &[Attribute]) -> impl Iterator<Item = String> {
    attrs.iter().filter_map(|attr| match &attr.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => Some(text(&meta.value)),
        _ => None,
    })
}

/// `void axpy(size_t n, double a, const double *x, double *y);`
fn prototype(stub: &Stub) -> String {
    let args: Vec<String> = stub.args.iter().map(argument).collect();
    let args = if args.is_empty() { "void".to_owned() } else { args.join(", ") };
    let head = format!("{}({args})", stub.symbol);
    let ret = stub.ret.ty.as_ref().map_or_else(|| format!("void {head}"), |ty| declare(ty, false, &head));
    format!("{ret};")
}

fn argument(arg: &Arg) -> String {
    let name = arg.name.unraw().to_string();
    match arg.class {
        ArgClass::ByReference => declare(&arg.ty, true, &format!("*{name}")),
        _ => parameter(&arg.ty, &name),
    }
}

/// A parameter; what a Rust reference refers to is behind a pointer in C, and arrays are that anyway.
fn parameter(ty: &Type, name: &str) -> String {
    let reference = match ty {
        Type::Group(inner) => return parameter(&inner.elem, name),
        Type::Paren(inner) => return parameter(&inner.elem, name),
        Type::Reference(reference) => reference,
        ty => return declare(ty, false, name),
    };
    let constant = reference.mutability.is_none();
    match &*reference.elem {
        Type::Slice(slice) => declare(&slice.elem, constant, &format!("*{name}")),
        Type::Array(array) => declare(&array.elem, constant, &format!("{name}[{}]", text(&array.len))),
        target => declare(target, constant, &format!("*{name}")),
    }
}

/// A C declaration, which is written from the inside out: `declarator` is what is written already.
fn declare(ty: &Type, constant: bool, declarator: &str) -> String {
    let qualifier = if constant { "const " } else { "" };
    match ty {
        Type::Group(inner) => declare(&inner.elem, constant, declarator),
        Type::Paren(inner) => declare(&inner.elem, constant, declarator),
        Type::Ptr(pointer) => {
            let to_const = matches!(pointer.mutability, PointerMutability::Const(_));
            declare(&pointer.elem, to_const, &format!("*{qualifier}{declarator}"))
        }
        Type::Array(array) if declarator.starts_with('*') => {
            declare(&array.elem, constant, &format!("({declarator})[{}]", text(&array.len)))
        }
        Type::Array(array) => declare(&array.elem, constant, &format!("{declarator}[{}]", text(&array.len))),
        ty => match (types::function_of(ty), types::ve_pointer(ty)) {
            (Some(function), _) => function_declarator(function, &format!("(*{qualifier}{declarator})")),
            (_, Some(target)) => declare(target, false, &format!("*{qualifier}{declarator}")),
            _ => format!("{qualifier}{} {declarator}", name(ty)),
        },
    }
}

/// `double (*f)(int32_t x)`
fn function_declarator(function: &TypeFnPtr, declarator: &str) -> String {
    let args = function.inputs.iter().map(|arg| {
        let name = arg.name.as_ref().map(|(name, _)| name.unraw().to_string()).unwrap_or_default();
        declare(&arg.ty, false, &name).trim_end().to_owned()
    });
    let args: Vec<String> = args.collect();
    let head = format!("{declarator}({})", if args.is_empty() { "void".to_owned() } else { args.join(", ") });
    match &function.output {
        ReturnType::Type(_, ty) => declare(ty, false, &head),
        ReturnType::Default => format!("void {head}"),
    }
}

/// The C name of a scalar, else the last part of the Rust name.
fn name(ty: &Type) -> String {
    let Type::Path(path) = ty else { return text(ty) };
    let Some(last) = path.path.segments.last() else { return text(ty) };
    if let (true, PathArguments::AngleBracketed(arguments)) = (last.ident == "MaybeUninit", &last.arguments)
        && let Some(syn::GenericArgument::Type(inner)) = arguments.args.first()
    {
        return name(inner);
    }
    let rust = last.ident.unraw().to_string();
    let c = match rust.as_str() {
        "i8" => "int8_t",
        "i16" => "int16_t",
        "i32" => "int32_t",
        "i64" => "int64_t",
        "isize" => "intptr_t",
        "u8" => "uint8_t",
        "u16" => "uint16_t",
        "u32" => "uint32_t",
        "u64" => "uint64_t",
        "usize" => "size_t",
        "f32" | "c_float" => "float",
        "f64" | "c_double" => "double",
        "c_void" => "void",
        "c_char" => "char",
        "c_schar" => "signed char",
        "c_uchar" => "unsigned char",
        "c_short" => "short",
        "c_ushort" => "unsigned short",
        "c_int" => "int",
        "c_uint" => "unsigned int",
        "c_long" => "long",
        "c_ulong" => "unsigned long",
        "c_longlong" => "long long",
        "c_ulonglong" => "unsigned long long",
        other => other,
    };
    c.to_owned()
}
