//! Functions of 0 to 40 arguments, of all scalar types mixed: `build.rs` makes them, and `mixed.rs` with them.

use crate::support::process;

/// What C's conversion to `uint64_t` makes of an integer; the bits of a float.
trait Word {
    fn word(self) -> u64;
}

macro_rules! words {
    ($($type:ty: $x:ident => $word:expr;)*) => {$(
        impl Word for $type {
            fn word(self) -> u64 {
                let $x = self;
                $word
            }
        }
    )*};
}

words! {
    i8: x => x as u64;
    i16: x => x as u64;
    i32: x => x as u64;
    i64: x => x as u64;
    u8: x => x.into();
    u16: x => x.into();
    u32: x => x.into();
    u64: x => x;
    f32: x => x.to_bits().into();
    f64: x => x.to_bits();
}

include!(concat!(env!("OUT_DIR"), "/mixed.rs"));

#[test]
fn every_argument_arrives_in_its_place() {
    let (_proc, ctx) = process();
    let mut functions = 0;
    let mut compare = |got: &[u64], expected: &[u64]| {
        assert_eq!(got, expected, "with {} arguments", expected.len());
        functions += 1;
    };
    call_all(&ctx, &mut compare).unwrap();
    assert_eq!(functions, 41);
}

#[test]
fn and_on_every_context() {
    let (proc, _main) = process();
    let further = proc.open_context_with_stack(4 << 20).unwrap();
    call_all(&further, &mut |got, expected| assert_eq!(got, expected)).unwrap();
}

mod kernels {
    #[veo::ve_kernel]
    #[allow(clippy::too_many_arguments, reason = "that is what is tested")]
    pub(super) unsafe extern "C" fn weigh(
        a: i64,
        b: i64,
        c: i64,
        d: i64,
        e: i64,
        f: i64,
        g: i64,
        h: i64,
        weighted: *mut i64,
    ) {
        let sum = [a, b, c, d, e, f, g, h].iter().zip(1..).map(|(x, weight)| weight * x).sum();
        // SAFETY: the host passes room for one number.
        unsafe { *weighted = sum };
    }
}

#[veo::ve_offload(lib = static)]
#[allow(clippy::too_many_arguments, reason = "that is what is tested")]
fn weigh(a: i64, b: i64, c: i64, d: i64, e: i64, f: i64, g: i64, h: i64, weighted: &mut std::mem::MaybeUninit<i64>);

/// libveo itself loses the address then.
#[test]
fn memory_that_is_only_written_behind_eight_arguments() {
    let (_proc, ctx) = process();
    let mut weighted = std::mem::MaybeUninit::uninit();
    weigh(&ctx, 1, 2, 3, 4, 5, 6, 7, -8, &mut weighted).wait().unwrap();
    // SAFETY: the call has succeeded.
    assert_eq!(unsafe { weighted.assume_init() }, 1 + 4 + 9 + 16 + 25 + 36 + 49 - 64);
}
