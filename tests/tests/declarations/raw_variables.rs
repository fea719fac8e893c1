// Declarations of the functions and variables in `variables.h`, made by veo-build: do not edit.
// To make them anew:
//
//     veo-declarations --header tests/kernels/declared/variables.h --lib libdeclared.so --variables --output tests/tests/declarations/raw_variables.rs

/// `shared_real` of the library.
#[allow(dead_code, non_camel_case_types, clippy::upper_case_acronyms)]
pub type shared_real = f64;

/// `struct shared_point` of the library.
#[allow(dead_code, non_camel_case_types, non_snake_case)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct shared_point {
    /// Member `x`.
    pub x: f64,
    /// Member `y`.
    pub y: f64,
}

/// `enum shared_colour` of the library.
#[allow(dead_code, non_camel_case_types, clippy::upper_case_acronyms)]
pub type shared_colour = u32;
/// A value of `shared_colour`.
#[allow(dead_code, non_upper_case_globals)]
pub const SHARED_RED: shared_colour = 0;
/// A value of `shared_colour`.
#[allow(dead_code, non_upper_case_globals)]
pub const SHARED_GREEN: shared_colour = 1;

/// `shared_handle` of the library.
///
/// It is known by its address only, since its members are not declared.
#[allow(dead_code, non_camel_case_types, clippy::upper_case_acronyms)]
#[derive(Debug)]
#[repr(C)]
pub struct shared_handle {
    _opaque: [u8; 0],
}

#[veo::ve_offload(lib = "libdeclared.so")]
#[allow(dead_code)]
extern "C" {
    /// How many steps were taken.
    pub static mut shared_steps: i32;

    /// Weights of the stencil.
    pub static shared_weights: [f64; 10];

    pub static mut shared_matrix: [[shared_real; 3]; 2];

    pub static mut shared_origin: shared_point;

    pub static shared_corners: [shared_point; 4];

    pub static mut shared_colour: shared_colour;

    pub static mut shared_row: veo::VePtr<f64>;

    pub static shared_name: veo::VePtr<::core::ffi::c_char>;

    pub static mut shared_rows: veo::VePtr<veo::VePtr<f64>>;

    pub static mut shared_handler: veo::VePtr<::core::ffi::c_void>;

    pub static mut shared_handle: veo::VePtr<shared_handle>;

    pub static mut shared_factor: [f64; 2];

    pub static mut shared_type: usize;

    #[link_name = "type"]
    pub static mut type_: i64;
}

// Left out:
//
// - `shared_is_ready`: the variable is a `bool`, which has 1 byte on the host and 4 on a VE
// - `shared_entry`: the variable is a `shared_padded`, which is no plain data, since there is padding between its members
// - `shared_precise`: the variable is a `long double` or 128-bit integer, which fits no VE register
