//! A binding crate as large as they come: 500 functions, declared by veo-build, all of them called.

#![allow(clippy::unwrap_used, reason = "helpers of tests should stop where they fail, as tests do")]

/// Made by `build/many.rs`.
pub mod raw {
    include!(concat!(env!("OUT_DIR"), "/many.rs"));
}

mod calls {
    use super::raw::*;

    include!(concat!(env!("OUT_DIR"), "/many_calls.rs"));

    #[test]
    fn they_match_the_library() {
        veo::assert_declarations_match!();
    }

    #[test]
    fn five_hundred_generated_prototypes_are_called() {
        let proc = veo::Proc::create(0).unwrap();
        let ctx = proc.open_context().unwrap();
        let x = proc.upload(&[2.0]).unwrap();
        let y = proc.upload(&[4.0]).unwrap();
        call_all(&ctx, &x, y.as_ptr()).unwrap();
        let declared = proc.declarations();
        assert_eq!(declared.iter().filter(|info| info.symbol.starts_with("many_")).count(), 500);
    }
}
