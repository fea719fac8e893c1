//! DMA and shared memory between cards. They need VE hardware, so they answer as libveo does when the VE libraries for
//! them are missing.

use std::ffi::{c_int, c_longlong, c_void};

use veo_sys::{key_t, pid_t, ve_dma_handle_t, veo_proc_handle};

use super::hmem::untag;
use super::process::set_errno;
use super::{c_api, process_of};
use crate::engine::replies::Reply;

/// libveo's "no such address".
const ALL_ONES: u64 = u64::MAX;

fn unsupported<T>(failure: T) -> T {
    set_errno(libc::ENOTSUP);
    failure
}

fn shared_memory(hmem: *mut c_void) -> c_int {
    if untag(hmem).is_none() {
        set_errno(libc::EINVAL);
        return -1;
    }
    unsupported(-1)
}

fn no_address() -> *mut c_void {
    std::ptr::without_provenance_mut(ALL_ONES as usize)
}

c_api! {
    /// Not without a card: -1, `ENOTSUP`; `EINVAL` for a pointer without a tag.
    fn veo_shared_mem_open(hmem: *mut c_void, _size: usize, _sync: c_int, _mode: c_longlong) -> c_int, else -1; { shared_memory(hmem) }

    /// Not without a card: -1, `ENOTSUP`; `EINVAL` for a pointer without a tag.
    fn veo_shared_mem_close(hmem: *mut c_void, _size: usize, _sync: c_int, _mode: c_longlong) -> c_int, else -1; { shared_memory(hmem) }

    /// Not without a card: all ones, `ENOTSUP`.
    fn veo_shared_mem_attach(
        _process: *mut veo_proc_handle,
        _owner: pid_t,
        _m: *mut c_void,
        _size: usize,
        _sync: c_int,
        _mode: c_longlong,
    ) -> *mut c_void, else no_address(); { unsupported(no_address()) }

    /// Not without a card: -1, `ENOTSUP`.
    fn veo_shared_mem_detach(_process: *mut veo_proc_handle, _m: *mut c_void, _mode: c_longlong) -> c_int, else -1; { unsupported(-1) }

    /// Not without a card: -1, `ENOTSUP`.
    fn veo_shmget(_process: *mut veo_proc_handle, _key: key_t, _size: usize, _flag: c_int) -> c_int, else -1; { unsupported(-1) }

    /// Not without a card: all ones, `ENOTSUP`; `EFAULT` without a place for the address.
    fn veo_shmat(
        _process: *mut veo_proc_handle,
        _id: c_int,
        _address: *const c_void,
        _flag: c_int,
        vehva: *mut *mut c_void,
    ) -> *mut c_void, else no_address(); {
        if vehva.is_null() {
            set_errno(libc::EFAULT);
            return no_address();
        }
        unsupported(no_address())
    }

    /// Not without a card: -1, `ENOTSUP`.
    fn veo_shmdt(_process: *mut veo_proc_handle, _address: *const c_void) -> c_int, else -1; { unsupported(-1) }

    /// Not without a card: `-ENOTSUP`; `-EFAULT` without a handle.
    fn veo_dma_post(
        _process: *mut veo_proc_handle,
        _to: u64,
        _from: u64,
        _size: c_int,
        handle: *mut ve_dma_handle_t,
    ) -> c_int, else -libc::EBUSY; {
        if handle.is_null() { -libc::EFAULT } else { -libc::ENOTSUP }
    }

    /// Not without a card: `-ENOTSUP`; `-EFAULT` without a handle.
    fn veo_dma_poll(_process: *mut veo_proc_handle, handle: *mut ve_dma_handle_t) -> c_int, else -libc::EBUSY; {
        if handle.is_null() { -libc::EFAULT } else { -libc::ENOTSUP }
    }

    /// Not without a card: `-ENOTSUP`.
    fn veo_dma_post_wait(_process: *mut veo_proc_handle, _to: u64, _from: u64, _size: c_int) -> c_int, else -libc::EBUSY; {
        -libc::ENOTSUP
    }

    /// Not without a card: all ones, `ENOTSUP`.
    fn veo_register_mem_to_dmaatb(_m: *mut c_void, _size: usize) -> u64, else ALL_ONES; { unsupported(ALL_ONES) }

    /// Not without a card: -1, `ENOTSUP`.
    fn veo_unregister_mem_from_dmaatb(_process: *mut veo_proc_handle, _vehva: u64) -> c_int, else -1; { unsupported(-1) }

    /// Nothing to synchronise without a card; but each open context has one more request id used up.
    fn veo_access_pcircvsyc_register(process: *mut veo_proc_handle), else (); {
        for context in process_of(process).map(|process| process.contexts()).unwrap_or_default() {
            // Refused only if it has ended.
            let _ = context.answer(1, Reply::Empty(1));
        }
    }
}
