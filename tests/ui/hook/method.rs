use veo::{Proc, proc_init_hook};

struct Setup;

impl Setup {
    #[proc_init_hook]
    fn prepare(&self, _proc: &Proc) -> veo::Result<()> {
        Ok(())
    }
}

fn main() {
    let _ = Setup;
    let _ = Setup::prepare;
}
