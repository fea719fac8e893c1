#[ve_offload(lib = static, required)]
extern "C" {
    fn directions(
        a: &f64,
        b: &[f64],
        c: &[f64; 3],
        d: &mut f64,
        e: &mut [f64],
        f: &mut [f64; 3],
        g: &mut MaybeUninit<f64>,
        h: &mut [MaybeUninit<f64>],
        i: &mut [core::mem::MaybeUninit<f64>; 3],
    );
}
