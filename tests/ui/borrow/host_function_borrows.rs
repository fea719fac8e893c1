use veo::Context;

fn call(ctx: &Context) {
    let name = String::from("kernel");
    ctx.host_fn(|| name.len());
}

fn main() {
    let _ = call;
}
