use veo::proc_init_hook;

#[proc_init_hook]
struct Prepare;

fn main() {
    let _ = Prepare;
}
