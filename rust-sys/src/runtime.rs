//! The runtime, and threads that become processes.
#![doc = header!("runtime.h")]

use core::ffi::c_void;
use core::marker::{PhantomData, PhantomPinned};

use crate::{rsp_result, rsp_term};

/// No timeout.
pub const RSP_INFINITE: u64 = u64::MAX;

/// A process as its own code sees it.
#[repr(C)]
pub struct rsp_self {
    _private: [u8; 0],
    _marker: PhantomData<(*mut u8, PhantomPinned)>,
}

/// Options of [`rsp_runtime_start`].
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rsp_runtime_opts {
    /// The size of this struct.
    pub size: usize,
    /// Threads that run processes; 0: one for each processor that affinity and a container grant.
    pub workers: u32,
    /// 0: as many as memory holds.
    pub max_processes: u32,
    /// The real-time signal by which a worker's thread is asked for its stack when its code does not return; 0: one that
    /// nobody uses; [`RSP_STACK_SIGNAL_NONE`]: no thread is asked.
    pub stack_signal: i64,
}

/// For `stack_signal` of [`rsp_runtime_opts`].
pub const RSP_STACK_SIGNAL_NONE: i64 = -1;

impl Default for rsp_runtime_opts {
    /// `RSP_RUNTIME_OPTS_INIT`.
    fn default() -> Self {
        Self { size: size_of::<Self>(), workers: 0, max_processes: 0, stack_signal: 0 }
    }
}

/// Figures of the runtime.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rsp_runtime_stats {
    /// The size of this struct.
    pub size: usize,
    /// Processes alive.
    pub processes: u64,
    /// Threads that run processes.
    pub workers: u64,
    /// Times a worker that had nothing to do went on.
    pub worker_wake_ups: u64,
    /// Threads whose code has not returned from a process that is dead.
    pub zombies: u64,
    /// Callbacks that took so long that their worker was given to another thread.
    pub stuck_turns: u64,
    /// Times the thread that looks for those came out of a sleep.
    pub watchdog_wake_ups: u64,
    /// Messages that the limits of mailboxes have dropped, since the start.
    pub dropped_messages: u64,
}

impl Default for rsp_runtime_stats {
    fn default() -> Self {
        Self {
            size: size_of::<Self>(),
            processes: 0,
            workers: 0,
            worker_wake_ups: 0,
            zombies: 0,
            stuck_turns: 0,
            watchdog_wake_ups: 0,
            dropped_messages: 0,
        }
    }
}

extern "C" {
    /// Starts the runtime.
    ///
    /// # Safety
    /// `opts` is null, or its `size` bytes are readable. Contract: [header](self#header).
    pub fn rsp_runtime_start(opts: *const rsp_runtime_opts) -> rsp_result;

    /// Stops the runtime.
    ///
    /// # Safety
    /// None is asked for. Contract: [header](self#header).
    pub fn rsp_runtime_stop(timeout_ms: u64) -> rsp_result;

    /// Whether a runtime runs and takes new processes.
    ///
    /// # Safety
    /// None is asked for. Contract: [header](self#header).
    pub fn rsp_runtime_is_running() -> bool;

    /// Reads the figures.
    ///
    /// # Safety
    /// `out` is null, or its `size` bytes are writable. Contract: [header](self#header).
    pub fn rsp_runtime_get_stats(out: *mut rsp_runtime_stats) -> rsp_result;

    /// Makes the calling thread a process.
    ///
    /// # Safety
    /// `out` is null or writable. Contract: [header](self#header).
    pub fn rsp_attach(out: *mut *mut rsp_self) -> rsp_result;

    /// Ends the process of the calling thread.
    ///
    /// # Safety
    /// `self_` is null or what [`rsp_attach`] gave to this thread, and is not used afterwards; `reason` is a live term.
    /// Contract: [header](self#header).
    pub fn rsp_detach(self_: *mut rsp_self, reason: rsp_term) -> rsp_result;

    /// Has the waits of the calling thread's process watched.
    ///
    /// # Safety
    /// `self_` is null or what [`rsp_attach`] gave to this thread; `is_over` takes `ctx` until the next call of this or
    /// [`rsp_detach`], and does not unwind. Contract: [header](self#header).
    pub fn rsp_watch_waits(
        self_: *mut rsp_self,
        interval_ms: u64,
        is_over: Option<unsafe extern "C" fn(ctx: *mut c_void) -> bool>,
        ctx: *mut c_void,
    ) -> rsp_result;
}
