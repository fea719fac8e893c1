//! What the host answered by itself since it last sent the worker something.
//!
//! A kernel can ask for the results of the requests before its own (`veo_prev_req_result`), and some of those the worker
//! never saw: memory is allocated, freed and copied by the host. Telling it at once would cost every allocation a message;
//! so it is told with the next request, which no kernel can run before.

use std::collections::VecDeque;

use crate::shared::layout::MAX_GAP;

/// A kernel can look back this far at most.
const DEPTH: usize = 256;

/// The answer to a request, as a kernel may see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// The worker has nothing to do with it: it counts for nothing.
    Unseen,
    /// So many answers without a value.
    Empty(u64),
    /// An answer with a value.
    Value(u64),
}

/// Answers that the worker does not know of.
#[derive(Debug, Default)]
pub(super) struct Replies {
    /// Answers with a value, each with the empty ones before it and its request's id.
    values: VecDeque<Told>,
    /// Empty answers after those.
    gap: u32,
}

/// One answer with a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub(super) gap: u32,
    pub(super) value: u64,
    pub(super) id: u64,
}

impl Replies {
    /// Notes the answer to request `id`.
    pub(super) fn push(&mut self, id: u64, reply: Reply) {
        match reply {
            Reply::Unseen => {}
            Reply::Empty(count) => {
                let count = u32::try_from(count).unwrap_or(MAX_GAP);
                self.gap = self.gap.saturating_add(count).min(MAX_GAP);
            }
            Reply::Value(value) => {
                if self.values.len() == DEPTH {
                    self.values.pop_front();
                }
                self.values.push_back(Told { gap: std::mem::take(&mut self.gap), value, id });
            }
        }
    }

    /// Whether there are answers with a value.
    pub(super) fn has_values(&self) -> bool {
        !self.values.is_empty()
    }

    /// The oldest answer with a value.
    pub(super) fn pop(&mut self) -> Option<Told> {
        self.values.pop_front()
    }

    /// The empty answers, once those with values are told.
    pub(super) fn take_gap(&mut self) -> u32 {
        std::mem::take(&mut self.gap)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_keep_their_order() {
        let mut replies = Replies::default();
        replies.push(0, Reply::Empty(2));
        replies.push(1, Reply::Unseen);
        replies.push(2, Reply::Value(7));
        replies.push(3, Reply::Empty(u64::MAX));
        let told = replies.pop().unwrap();
        assert_eq!((told.gap, told.value, told.id), (2, 7, 2));
        assert!(!replies.has_values());
        assert_eq!((replies.take_gap(), replies.take_gap()), (MAX_GAP, 0));
    }

    #[test]
    fn only_the_last_ones_are_kept() {
        let mut replies = Replies::default();
        for id in 0..1000 {
            replies.push(id, Reply::Value(id));
        }
        assert_eq!(replies.pop().unwrap().id, 1000 - DEPTH as u64);
    }
}
