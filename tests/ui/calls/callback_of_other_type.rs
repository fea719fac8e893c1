use veo::{Context, Library, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn apply(f: Option<extern "C" fn(f64) -> f64>);
}

fn call(ctx: &Context, library: &Library) -> veo::Result<()> {
    let f = library.function::<fn(f32) -> f32>("f")?;
    apply(ctx, &f);
    Ok(())
}

fn main() {
    let _ = call;
}
