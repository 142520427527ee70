//! Agents: values that processes hold.
#![doc = header!("agent.h")]

use core::ffi::c_void;
use core::ptr;

use crate::{
    rsp_atom, rsp_msg, rsp_native_ops, rsp_next, rsp_pid, rsp_result, rsp_self, rsp_server_return,
    rsp_start_opts, rsp_start_spec, rsp_term,
};

/// What an agent holds.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rsp_agent_state {
    /// Set by the runtime.
    pub size: usize,
    /// The value; or
    pub term: rsp_term,
    /// if `ops` is not null, a native payload.
    pub native: *mut c_void,
    /// Its operations.
    pub ops: *const rsp_native_ops,
}

/// Makes the value, in the new process.
pub type rsp_agent_init = Option<
    unsafe extern "C" fn(
        self_: *mut rsp_self,
        ctx: *mut c_void,
        args: rsp_term,
        state: *mut rsp_agent_state,
        ret: *mut rsp_server_return,
    ) -> rsp_next,
>;

/// Reads the value.
pub type rsp_agent_read = Option<
    unsafe extern "C" fn(
        self_: *mut rsp_self,
        ctx: *mut c_void,
        state: *const rsp_agent_state,
        ret: *mut rsp_server_return,
    ) -> rsp_next,
>;

/// Changes the value.
pub type rsp_agent_change = Option<
    unsafe extern "C" fn(
        self_: *mut rsp_self,
        ctx: *mut c_void,
        state: *mut rsp_agent_state,
        ret: *mut rsp_server_return,
    ) -> rsp_next,
>;

/// What to start.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rsp_agent_opts {
    /// The size of this struct.
    pub size: usize,
    /// Registered before init runs; `undefined`: no name.
    pub name: rsp_atom,
    /// The first value; or
    pub state: rsp_term,
    /// what makes it, at each start.
    pub init: rsp_agent_init,
    /// Lent to init.
    pub ctx: *mut c_void,
    /// Called once, when nobody needs `ctx` any more.
    pub ctx_free: Option<unsafe extern "C" fn(ctx: *mut c_void)>,
}

impl Default for rsp_agent_opts {
    /// `RSP_AGENT_OPTS_INIT`.
    fn default() -> Self {
        Self {
            size: size_of::<Self>(),
            name: rsp_atom { id: 0 },
            state: rsp_term { meta: 0, data: 0 },
            init: None,
            ctx: ptr::null_mut(),
            ctx_free: None,
        }
    }
}

extern "C" {
    /// Says how to start an agent: as `start` of a child specification, or with `rsp_server_start`. For one of them, once.
    ///
    /// # Safety
    /// `out` is null or writable, `opts` is null or its `size` bytes readable, its `state` is a live term, and its `init`
    /// takes its `ctx`, on any thread, and does not unwind. Contract: [header](self#header).
    pub fn rsp_agent_spec(out: *mut rsp_start_spec, opts: *const rsp_agent_opts) -> rsp_result;

    /// Starts an agent, and waits until it has its value.
    ///
    /// # Safety
    /// `self_` is null or the handle of this attached thread, the outs are null or writable, `opts` is as of
    /// [`rsp_agent_spec`], `start_opts` is null or its `size` bytes readable. Contract: [header](self#header).
    pub fn rsp_agent_start(
        self_: *mut rsp_self,
        out: *mut rsp_pid,
        error_out: *mut rsp_term,
        opts: *const rsp_agent_opts,
        start_opts: *const rsp_start_opts,
    ) -> rsp_result;

    /// Reads the value of an agent.
    ///
    /// # Safety
    /// `self_` is null or the handle of this attached thread, the outs are null or writable, `read` takes `ctx`, on any
    /// thread, and does not unwind; so does `ctx_free`. Contract: [header](self#header).
    pub fn rsp_agent_get(
        self_: *mut rsp_self,
        out: *mut *mut rsp_msg,
        reason_out: *mut rsp_term,
        agent: rsp_pid,
        timeout_ms: u64,
        read: rsp_agent_read,
        ctx: *mut c_void,
        ctx_free: Option<unsafe extern "C" fn(ctx: *mut c_void)>,
    ) -> rsp_result;

    /// Changes the value of an agent, and waits until it has done so.
    ///
    /// # Safety
    /// As [`rsp_agent_get`], of `change`. Contract: [header](self#header).
    pub fn rsp_agent_update(
        self_: *mut rsp_self,
        reason_out: *mut rsp_term,
        agent: rsp_pid,
        timeout_ms: u64,
        change: rsp_agent_change,
        ctx: *mut c_void,
        ctx_free: Option<unsafe extern "C" fn(ctx: *mut c_void)>,
    ) -> rsp_result;

    /// Changes the value of an agent, and brings something back.
    ///
    /// # Safety
    /// As [`rsp_agent_get`], of `change`. Contract: [header](self#header).
    pub fn rsp_agent_get_and_update(
        self_: *mut rsp_self,
        out: *mut *mut rsp_msg,
        reason_out: *mut rsp_term,
        agent: rsp_pid,
        timeout_ms: u64,
        change: rsp_agent_change,
        ctx: *mut c_void,
        ctx_free: Option<unsafe extern "C" fn(ctx: *mut c_void)>,
    ) -> rsp_result;

    /// Changes the value of an agent, and does not wait.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread; the rest as of [`rsp_agent_get`], of `change`. Contract:
    /// [header](self#header).
    pub fn rsp_agent_cast(
        self_: *mut rsp_self,
        agent: rsp_pid,
        change: rsp_agent_change,
        ctx: *mut c_void,
        ctx_free: Option<unsafe extern "C" fn(ctx: *mut c_void)>,
    ) -> rsp_result;
}
