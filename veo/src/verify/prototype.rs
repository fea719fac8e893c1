//! What is compared: a function or variable, as it was declared.

use std::fmt;
use std::panic::Location;

use veo_engine::signature::Class;

use super::declared::Type;
use super::library::Sort;
use super::report::Mismatch;
use super::variable;
use crate::arg::{VeParam, VeRet};
use crate::constant::VeVariable;
use crate::declaration::{Declaration, Declared};

/// A function or variable that is known at run time: what a macro would have declared.
///
/// ```
/// use veo::verify::{self, Prototype};
///
/// let dot = Prototype::new("dot").param::<i32>("n").param::<*const f64>("x").returns::<f64>();
/// assert_eq!(dot.to_string(), "fn dot(n: i32, x: *const f64) -> f64");
/// # let report = verify::compare("/no/such/lib.so".as_ref(), &[dot]);
/// # assert!(report.is_match() && report.unchecked.len() == 1);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Prototype {
    pub(super) rust_name: String,
    pub(super) symbol: String,
    pub(super) params: Vec<NamedType>,
    pub(super) ret: Option<Type>,
    /// What a pointer to it is, if it is a variable; then there are neither parameters nor a result.
    pub(super) variable: Option<Type>,
    declared_at: String,
}

/// A parameter of a [`Prototype`].
#[derive(Clone, Debug)]
pub(super) struct NamedType {
    pub(super) name: String,
    pub(super) ty: Type,
}

impl Prototype {
    /// A function that takes and returns nothing.
    #[track_caller]
    pub fn new(symbol: impl Into<String>) -> Self {
        let symbol = symbol.into();
        let place = Location::caller();
        let declared_at = format!("{}:{}", place.file(), place.line());
        Self { rust_name: symbol.clone(), symbol, params: Vec::new(), ret: None, variable: None, declared_at }
    }

    /// A variable that is only read: `static symbol: T`.
    ///
    /// ```
    /// # use veo::verify::Prototype;
    /// assert_eq!(Prototype::constant::<[f64; 10]>("TABLE").to_string(), "static TABLE: [f64; 10]");
    /// ```
    #[track_caller]
    pub fn constant<T: VeVariable>(symbol: impl Into<String>) -> Self {
        Self { variable: Some(T::CONST), ..Self::new(symbol) }
    }

    /// A variable: `static mut symbol: T`.
    #[track_caller]
    pub fn variable<T: VeVariable>(symbol: impl Into<String>) -> Self {
        Self { variable: Some(T::MUT), ..Self::new(symbol) }
    }

    /// Adds a parameter: a scalar, `*const T` or `*mut T`, [`In<T>`](crate::In) for `&T`, [`In<[T]>`](crate::In) for `&[T]`.
    pub fn param<T: VeParam + ?Sized>(mut self, name: impl Into<String>) -> Self {
        self.params.push(NamedType { name: name.into(), ty: T::TYPE });
        self
    }

    /// Sets what is returned.
    pub fn returns<T: VeRet>(mut self) -> Self {
        self.ret = result(T::TYPE);
        self
    }

    /// The same, of which no more than the size of structs is compared: this program's debug information may take seconds to
    /// read.
    pub(super) fn closed(mut self) -> Self {
        self.params.iter_mut().for_each(|param| param.ty = param.ty.closed());
        self.ret = self.ret.map(Type::closed);
        self.variable = self.variable.map(Type::closed);
        self
    }

    pub(super) fn of(declaration: &Declaration) -> Self {
        let (mut params, mut ret, mut variable) = (Vec::new(), None, None);
        match declaration.declared() {
            Declared::Function { params: named, ret: returned } => {
                params.extend(named.iter().map(|param| NamedType { name: param.name.to_owned(), ty: param.ty }));
                ret = result(returned);
            }
            Declared::Variable(ty) => variable = Some(ty),
        }
        Self {
            rust_name: declaration.site().rust_name.to_owned(),
            symbol: declaration.symbol().to_owned(),
            params,
            ret,
            variable,
            declared_at: format!("{}:{}", declaration.site().file, declaration.site().line),
        }
    }

    /// What it is in the library.
    pub(super) fn sort(&self) -> Sort {
        if self.variable.is_some() { Sort::Variable } else { Sort::Function }
    }

    /// What does not match it, as far as it is known here.
    pub(super) fn mismatch(&self, library: &str) -> Mismatch {
        let mut mismatch = Mismatch::new(&self.rust_name, &self.symbol, library);
        mismatch.declared = self.to_string();
        mismatch.declared_at.clone_from(&self.declared_at);
        mismatch
    }
}

fn result(ty: Type) -> Option<Type> {
    Some(ty).filter(|ty| ty.class() != Class::Void)
}

impl fmt::Display for Prototype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(variable) = &self.variable {
            return f.write_str(&variable::spelled(&self.rust_name, variable, &variable.target_name()));
        }
        let params: Vec<_> = self.params.iter().map(|param| format!("{}: {}", param.name, param.ty)).collect();
        write!(f, "fn {}({})", self.rust_name, params.join(", "))?;
        self.ret.map_or(Ok(()), |ret| write!(f, " -> {ret}"))
    }
}
