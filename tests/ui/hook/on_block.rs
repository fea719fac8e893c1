use veo::proc_init_hook;

#[proc_init_hook]
extern "C" {
    fn prepare(x: i32) -> i32;
}

fn main() {}
