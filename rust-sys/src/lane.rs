//! Lanes: threads of a certain kind, for makers of bindings.
#![doc = header!("lane.h")]

use core::ffi::c_void;
use core::marker::{PhantomData, PhantomPinned};

use crate::rsp_result;

/// A lane.
#[repr(C)]
pub struct rsp_lane {
    _private: [u8; 0],
    _marker: PhantomData<(*mut u8, PhantomPinned)>,
}

/// What the threads of a lane do before and after they sleep.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rsp_lane_hooks {
    /// The size of this struct.
    pub size: usize,
    /// Takes the interpreter's lock.
    pub acquire: Option<unsafe extern "C" fn(ctx: *mut c_void)>,
    /// Lets go of it.
    pub release: Option<unsafe extern "C" fn(ctx: *mut c_void)>,
    /// Makes one more thread call [`rsp_lane_run`].
    pub start_thread: Option<unsafe extern "C" fn(ctx: *mut c_void) -> rsp_result>,
    /// Passed to the hooks.
    pub ctx: *mut c_void,
}

extern "C" {
    /// Makes a lane.
    ///
    /// # Safety
    /// `out` is null or writable, `hooks` null or its `size` bytes readable; the hooks take its `ctx` on any thread for as
    /// long as the lane lives, and do not unwind. Contract: [header](self#header).
    pub fn rsp_lane_new(out: *mut *mut rsp_lane, hooks: *const rsp_lane_hooks, exclusive: bool)
        -> rsp_result;

    /// Serves the lane with the calling thread.
    ///
    /// # Safety
    /// `lane` is null or a lane that is not freed meanwhile. Contract: [header](self#header).
    pub fn rsp_lane_run(lane: *mut rsp_lane) -> rsp_result;

    /// Lets the threads of the lane return.
    ///
    /// # Safety
    /// `lane` is null or a lane that is not freed meanwhile. Contract: [header](self#header).
    pub fn rsp_lane_stop(lane: *mut rsp_lane);

    /// Runs `fn_` on the lane, between turns.
    ///
    /// # Safety
    /// `lane` is null or a lane that is not freed meanwhile; `fn_` takes `arg` on its threads, and does not unwind.
    /// Contract: [header](self#header).
    pub fn rsp_lane_post(
        lane: *mut rsp_lane,
        fn_: Option<unsafe extern "C" fn(arg: *mut c_void)>,
        arg: *mut c_void,
    ) -> rsp_result;

    /// Frees a lane.
    ///
    /// # Safety
    /// `lane` is null, or a lane that no thread and no process uses, and is not used afterwards.
    /// Contract: [header](self#header).
    pub fn rsp_lane_free(lane: *mut rsp_lane);
}
