//! Functions that are looked up by their names at run time, with types that are named then, or in the source.

use std::collections::HashSet;
use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, MutexGuard};

use veo_engine::signature::Class;

use crate::actual::{Actual, CallbackTypes, Owned, check_owner};
use crate::arg::{StackArgument, VeArg, VeParam, VeRet};
use crate::call::submit;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::library::Library;
use crate::lock::lock;
use crate::request::{Request, What};
use crate::value::{Argument, CType, Kind, Passed, Value};

/// What libveo's argument lists hold at most.
const MAX_ARGS: usize = 256;

/// The name of a function, and of its library, for messages. Requests refer to it for as long as the program runs; there are
/// as many as a program has functions.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Name {
    pub(crate) symbol: String,
    pub(crate) library: String,
}

impl Name {
    /// The one name with these words.
    fn get(symbol: &str, library: String) -> &'static Self {
        static NAMES: Mutex<Option<HashSet<&'static Name>>> = Mutex::new(None);
        let name = Self { symbol: symbol.to_owned(), library };
        let mut names = lock(&NAMES);
        let names = names.get_or_insert_default();
        if let Some(known) = names.get(&name) {
            return known;
        }
        let name: &'static Self = Box::leak(Box::new(name));
        names.insert(name);
        name
    }
}

/// A function of a library, as the library remembers it: its types are the same for all who ask for it by its name.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) name: &'static Name,
    address: u64,
    types: Mutex<Types>,
}

#[derive(Debug)]
struct Types {
    /// `None` until they are set.
    args: Option<Vec<CType>>,
    ret: CType,
    /// Whether the worker knows them.
    declared: bool,
}

impl Found {
    pub(crate) fn new(symbol: &str, library: String, address: u64) -> Self {
        let types = Types { args: None, ret: CType::int(), declared: false };
        Self { name: Name::get(symbol, library), address, types: Mutex::new(types) }
    }

    /// Takes the types that another one has.
    pub(crate) fn take_types(&self, other: &Self) {
        let types = lock(&other.types);
        let (args, ret) = (types.args.clone(), types.ret.clone());
        drop(types);
        if args.is_none() && ret == CType::int() {
            return; // They were never set.
        }
        *lock(&self.types) = Types { args, ret, declared: false };
    }
}

/// A function of a VE library whose types are named at run time, by the same words as in PyVEO.
///
/// Types that were set once hold for everyone who looks the function up in the same library, for instance with
/// [`Proc::get_function`](crate::Proc::get_function). A `Function` is a cheap clone.
///
/// ```
/// # mod kernels {
/// #     #[veo::ve_kernel]
/// #     pub unsafe extern "C" fn mean(n: i32, x: *const f64) -> f64 { (0..n).map(|i| unsafe { *x.add(i as usize) }).sum::<f64>() / f64::from(n) }
/// # }
/// use veo::{OnStack, Proc, args};
///
/// let proc = Proc::create(0)?;
/// let ctx = proc.open_context()?;
/// let library = proc.static_library(); // usually: proc.load_library("libkernels.so")?
/// let mean = library.find_function("mean")?.args_type(["int", "double *"])?.ret_type("double")?;
///
/// let value = mean.call(&ctx, args![2, OnStack::input_slice(&[1.0, 2.0])]).wait()?;
/// assert_eq!(value.as_f64(), Some(1.5));
///
/// let error = mean.call(&ctx, args![2.5, 0]).wait().unwrap_err().to_string();
/// assert!(error.contains("argument 1"), "{error}");
/// # Ok::<(), veo::Error>(())
/// ```
#[derive(Clone)]
pub struct Function {
    library: Library,
    found: Arc<Found>,
}

impl Function {
    pub(crate) fn new(library: Library, found: Arc<Found>) -> Self {
        Self { library, found }
    }

    /// Its name in the library.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.found.name.symbol
    }

    /// The library that it was found in.
    #[must_use]
    pub fn library(&self) -> &Library {
        &self.library
    }

    /// Its VE address.
    #[must_use]
    pub fn addr(&self) -> u64 {
        self.found.address
    }

    fn types(&self) -> MutexGuard<'_, Types> {
        lock(&self.found.types)
    }

    fn bad_type(&self, text: &str, reason: String) -> Error {
        Error::TypeName { function: self.name().to_owned(), text: text.to_owned(), reason }
    }

    /// Sets the types of its arguments: `char`, `short`, `int`, `long`, each also with `unsigned`, `int8_t` to `uint64_t`,
    /// `size_t`, `float`, `double`, and everything that ends in `*`. A `void` is skipped, so `["void"]` is no argument at all.
    ///
    /// # Errors
    /// A text is no type that fits into a register, or there are more than 256.
    pub fn args_type<S: AsRef<str>>(self, types: impl IntoIterator<Item = S>) -> Result<Self> {
        let parse = |text: S| CType::parse(text.as_ref()).map_err(|reason| self.bad_type(text.as_ref(), reason));
        let mut args = types.into_iter().map(parse).collect::<Result<Vec<_>>>()?;
        args.retain(|declared| declared.class != Class::Void);
        if args.len() > MAX_ARGS {
            let reason = format!("a function of a VE has at most {MAX_ARGS} arguments, these are {}", args.len());
            return Err(self.bad_type("…", reason));
        }
        let mut types = self.types();
        types.declared &= types.args.as_ref() == Some(&args);
        types.args = Some(args);
        drop(types);
        Ok(self)
    }

    /// Sets the type of its result; `int` if it is never set. The words are those of [`args_type`](Self::args_type).
    ///
    /// # Errors
    /// The text is no type that fits into a register.
    pub fn ret_type(self, text: &str) -> Result<Self> {
        let ret = CType::parse(text).map_err(|reason| self.bad_type(text, reason))?;
        let mut types = self.types();
        types.declared &= types.ret == ret;
        types.ret = ret;
        drop(types);
        Ok(self)
    }

    /// Queues a call. [`args!`](crate::args) makes the arguments. Wraps `veo_call_async`.
    ///
    /// Numbers are converted if they fit: an integer may be passed for a `double`, but not 300 for a `char`. For a pointer pass
    /// a buffer, which is waited for and noted as with a stub (`&mut` if the kernel writes to it), a [`VePtr`](crate::VePtr), or
    /// [`OnStack`](crate::OnStack).
    ///
    /// # Errors
    /// When it is waited for: no types were set, there are more or fewer arguments than types, one does not fit (the error
    /// names it), the function is declared elsewhere with other types, or belongs to another process; then as for every request.
    pub fn call<'a>(&self, context: &Context, arguments: impl IntoIterator<Item = Argument<'a>>) -> Request<'a, Value> {
        let mut arguments: Vec<Argument<'a>> = arguments.into_iter().collect();
        let mut ret = CType::int();
        let words = self.prepare(context, &arguments).map(|(words, declared)| {
            ret = declared;
            words
        });
        let words = match words {
            Ok(words) => words,
            Err(error) => {
                return Request::failed(context, error, What::CallByName(self.found.name), |_, _| Ok(Value::Void));
            }
        };
        let mut actuals: Vec<_> =
            arguments.iter_mut().zip(words).map(|(argument, word)| actual(argument, word)).collect();
        let (what, address) = (What::CallByName(self.found.name), Ok(self.found.address));
        submit(context, what, address, &mut actuals, result_of(&ret))
    }

    /// Calls it on the [main context](crate::Proc::main_context) and waits for its result: what `veo_call_sync` does.
    ///
    /// # Errors
    /// As [`call`](Self::call), at once.
    ///
    /// ```
    /// # mod kernels { #[veo::ve_kernel] pub extern "C" fn squared(x: i64) -> i64 { x * x } }
    /// # let proc = veo::Proc::create(0)?;
    /// let squared = proc.static_library().find_function("squared")?.args_type(["long"])?.ret_type("long")?;
    /// assert_eq!(squared.call_sync(veo::args![5])?.as_i64(), Some(25));
    /// # Ok::<(), veo::Error>(())
    /// ```
    pub fn call_sync<'a>(&self, arguments: impl IntoIterator<Item = Argument<'a>>) -> Result<Value> {
        self.call(&self.library.proc().main_context(), arguments).wait()
    }

    /// The arguments as words, and the type of the result; and sees to it that the worker knows the types.
    fn prepare(&self, context: &Context, arguments: &[Argument<'_>]) -> Result<(Vec<Passed>, CType)> {
        check_function(context, &self.library, self.found.name)?;
        let mut types = self.types();
        let refused = |reason: String| Error::Refused { operation: format!("calling `{}`", self.name()), reason };
        let Some(declared) = &types.args else {
            return Err(refused(
                "its arguments have no types; set them with `args_type`, for instance [\"int\", \"double *\"]".into(),
            ));
        };
        if declared.len() != arguments.len() {
            let (expected, given) = (declared.len(), arguments.len());
            return Err(refused(format!("it takes {expected} arguments, and {given} were passed")));
        }
        let convert = |(index, (declared, argument)): (usize, (&CType, &Argument<'_>))| {
            argument.0.convert(declared).map_err(|reason| Error::Argument {
                function: self.name().to_owned(),
                index: index + 1,
                declared: declared.to_string(),
                reason,
            })
        };
        let words = declared.iter().zip(arguments).enumerate().map(convert).collect::<Result<_>>()?;
        if !types.declared {
            let params: Vec<Class> = declared.iter().map(|declared| declared.class).collect();
            self.library.declare(self.found.name, self.found.address, &params, types.ret.class)?;
            types.declared = true;
        }
        Ok((words, types.ret.clone()))
    }
}

impl Function {
    /// Whether it may be passed as a function of this signature to one of the context's process.
    pub(crate) fn check_callback(&self, context: &Context, wanted: &CallbackTypes) -> Result<()> {
        check_function(context, &self.library, self.found.name)?;
        let types = self.types();
        let fits = types.ret.class == wanted.ret
            && types.args.as_ref().is_some_and(|args| args.iter().map(|arg| &arg.class).eq(wanted.params));
        if fits {
            return Ok(());
        }
        drop(types);
        Err(Error::Refused {
            operation: format!("passing `{self:?}` as a function"),
            reason: "the declaration wants other types; set them with `args_type` and `ret_type`, or look it up with `Library::function`".into(),
        })
    }
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let types = self.types();
        let args = types.args.iter().flatten().map(ToString::to_string).collect::<Vec<_>>();
        let args = if types.args.is_some() { args.join(", ") } else { "…".into() };
        write!(f, "{} {}({args})", types.ret, self.name())
    }
}

/// A function must be of the context's process, and of a library that is loaded.
fn check_function(context: &Context, library: &Library, name: &Name) -> Result<()> {
    let owner = library.proc();
    check_owner(context, &owner.0).map_err(|error| match error {
        Error::WrongProcess { owner, used, .. } => Error::WrongProcess { what: "a VE function", owner, used },
        other => other,
    })?;
    let refused = |reason| Error::Refused { operation: format!("calling `{}`", name.symbol), reason };
    library.unloaded().map(refused).map_or(Ok(()), Err)
}

fn actual<'s, 'a>(argument: &'s mut Argument<'a>, word: Passed) -> Actual<'s, 'a> {
    match (&mut argument.0, word) {
        (Kind::Memory { memory, access }, _) => Actual::part(&memory.region, *access),
        (Kind::Stack(memory), _) => Actual::by_value(memory, StackArgument::actual),
        (_, Passed::Word(word)) => Actual::word(word),
        (_, Passed::Float(bits)) => Actual::float(f32::from_bits(bits)),
        (_, Passed::Double(bits)) => Actual::double(f64::from_bits(bits)),
    }
}

/// What makes the result of a function of this type.
fn result_of(ret: &CType) -> crate::request::Finish<Value> {
    macro_rules! of {
        ($class:ident) => {
            |word, _| Ok(Value::from_word(Class::$class, word))
        };
    }
    if ret.is_pointer {
        return |word, _| Ok(Value::Pointer(crate::pointer::VePtr::from_addr(word)));
    }
    match ret.class {
        Class::Void => of!(Void),
        Class::I8 => of!(I8),
        Class::U8 => of!(U8),
        Class::I16 => of!(I16),
        Class::U16 => of!(U16),
        Class::I32 => of!(I32),
        Class::U32 => of!(U32),
        Class::I64 => of!(I64),
        Class::U64 => of!(U64),
        Class::F32 => of!(F32),
        Class::F64 => of!(F64),
    }
}

/// A function that was looked up by its name at run time, with types from the source: `fn(i32, f64) -> f64`.
///
/// References are declared as [`In`](crate::In), [`InOut`](crate::InOut) and [`Out`](crate::Out).
///
/// ```
/// # mod kernels {
/// #     #[veo::ve_kernel]
/// #     pub unsafe extern "C" fn axpy1(a: f64, x: *mut f64) -> i32 { unsafe { *x = a * *x + 1.0 }; 7 }
/// # }
/// let proc = veo::Proc::create(0)?;
/// let ctx = proc.open_context()?;
/// let axpy1 = proc.static_library().function::<fn(f64, *mut f64) -> i32>("axpy1")?;
/// let mut x = proc.upload(&[3.0])?;
/// assert_eq!(axpy1.call(&ctx, (2.0, &mut x)).wait()?, 7);
/// assert_eq!(x.to_vec()?, [7.0]);
/// # Ok::<(), veo::Error>(())
/// ```
pub struct TypedFunction<S> {
    library: Library,
    found: Arc<Found>,
    signature: PhantomData<fn() -> S>,
}

impl<S: Signature> TypedFunction<S> {
    pub(crate) fn new(library: Library, found: Arc<Found>) -> Result<Self> {
        library.declare(found.name, found.address, S::PARAMS, S::RET)?;
        // The next one that is typed by words is to be declared again.
        lock(&found.types).declared = false;
        Ok(Self { library, found, signature: PhantomData })
    }

    /// Its name in the library.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.found.name.symbol
    }

    /// Its VE address.
    #[must_use]
    pub fn addr(&self) -> u64 {
        self.found.address
    }

    /// Queues a call; the arguments are a tuple, `()` without any and `(x,)` for one. Wraps `veo_call_async`.
    ///
    /// # Errors
    /// When it is waited for: the function belongs to another process; then as for every request.
    pub fn call<'a, A, M>(&self, context: &Context, arguments: A) -> Request<'a, S::Output>
    where
        A: Arguments<'a, S, M>,
    {
        let address = check_function(context, &self.library, self.found.name).map(|()| self.found.address);
        let what = What::CallByName(self.found.name);
        arguments.pass(|actuals| submit(context, what, address, actuals, |word, _| Ok(S::from_word(word))))
    }

    /// Calls it on the [main context](crate::Proc::main_context) and waits for its result: what `veo_call_sync` does.
    ///
    /// # Errors
    /// As for every request, at once.
    pub fn call_sync<'a, A, M>(&self, arguments: A) -> Result<S::Output>
    where
        A: Arguments<'a, S, M>,
    {
        self.call(&self.library.proc().main_context(), arguments).wait()
    }
}

impl<S> Owned for TypedFunction<S> {
    fn check(&self, context: &Context) -> Result<()> {
        check_function(context, &self.library, self.found.name)
    }

    fn word(&self) -> u64 {
        self.found.address
    }
}

impl<S> Clone for TypedFunction<S> {
    fn clone(&self) -> Self {
        Self { library: self.library.clone(), found: Arc::clone(&self.found), signature: PhantomData }
    }
}

impl<S> fmt::Debug for TypedFunction<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypedFunction").field("name", &self.found.name.symbol).finish_non_exhaustive()
    }
}

/// The type of a VE function: `fn(A, B) -> R` of up to 16 types that a declaration may have.
pub trait Signature {
    /// What a request of it gives.
    type Output;
    #[doc(hidden)]
    const PARAMS: &'static [Class];
    #[doc(hidden)]
    const RET: Class;
    #[doc(hidden)]
    fn from_word(word: u64) -> Self::Output;
}

/// A tuple that may be passed to a function of type `S`.
#[diagnostic::on_unimplemented(
    message = "these arguments do not fit `{S}`",
    note = "pass a tuple with one argument for each parameter: `()` without any, `(x,)` for one; each must be exactly of the declared type, as for a stub"
)]
pub trait Arguments<'a, S: Signature, M> {
    #[doc(hidden)]
    fn pass<T>(self, call: impl FnOnce(&mut [Actual<'_, 'a>]) -> T) -> T;
}

macro_rules! signatures {
    ($($declared:ident $given:ident $marker:ident $argument:ident),*) => {
        impl<R: VeRet, $($declared: VeParam),*> Signature for fn($($declared),*) -> R {
            type Output = R::Output;
            const PARAMS: &'static [Class] = &[$($declared::CLASS),*];
            const RET: Class = R::CLASS;

            fn from_word(word: u64) -> R::Output {
                R::from_word(word)
            }
        }

        impl<'a, R: VeRet, $($declared: VeParam, $given: VeArg<'a, $declared, $marker>, $marker),*>
            Arguments<'a, fn($($declared),*) -> R, ($($marker,)*)> for ($($given,)*)
        {
            fn pass<T>(self, call: impl FnOnce(&mut [Actual<'_, 'a>]) -> T) -> T {
                let ($($argument,)*) = self;
                call(&mut [$(VeArg::actual(&mut Some($argument))),*])
            }
        }
    };
}

macro_rules! signatures_up_to {
    () => { signatures! {} };
    ($first:ident $given:ident $marker:ident $argument:ident $(, $($rest:ident)*)*) => {
        signatures_up_to! { $($($rest)*),* }
        signatures! { $first $given $marker $argument $(, $($rest)*)* }
    };
}

signatures_up_to! {
    D1 G1 M1 a1, D2 G2 M2 a2, D3 G3 M3 a3, D4 G4 M4 a4, D5 G5 M5 a5, D6 G6 M6 a6, D7 G7 M7 a7, D8 G8 M8 a8,
    D9 G9 M9 a9, D10 G10 M10 a10, D11 G11 M11 a11, D12 G12 M12 a12, D13 G13 M13 a13, D14 G14 M14 a14, D15 G15 M15 a15,
    D16 G16 M16 a16
}
