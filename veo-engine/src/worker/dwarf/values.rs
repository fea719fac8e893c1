//! What single values of debug information mean for a call.

use crate::signature::Class;

/// The class of a base type.
pub(super) fn scalar(encoding: gimli::DwAte, size: Option<u64>) -> Option<Class> {
    Some(match (encoding, size?) {
        (gimli::DW_ATE_signed | gimli::DW_ATE_signed_char, 1) => Class::I8,
        (gimli::DW_ATE_signed, 2) => Class::I16,
        (gimli::DW_ATE_signed, 4) => Class::I32,
        (gimli::DW_ATE_signed, 8) => Class::I64,
        (
            gimli::DW_ATE_unsigned | gimli::DW_ATE_unsigned_char | gimli::DW_ATE_boolean | gimli::DW_ATE_UTF,
            size @ (1 | 2 | 4 | 8),
        ) => match size {
            1 => Class::U8,
            2 => Class::U16,
            4 => Class::U32,
            _ => Class::U64,
        },
        (gimli::DW_ATE_address, 8) => Class::U64,
        (gimli::DW_ATE_float, 4) => Class::F32,
        (gimli::DW_ATE_float, 8) => Class::F64,
        // Rust's `()`.
        (gimli::DW_ATE_unsigned, 0) => Class::Void,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Class::{I32, U8, U32, Void};

    #[test]
    fn scalars_by_encoding_and_size() {
        assert_eq!(scalar(gimli::DW_ATE_signed, Some(4)), Some(I32));
        assert_eq!(scalar(gimli::DW_ATE_boolean, Some(1)), Some(U8));
        assert_eq!(scalar(gimli::DW_ATE_UTF, Some(4)), Some(U32));
        assert_eq!(scalar(gimli::DW_ATE_unsigned, Some(0)), Some(Void));
        for size in [None, Some(0), Some(3), Some(10), Some(16), Some(u64::MAX)] {
            assert_eq!(scalar(gimli::DW_ATE_float, size), None);
            assert_eq!(scalar(gimli::DW_ATE_signed, size), None);
        }
        assert_eq!(scalar(gimli::DW_ATE_complex_float, Some(8)), None);
        assert_eq!(scalar(gimli::DW_ATE_float, Some(2)), None);
        assert_eq!(scalar(gimli::DwAte(0xff), Some(8)), None);
    }
}
