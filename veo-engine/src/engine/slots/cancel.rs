//! Ending requests that have not begun.

use super::Slots;
use crate::engine::context::Outcome;
use crate::shared::layout::{self, Command};

impl Slots {
    /// Settles every call that the worker has not begun, and the host work `dropped`, which its thread will not do. Says how
    /// many there were.
    pub(in crate::engine) fn cancel(&mut self, dropped: &[u64]) -> usize {
        self.cancelled_below = self.next;
        let first = self.ring.cancel(self.next);
        let mut count = dropped.len();
        for seq in self.retired..self.published {
            let passed = self.ring.completion(seq);
            let slot = self.slot(seq);
            let not_begun = passed.is_none() && seq >= first;
            if slot.call && slot.settled.is_none() && !slot.taken && (not_begun || is_cancelled(passed)) {
                slot.copy_back(false);
                slot.settled = Some(Outcome::CANCELLED);
                count += 1;
            }
        }
        for index in 0..self.backlog.len() {
            let (command, slot) = &mut self.backlog[index];
            if slot.call && slot.settled.is_none() {
                // Nothing is left to do in its place.
                *command = Command { gap: command.gap, ..Command::NOP };
                slot.copy_back(false);
                slot.settled = Some(Outcome::CANCELLED);
                if let Some(block) = slot.block.take() {
                    self.process.memory().free(block.ve);
                }
                count += 1;
            }
        }
        dropped.iter().for_each(|&seq| self.finish_deferred(seq, Outcome::CANCELLED, None));
        self.ring.stir();
        count
    }
}

/// Whether the worker says that it has found a call cancelled.
fn is_cancelled(completion: Option<(u8, u64)>) -> bool {
    matches!(completion, Some((layout::CANCELLED, _)))
}
