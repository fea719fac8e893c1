//! Whether anybody watches single requests: a timeline, or a subscriber of `tracing`. One flag, since each call looks at it.
//!
//! `tracing` tells a *callsite* when subscribers come and go and whether one of them wants what it says. The two here stand for
//! all events of single requests, of which there are many, with a target each.

use std::sync::Once;
use std::sync::atomic::AtomicU8;
use std::sync::atomic::Ordering::Relaxed;

use tracing_core::callsite::{self, Callsite};
use tracing_core::field::FieldSet;
use tracing_core::metadata::{Kind, Level, Metadata};
use tracing_core::subscriber::Interest;

/// A bit for each who watches.
static WATCHERS: AtomicU8 = AtomicU8::new(0);

/// Somebody who may watch.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub(crate) enum Watcher {
    Timeline = 1,
    Calls = 2,
    Transfers = 4,
}

/// Whether anybody watches.
#[inline]
pub(crate) fn any() -> bool {
    WATCHERS.load(Relaxed) != 0
}

/// Notes whether this one does.
pub(crate) fn set(watcher: Watcher, on: bool) {
    let bit = watcher as u8;
    if on {
        WATCHERS.fetch_or(bit, Relaxed)
    } else {
        WATCHERS.fetch_and(!bit, Relaxed)
    };
}

/// Has subscribers noticed from now on.
pub(crate) fn listen() {
    static REGISTERED: Once = Once::new();
    REGISTERED.call_once(|| {
        callsite::register(&CALLS);
        callsite::register(&TRANSFERS);
    });
}

/// All events of a target that are about single requests.
struct Requests(Watcher, Metadata<'static>);

static CALLS: Requests = Requests(Watcher::Calls, metadata("veo::call", &CALLS));
static TRANSFERS: Requests = Requests(Watcher::Transfers, metadata("veo::transfer", &TRANSFERS));

const fn metadata(target: &'static str, callsite: &'static Requests) -> Metadata<'static> {
    let fields = FieldSet::new(&[], tracing_core::identify_callsite!(callsite));
    Metadata::new("requests", target, Level::TRACE, None, None, Some(module_path!()), fields, Kind::EVENT)
}

impl Callsite for Requests {
    fn set_interest(&self, interest: Interest) {
        set(self.0, !interest.is_never());
    }

    fn metadata(&self) -> &Metadata<'_> {
        &self.1
    }
}
