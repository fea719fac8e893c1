//! Golden expansions: each `golden/NAME.in.rs` is one item under one attribute, `golden/NAME.expected.rs` what comes of
//! it, formatted. `VEO_BLESS=1 cargo test -p veo-macros` writes the latter; read the diff before you commit it.

use crate::expand;
use proc_macro2::{TokenStream, TokenTree};
use std::path::Path;
use std::{env, fs};
use syn::parse::{ParseStream, Parser};
use syn::{Meta, Token};

#[test]
fn golden_expansions() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/golden");
    let mut compared = 0;
    let mut different = Vec::new();
    for entry in fs::read_dir(&folder).unwrap() {
        let input = entry.unwrap().path();
        let file = input.file_name().unwrap().to_str().unwrap();
        let Some(name) = file.strip_suffix(".in.rs") else {
            let partner = file.replace(".expected.rs", ".in.rs");
            assert!(folder.join(&partner).exists(), "{file} belongs to no {partner}");
            continue;
        };
        compared += 1;
        let got = formatted(expansion(&fs::read_to_string(&input).unwrap()));
        let expected = folder.join(format!("{name}.expected.rs"));
        if env::var_os("VEO_BLESS").is_some() {
            fs::write(&expected, &got).unwrap();
        } else if fs::read_to_string(&expected).unwrap_or_default() != got {
            different.push(format!("---- {name} now expands to:\n{got}"));
        }
    }
    assert!(compared > 0, "no golden files in {}", folder.display());
    assert!(different.is_empty(), "{}\n(VEO_BLESS=1 takes these as right)", different.join("\n"));
}

/// Runs the macro that the first attribute of `source` names.
fn expansion(source: &str) -> TokenStream {
    let parse = |input: ParseStream| {
        input.parse::<Token![#]>()?;
        let content;
        syn::bracketed!(content in input);
        let meta: Meta = content.parse()?;
        let item: TokenStream = input.parse()?;
        Ok((meta, item))
    };
    let (meta, item) = parse.parse_str(source).unwrap();
    let keys = match &meta {
        Meta::List(list) => list.tokens.clone(),
        _ => TokenStream::new(),
    };
    match meta.path() {
        path if path.is_ident("ve_kernel") => expand::ve_kernel(keys, item),
        path if path.is_ident("proc_init_hook") => expand::proc_init_hook(keys, item),
        _ => expand::ve_offload(keys, item),
    }
}

fn formatted(tokens: TokenStream) -> String {
    let shown = tokens.to_string();
    let file = syn::parse2(tokens).unwrap_or_else(|error| panic!("{error} in {shown}"));
    prettyplease::unparse(&file)
}

/// The messages of an expansion, in order: those in the place of a type come first.
fn messages(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    compile_errors(expansion(source), &mut found);
    found
}

fn compile_errors(tokens: TokenStream, found: &mut Vec<String>) {
    let mut is_error = false;
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => is_error = ident == "compile_error",
            TokenTree::Group(group) if std::mem::take(&mut is_error) => {
                found.push(syn::parse2::<syn::LitStr>(group.stream()).unwrap().value());
            }
            TokenTree::Group(group) => compile_errors(group.stream(), found),
            _ => {}
        }
    }
}

#[test]
fn all_mistakes_of_a_block_are_shown_together() {
    let found = messages(
        r#"#[ve_offload(lib = "", lazi, required)]
        extern "system" {
            fn a(x: bool, y: [f64; 3]) -> &f64;
            fn b<T>(x: T);
            static C: &i32;
            fn d((x, y): (i32, i32));
        }"#,
    );
    let expected = [
        "a reference is an address of the host",
        "`#[ve_offload]` has no key `lazi`",
        "the name of a library is empty",
        "a Vector Engine has one ABI",
        "`bool` is",
        "C does not pass arrays",
        "a function returns an address",
        "a library holds compiled functions",
        "a parameter of a C function is a name",
        "C has no tuples",
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found} should start with {expected}");
    }
}

#[test]
fn a_name_may_have_255_bytes() {
    let declared = |len: usize| messages(&format!("#[ve_offload(lib = \"x\")] fn {}();", "f".repeat(len)));
    assert_eq!(declared(255), Vec::<String>::new());
    assert_eq!(declared(256).len(), 1);
}

#[test]
fn a_function_may_have_256_parameters() {
    let declared = |count: usize| {
        let args: Vec<String> = (0..count).map(|index| format!("a{index}: i32")).collect();
        messages(&format!("#[ve_offload(lib = \"x\")] fn f({});", args.join(", ")))
    };
    assert_eq!(declared(256), Vec::<String>::new());
    assert_eq!(declared(257).len(), 1);
}

#[test]
fn names_of_the_expansion_make_way_for_those_of_types() {
    let expanded = expansion("#[ve_offload(lib = \"x\")] fn f(a: *const M0) -> M1;").to_string();
    assert!(expanded.contains("< 'veo , _M0 >"), "{expanded}");
}

#[test]
fn attributes_are_those_the_docs_list() {
    let kept = "#[doc = \"x\"] #[cfg(all())] #[deprecated] #[must_use] #[allow(unused)] #[rustfmt::skip]";
    for item in ["fn f();", "static F: i32;"] {
        assert_eq!(messages(&format!("#[ve_offload(lib = \"x\")] {kept} {item}")), Vec::<String>::new());
    }
}
