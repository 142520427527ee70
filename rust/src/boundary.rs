//! The border to C: what runs user code in callbacks, and lets nothing unwind out of it.

use std::any::{type_name, Any};
use std::cell::{Cell, RefCell};
use std::ffi::{c_char, c_void};
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;
use std::thread;
use std::time::Duration;

use resprout_sys as sys;

use crate::Exception;

/// Runs user code that must not unwind any further.
pub(crate) fn guarded<T>(body: impl FnOnce() -> T) -> Result<T, Exception> {
    panic::catch_unwind(AssertUnwindSafe(body)).map_err(Exception::from_panic)
}

/// Drops what may panic while it is dropped. Nobody is left who could be told.
pub(crate) fn drop_quietly<T>(value: T) {
    if let Err(payload) = panic::catch_unwind(AssertUnwindSafe(|| drop(value))) {
        mem::forget(payload);
    }
}

/// Runs what drops the state of a process, which is past its last call of the runtime.
pub(crate) fn drop_state<T>(state: T) {
    struct End(bool);
    impl Drop for End {
        fn drop(&mut self) {
            let _ = IS_ENDING.try_with(|cell| cell.set(self.0));
        }
    }
    let _end = End(IS_ENDING.try_with(|cell| cell.replace(true)).unwrap_or(true));
    drop_quietly(state);
}

/// Whether the state of a process is being dropped on this thread.
pub(crate) fn is_ending() -> bool {
    IS_ENDING.try_with(Cell::get).unwrap_or(false)
}

/// What is unwinding a thread.
#[derive(Clone)]
pub(crate) enum Unwinding {
    Panic { message: String, file: String, line: u32 },
    Exception(Exception),
}

thread_local! {
    static IS_ENDING: Cell<bool> = const { Cell::new(false) };
    /// What began to unwind this thread last.
    static UNWINDING: RefCell<Option<Unwinding>> = const { RefCell::new(None) };
}

/// From now on panics leave their place for [`take_unwinding`]: only a hook is told it. The hook that was there before runs
/// as before.
pub(crate) fn note_panics() {
    static ONCE: Once = Once::new();
    if thread::panicking() {
        return; // hooks cannot be changed now
    }
    ONCE.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if let Some(place) = panic.location() {
                note_unwinding(Unwinding::Panic {
                    message: panic_text(panic.payload()).to_owned(),
                    file: place.file().to_owned(),
                    line: place.line(),
                });
            }
            previous(panic);
        }));
    });
}

/// What a panic says.
pub(crate) fn panic_text(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&'static str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a value that is no text")
}

/// A thread that is ending has no cell any more, and no process either.
pub(crate) fn note_unwinding(what: Unwinding) {
    let _ = UNWINDING.try_with(|cell| cell.replace(Some(what)));
}

/// What was just caught, if it was noted.
pub(crate) fn take_unwinding() -> Option<Unwinding> {
    UNWINDING.try_with(RefCell::take).ok().flatten()
}

/// What is unwinding this thread, if it was noted.
pub(crate) fn unwinding() -> Option<Unwinding> {
    UNWINDING.try_with(|cell| cell.borrow().clone()).ok().flatten()
}

/// A time as the C API takes it: rounded up, so that nothing comes early; more than 584 million years is for ever.
pub(crate) fn milliseconds(time: Duration) -> u64 {
    let nanoseconds = time.as_nanos();
    u64::try_from(nanoseconds.div_ceil(1_000_000)).unwrap_or(sys::RSP_INFINITE)
}

/// Native payloads are boxes of this, so that a thin pointer names them.
pub(crate) struct Native {
    pub(crate) value: Box<dyn Any + Send>,
    type_name: &'static str,
}

/// What tells our payloads from those of other languages, by its address.
pub(crate) static NATIVE_OPS: sys::rsp_native_ops = sys::rsp_native_ops {
    size: size_of::<sys::rsp_native_ops>(),
    drop: Some(drop_native),
    describe: Some(describe_native),
};

impl Native {
    pub(crate) fn new<T: Any + Send>(value: T) -> Self {
        Self { value: Box::new(value), type_name: type_name::<T>() }
    }

    /// Of a value whose type is forgotten.
    pub(crate) fn boxed(value: Box<dyn Any + Send>) -> Self {
        Self { value, type_name: "dyn Any" }
    }

    pub(crate) fn into_raw(self) -> *mut c_void {
        Box::into_raw(Box::new(self)).cast()
    }

    /// Hands it to the C API; what was not taken is dropped here.
    pub(crate) fn give(
        self,
        give: impl FnOnce(*mut c_void, *const sys::rsp_native_ops) -> sys::rsp_result,
        is_taken: impl FnOnce(sys::rsp_result) -> bool,
    ) -> sys::rsp_result {
        let payload = self.into_raw();
        let result = give(payload, &raw const NATIVE_OPS);
        if !is_taken(result) {
            // SAFETY: it was made above, and the C API did not take it.
            drop(unsafe { Box::from_raw(payload.cast::<Self>()) });
        }
        result
    }

    /// Takes the payload out of a message, if it is one of ours.
    ///
    /// # Safety
    ///
    /// `msg` is a message at hand.
    pub(crate) unsafe fn take(msg: *mut sys::rsp_msg) -> Option<Box<dyn Any + Send>> {
        // SAFETY: as the caller says.
        let payload = unsafe { sys::rsp_msg_take_native(msg, &raw const NATIVE_OPS) };
        if payload.is_null() {
            return None;
        }
        // SAFETY: a payload with our operations was made by into_raw, and is ours now.
        Some(unsafe { Box::from_raw(payload.cast::<Self>()) }.value)
    }
}

unsafe extern "C" fn drop_native(payload: *mut c_void) {
    // SAFETY: a payload with these operations was made by into_raw, and is dropped once.
    drop_quietly(unsafe { Box::from_raw(payload.cast::<Native>()) });
}

unsafe extern "C" fn describe_native(payload: *mut c_void, text: *mut c_char, capacity: usize) -> usize {
    // SAFETY: a payload with these operations was made by into_raw, and lives during the call.
    let name = unsafe { &*payload.cast::<Native>() }.type_name;
    let len = fitting(name, capacity);
    if len != 0 {
        // SAFETY: the C API says that `capacity` bytes at `text` are writable.
        unsafe { text.cast::<u8>().copy_from_nonoverlapping(name.as_ptr(), len) };
    }
    name.len()
}

/// The length of the longest beginning of at most `limit` bytes that ends with a whole character.
fn fitting(text: &str, limit: usize) -> usize {
    (0..=limit.min(text.len())).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0)
}
