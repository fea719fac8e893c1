use std::rc::Rc;
use veo::Context;

fn call(ctx: &Context) {
    let shared = Rc::new(1);
    ctx.host_fn(move || *shared);
}

fn main() {
    let _ = call;
}
