//! What the host keeps about one request in the ring or in the backlog.

use crate::engine::context::Outcome;
use crate::engine::memory::Block;
use crate::engine::packed::CopyBack;
use crate::shared::layout::Command;

/// What the host keeps about one request.
#[derive(Debug, Default)]
pub(in crate::engine) struct Slot {
    pub(super) id: u64,
    /// The result was delivered.
    pub(super) taken: bool,
    /// Nobody will ask for the result.
    pub(super) discard: bool,
    /// A call that can be cancelled.
    pub(super) call: bool,
    /// Host work: not the worker's completion counts, but `settled`. The command is published when the work is done.
    pub(super) deferred: Option<Command>,
    /// Of host work that is done, and of what was cancelled; then the worker may not have passed it yet.
    pub(super) settled: Option<Outcome>,
    /// The result of a request that the host answered at submission.
    pub(super) value: Option<u64>,
    /// The block of VE memory in use, or kept for the next call.
    pub(super) block: Option<Block>,
    pub(super) copy_back: Vec<CopyBack>,
    /// Freed when the request is complete.
    pub(super) free: Option<u64>,
}

impl Slot {
    /// Gives the OUT and INOUT stack arguments up, copied to the caller if `wanted`.
    pub(super) fn copy_back(&mut self, wanted: bool) {
        for item in self.copy_back.drain(..) {
            if wanted {
                // SAFETY: the slot's block is still reserved, and nobody was told yet that the request is final.
                unsafe { item.run() };
            }
        }
    }
}
