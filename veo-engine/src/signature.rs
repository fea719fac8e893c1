//! What a function takes and returns, in the form in which it travels to `veorun`.
//!
//! A Vector Engine passes every argument in a 64-bit scalar register, so libveo's wire carries no types. x86-64 has
//! separate integer and floating-point registers, so the worker must know each function's [`Class`]es. A typed client
//! sends them once per process, in one batch of [`Record`]s, to the static function `veorun_declare`.

use std::fmt;

/// The class of one argument or result: its width, its signedness, and the register file it travels in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Class {
    /// No value. Only as a result.
    Void = 0,
    /// `int8_t`
    I8 = 1,
    /// `uint8_t`
    U8 = 2,
    /// `int16_t`
    I16 = 3,
    /// `uint16_t`
    U16 = 4,
    /// `int32_t`
    I32 = 5,
    /// `uint32_t`
    U32 = 6,
    /// `int64_t`
    I64 = 7,
    /// `uint64_t`, and every pointer
    U64 = 8,
    /// `float`
    F32 = 9,
    /// `double`
    F64 = 10,
}

impl Class {
    /// The class with this wire value.
    #[must_use]
    pub const fn from_wire(value: u8) -> Option<Self> {
        Some(match value {
            0 => Self::Void,
            1 => Self::I8,
            2 => Self::U8,
            3 => Self::I16,
            4 => Self::U16,
            5 => Self::I32,
            6 => Self::U32,
            7 => Self::I64,
            8 => Self::U64,
            9 => Self::F32,
            10 => Self::F64,
            _ => return None,
        })
    }

    /// Whether values of this class travel in a floating-point register on x86-64.
    #[must_use]
    pub const fn is_float(self) -> bool {
        matches!(self, Self::F32 | Self::F64)
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Void => "void",
            Self::I8 => "int8_t",
            Self::U8 => "uint8_t",
            Self::I16 => "int16_t",
            Self::U16 => "uint16_t",
            Self::I32 => "int32_t",
            Self::U32 => "uint32_t",
            Self::I64 => "int64_t",
            Self::U64 => "uint64_t",
            Self::F32 => "float",
            Self::F64 => "double",
        })
    }
}

/// One declaration in a batch for `veorun_declare`: where the symbol is looked up, and its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// The library's handle, 0 for the static table of `veorun`.
    pub library: u64,
    /// The symbol's name.
    pub name: &'a str,
    /// The class of the result.
    pub ret: Class,
    /// The classes of the parameters.
    pub params: &'a [Class],
}

/// A variable in the same batch: it is looked up, and has no signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable<'a> {
    /// The library's handle, 0 for the static table of `veorun`.
    pub library: u64,
    /// The symbol's name.
    pub name: &'a str,
}

/// The bytes before a record's name: handle, result class, kind, name length, parameter count.
const HEAD: usize = 14;

/// The kinds of records.
const FUNCTION: u8 = 0;
const VARIABLE: u8 = 1;

impl Record<'_> {
    /// Appends this record to a batch. Names and parameter lists beyond 65 535 cannot be sent and give `false`.
    #[must_use]
    pub fn encode(&self, batch: &mut Vec<u8>) -> bool {
        self.encode_as(FUNCTION, batch)
    }

    fn encode_as(&self, kind: u8, batch: &mut Vec<u8>) -> bool {
        let (Ok(name), Ok(params)) = (u16::try_from(self.name.len()), u16::try_from(self.params.len())) else {
            return false;
        };
        batch.extend_from_slice(&self.library.to_le_bytes());
        batch.extend_from_slice(&[self.ret as u8, kind]);
        batch.extend_from_slice(&name.to_le_bytes());
        batch.extend_from_slice(&params.to_le_bytes());
        batch.extend_from_slice(self.name.as_bytes());
        batch.extend(self.params.iter().map(|class| *class as u8));
        true
    }
}

impl Variable<'_> {
    /// Appends this record to a batch. Names beyond 65 535 bytes cannot be sent and give `false`.
    #[must_use]
    pub fn encode(&self, batch: &mut Vec<u8>) -> bool {
        let Self { library, name } = *self;
        Record { library, name, ret: Class::Void, params: &[] }.encode_as(VARIABLE, batch)
    }
}

/// A record as it came over the wire.
#[derive(Debug)]
pub(crate) struct Received<'a> {
    pub(crate) library: u64,
    pub(crate) name: &'a str,
    /// Only its address is wanted.
    pub(crate) is_variable: bool,
    pub(crate) ret: Class,
    pub(crate) params: Vec<Class>,
}

/// Takes the first record off a batch. `None` when the batch is at its end or not a batch.
pub(crate) fn decode<'a>(batch: &mut &'a [u8]) -> Option<Received<'a>> {
    let (head, rest) = batch.split_at_checked(HEAD)?;
    let library = u64::from_le_bytes(head[..8].try_into().ok()?);
    let ret = Class::from_wire(head[8])?;
    let name_len = usize::from(u16::from_le_bytes([head[10], head[11]]));
    let param_count = usize::from(u16::from_le_bytes([head[12], head[13]]));
    let (name, rest) = rest.split_at_checked(name_len)?;
    let (params, rest) = rest.split_at_checked(param_count)?;
    let params = params.iter().map(|&class| Class::from_wire(class)).collect::<Option<_>>()?;
    *batch = rest;
    Some(Received { library, name: std::str::from_utf8(name).ok()?, is_variable: head[9] == VARIABLE, ret, params })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_comes_back_as_it_was_sent() {
        let mut batch = Vec::new();
        let params = [Class::F64, Class::I8];
        assert!(Record { library: 7, name: "f", ret: Class::Void, params: &params }.encode(&mut batch));
        assert!(Record { library: 0, name: "gemm", ret: Class::F32, params: &[] }.encode(&mut batch));
        let mut rest = batch.as_slice();
        let first = decode(&mut rest).unwrap();
        assert_eq!((first.library, first.name, first.ret, first.params), (7, "f", Class::Void, params.to_vec()));
        assert_eq!(decode(&mut rest).unwrap().name, "gemm");
        assert!(decode(&mut rest).is_none());
        assert!(!first.is_variable);
    }

    #[test]
    fn a_variable_is_told_from_a_function() {
        let mut batch = Vec::new();
        assert!(Variable { library: 7, name: "table" }.encode(&mut batch));
        let received = decode(&mut batch.as_slice()).unwrap();
        assert_eq!((received.library, received.name, received.is_variable), (7, "table", true));
    }

    #[test]
    fn a_truncated_batch_is_refused_at_every_length() {
        let mut batch = Vec::new();
        assert!(Record { library: 1, name: "dot", ret: Class::F64, params: &[Class::U64] }.encode(&mut batch));
        for length in 0..batch.len() {
            assert!(decode(&mut &batch[..length]).is_none(), "{length} bytes");
        }
    }

    #[test]
    fn wire_values_are_one_to_one() {
        for value in 0..=u8::MAX {
            if let Some(class) = Class::from_wire(value) {
                assert_eq!(class as u8, value);
            }
        }
        assert_eq!(Class::from_wire(11), None);
    }
}
