use std::collections::BTreeSet;
use std::ptr;

use super::*;

/// An implementation of every function, made from the list.
macro_rules! define_dummies {
    ([] $($(#[$_doc:meta])* $_need:ident fn $name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)?;)*) => {
        $(pub(super) unsafe extern "C" fn $name($(_: $type),*) $(-> $result)? {
            unimplemented!()
        })*
    };
}

mod dummies {
    use super::*;
    for_each_symbol!(define_dummies);
}

static TABLE: Api = table!(dummies);

fn names(required: bool) -> Vec<&'static CStr> {
    SYMBOLS.iter().filter(|symbol| symbol.required == required).map(|symbol| symbol.name).collect()
}

#[test]
fn there_are_81_different_names() {
    assert_eq!(SYMBOLS.len(), 81);
    let names: BTreeSet<_> = SYMBOLS.iter().map(|symbol| symbol.name).collect();
    assert_eq!(names.len(), 81);
    assert!(names.iter().all(|name| name.to_bytes().starts_with(b"veo_")));
}

#[test]
fn headers_declare_the_same_names() {
    let headers = concat!(
        include_str!("../../include/ve_offload.h"),
        include_str!("../../include/veo_hmem.h"),
        include_str!("../../include/veo_veshm.h"),
        include_str!("../../include/veo_vedma.h"),
        include_str!("../../include/veo_vhveshm.h"),
    );
    let declared: BTreeSet<_> = headers
        .lines()
        .filter(|line| line.ends_with(';') && !line.starts_with([' ', '/', '}']))
        .filter_map(|line| line.split_once('(')?.0.rsplit([' ', '*']).next())
        .collect();
    let listed: BTreeSet<_> = SYMBOLS.iter().map(|symbol| symbol.name.to_str().unwrap()).collect();
    assert_eq!(declared, listed);
}

#[test]
fn table_takes_functions_of_a_module() {
    let expected: unsafe extern "C" fn() -> c_int = dummies::veo_api_version;
    assert!(ptr::fn_addr_eq(TABLE.veo_api_version, expected));
    assert!(TABLE.veo_get_ve_arch.is_some());
}

#[test]
fn resolve_asks_for_each_symbol_once() {
    let mut asked = Vec::new();
    // SAFETY: the table is dropped unused, so what the address is does not matter.
    let api = unsafe {
        Api::resolve(|name| {
            asked.push(name.to_owned());
            TABLE.veo_api_version as *mut c_void
        })
    };
    assert!(api.is_ok());
    assert!(asked.iter().map(|name| name.as_c_str()).eq(SYMBOLS.iter().map(|symbol| symbol.name)));
}

#[test]
fn resolve_leaves_optional_functions_out() {
    let optional = names(false);
    // SAFETY: as above.
    let api = unsafe {
        Api::resolve(|name| match optional.contains(&name) {
            true => ptr::null_mut(),
            false => TABLE.veo_api_version as *mut c_void,
        })
    }
    .unwrap();
    assert!(api.veo_version_string.is_none());
    assert!(api.veo_register_hook.is_none());
}

#[test]
fn resolve_names_all_that_is_missing() {
    // SAFETY: null is allowed for every symbol.
    let missing = unsafe { Api::resolve(|_| ptr::null_mut()) }.unwrap_err();
    assert_eq!(missing.names, names(true));
    let text = missing.to_string();
    assert!(text.starts_with("it lacks 44 of the functions"), "{text}");
    assert!(text.contains("veo_proc_create, "), "{text}");
}
