use veo::Context;

fn call(ctx: &Context) {
    let mut done = false;
    ctx.host_fn(|| done = true);
    println!("{done}");
}

fn main() {
    let _ = call;
}
