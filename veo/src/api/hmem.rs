//! Heterogeneous memory: the C functions on tagged addresses.

use std::ffi::c_void;

use super::{Api, ProcHandle, since};
use crate::error::Result;

/// A tagged address, as C has it.
fn hmem(address: u64) -> *mut c_void {
    std::ptr::without_provenance_mut(address as usize)
}

impl Api {
    /// Its number among the processes that are alive; `None` if it is destroyed.
    pub(crate) fn proc_identifier(self, proc: ProcHandle) -> Result<Option<u32>> {
        let function = since(self.table.veo_proc_identifier, "veo_proc_identifier", 11)?;
        // SAFETY: the handle is valid (module text).
        Ok(u32::try_from(unsafe { function(proc.get()) }).ok())
    }

    /// An address with the tag of a process, which tags can tell.
    pub(crate) fn set_proc_identifier(self, address: u64, identifier: u32) -> Result<u64> {
        let function = since(self.table.veo_set_proc_identifier, "veo_set_proc_identifier", 12)?;
        // SAFETY: it only computes.
        Ok(unsafe { function(hmem(address), identifier.cast_signed()) }.addr() as u64)
    }

    /// A tagged address; `None` if there is no memory.
    pub(crate) fn alloc_hmem(self, proc: ProcHandle, bytes: usize) -> Result<Option<u64>> {
        let function = since(self.table.veo_alloc_hmem, "veo_alloc_hmem", 10)?;
        let _traffic = proc.join();
        let mut address = std::ptr::null_mut();
        // SAFETY: the handle is valid (module text), and the address is writable.
        let result = unsafe { function(proc.get(), &raw mut address, bytes) };
        Ok((result == 0).then(|| address.addr() as u64))
    }

    /// Frees HMEM of a process.
    ///
    /// # Safety
    /// The address has the tag of this process.
    pub(crate) unsafe fn free_hmem(self, proc: ProcHandle, address: u64) -> Result<bool> {
        let function = since(self.table.veo_free_hmem, "veo_free_hmem", 10)?;
        let _traffic = proc.join();
        // SAFETY: libveo finds the process, which is alive, by the tag.
        Ok(unsafe { function(hmem(address)) } == 0)
    }

    /// Copies between HMEM of a process and the host, or within it.
    ///
    /// # Safety
    /// Both are either valid for `bytes` bytes of host memory, or have the tag of this process.
    pub(crate) unsafe fn hmemcpy(
        self,
        proc: ProcHandle,
        to: *mut c_void,
        from: *const c_void,
        bytes: usize,
    ) -> Result<bool> {
        let function = since(self.table.veo_hmemcpy, "veo_hmemcpy", 10)?;
        let _traffic = proc.join();
        // SAFETY: the caller vouches for both; libveo finds the process, which is alive, by the tag.
        Ok(unsafe { function(to, from, bytes) } == 0)
    }

    /// The PID of the process that the tag is of.
    ///
    /// # Safety
    /// It is alive.
    pub(crate) unsafe fn pid_from_hmem(self, address: u64) -> Result<Option<i32>> {
        let function = since(self.table.veo_get_pid_from_hmem, "veo_get_pid_from_hmem", 13)?;
        // SAFETY: the caller vouches for the process.
        Ok(Some(unsafe { function(hmem(address)) }).filter(|pid| *pid >= 0))
    }

    /// The node of the process that the tag is of.
    ///
    /// # Safety
    /// It is alive.
    pub(crate) unsafe fn node_from_hmem(self, address: u64) -> Result<Option<i32>> {
        let function = since(self.table.veo_get_venum_from_hmem, "veo_get_venum_from_hmem", 13)?;
        // SAFETY: the caller vouches for the process.
        Ok(Some(unsafe { function(hmem(address)) }).filter(|node| *node >= 0))
    }
}
