//! Tasks: a function that runs once, and its value.
#![doc = header!("task.h")]

use core::ffi::c_uint;

use crate::{rsp_msg, rsp_pid, rsp_ref, rsp_result, rsp_self, rsp_shutdown, rsp_start_spec, rsp_term};

/// A task, for its owner.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct rsp_task {
    /// Its process.
    pub pid: rsp_pid,
    /// Of the value, and the monitor.
    pub ref_: rsp_ref,
}

/// What a stream says to its owner.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct rsp_task_stream_event(pub c_uint);

/// It wants an input.
pub const RSP_TASK_STREAM_WANTS: rsp_task_stream_event = rsp_task_stream_event(0);
/// The next result is a value.
pub const RSP_TASK_STREAM_VALUE: rsp_task_stream_event = rsp_task_stream_event(1);
/// The next result is a reason.
pub const RSP_TASK_STREAM_EXIT: rsp_task_stream_event = rsp_task_stream_event(2);
/// Every result has been taken.
pub const RSP_TASK_STREAM_DONE: rsp_task_stream_event = rsp_task_stream_event(3);

/// How a stream runs its tasks.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rsp_task_stream_opts {
    /// The size of this struct.
    pub size: usize,
    /// How many run at a time; 0: as many as there are workers.
    pub max_concurrency: u64,
    /// Of each task.
    pub timeout_ms: u64,
    /// Whether results come in the order of the inputs.
    pub ordered: bool,
    /// Whether a crash ends an owner that does not trap exits.
    pub link: bool,
    /// Whether a task that has no value in time is killed, and the stream goes on.
    pub kill_task: bool,
    /// Of the tasks; all zero: nobody.
    pub supervisor: rsp_pid,
}

impl Default for rsp_task_stream_opts {
    /// `RSP_TASK_STREAM_OPTS_INIT`.
    fn default() -> Self {
        Self {
            size: size_of::<Self>(),
            max_concurrency: 0,
            timeout_ms: 5000,
            ordered: true,
            link: true,
            kill_task: false,
            supervisor: rsp_pid::default(),
        }
    }
}

/// A stream, for its owner.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct rsp_task_stream {
    /// Its process.
    pub pid: rsp_pid,
    /// Who may use it.
    pub owner: rsp_pid,
}

extern "C" {
    /// Starts a task that is linked to the caller.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `out` is null or writable, `spec` is null or readable, with what it
    /// refers to. Contract: [header](self#header).
    pub fn rsp_task_async(
        self_: *mut rsp_self,
        out: *mut rsp_task,
        spec: *const rsp_start_spec,
    ) -> rsp_result;

    /// Starts a task as a temporary child of a supervisor, and links it to the caller.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, the outs are null or writable, `spec` is null or readable, with what
    /// it refers to. Contract: [header](self#header).
    pub fn rsp_task_supervisor_async(
        self_: *mut rsp_self,
        out: *mut rsp_task,
        error_out: *mut rsp_term,
        supervisor: rsp_pid,
        spec: *const rsp_start_spec,
    ) -> rsp_result;

    /// The same without the link.
    ///
    /// # Safety
    /// As of [`rsp_task_supervisor_async`]. Contract: [header](self#header).
    pub fn rsp_task_supervisor_async_nolink(
        self_: *mut rsp_self,
        out: *mut rsp_task,
        error_out: *mut rsp_term,
        supervisor: rsp_pid,
        spec: *const rsp_start_spec,
    ) -> rsp_result;

    /// Waits for a task's value.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, the outs are null or writable.
    /// Contract: [header](self#header).
    pub fn rsp_task_await(
        self_: *mut rsp_self,
        out: *mut *mut rsp_msg,
        reason_out: *mut rsp_term,
        task: rsp_task,
        timeout_ms: u64,
    ) -> rsp_result;

    /// Waits for a task's value, and keeps the task when the time is over.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `out` is null or writable.
    /// Contract: [header](self#header).
    pub fn rsp_task_yield(
        self_: *mut rsp_self,
        out: *mut *mut rsp_msg,
        task: rsp_task,
        timeout_ms: u64,
    ) -> rsp_result;

    /// Unlinks a task, stops it, and waits until it is gone.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `out` is null or writable.
    /// Contract: [header](self#header).
    pub fn rsp_task_shutdown(
        self_: *mut rsp_self,
        out: *mut *mut rsp_msg,
        task: rsp_task,
        how: rsp_shutdown,
        timeout_ms: u64,
    ) -> rsp_result;

    /// Unlinks a task and lets it run.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `out` is null or writable.
    /// Contract: [header](self#header).
    pub fn rsp_task_ignore(self_: *mut rsp_self, out: *mut *mut rsp_msg, task: rsp_task) -> rsp_result;

    /// Begins a stream of tasks.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `out` is null or writable, `opts` is null or its `size` bytes
    /// readable. Contract: [header](self#header).
    pub fn rsp_task_async_stream(
        self_: *mut rsp_self,
        out: *mut rsp_task_stream,
        opts: *const rsp_task_stream_opts,
    ) -> rsp_result;

    /// What a stream wants, or its next result.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, the outs are null or writable.
    /// Contract: [header](self#header).
    pub fn rsp_task_stream_next(
        self_: *mut rsp_self,
        out: *mut rsp_task_stream_event,
        msg_out: *mut *mut rsp_msg,
        stream: rsp_task_stream,
    ) -> rsp_result;

    /// Gives a stream the input that it wants.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `spec` is null or readable, with what it refers to.
    /// Contract: [header](self#header).
    pub fn rsp_task_stream_supply(
        self_: *mut rsp_self,
        stream: rsp_task_stream,
        spec: *const rsp_start_spec,
    ) -> rsp_result;

    /// Says that there is no input any more.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread. Contract: [header](self#header).
    pub fn rsp_task_stream_end_input(self_: *mut rsp_self, stream: rsp_task_stream) -> rsp_result;

    /// Ends a stream before its time.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread. Contract: [header](self#header).
    pub fn rsp_task_stream_halt(self_: *mut rsp_self, stream: rsp_task_stream) -> rsp_result;
}
