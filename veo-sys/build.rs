//! Makes the bindings anew from `include/`, with feature `bindgen` only. Everyone else uses the committed `src/bindings.rs`.

#[cfg(not(feature = "bindgen"))]
fn main() {}

#[cfg(feature = "bindgen")]
fn main() {
    let out = std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    println!("cargo::rerun-if-changed=include");
    bindgen::builder()
        .headers([
            "include/ve_offload.h",
            "include/veo_hmem.h",
            "include/veo_veshm.h",
            "include/veo_vedma.h",
            "include/veo_vhveshm.h",
        ])
        .allowlist_item("veo_.*|VEO_.*|VE_.*|ve_dma.*")
        // Plain integers: a library that returns an unknown value does no harm.
        .default_enum_style(bindgen::EnumVariation::Consts)
        .prepend_enum_name(false)
        .parse_callbacks(Box::new(ConstantTypes))
        .generate_cstr(true)
        .use_core()
        // Not rustfmt, whose result depends on the configuration that it finds.
        .formatter(bindgen::Formatter::Prettyplease)
        .rust_edition(bindgen::RustEdition::Edition2024)
        .generate()
        .expect("bindgen cannot read veo-sys/include (does it find libclang?)")
        .write_to_file(std::path::Path::new(&out).join("bindings.rs"))
        .expect("cannot write bindings.rs to OUT_DIR");
}

/// Gives each `#define` the type of the parameter or result it is compared with.
#[cfg(feature = "bindgen")]
#[derive(Debug)]
struct ConstantTypes;

#[cfg(feature = "bindgen")]
impl bindgen::callbacks::ParseCallbacks for ConstantTypes {
    fn int_macro(&self, name: &str, _value: i64) -> Option<bindgen::callbacks::IntKind> {
        use bindgen::callbacks::IntKind;
        Some(match name {
            "VEO_SYMNAME_LEN_MAX" | "VEO_MAX_NUM_ARGS" => IntKind::Custom { name: "usize", is_signed: false },
            "VEO_REQUEST_ID_INVALID" | "VEO_HMEM_VE_BIT" | "VEO_HMEM_PROC_MASK" => IntKind::U64,
            _ if name.starts_with("VE_") => IntKind::LongLong,
            _ => IntKind::Int,
        })
    }
}
