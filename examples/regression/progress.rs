use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

/// Silence before the first word: who waits for less than this wants to see the result only.
const PATIENCE: Duration = Duration::from_secs(1);

/// The state of a long computation on standard error: one line that changes, or a line now and then in a log file.
pub(crate) struct Progress {
    next: Instant,
    on_terminal: bool,
    shown: bool,
}

impl Progress {
    pub(crate) fn new() -> Progress {
        Progress { next: Instant::now() + PATIENCE, on_terminal: io::stderr().is_terminal(), shown: false }
    }

    pub(crate) fn show(&mut self, iteration: usize, residual: f64) {
        let now = Instant::now();
        if now < self.next {
            return;
        }
        let (start, end, pause) = match self.on_terminal {
            true => ("\r", "\x1b[K", Duration::from_millis(100)),
            false => ("", "\n", Duration::from_secs(5)),
        };
        // A standard error that cannot be written is no reason to stop computing.
        let _ = write!(io::stderr(), "{start}iteration {iteration}, relative residual {residual:.1e}{end}");
        self.next = now + pause;
        self.shown = true;
    }

    /// Leaves a clean line behind.
    pub(crate) fn finish(self) {
        if self.shown && self.on_terminal {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
