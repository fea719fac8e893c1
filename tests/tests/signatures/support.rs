//! Libraries that are compiled for a test, and a process that calls them through the C API.

use std::ffi::{CString, c_int};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU32, Ordering};

use veo_engine::signature::{Class, Record};
use veo_sys::{Api, VEO_COMMAND_OK, veo_args, veo_args_intent, veo_proc_handle, veo_thr_ctxt};

/// A directory that goes with its user.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let directory = std::env::temp_dir().join(format!("veo-signatures-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        Self(directory)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.join(name), text).unwrap();
    }

    /// Starts a compiler that makes a library.
    pub(crate) fn compile(&self, compiler: &str, source: &str, library: &str, flags: &[&str]) -> Compiling {
        let mut command = Command::new(compiler);
        command.current_dir(&self.0).args(["-shared", "-fPIC", "-w", "-o", library, source]).args(flags);
        Compiling { child: command.spawn().unwrap(), library: self.0.join(library) }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) struct Compiling {
    child: Child,
    library: PathBuf,
}

impl Compiling {
    pub(crate) fn library(mut self) -> PathBuf {
        assert!(self.child.wait().unwrap().success(), "the compiler's words are above");
        self.library
    }
}

/// An argument list, with what its stack arguments point to.
pub(crate) struct Args {
    api: &'static Api,
    pub(crate) pack: *mut veo_args,
}

impl Args {
    pub(crate) fn new() -> Self {
        let api = veo_engine::api();
        Self { api, pack: unsafe { (api.veo_args_alloc)() } }
    }

    /// As PyVEO sends everything.
    pub(crate) fn word(&self, index: usize, word: u64) {
        assert_eq!(unsafe { (self.api.veo_args_set_i64)(self.pack, index as c_int, word.cast_signed()) }, 0);
    }

    pub(crate) fn stack(&self, intent: veo_args_intent, index: usize, buffer: &mut [u8]) {
        let (start, length) = (buffer.as_mut_ptr().cast(), buffer.len());
        assert_eq!(unsafe { (self.api.veo_args_set_stack)(self.pack, intent, index as c_int, start, length) }, 0);
    }
}

impl Drop for Args {
    fn drop(&mut self) {
        unsafe { (self.api.veo_args_free)(self.pack) };
    }
}

/// A process with its main context. Destroyed at the end of the test.
pub(crate) struct Process {
    pub(crate) api: &'static Api,
    handle: *mut veo_proc_handle,
    context: *mut veo_thr_ctxt,
}

impl Process {
    pub(crate) fn new() -> Self {
        let api = veo_engine::api();
        let handle = unsafe { (api.veo_proc_create)(0) };
        assert!(!handle.is_null(), "{:?}", veo_engine::last_error());
        let context = unsafe { (api.veo_context_open)(handle) };
        assert!(!context.is_null());
        Self { api, handle, context }
    }

    pub(crate) fn load(&self, path: &Path) -> u64 {
        let path = CString::new(path.to_str().unwrap()).unwrap();
        let library = unsafe { (self.api.veo_load_library)(self.handle, path.as_ptr()) };
        assert_ne!(library, 0, "{path:?}: {:?}", veo_engine::last_error());
        library
    }

    pub(crate) fn unload(&self, library: u64) {
        assert_eq!(unsafe { (self.api.veo_unload_library)(self.handle, library) }, 0);
    }

    pub(crate) fn symbol(&self, library: u64, name: &str) -> u64 {
        let name = CString::new(name).unwrap();
        let address = unsafe { (self.api.veo_get_sym)(self.handle, library, name.as_ptr()) };
        assert_ne!(address, 0, "{name:?}");
        address
    }

    /// Calls a function. The error says how the process ended.
    pub(crate) fn call(&self, function: u64, args: &Args) -> Result<u64, String> {
        let id = unsafe { (self.api.veo_call_async)(self.context, function, args.pack) };
        let mut value = 0;
        let state = unsafe { (self.api.veo_call_wait_result)(self.context, id, &raw mut value) };
        if state == VEO_COMMAND_OK as c_int {
            return Ok(value);
        }
        Err(veo_engine::report(self.handle).map_or(format!("state {state}"), |report| report.to_string()))
    }

    /// Calls a function with raw words.
    #[track_caller]
    pub(crate) fn call_words(&self, function: u64, words: &[u64]) -> u64 {
        let args = Args::new();
        words.iter().enumerate().for_each(|(index, &word)| args.word(index, word));
        self.call(function, &args).unwrap()
    }

    pub(crate) fn read_u64(&self, address: u64) -> u64 {
        let mut value = 0_u64;
        assert_eq!(unsafe { (self.api.veo_read_mem)(self.handle, (&raw mut value).cast(), address, 8) }, 0);
        value
    }

    /// Copies bytes to VE memory.
    pub(crate) fn upload(&self, bytes: &[u8]) -> u64 {
        let mut address = 0;
        assert_eq!(unsafe { (self.api.veo_alloc_mem)(self.handle, &raw mut address, bytes.len()) }, 0);
        assert_eq!(unsafe { (self.api.veo_write_mem)(self.handle, address, bytes.as_ptr().cast(), bytes.len()) }, 0);
        address
    }

    /// Declares functions, as crate `veo` does.
    pub(crate) fn declare(&self, library: u64, functions: &[(String, Class, Vec<Class>)]) {
        let mut batch = Vec::new();
        for (name, ret, params) in functions {
            assert!(Record { library, name, ret: *ret, params }.encode(&mut batch));
        }
        let mut addresses = vec![0; 8 * functions.len()];
        let args = Args::new();
        let length = batch.len() as u64;
        args.stack(veo_sys::VEO_INTENT_IN, 0, &mut batch);
        args.word(1, length);
        args.stack(veo_sys::VEO_INTENT_OUT, 2, &mut addresses);
        args.word(3, functions.len() as u64);
        assert_eq!(self.call(self.symbol(0, "veorun_declare"), &args).unwrap(), functions.len() as u64);
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        assert_eq!(unsafe { (self.api.veo_proc_destroy)(self.handle) }, 0);
    }
}
