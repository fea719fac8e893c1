//! The texts of all mistakes: what is wrong and why on a Vector Engine (VE), then, behind `help`, what to write instead.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::{Expr, Type};

/// Arguments of one VEO call.
pub(crate) const MAX_ARGS: usize = 256;
/// Bytes in the name of a symbol or of a library, without the final zero.
pub(crate) const MAX_NAME: usize = 255;

/// Tokens as one would write them, near enough for a message.
pub(crate) fn text(tokens: impl ToTokens) -> String {
    let spaced = tokens.to_token_stream().to_string();
    let mut text = String::with_capacity(spaced.len());
    for part in spaced.split(' ') {
        let glued = text.is_empty()
            || text.ends_with(['&', '(', '[', '<', ':', '#', '!'])
            || part.starts_with([')', ']', '>', '<', ':', ';', ',', '('])
            || (text.ends_with('*') && (part == "const" || part == "mut"));
        if !glued || text.ends_with("->") {
            text.push(' ');
        }
        text.push_str(part);
    }
    text
}

// ---- the attribute ------------------------------------------------------------------------------------------------

pub(crate) fn missing_lib() -> String {
    "`#[ve_offload]` does not say which library holds what is declared\n\
     help: write `#[ve_offload(lib = \"libkernels.so\")]`, or `lib = static` for what is linked into `veorun`"
        .into()
}

pub(crate) fn unknown_key(attribute: &str, key: &Ident, known: &[&str]) -> String {
    let key = key.to_string();
    let is_near = |name: &str| key.starts_with(name) || distance(name, &key) <= 1 + name.len() / 3;
    let near = known.iter().filter(|name| is_near(name)).min_by_key(|name| distance(name, &key));
    let hint = near.map(|name| format!("did you mean `{name}`? ")).unwrap_or_default();
    let known = known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    format!("`#[{attribute}]` has no key `{key}`\nhelp: {hint}the keys are {known}")
}

/// Letters to add, drop or change to turn one word into the other.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in b.chars().enumerate() {
            let changed = diagonal + usize::from(left != right);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[row.len() - 1]
}

pub(crate) fn duplicate_key(key: &Ident) -> String {
    format!("key `{key}` is given twice\nhelp: keep one of the two")
}

pub(crate) fn lib_as_bare_string(lib: &str) -> String {
    format!("the library's name needs its key\nhelp: write `lib = \"{lib}\"`")
}

pub(crate) const EXPECTED_KEY: &str = "expected a key, such as `lib = \"libkernels.so\"`";
pub(crate) const EXPECTED_COMMA: &str = "expected `,` between two keys";
pub(crate) const LIB_KIND: &str = "`lib` takes the name of a library\n\
     help: write `lib = \"libkernels.so\"`, `lib = [\"libkernels.so.2\", \"libkernels.so\"]` (the first that loads), \
     `lib = concat!(\"lib\", env!(\"NAME\"), \".so\")`, or `lib = static`";
pub(crate) const LIB_EMPTY_LIST: &str = "this list of libraries is empty, so no function could ever be found\n\
     help: write `lib = \"libkernels.so\"`, or `lib = static` for functions linked into `veorun`";
pub(crate) const EITHER_REQUIRED_OR_LAZY: &str = "`required` looks functions up when a process is created, `lazy` does \
     so at the first call: both cannot be\nhelp: keep one of the two";
pub(crate) const CRATE_KIND: &str =
    "`crate` takes a path to crate `veo`, without quotes\nhelp: write `crate = my_crate::veo`";

pub(crate) fn string_kind(key: &Ident) -> String {
    format!("`{key}` takes a string\nhelp: write `{key} = \"...\"`")
}

pub(crate) fn no_value(key: &Ident) -> String {
    format!("`{key}` takes no value\nhelp: write `{key}` alone, or leave it out")
}

/// What a name is of, with a help for it.
pub(crate) struct Named {
    what: &'static str,
    if_empty: &'static str,
    if_too_long: &'static str,
}

pub(crate) const LIBRARY: Named = Named {
    what: "a library",
    if_empty: "write a file name or path such as `\"libkernels.so\"`; `lib = static` if it is linked into `veorun`",
    if_too_long: "write the file name, and put its directory into `VEO_LIBRARY_PATH`",
};
pub(crate) const SYMBOL: Named = Named {
    what: "a symbol",
    if_empty: "write the name that the library exports, or leave `#[link_name]` out if it is that of the function",
    if_too_long: "export the function under a shorter name",
};
pub(crate) const KERNEL: Named = Named {
    what: "a kernel",
    if_empty: "write the name that declarations use, or leave `name` out if it is that of the function",
    if_too_long: "give it a shorter one with `name = \"...\"`",
};

pub(crate) fn name_empty(Named { what, if_empty, .. }: &Named) -> String {
    format!("the name of {what} is empty\nhelp: {if_empty}")
}

pub(crate) fn name_too_long(Named { what, if_too_long, .. }: &Named, bytes: usize) -> String {
    format!("the name of {what} has {bytes} bytes; VEO takes {MAX_NAME} at most\nhelp: {if_too_long}")
}

pub(crate) fn name_with_zero(Named { what, .. }: &Named) -> String {
    format!("the name of {what} contains a zero byte, where C takes it to end\nhelp: remove the byte")
}

// ---- the item -----------------------------------------------------------------------------------------------------

pub(crate) const OFFLOAD_WRONG_ITEM: &str = "`#[ve_offload]` declares functions and variables of a library\n\
     help: put it on `extern \"C\" { fn f(x: i32) -> i32; }`, or on one function or `static` that ends with `;`";
pub(crate) const KERNEL_WRONG_ITEM: &str = "`#[ve_kernel]` makes a Rust function callable from a Vector Engine process\n\
     help: put it on `extern \"C\" fn f(x: i32) -> i32 { ... }`";
pub(crate) const KERNEL_ON_BLOCK: &str = "`#[ve_kernel]` goes on one Rust function with a body, not on declarations\n\
     help: did you mean `#[ve_offload(lib = \"...\")]`?";
pub(crate) const KERNEL_WITHOUT_BODY: &str = "a kernel needs a body\n\
     help: write `{ ... }`; if a library holds the function, did you mean `#[ve_offload(lib = \"...\")]`?";
pub(crate) const NOT_A_PROTOTYPE: &str =
    "expected a function such as `fn f(x: i32) -> i32;`, or a variable such as `static TABLE: [f64; 10];`";
pub(crate) const MACRO_IN_BLOCK: &str = "`#[ve_offload]` sees this macro call, not the functions it would make\n\
     help: let the macro make the whole block, attribute included";

pub(crate) fn type_in_block(name: &Ident) -> String {
    format!(
        "a library has no types\n\
         help: move `{name}` out of the block, or declare pointers to it as `*mut core::ffi::c_void`"
    )
}

pub(crate) fn body(single: bool) -> String {
    let what = "a declaration has no body: the function is compiled into the library\nhelp: end it with `;`";
    if single { format!("{what}; for a kernel written in Rust, did you mean `#[ve_kernel]`?") } else { what.into() }
}

pub(crate) const VALUE: &str = "a declaration has no value: the variable is in the library, and has the value it got there\n\
     help: end it with `;`; `static mut` makes a getter whose result can `set` the variable";

pub(crate) const ABI_MISSING: &str = "a library for the Vector Engine has the C ABI, and the block should say so\n\
     help: write `extern \"C\"`";
pub(crate) const ABI_INNER: &str =
    "the block says the ABI for all its functions\nhelp: leave it out here, or move the function out of the block";

pub(crate) fn abi(name: &str) -> String {
    match name {
        "C-unwind" => "nothing can unwind from a Vector Engine into this process\nhelp: write `extern \"C\"`".into(),
        _ => format!("a Vector Engine has one ABI, that of C, not \"{name}\"\nhelp: write `extern \"C\"`"),
    }
}

pub(crate) fn attribute(path: &str) -> String {
    let more = match path {
        "link" => "; the library is named by `lib = \"...\"`",
        "no_mangle" | "export_name" => "; the symbol is the function's name, or that in `#[link_name = \"...\"]`",
        "inline" | "cold" | "target_feature" => "; the function is compiled elsewhere",
        _ => "",
    };
    format!(
        "`#[{path}]` has no meaning on a declaration{more}\n\
         help: remove it. Kept are doc comments, `cfg`, `cfg_attr`, `deprecated`, `must_use`, `allow`, `expect`, `warn` \
         and `deny`; `link_name` gives the symbol"
    )
}

pub(crate) const LINK_NAME_KIND: &str =
    "`link_name` takes a string\nhelp: write `#[link_name = \"symbol_in_the_library\"]`";
pub(crate) const LINK_NAME_TWICE: &str = "this declaration has two symbols\nhelp: keep one `#[link_name]`";
pub(crate) const LINK_NAME_CONDITIONAL: &str = "`cfg_attr` is decided after `#[ve_offload]` needs the symbol\n\
     help: declare it twice, each with its `#[cfg(...)]` and its `#[link_name = \"...\"]`";

pub(crate) fn duplicate_symbol(symbol: &str, first: &Ident) -> String {
    // Outside of the compiler, as in our own tests, there are no lines.
    let line = proc_macro::is_available().then(|| first.span().unwrap().line());
    let place = line.map(|line| format!(", as `{first}` in line {line}")).unwrap_or_default();
    format!(
        "symbol `{symbol}` is declared in this block already{place}\n\
         help: remove one of the two, or name its symbol with `#[link_name = \"...\"]`"
    )
}

pub(crate) fn duplicate_name(ident: &Ident) -> String {
    format!(
        "`{ident}` is declared in this block already\n\
         help: give one of the two another name; with `#[link_name = \"...\"]` its symbol stays what it is"
    )
}

// ---- the signature ------------------------------------------------------------------------------------------------

pub(crate) fn generics(ident: &Ident) -> String {
    format!(
        "a library holds compiled functions, not generic ones\n\
         help: declare one function for each type, such as `#[link_name = \"{ident}\"] fn {ident}_f64(x: *const f64);`"
    )
}

pub(crate) const FN_LIFETIMES: &str = "the stub knows how long each argument is needed: until the call is submitted, or \
     until its `Request` is done if results are copied back\nhelp: remove the lifetimes, write `&T` and `&mut T`";
pub(crate) const TYPE_LIFETIME: &str = "arguments have no lifetime to choose: IN data are copied at once, and the \
     `Request` holds what is copied back\nhelp: remove the lifetime, write `&T` or `&mut T`";
pub(crate) const WHERE_CLAUSE: &str = "a C function has no bounds\nhelp: remove the `where` clause";
pub(crate) const SELF: &str = "a C function has no `self`\nhelp: name the parameter, such as `handle: *mut c_void`";
pub(crate) const VARIADIC: &str = "each call is checked and packed by the declared types, which `...` leaves open\n\
     help: declare the function once for each list of arguments that you pass, with `#[link_name = \"...\"]`";
pub(crate) const ASYNC: &str = "every declared function is async already: its stub returns a `Request`, which you \
     `.await` or `.wait()` for\nhelp: remove `async`";
pub(crate) const CONST: &str = "the function runs on a Vector Engine, never at compile time\nhelp: remove `const`";
pub(crate) const VALUE_OUTSIDE_OF_FORTRAN: &str = "every scalar travels by value, but for those of Fortran\n\
     help: remove `#[value]`; for a Fortran library write `#[ve_offload(lib = \"...\", fortran)]`";
pub(crate) const VALUE_OF_A_REFERENCE: &str = "`#[value]` is for a scalar that Fortran takes with `VALUE`, or for the \
     length of a `CHARACTER`\nhelp: remove it: this argument is an address already";
pub(crate) const PARAMETER_ATTRIBUTE: &str = "attributes on parameters are not kept\n\
     help: remove it; to vary the parameters, declare the function twice, each with its `#[cfg(...)]`";

pub(crate) fn pattern(ty: &Type) -> String {
    format!("a parameter of a C function is a name\nhelp: write `name: {0}` or `_: {0}`", text(ty))
}

pub(crate) fn duplicate_parameter(name: &Ident) -> String {
    format!("two parameters have the name `{name}`\nhelp: rename one of them")
}

pub(crate) fn too_many_args(count: usize) -> String {
    format!(
        "{count} parameters: a call to a Vector Engine takes {MAX_ARGS} at most\n\
         help: pass the rest in memory, through a pointer or `&[T]`"
    )
}

pub(crate) const KERNEL_ABI: &str =
    "a kernel is called from outside of Rust and needs the C ABI\nhelp: write `extern \"C\" fn`";
pub(crate) const KERNEL_GENERICS: &str = "a kernel is one compiled function with one address, so it cannot be generic\n\
     help: write the types and lifetimes out; memory comes as `*const T` or `*mut T`";
pub(crate) const KERNEL_VARIADIC: &str = "a kernel has a fixed list of parameters\nhelp: write them out";
pub(crate) const KERNEL_ASYNC: &str =
    "a kernel runs to its end in one go; the host awaits it, it awaits nothing\nhelp: remove `async`";
pub(crate) const KERNEL_SELF: &str =
    "a kernel is a free function\nhelp: move it out of the `impl` and name the parameter";

pub(crate) const HOOK_WRONG_ITEM: &str = "`#[proc_init_hook]` has a function prepare every new VE process\n\
     help: put it on `fn name(proc: &Proc) -> veo::Result<()> { ... }`";
pub(crate) const HOOK_ON_BLOCK: &str = "`#[proc_init_hook]` goes on one Rust function with a body, not on declarations\n\
     help: did you mean `#[ve_offload(lib = \"...\")]`?";
pub(crate) const HOOK_WITHOUT_BODY: &str = "a hook needs a body, which runs on the host\nhelp: write `{ ... }`";
pub(crate) const HOOK_ASYNC: &str = "a hook runs to its end before `Proc::create` returns, and nothing awaits it\n\
     help: remove `async`, and `.wait()` for requests";
pub(crate) const HOOK_UNSAFE: &str = "every creation of a process calls a hook, and nobody could vouch for it there\n\
     help: remove `unsafe`, and write `unsafe { ... }` around what needs it";
pub(crate) const HOOK_ABI: &str = "a hook is called by Rust, on the host\nhelp: remove `extern`; for a kernel written in \
     Rust, did you mean `#[ve_kernel]`?";
pub(crate) const HOOK_GENERICS: &str = "a hook is one function, so it cannot be generic; the lifetime of `&Proc` needs no name\n\
     help: write `fn name(proc: &Proc) -> veo::Result<()>`";
pub(crate) const HOOK_SELF: &str =
    "a hook is a free function\nhelp: move it out of the `impl`, and write `fn name(proc: &Proc) -> veo::Result<()>`";
pub(crate) const HOOK_PARAMETERS: &str = "a hook takes the new process, and nothing else\n\
     help: write `fn name(proc: &Proc) -> veo::Result<()>`; what else it needs can be a `static`, or a closure has it, given to \
     `veo::add_proc_init_hook`";
pub(crate) const HOOK_REFERENCE: &str = "a hook borrows the new process, which belongs to the caller of `Proc::create`\n\
     help: write `&Proc`; `proc.clone()` is cheap, if the hook wants to keep it";
pub(crate) const HOOK_RESULT: &str = "a hook says whether it has succeeded; if not, the process is not created\n\
     help: write `-> veo::Result<()>`, and end with `Ok(())`";

// ---- types --------------------------------------------------------------------------------------------------------

pub(crate) const BOOL: &str = "`bool` is 1 byte on the host and 4 on a Vector Engine\n\
     help: write the C type of the same size: `i32` for `int` or a VE's `_Bool`, `u8` for `unsigned char`";
pub(crate) const CHAR: &str = "`char` is a Unicode character of 4 bytes, not a C `char`\n\
     help: write `i8` or `core::ffi::c_char` for C's `char`, `u32` for a code point";
pub(crate) const STR: &str = "Rust strings have no C form\n\
     help: write `&[u8]` and pass `c\"text\".to_bytes_with_nul()`, or `*const u8` for bytes in VE memory";
pub(crate) const OPAQUE: &str = "a C function takes one concrete type, not any that has a trait\n\
     help: write the type out; for untyped VE memory, `*mut core::ffi::c_void`";
pub(crate) const NESTED_REFERENCE: &str = "an address inside of the copied data would be one of the host, which a \
     Vector Engine cannot read\nhelp: write one `&`, or pass VE addresses: `*const *const T`";
pub(crate) const FAT_POINTER: &str = "a pointer to a slice also carries a length, which C does not know\n\
     help: write `*const T` or `*mut T`, and the length as a parameter of its own; or `&[T]` to copy host data";
pub(crate) const UNIT: &str = "`()` has no C form\n\
     help: leave such a parameter out; for a pointer to anything, write `*const core::ffi::c_void` or \
     `*mut core::ffi::c_void`";
pub(crate) const VOID: &str = "`c_void` is C's `void`, which has no values\n\
     help: write `*const c_void` or `*mut c_void` for a pointer to anything; leave the return type out for `void f()`";
pub(crate) const NEVER: &str = "a function that never returns would never complete its `Request`\n\
     help: leave the return type out";
pub(crate) const INFER: &str = "the types of a C function are all known\nhelp: write the type out";
pub(crate) const FN_POINTER_BARE: &str = "a function pointer of C may be null\n\
     help: write `Option<extern \"C\" fn(...) -> ...>`; a call then passes a `&TypedFunction`, or `None`";
pub(crate) const FN_POINTER_ABI: &str = "the Vector Engine calls this function, so it has the C ABI\n\
     help: write `Option<extern \"C\" fn(...) -> ...>`";
pub(crate) const FN_POINTER_REFERENCE: &str = "this function is called on the Vector Engine, where there are addresses and \
     no references\nhelp: write `*const T` or `*mut T`";
pub(crate) const FN_POINTER_VARIADIC: &str =
    "a function that is passed has a fixed list of parameters\nhelp: write them out";
pub(crate) const FN_POINTER_TOO_LONG: &str = "a function that is passed has 16 parameters at most\n\
     help: write `*const core::ffi::c_void` and pass the address from `library.get_symbol(\"...\")`";
pub(crate) const IN_UNINIT: &str = "`&MaybeUninit` would send memory that holds no value\n\
     help: write `&T` to send a value, `&mut MaybeUninit<T>` for memory that the function fills";
pub(crate) const OTHER_TYPE: &str = "this type has no C form that is known here";
pub(crate) const SLICE: &str = "a slice has no size of its own\n\
     help: write `&[T]` or `&mut [T]` to copy host data, `*const T` or `*mut T` for VE memory";
pub(crate) const RETURNED_REFERENCE: &str = "a function returns an address of VE memory, which a Rust reference \
     cannot be\n\
     help: return `*mut T`; the call gives a `VePtr<T>`";
pub(crate) const KERNEL_REFERENCE: &str = "a kernel gets addresses, and no promise of Rust's about what is behind them\n\
     help: write `*const T` or `*mut T`, whichever way the caller's declaration passes it";

pub(crate) fn wide_integer(name: &str) -> String {
    format!(
        "`{name}` has no form that the host and a Vector Engine share: a slot of an argument has 64 bits\n\
         help: write two `u64` parameters, or `&[u64; 2]`"
    )
}

pub(crate) fn ve_memory(name: &str) -> String {
    format!(
        "`{name}` is what a call passes, not what the function takes\n\
         help: declare the C type, `*const T` or `*mut T`; a call then passes `&VeBuffer<T>` or `&mut VeBuffer<T>`"
    )
}

pub(crate) fn host_container(name: &str) -> String {
    format!(
        "`{name}` is a Rust type whose data live on the host\n\
         help: write `&[T]` or `&mut [T]` to copy them, `*const T` or `*mut T` for VE memory"
    )
}

pub(crate) fn array(element: &Type, len: &Expr) -> String {
    let (element, len) = (text(element), text(len));
    format!(
        "C does not pass arrays by value\n\
         help: write `&[{element}; {len}]` or `&mut [{element}; {len}]` to copy it, `*const {element}` or \
         `*mut {element}` for VE memory"
    )
}

pub(crate) fn returned_array(element: &Type, len: &Expr) -> String {
    let (element, len) = (text(element), text(len));
    format!("C does not return arrays\nhelp: add a parameter `out: &mut [{element}; {len}]`")
}

pub(crate) const TUPLE: &str = "C has no tuples\n\
     help: write one parameter for each part, or a `#[repr(C)]` struct by reference";
pub(crate) const RETURNED_TUPLE: &str = "a C function returns one value\nhelp: add `&mut T` parameters for the others";

// ---- types of variables -------------------------------------------------------------------------------------------

pub(crate) const VARIABLE_POINTER: &str = "a pointer in VE memory is an address there, which the host cannot follow\n\
     help: write `VePtr<T>`";
pub(crate) const VARIABLE_REFERENCE: &str = "a reference is an address of the host, and this variable is on the Vector \
     Engine\nhelp: write the type of the variable itself; if that is a pointer in C, `VePtr<T>`";
pub(crate) const VARIABLE_SLICE: &str = "a slice has no size of its own, but an array of C has\n\
     help: write `[T; N]`; if it is a pointer in C, `VePtr<T>`";
pub(crate) const VARIABLE_FUNCTION: &str = "a function pointer in VE memory is an address there, which the host cannot \
     call\nhelp: write `VePtr<core::ffi::c_void>`";
pub(crate) const VARIABLE_STR: &str = "Rust strings have no C form\n\
     help: write `[u8; N]` for `char name[N]`, `VePtr<core::ffi::c_char>` for `char *name`";
pub(crate) const VARIABLE_UNIT: &str = "`()` has no C form\n\
     help: write the type that the variable has; if only its address counts, `[u8; 0]`";
pub(crate) const VARIABLE_VOID: &str = "`c_void` is C's `void`, which has no values\n\
     help: write `VePtr<c_void>` for a pointer to anything; if only the address of the variable counts, `[u8; 0]`";
pub(crate) const VARIABLE_TUPLE: &str =
    "C has no tuples\nhelp: write a `#[repr(C)]` struct that implements `bytemuck::Pod`";
pub(crate) const VARIABLE_INFER: &str = "the type of a variable of C is known\nhelp: write the type out";
pub(crate) const VARIABLE_OPAQUE: &str =
    "a variable of C has one concrete type, not any that has a trait\nhelp: write the type out";
pub(crate) const VARIABLE_NEVER: &str = "no variable can have this type\nhelp: write the type that it has in C";
pub(crate) const VARIABLE_UNINIT: &str =
    "a variable of a library holds some value at any time\nhelp: write its type without `MaybeUninit`";

pub(crate) fn variable_wide_integer(name: &str) -> String {
    format!("`{name}` has no form that the host and a Vector Engine share\nhelp: write `[u64; 2]`")
}

pub(crate) fn variable_ve_memory(name: &str) -> String {
    format!(
        "`{name}` is a handle that the host has, not what is in the library\n\
         help: write the C type; a pointer to VE memory is `VePtr<T>`"
    )
}

pub(crate) fn variable_host_container(name: &str) -> String {
    format!(
        "`{name}` is a Rust type whose data live on the host\n\
         help: write `[T; N]` for an array, `VePtr<T>` for a pointer"
    )
}
