//! The worker as a program of its own, for hosts that are not Rust programs with the engine linked in.

fn main() {
    veo_host::veorun()
}
