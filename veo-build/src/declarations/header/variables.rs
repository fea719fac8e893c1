//! What bindgen does not tell of variables, asked of libclang itself: it looks at one `const` alone, and not at who sees a
//! variable.

use std::collections::HashMap;
use std::ffi::{CStr, CString, c_int, c_void};
use std::ptr;

use clang_sys::{
    CXChildVisit_Continue, CXChildVisit_Recurse, CXChildVisitResult, CXClientData, CXCursor, CXCursor_ClassDecl,
    CXCursor_LinkageSpec, CXCursor_Namespace, CXCursor_StructDecl, CXCursor_UnexposedDecl, CXCursor_VarDecl,
    CXCursorKind, CXIndex, CXLinkage_Internal, CXLinkage_UniqueExternal, CXString, CXTLS_None, CXTranslationUnit,
    CXTranslationUnit_None, CXType, CXType_Invalid, clang_Cursor_getMangling, clang_createIndex, clang_disposeIndex,
    clang_disposeString, clang_disposeTranslationUnit, clang_getArrayElementType, clang_getCString,
    clang_getCanonicalType, clang_getCursorKind, clang_getCursorLinkage, clang_getCursorTLSKind, clang_getCursorType,
    clang_getTranslationUnitCursor, clang_isConstQualifiedType, clang_parseTranslationUnit, clang_visitChildren,
};

use super::{ARGUMENTS, Headers};
use crate::declarations::model::THREAD_LOCAL;

const INTERNAL: &str =
    "it is `static` in the header: every file of source has one of its own, and the library exports none";

/// What is known of variables, by their symbols.
pub(super) type Known = HashMap<String, Facts>;

#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    /// It, or what is in its arrays, is constant, under whatever names.
    pub(super) constant: bool,
    /// Why it cannot be declared.
    pub(super) refused: Option<&'static str>,
}

/// Nothing, if libclang cannot read the headers; bindgen says why.
pub(super) fn read(headers: &Headers) -> Known {
    let Some(unit) = Unit::parse(&arguments(headers)) else { return Known::new() };
    unit.variables().into_iter().filter_map(|cursor| Some((symbol(cursor)?, facts(cursor)))).collect()
}

/// The arguments that bindgen gives to libclang.
fn arguments(headers: &Headers) -> Vec<CString> {
    let mut arguments: Vec<String> = ARGUMENTS.map(str::to_owned).to_vec();
    arguments.extend(headers.arguments.iter().cloned());
    if let Ok(more) = std::env::var("BINDGEN_EXTRA_CLANG_ARGS") {
        arguments.extend(more.split_whitespace().map(str::to_owned));
    }
    let names: Vec<String> = headers.files.iter().map(|file| file.to_string_lossy().into_owned()).collect();
    arguments.extend(system_headers(is_cpp(&names, &arguments)));
    if let Some((last, others)) = names.split_last() {
        arguments.extend(others.iter().flat_map(|name| ["-include".to_owned(), name.clone()]));
        arguments.push(last.clone());
    }
    arguments.into_iter().filter_map(|argument| CString::new(argument).ok()).collect()
}

/// Whether clang takes the headers for C++.
fn is_cpp(names: &[String], arguments: &[String]) -> bool {
    let has_ending = |name: &String| [".hpp", ".hxx", ".hh", ".h++"].iter().any(|ending| name.ends_with(ending));
    names.iter().any(has_ending) || arguments.iter().any(|argument| argument == "c++" || argument == "-xc++")
}

/// Where clang's own headers are, which libclang may not know if it lies elsewhere.
fn system_headers(of_cpp: bool) -> Vec<String> {
    let Some(clang) = clang_sys::support::Clang::find(None, &[ARGUMENTS[0].to_owned()]) else { return Vec::new() };
    let paths = if of_cpp { clang.cpp_search_paths } else { clang.c_search_paths };
    let path = |path: std::path::PathBuf| ["-isystem".to_owned(), path.to_string_lossy().into_owned()];
    paths.into_iter().flatten().flat_map(path).collect()
}

// ---- libclang ---------------------------------------------------------------------------------------------------------

/// What libclang makes of the headers.
struct Unit {
    index: CXIndex,
    unit: CXTranslationUnit,
}

impl Unit {
    fn parse(arguments: &[CString]) -> Option<Self> {
        let pointers: Vec<_> = arguments.iter().map(|argument| argument.as_ptr()).collect();
        let count = c_int::try_from(pointers.len()).ok()?;
        // SAFETY: libclang is loaded, here and below: `header::read` saw to it. Declarations of headers that were included
        // count; messages are bindgen's.
        let index = unsafe { clang_createIndex(0, 0) };
        // SAFETY: `pointers` has `count` texts, which `arguments` keeps; there are no files that are not saved.
        let unit = unsafe {
            clang_parseTranslationUnit(
                index,
                ptr::null(),
                pointers.as_ptr(),
                count,
                ptr::null_mut(),
                0,
                CXTranslationUnit_None,
            )
        };
        // What there is goes with it in either case.
        let parsed = Self { index, unit };
        (!unit.is_null()).then_some(parsed)
    }

    /// The declarations of variables outside of functions.
    fn variables(&self) -> Vec<CXCursor> {
        let mut found: Vec<CXCursor> = Vec::new();
        // SAFETY: the unit lives as long as `self`.
        let root = unsafe { clang_getTranslationUnitCursor(self.unit) };
        // SAFETY: `visit` is called before this returns only, with the address of `found`, as it expects.
        unsafe { clang_visitChildren(root, visit, ptr::from_mut(&mut found).cast::<c_void>()) };
        found
    }
}

impl Drop for Unit {
    fn drop(&mut self) {
        if !self.unit.is_null() {
            // SAFETY: it was made with this, and nothing is made of it any more: cursors are not kept.
            unsafe { clang_disposeTranslationUnit(self.unit) };
        }
        // SAFETY: as above; its only unit is gone.
        unsafe { clang_disposeIndex(self.index) };
    }
}

/// What variables may be declared in. `extern "C"` was not exposed by older versions.
const SCOPES: [CXCursorKind; 5] =
    [CXCursor_Namespace, CXCursor_LinkageSpec, CXCursor_UnexposedDecl, CXCursor_ClassDecl, CXCursor_StructDecl];

extern "C" fn visit(cursor: CXCursor, _parent: CXCursor, found: CXClientData) -> CXChildVisitResult {
    // SAFETY: the cursor is libclang's own.
    let kind = unsafe { clang_getCursorKind(cursor) };
    if kind == CXCursor_VarDecl {
        // SAFETY: `variables` passes this vector, and does not use it meanwhile.
        let found = unsafe { &mut *found.cast::<Vec<CXCursor>>() };
        found.push(cursor);
    }
    if SCOPES.contains(&kind) { CXChildVisit_Recurse } else { CXChildVisit_Continue }
}

/// The name in a library.
fn symbol(cursor: CXCursor) -> Option<String> {
    // SAFETY: the cursor is of a unit that is alive, here and below: `read` keeps it.
    let mangled = text(unsafe { clang_Cursor_getMangling(cursor) })?;
    // A byte in front keeps LLVM from changing it.
    Some(mangled.trim_start_matches('\u{1}').to_owned())
}

/// A text of libclang's, which is given back.
fn text(string: CXString) -> Option<String> {
    // SAFETY: the string is libclang's, and alive until the end of this function.
    let start = unsafe { clang_getCString(string) };
    // SAFETY: libclang's texts end with a zero.
    let text = (!start.is_null()).then(|| unsafe { CStr::from_ptr(start) }.to_string_lossy().into_owned());
    // SAFETY: nothing refers to it any more.
    unsafe { clang_disposeString(string) };
    text
}

fn facts(cursor: CXCursor) -> Facts {
    // SAFETY: as in `symbol`.
    let ty = unsafe { clang_getCursorType(cursor) };
    // SAFETY: as above.
    let linkage = unsafe { clang_getCursorLinkage(cursor) };
    // SAFETY: as above.
    let is_thread_local = unsafe { clang_getCursorTLSKind(cursor) } != CXTLS_None;
    let refused = if [CXLinkage_Internal, CXLinkage_UniqueExternal].contains(&linkage) {
        Some(INTERNAL)
    } else {
        is_thread_local.then_some(THREAD_LOCAL)
    };
    Facts { constant: is_const(ty), refused }
}

/// Whether a type, or what is in its arrays, is constant. `typedef`s may be at every level.
fn is_const(mut ty: CXType) -> bool {
    while ty.kind != CXType_Invalid {
        // SAFETY: the type is of a unit that is alive.
        let canonical = unsafe { clang_getCanonicalType(ty) };
        // SAFETY: as above.
        if unsafe { clang_isConstQualifiedType(canonical) } != 0 {
            return true;
        }
        // SAFETY: as above. Of what is no array, the result is invalid.
        ty = unsafe { clang_getArrayElementType(canonical) };
    }
    false
}
