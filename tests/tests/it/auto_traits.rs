//! What may go to other threads, and be used from several: checked by the compiler.

use veo::{
    Attempts, Chunks, ChunksMut, Context, Copy2d, DeclarationInfo, DeclarationState, Engine, Error, HmemPtr,
    HmemSource, HmemTarget, HookId, Lease, Library, Node, OnStack, PoolBuilder, PoolMember, Proc, ProcBuilder,
    ProcPool, Request, Scope, VeBuffer, VeConst, VeGlobal, VePtr, VeSlice, VeSliceMut, Version,
};

const fn is_send<T: Send>() {}
const fn is_sync<T: Sync>() {}
const fn is_unpin<T: Unpin>() {}
const fn is_static<T: 'static>() {}

macro_rules! is_send_and_sync {
    ($($type:ty),* $(,)?) => {
        const _: () = {
            $(is_send::<$type>(); is_sync::<$type>();)*
        };
    };
}

is_send_and_sync! {
    Proc, ProcBuilder, ProcPool, PoolBuilder, PoolMember, Lease, Node, Version, HookId, Context, Library, Engine, Error, Attempts, DeclarationInfo, DeclarationState,
    VeBuffer<f64>, VeSlice<'_, f64>, VeSliceMut<'_, f64>, VePtr<f64>, OnStack<'_, f64>, Scope<'_, '_>,
    Chunks<'_, f64>, ChunksMut<'_, f64>, Copy2d, VeConst<f64>, VeGlobal<f64>, HmemPtr<f64>, HmemSource<'_, f64>, HmemTarget<'_, f64>,
}

const _: () = {
    is_send::<Request<'_, f64>>();
    is_unpin::<Request<'_, f64>>();
    is_static::<Request<'static, Vec<f64>>>();
    is_static::<Error>();
    // An address is a number, whatever is there.
    is_send::<VePtr<*mut u8>>();
    is_sync::<VePtr<std::cell::Cell<u8>>>();
    is_sync::<HmemPtr<*mut u8>>();
};

#[test]
fn errors_are_errors() {
    fn is_error<T: std::error::Error + Clone>(_: &T) {}
    let error = Proc::create(-77).unwrap_err();
    is_error(&error);
    let boxed: Box<dyn std::error::Error + Send + Sync> = error.into();
    assert!(boxed.to_string().contains("-77"), "{boxed}");
}
