//! C headers, read by bindgen, whose output is the input here.

mod variables;

use std::collections::BTreeMap;
use std::path::PathBuf;

use syn::{Attribute, Expr, ExprLit, FnArg, ForeignItem, Item, ItemStruct, Lit, Meta, Pat, ReturnType, UseTree};

use super::model::{
    Api, Definition, Field, Function, INCOMPLETE, Kind, Parameter, Scalar, Type, Unsupported, Value, Variable,
};
use crate::Error;
use crate::cargo::Cargo;

/// What clang is always told. The host of Vector Engines; types have the same sizes on both.
const ARGUMENTS: [&str; 2] = ["--target=x86_64-unknown-linux-gnu", "-fparse-all-comments"];

/// The headers, and what clang is told.
#[derive(Clone, Debug)]
pub(crate) struct Headers {
    pub(crate) files: Vec<PathBuf>,
    pub(crate) arguments: Vec<String>,
}

impl Headers {
    pub(crate) fn new(file: PathBuf) -> Headers {
        Headers { files: vec![file], arguments: Vec::new() }
    }
}

pub(crate) fn read(headers: &Headers, cargo: Cargo) -> Result<Api, Error> {
    // bindgen would panic.
    clang_sys::load().map_err(|cause| Error::NoLibclang { cause })?;
    let mut builder = bindgen::builder()
        .default_enum_style(bindgen::EnumVariation::ModuleConsts)
        .layout_tests(false)
        .use_core()
        .formatter(bindgen::Formatter::None)
        .clang_args(ARGUMENTS)
        .clang_args(&headers.arguments);
    for file in &headers.files {
        std::fs::File::open(file).map_err(Error::io("read", file))?;
        let name = file.to_string_lossy();
        builder = builder.header(&*name).allowlist_file(format!("(.*/)?{}", literally(&name)));
    }
    if cargo.listening {
        builder = builder.parse_callbacks(Box::new(bindgen::CargoCallbacks::new()));
    }
    let unreadable = |cause: String| Error::Header { headers: headers.files.clone(), cause };
    let bindings = builder.generate().map_err(|error| unreadable(error.to_string()))?;
    let file = syn::parse_file(&bindings.to_string()).map_err(|error| unreadable(error.to_string()))?;
    let mut api = api(&file.items);
    if !api.variables.is_empty() {
        complete(&mut api.variables, &variables::read(headers));
    }
    Ok(api)
}

/// Adds what bindgen does not say of variables.
fn complete(variables: &mut [Variable], known: &variables::Known) {
    for variable in variables {
        if let Some(known) = known.get(&variable.symbol) {
            variable.constant = known.constant;
            variable.refused = known.refused;
        }
    }
}

/// A regular expression for this text.
fn literally(text: &str) -> String {
    text.chars().flat_map(|c| (!c.is_alphanumeric() && c != '/').then_some('\\').into_iter().chain([c])).collect()
}

fn api(items: &[Item]) -> Api {
    let mut api = Api::default();
    for item in items {
        match item {
            Item::Type(item) => {
                let definition = Definition { comment: comment(&item.attrs), kind: Kind::Alias(ty(&item.ty)) };
                api.types.insert(item.ident.to_string(), definition);
            }
            // A module is how an enumeration is told from other integers.
            Item::Mod(item) => {
                let inside = item.content.as_ref().map_or(&[][..], |(_, items)| items);
                if let Some(definition) = enumeration(inside) {
                    api.types.insert(item.ident.to_string(), definition);
                }
            }
            // `pub use self::Color::Type as color_t;`
            Item::Use(item) => aliased_enumeration(&item.tree, &mut api.types),
            Item::Struct(item) => {
                let definition = Definition { comment: comment(&item.attrs), kind: record(item) };
                api.types.insert(item.ident.to_string(), definition);
            }
            Item::Union(item) => {
                let definition = Definition { comment: comment(&item.attrs), kind: Kind::Opaque("it is a union") };
                api.types.insert(item.ident.to_string(), definition);
            }
            Item::ForeignMod(block) => block.items.iter().for_each(|item| foreign(item, &mut api)),
            _ => {}
        }
    }
    api
}

fn foreign(item: &ForeignItem, api: &mut Api) {
    match item {
        ForeignItem::Fn(item) => {
            let name = item.sig.ident.to_string();
            let parameters = item.sig.inputs.iter().filter_map(|arg| match arg {
                FnArg::Typed(arg) => {
                    let name = match &*arg.pat {
                        Pat::Ident(pat) => Some(pat.ident.to_string()),
                        _ => None,
                    };
                    Some(Parameter { name, ty: ty(&arg.ty) })
                }
                FnArg::Receiver(_) => None,
            });
            api.functions.push(Function {
                symbol: link_name(&item.attrs).unwrap_or_else(|| name.clone()),
                name,
                parameters: parameters.collect(),
                result: match &item.sig.output {
                    ReturnType::Type(_, result) => ty(result),
                    ReturnType::Default => Type::Void,
                },
                variadic: item.sig.variadic.is_some(),
                comment: comment(&item.attrs),
                place: None,
            });
        }
        ForeignItem::Static(item) => {
            let name = item.ident.to_string();
            api.variables.push(Variable {
                symbol: link_name(&item.attrs).unwrap_or_else(|| name.clone()),
                name,
                ty: ty(&item.ty),
                constant: matches!(item.mutability, syn::StaticMutability::None),
                refused: None,
                comment: comment(&item.attrs),
                place: None,
            });
        }
        _ => {}
    }
}

// ---- types --------------------------------------------------------------------------------------------------------

fn ty(ty: &syn::Type) -> Type {
    match ty {
        syn::Type::Path(path) => named(path),
        syn::Type::Ptr(pointer) => {
            let to_const = matches!(pointer.mutability, syn::PointerMutability::Const(_));
            match self::ty(&pointer.elem) {
                va_list @ Type::Unsupported(Unsupported::VaList) => va_list,
                to => Type::pointer(to_const, to),
            }
        }
        syn::Type::Array(array) => match number(&array.len).and_then(|len| u64::try_from(len).ok()) {
            Some(len) => Type::array(self::ty(&array.elem), len),
            None => Type::Unsupported(Unsupported::Other),
        },
        syn::Type::FnPtr(function) => function_pointer(function),
        syn::Type::Tuple(tuple) if tuple.elems.is_empty() => Type::Void,
        _ => Type::Unsupported(Unsupported::Other),
    }
}

fn function_pointer(function: &syn::TypeFnPtr) -> Type {
    if function.variadic.is_some() {
        return Type::Unsupported(Unsupported::VariadicFunction);
    }
    let result = match &function.output {
        ReturnType::Type(_, result) => ty(result),
        ReturnType::Default => Type::Void,
    };
    Type::Function { parameters: function.inputs.iter().map(|arg| ty(&arg.ty)).collect(), result: Box::new(result) }
}

fn named(path: &syn::TypePath) -> Type {
    let segments: Vec<String> = path.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    match &segments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["core", "ffi", name] => scalar_of_c(name),
        ["core", "option", "Option"] => argument(path).unwrap_or(Type::Unsupported(Unsupported::Other)),
        [name, "Type"] => Type::Named((*name).to_owned()),
        ["__BindgenComplex"] => match argument(path) {
            Some(Type::Scalar(part @ (Scalar::F32 | Scalar::F64))) => Type::Complex(part),
            _ => Type::Unsupported(Unsupported::Wide),
        },
        ["__va_list_tag"] => Type::Unsupported(Unsupported::VaList),
        [name] if argument(path).is_none() => scalar(name),
        _ => Type::Unsupported(Unsupported::Other),
    }
}

/// The type between `<` and `>`.
fn argument(path: &syn::TypePath) -> Option<Type> {
    match &path.path.segments.last()?.arguments {
        syn::PathArguments::AngleBracketed(arguments) => arguments.args.iter().find_map(|argument| match argument {
            syn::GenericArgument::Type(argument) => Some(ty(argument)),
            _ => None,
        }),
        _ => None,
    }
}

fn scalar_of_c(name: &str) -> Type {
    Type::Scalar(match name {
        "c_void" => return Type::Void,
        "c_char" => Scalar::Char,
        "c_schar" => Scalar::I8,
        "c_uchar" => Scalar::U8,
        "c_short" => Scalar::I16,
        "c_ushort" => Scalar::U16,
        "c_int" => Scalar::I32,
        "c_uint" => Scalar::U32,
        "c_long" | "c_longlong" => Scalar::I64,
        "c_ulong" | "c_ulonglong" => Scalar::U64,
        "c_float" => Scalar::F32,
        "c_double" => Scalar::F64,
        _ => return Type::Unsupported(Unsupported::Other),
    })
}

fn scalar(name: &str) -> Type {
    Type::Scalar(match name {
        "i8" => Scalar::I8,
        "u8" => Scalar::U8,
        "i16" => Scalar::I16,
        "u16" => Scalar::U16,
        "i32" => Scalar::I32,
        "u32" => Scalar::U32,
        "i64" => Scalar::I64,
        "u64" => Scalar::U64,
        "isize" => Scalar::Isize,
        "usize" => Scalar::Usize,
        "f32" => Scalar::F32,
        "f64" => Scalar::F64,
        "bool" => return Type::Unsupported(Unsupported::Bool),
        "u128" | "i128" => return Type::Unsupported(Unsupported::Wide),
        name => return Type::Named(name.to_owned()),
    })
}

fn enumeration(items: &[Item]) -> Option<Definition> {
    let mut of = None;
    let mut words = None;
    let mut values = Vec::new();
    for item in items {
        match item {
            Item::Type(item) if item.ident == "Type" => {
                of = Some(ty(&item.ty));
                words = comment(&item.attrs);
            }
            Item::Const(item) => values.push(Value {
                name: item.ident.to_string(),
                value: number(&item.expr)?,
                comment: comment(&item.attrs),
            }),
            _ => {}
        }
    }
    match of? {
        Type::Scalar(of) => Some(Definition { comment: words, kind: Kind::Enum { of, values } }),
        _ => None,
    }
}

fn aliased_enumeration(tree: &UseTree, types: &mut BTreeMap<String, Definition>) {
    let mut path = Vec::new();
    let mut tree = tree;
    while let UseTree::Path(part) = tree {
        path.push(part.ident.to_string());
        tree = &part.tree;
    }
    if let (UseTree::Rename(rename), [_, name]) = (tree, &path[..]) {
        types.insert(rename.rename.to_string(), Definition::plain(Kind::Alias(Type::Named(name.clone()))));
    }
}

fn record(item: &ItemStruct) -> Kind {
    let reprs: String = item.attrs.iter().filter(|attr| attr.path().is_ident("repr")).map(words).collect();
    if reprs.contains("packed") || reprs.contains("align") {
        return Kind::Opaque("its layout is not the usual one");
    }
    let mut fields = Vec::new();
    for field in &item.fields {
        let Some(name) = field.ident.as_ref().map(ToString::to_string) else { return Kind::Opaque(INCOMPLETE) };
        if name == "_unused" {
            return Kind::Opaque(INCOMPLETE);
        }
        let outermost = match &field.ty {
            syn::Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default(),
            _ => String::new(),
        };
        if outermost == "__IncompleteArrayField" {
            return Kind::Opaque("it ends with an array of any length");
        }
        if outermost == "__BindgenBitfieldUnit" || name.starts_with("_bindgen") || name.starts_with("__bindgen") {
            return Kind::Opaque("it has bit-fields");
        }
        if outermost.contains("__bindgen_ty_") {
            return Kind::Opaque("it has members of types without names");
        }
        fields.push(Field { name, ty: ty(&field.ty), comment: comment(&field.attrs) });
    }
    Kind::Record(fields)
}

// ---- attributes and literals --------------------------------------------------------------------------------------

fn words(attr: &Attribute) -> String {
    match &attr.meta {
        Meta::List(list) => list.tokens.to_string(),
        _ => String::new(),
    }
}

fn text<'a>(attrs: &'a [Attribute], name: &'a str) -> impl Iterator<Item = String> + 'a {
    attrs.iter().filter_map(move |attr| match &attr.meta {
        Meta::NameValue(meta) if meta.path.is_ident(name) => match &meta.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    })
}

fn comment(attrs: &[Attribute]) -> Option<String> {
    let lines: Vec<String> = text(attrs, "doc").collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// The symbol, in front of which bindgen puts a byte that keeps LLVM from changing it.
fn link_name(attrs: &[Attribute]) -> Option<String> {
    text(attrs, "link_name").next().map(|name| name.trim_start_matches('\u{1}').to_owned())
}

fn number(value: &Expr) -> Option<i128> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse().ok(),
        Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Neg(_)) => number(&unary.expr)?.checked_neg(),
        _ => None,
    }
}
