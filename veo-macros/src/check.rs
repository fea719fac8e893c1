//! Syntax → ir: the rules. Each is one small function that puts its mistakes on the tokens at fault; none stops the
//! others.
//!
//! Here are the rules about a whole attribute and its item; `attributes`, `signature` and `types` hold those about one
//! function or variable. What only the compiler can know, such as what an alias stands for, is left to the traits of crate `veo`.

mod attributes;
mod signature;
pub(crate) mod types;

use self::attributes::Attributes;
use crate::attr::{self, KernelKeys, LibName, OffloadKeys};
use crate::errors::Errors;
use crate::ir::{Broken, Declared, Getter, Hook, Kernel, Library, LibraryName, Offload, Resolve, Stub};
use crate::messages::{self, MAX_NAME};
use crate::parse::{BlockItem, Function, Item, Variable};
use proc_macro2::{Ident, Span};
use quote::ToTokens;
use std::collections::{HashMap, HashSet};
use syn::ext::IdentExt;
use syn::{Abi, Attribute, LitStr, Path, Safety, parse_quote};

/// Checks `#[ve_offload(keys)]` on a block or a function.
pub(crate) fn offload(keys: &OffloadKeys, item: Item, errors: &mut Errors) -> Offload {
    let library = library(keys, &item, errors);
    let resolve = resolve(keys, errors);
    affix(keys.link_prefix.as_ref(), errors);
    affix(keys.link_suffix.as_ref(), errors);

    let is_block = matches!(item, Item::Block(_));
    let (shared, items) = items(item, errors);
    let mut checked =
        Checked { symbols: Symbols::new(keys), shared, is_known: library.is_some(), ..Checked::default() };
    for item in items {
        match item {
            BlockItem::Function(function) => checked.function(*function, keys.fortran.is_some(), errors),
            BlockItem::Variable(variable) => checked.variable(*variable, errors),
        }
    }
    let help = keys.help.as_ref().map(LitStr::value);
    let Checked { stubs, getters, broken, .. } = checked;
    let declared = library.map(|library| Declared { library, resolve, help, is_block, stubs, getters });
    Offload { krate: veo(keys.krate.as_ref()), declared, broken }
}

/// What was checked of one item.
#[derive(Default)]
struct Checked {
    symbols: Symbols,
    /// Attributes of the block.
    shared: Vec<Attribute>,
    /// Whether it is known in which library all this is.
    is_known: bool,
    stubs: Vec<Stub>,
    getters: Vec<Getter>,
    broken: Vec<Broken>,
}

impl Checked {
    fn function(&mut self, function: Function, fortran: bool, errors: &mut Errors) {
        let before = errors.count();
        let attributes = attributes::of_item(&function.attrs, &self.shared, errors);
        let Some(symbol) = self.symbol(&function.sig.ident, &function.attrs, &attributes, errors) else { return };
        let stub = signature::stub(function, attributes.kept, symbol, fortran, errors);
        if self.is_known && errors.count() == before {
            self.stubs.push(stub);
        } else {
            self.broken.push(Broken::Function(stub));
        }
    }

    fn variable(&mut self, variable: Variable, errors: &mut Errors) {
        let before = errors.count();
        let attributes = attributes::of_item(&variable.attrs, &self.shared, errors);
        let Some(symbol) = self.symbol(&variable.ident, &variable.attrs, &attributes, errors) else { return };
        if let Some(value) = &variable.value {
            errors.at(value, messages::VALUE);
        }
        let wrong_type = types::variable(&variable.ty).err();
        let getter = Getter {
            attrs: attributes.kept,
            vis: variable.vis,
            is_unsafe: matches!(variable.safety, Safety::Unsafe(_)),
            is_mutable: variable.mutability.is_some(),
            ident: variable.ident,
            symbol,
            is_plain: types::is_plain(&variable.ty),
            ty: variable.ty,
        };
        if self.is_known && errors.count() == before && wrong_type.is_none() {
            self.getters.push(getter);
        } else {
            self.broken.push(Broken::Variable(getter, wrong_type));
        }
    }

    /// The symbol of an item; `None` if its own name is there already, since two of one name would be one more mistake.
    fn symbol(
        &mut self,
        ident: &Ident,
        attrs: &[Attribute],
        attributes: &Attributes,
        errors: &mut Errors,
    ) -> Option<String> {
        let symbol = self.symbols.of(ident, attributes.link_name.as_ref(), errors);
        (!self.symbols.taken(&symbol, ident, attrs, errors)).then_some(symbol)
    }
}

/// Checks `#[ve_kernel(keys)]` on a function; `None` if there was a mistake.
pub(crate) fn kernel(keys: &KernelKeys, function: &Function, errors: &mut Errors) -> Option<Kernel> {
    let name = kernel_name(keys, &function.sig.ident, errors);
    signature::kernel(function, errors);
    let sig = &function.sig;
    (errors.count() == 0).then(|| Kernel {
        krate: veo(keys.krate.as_ref()),
        cfgs: attributes::cfgs(&function.attrs),
        ident: sig.ident.clone(),
        name,
        args: signature::types(sig).cloned().collect(),
        ret: signature::returned(sig).cloned(),
    })
}

/// Checks `#[proc_init_hook(crate = …)]` on a function; `None` if there was a mistake.
pub(crate) fn hook(krate: Option<&Path>, function: &Function, errors: &mut Errors) -> Option<Hook> {
    let types = signature::hook(function, errors);
    let (arg, ret) = types.filter(|_| errors.count() == 0)?;
    Some(Hook {
        krate: veo(krate),
        cfgs: attributes::cfgs(&function.attrs),
        ident: function.sig.ident.clone(),
        arg,
        ret,
    })
}

fn kernel_name(keys: &KernelKeys, ident: &Ident, errors: &mut Errors) -> String {
    let given = keys.name.as_ref().map_or_else(|| ident.unraw().to_string(), LitStr::value);
    match &keys.name {
        Some(literal) => name(&given, &messages::KERNEL, literal, errors),
        None => name(&given, &messages::KERNEL, ident, errors),
    }
    given
}

fn veo(krate: Option<&Path>) -> Path {
    krate.cloned().unwrap_or_else(|| parse_quote!(::veo))
}

// ---- keys ---------------------------------------------------------------------------------------------------------

/// `lib` is there, unless a mistake among the keys explains why not, and its names are usable.
fn library(keys: &OffloadKeys, item: &Item, errors: &mut Errors) -> Option<Library> {
    match &keys.lib {
        Some(attr::Lib::Static) => Some(Library::Static),
        Some(attr::Lib::Files(files)) => {
            let before = errors.count();
            let names = files.iter().map(|file| library_name(file, errors)).collect();
            (errors.count() == before).then_some(Library::Files(names))
        }
        None => {
            if errors.count() == 0 {
                // The place of the attribute; as a token of the user, which spares a note about the macro.
                let attribute = item.keyword().located_at(Span::call_site());
                errors.push(syn::Error::new(attribute, messages::missing_lib()));
            }
            None
        }
    }
}

fn library_name(file: &LibName, errors: &mut Errors) -> LibraryName {
    match file {
        LibName::Literal(literal) => {
            name(&literal.value(), &messages::LIBRARY, literal, errors);
            LibraryName::Known(literal.value())
        }
        // What comes of it is checked where it is known: by `veo::__private::library_name`.
        LibName::Macro(call) => LibraryName::Macro(call.clone()),
    }
}

fn resolve(keys: &OffloadKeys, errors: &mut Errors) -> Resolve {
    match (&keys.required, &keys.lazy) {
        (Some(_), Some(lazy)) => {
            errors.at(lazy, messages::EITHER_REQUIRED_OR_LAZY);
            Resolve::AtCreation
        }
        (Some(_), None) => Resolve::Required,
        (None, Some(_)) => Resolve::AtFirstCall,
        (None, None) => Resolve::AtCreation,
    }
}

fn affix(affix: Option<&LitStr>, errors: &mut Errors) {
    if let Some(affix) = affix.filter(|affix| affix.value().contains('\0')) {
        errors.at(affix, messages::name_with_zero(&messages::SYMBOL));
    }
}

/// A name that goes to VEO fits there.
fn name(name: &str, of: &messages::Named, at: impl ToTokens, errors: &mut Errors) {
    if name.is_empty() {
        errors.at(at, messages::name_empty(of));
    } else if name.len() > MAX_NAME {
        errors.at(at, messages::name_too_long(of, name.len()));
    } else if name.contains('\0') {
        errors.at(at, messages::name_with_zero(of));
    }
}

// ---- the item -----------------------------------------------------------------------------------------------------

/// What an item declares, and the attributes that hold for all of it.
fn items(item: Item, errors: &mut Errors) -> (Vec<Attribute>, Vec<BlockItem>) {
    match item {
        Item::Block(block) => {
            let shared = attributes::of_block(&block.attrs, errors);
            block_abi(&block.abi, errors);
            for item in &block.items {
                if let BlockItem::Function(function) = item {
                    in_block(function, errors);
                }
            }
            (shared, block.items)
        }
        Item::Function(function) => {
            alone(&function, errors);
            (Vec::new(), vec![BlockItem::Function(function)])
        }
        Item::Variable(variable) => (Vec::new(), vec![BlockItem::Variable(variable)]),
    }
}

fn block_abi(abi: &Abi, errors: &mut Errors) {
    match &abi.name {
        None => errors.at(abi, messages::ABI_MISSING),
        Some(name) => c_abi(name, errors),
    }
}

fn c_abi(name: &LitStr, errors: &mut Errors) {
    if name.value() != "C" {
        errors.at(name, messages::abi(&name.value()));
    }
}

fn in_block(function: &Function, errors: &mut Errors) {
    if let Some(abi) = &function.sig.abi {
        errors.at(abi, messages::ABI_INNER);
    }
    if let Some(body) = &function.body {
        errors.at(body, messages::body(false));
    }
}

fn alone(function: &Function, errors: &mut Errors) {
    if let Some(abi) = &function.sig.abi {
        block_abi(abi, errors);
    }
    if let Some(body) = &function.body {
        errors.at(body, messages::body(true));
    }
}

// ---- symbols ------------------------------------------------------------------------------------------------------

/// The symbols of one block.
#[derive(Default)]
struct Symbols {
    prefix: String,
    suffix: String,
    fortran: bool,
    seen: HashMap<String, Ident>,
    /// The items' own names.
    names: HashSet<Ident>,
}

impl Symbols {
    fn new(keys: &OffloadKeys) -> Self {
        let affix = |affix: &Option<LitStr>| affix.as_ref().map(LitStr::value).unwrap_or_default();
        Self {
            prefix: affix(&keys.link_prefix),
            suffix: affix(&keys.link_suffix),
            fortran: keys.fortran.is_some(),
            ..Self::default()
        }
    }

    /// `#[link_name]` as it is, else the item's name between prefix and suffix; as a Fortran compiler spells it, if it is
    /// one of Fortran.
    fn of(&self, ident: &Ident, link_name: Option<&LitStr>, errors: &mut Errors) -> String {
        if let Some(literal) = link_name {
            name(&literal.value(), &messages::SYMBOL, literal, errors);
            return literal.value();
        }
        let plain = ident.unraw().to_string();
        let plain = if self.fortran { plain.to_lowercase() + "_" } else { plain };
        let symbol = format!("{}{plain}{}", self.prefix, self.suffix);
        if symbol.len() > MAX_NAME {
            errors.at(ident, messages::name_too_long(&messages::SYMBOL, symbol.len()));
        }
        symbol
    }

    /// A symbol stands once in a block, unless a condition may take one of two away. Says whether the item's own
    /// name is a second one too.
    fn taken(&mut self, symbol: &str, ident: &Ident, attrs: &[Attribute], errors: &mut Errors) -> bool {
        if !attributes::cfgs(attrs).is_empty() {
            return false;
        }
        let Some(first) = self.seen.get(symbol) else {
            self.seen.insert(symbol.to_owned(), ident.clone());
            let is_new = self.names.insert(ident.clone());
            if !is_new {
                errors.at(ident, messages::duplicate_name(ident));
            }
            return !is_new;
        };
        errors.at(ident, messages::duplicate_symbol(symbol, first));
        first == ident
    }
}
