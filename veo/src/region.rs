//! VE memory as calls and transfers see it: where it is and who uses it, whatever its elements are.

use std::fmt;
use std::sync::Arc;

use crate::error::Result;
use crate::inner::ProcInner;
use crate::limit::{Blocked, Limit};
use crate::uses::{Access, Part, Uses};

/// Memory that is owned, with its uses.
pub(crate) struct Allocation {
    pub(crate) proc: Arc<ProcInner>,
    pub(crate) address: u64,
    pub(crate) uses: Uses,
}

impl Allocation {
    pub(crate) fn new(proc: Arc<ProcInner>, address: u64) -> Self {
        Self { proc, address, uses: Uses::default() }
    }

    /// All of it.
    #[inline]
    pub(crate) fn region(&self) -> Region<'_> {
        Region::new(&self.proc, self.address, &self.uses)
    }
}

impl fmt::Debug for Allocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Allocation").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Memory of a process, whole or a part.
#[derive(Clone, Copy)]
pub(crate) struct Region<'b> {
    pub(crate) proc: &'b Arc<ProcInner>,
    pub(crate) address: u64,
    uses: &'b Uses,
    /// What its uses are noted for: all that it was cut from, back to the last split.
    part: Part,
}

impl<'b> Region<'b> {
    /// All of the memory that `uses` is about.
    #[inline]
    pub(crate) fn new(proc: &'b Arc<ProcInner>, address: u64, uses: &'b Uses) -> Self {
        Self { proc, address, uses, part: Part::WHOLE }
    }

    /// The same uses, from `address` on.
    pub(crate) fn at(self, address: u64) -> Self {
        Self { address, ..self }
    }

    /// With uses noted for its `bytes` bytes alone.
    pub(crate) fn apart(self, bytes: usize) -> Self {
        Self { part: Part::new(self.address, bytes), ..self }
    }

    /// Waits for what a use in this queue conflicts with.
    #[inline]
    pub(crate) fn order(&self, queue: u16, access: Access, limit: &Limit) -> Result<(), Blocked> {
        self.uses.order(self.proc, queue, self.part, access, limit)
    }

    /// Waits for what a use by the host conflicts with. libveo itself queues such uses behind the main context's requests.
    pub(crate) fn order_on_host(&self, access: Access, operation: &str, limit: &Limit) -> Result<()> {
        let ordered = self.order(self.proc.main.index, access, limit);
        ordered.map_err(|blocked| blocked.error(operation.to_owned(), None))
    }

    /// Notes a use that was [ordered](Self::order), with the queue's submission lock held.
    #[inline]
    pub(crate) fn note(&self, queue: u16, stamp: u64, access: Access) {
        self.uses.note(queue, stamp, self.part, access);
    }
}

impl fmt::Debug for Region<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Region").field("address", &self.address).finish_non_exhaustive()
    }
}
