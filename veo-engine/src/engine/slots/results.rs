//! Results that nobody has asked for yet, by their requests' ids.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::engine::context::Outcome;

pub(super) type Results = HashMap<u64, Outcome, BuildHasherDefault<IdHasher>>;

/// Ids are counted up, so one multiplication spreads them well enough.
#[derive(Debug, Default)]
pub(super) struct IdHasher(u64);

impl Hasher for IdHasher {
    fn write_u64(&mut self, id: u64) {
        self.0 = id.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(self.0 ^ u64::from(byte));
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
