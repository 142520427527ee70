//! Supervisors.
#![doc = header!("supervisor.h")]

use core::ffi::{c_char, c_uint, c_void};
use core::ptr;

use crate::{
    rsp_atom, rsp_lane, rsp_next, rsp_pid, rsp_ref, rsp_restart, rsp_result, rsp_self, rsp_shutdown,
    rsp_start_opts, rsp_start_spec, rsp_term, RSP_RESTART_DEFAULT, RSP_SHUTDOWN_DEFAULT,
};

/// What a child is.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct rsp_child_type(pub c_uint);

/// As its specification says.
pub const RSP_CHILD_DEFAULT: rsp_child_type = rsp_child_type(0);
/// A worker.
pub const RSP_CHILD_WORKER: rsp_child_type = rsp_child_type(1);
/// A supervisor.
pub const RSP_CHILD_SUPERVISOR: rsp_child_type = rsp_child_type(2);

/// Who is restarted when a child ends.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct rsp_strategy(pub c_uint);

/// That child alone.
pub const RSP_ONE_FOR_ONE: rsp_strategy = rsp_strategy(0);
/// All of them.
pub const RSP_ONE_FOR_ALL: rsp_strategy = rsp_strategy(1);
/// That child and those after it.
pub const RSP_REST_FOR_ONE: rsp_strategy = rsp_strategy(2);
/// That child alone; each is one more of one specification.
pub const RSP_SIMPLE_ONE_FOR_ONE: rsp_strategy = rsp_strategy(3);
/// That child alone; each is brought by a call.
pub const RSP_DYNAMIC: rsp_strategy = rsp_strategy(4);

/// When a supervisor ends because significant children have.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct rsp_auto_shutdown(pub c_uint);

/// There can be no significant children.
pub const RSP_AUTO_SHUTDOWN_NEVER: rsp_auto_shutdown = rsp_auto_shutdown(0);
/// As soon as one has ended by itself.
pub const RSP_AUTO_SHUTDOWN_ANY_SIGNIFICANT: rsp_auto_shutdown = rsp_auto_shutdown(1);
/// When one has, and no other one has a process.
pub const RSP_AUTO_SHUTDOWN_ALL_SIGNIFICANT: rsp_auto_shutdown = rsp_auto_shutdown(2);

/// What a supervisor does.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rsp_supervisor_opts {
    /// The size of this struct.
    pub size: usize,
    /// Who is restarted when a child ends.
    pub strategy: rsp_strategy,
    /// Registered before anything starts.
    pub name: rsp_atom,
    /// Restarts within `period_ms` that pass.
    pub max_restarts: i64,
    /// The period of the count.
    pub period_ms: i64,
    /// An [`rsp_auto_shutdown`].
    pub auto_shutdown: u64,
    /// Of [`RSP_DYNAMIC`]: how many there may be; 0: any number.
    pub max_children: u64,
    /// Of [`RSP_DYNAMIC`]: a list that stands before the args of each child.
    pub extra_arguments: rsp_term,
}

impl Default for rsp_supervisor_opts {
    /// `RSP_SUPERVISOR_OPTS_INIT`.
    fn default() -> Self {
        Self {
            size: size_of::<Self>(),
            strategy: RSP_ONE_FOR_ONE,
            name: rsp_atom { id: 0 },
            max_restarts: 3,
            period_ms: 5000,
            auto_shutdown: 0,
            max_children: 0,
            extra_arguments: rsp_term::default(),
        }
    }
}

/// How long a supervisor waits before it starts a child again.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rsp_backoff {
    /// The size of this struct.
    pub size: usize,
    /// The first delay, at least 1.
    pub min_ms: u64,
    /// The longest one.
    pub max_ms: u64,
    /// How many times as long as the one before each further one is.
    pub factor: f64,
    /// The part of each that chance takes off, from 0 to 1.
    pub jitter: f64,
    /// A child that was up for so long begins with `min_ms` again; 0: `max_ms`.
    pub reset_after_ms: u64,
}

impl Default for rsp_backoff {
    /// `RSP_BACKOFF_INIT`.
    fn default() -> Self {
        Self {
            size: size_of::<Self>(),
            min_ms: 100,
            max_ms: 30_000,
            factor: 2.0,
            jitter: 0.1,
            reset_after_ms: 0,
        }
    }
}

/// One child.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rsp_child_spec {
    /// The size of this struct.
    pub size: usize,
    /// Unique in its supervisor; nil: the name of the type.
    pub id: rsp_term,
    /// What to run; or
    pub start: rsp_start_spec,
    /// a supervisor with children of its own.
    pub supervisor: *const rsp_supervisor_spec,
    /// What it is.
    pub type_: rsp_child_type,
    /// How it is treated.
    pub restart: rsp_restart,
    /// How it is stopped.
    pub shutdown: rsp_shutdown,
    /// Of [`RSP_SHUTDOWN_TIMEOUT`](crate::RSP_SHUTDOWN_TIMEOUT).
    pub shutdown_ms: u64,
    /// 1: its end may end the supervisor.
    pub significant: u64,
    /// As in [`rsp_start_opts`], at each start.
    pub via_registry: rsp_atom,
    /// Under this key.
    pub via_key: rsp_term,
    /// 1: where it would be started again its supervisor ends.
    pub fatal: u64,
    /// Copied; null: it is started again at once.
    pub backoff: *const rsp_backoff,
}

impl Default for rsp_child_spec {
    /// `RSP_CHILD_SPEC_INIT`.
    fn default() -> Self {
        Self {
            size: size_of::<Self>(),
            id: rsp_term { meta: 0, data: 0 },
            start: rsp_start_spec::default(),
            supervisor: ptr::null(),
            type_: RSP_CHILD_DEFAULT,
            restart: RSP_RESTART_DEFAULT,
            shutdown: RSP_SHUTDOWN_DEFAULT,
            shutdown_ms: 0,
            significant: 0,
            via_registry: rsp_atom { id: 0 },
            via_key: rsp_term { meta: 0, data: 0 },
            fatal: 0,
            backoff: ptr::null(),
        }
    }
}

/// What a callback supervisor's init fills in.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rsp_supervisor_init {
    /// Set by the runtime.
    pub size: usize,
    /// The options.
    pub opts: rsp_supervisor_opts,
    /// The children.
    pub children: *const rsp_child_spec,
    /// How many.
    pub child_count: usize,
    /// There will be no process.
    pub ignore: bool,
    /// For bindings: init returned `bad_value`, which means nothing.
    pub bad_return: bool,
    /// Of `bad_return`.
    pub bad_value: rsp_term,
}

/// As many partitions as the runtime has workers.
pub const RSP_PARTITIONS_AS_WORKERS: u64 = u64::MAX;

/// A supervisor as a child, or to be started.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rsp_supervisor_spec {
    /// The size of this struct.
    pub size: usize,
    /// For reports and as the default id.
    pub module: *const c_char,
    /// The children.
    pub children: *const rsp_child_spec,
    /// How many.
    pub child_count: usize,
    /// The options.
    pub opts: rsp_supervisor_opts,
    /// Runs before any child.
    pub init: Option<
        unsafe extern "C" fn(
            self_: *mut rsp_self,
            ctx: *mut c_void,
            args: rsp_term,
            out: *mut rsp_supervisor_init,
        ) -> rsp_next,
    >,
    /// Of init.
    pub args: rsp_term,
    /// Lent to init.
    pub ctx: *mut c_void,
    /// Called once, when nobody needs `ctx` any more.
    pub ctx_free: Option<unsafe extern "C" fn(ctx: *mut c_void)>,
    /// Runs after the runtime has copied what init put into `out`.
    pub init_done: Option<unsafe extern "C" fn(ctx: *mut c_void, out: *mut rsp_supervisor_init)>,
    /// Of the process that runs init; null: a worker.
    pub lane: *mut rsp_lane,
    /// Not 0: so many copies of its one child.
    pub partitions: u64,
    /// 1: the args of each copy end in its number.
    pub with_partition: u64,
}

impl Default for rsp_supervisor_spec {
    /// `RSP_SUPERVISOR_SPEC_INIT`.
    fn default() -> Self {
        Self {
            size: size_of::<Self>(),
            module: ptr::null(),
            children: ptr::null(),
            child_count: 0,
            opts: rsp_supervisor_opts::default(),
            init: None,
            args: rsp_term { meta: 0, data: 0 },
            ctx: ptr::null_mut(),
            ctx_free: None,
            init_done: None,
            lane: ptr::null_mut(),
            partitions: 0,
            with_partition: 0,
        }
    }
}

extern "C" {
    /// Starts a supervisor over a list of children, and waits until all are up.
    ///
    /// # Safety
    /// `self_` is null or the handle of this attached thread, the outs are null or writable, at `children` are
    /// `child_count` specifications, `opts` and `start_opts` are null or their `size` bytes readable; what a specification
    /// points to is usable as [`rsp_server_start`](crate::rsp_server_start) says. Contract: [header](self#header).
    pub fn rsp_supervisor_start(
        self_: *mut rsp_self,
        out: *mut rsp_pid,
        error_out: *mut rsp_term,
        children: *const rsp_child_spec,
        child_count: usize,
        opts: *const rsp_supervisor_opts,
        start_opts: *const rsp_start_opts,
    ) -> rsp_result;

    /// The same for a specification, which may be a callback supervisor.
    ///
    /// # Safety
    /// As [`rsp_supervisor_start`]; `spec` is null or its `size` bytes readable, its callbacks take its `ctx`, on any thread,
    /// and do not unwind. Contract: [header](self#header).
    pub fn rsp_supervisor_start_spec(
        self_: *mut rsp_self,
        out: *mut rsp_pid,
        error_out: *mut rsp_term,
        spec: *const rsp_supervisor_spec,
        start_opts: *const rsp_start_opts,
    ) -> rsp_result;

    /// Starts one more child, at the end of the order.
    ///
    /// # Safety
    /// `self_` is the handle of this attached thread, the outs are null or writable, `child` is null or its `size` bytes
    /// readable, and as [`rsp_supervisor_start`] says. Contract: [header](self#header).
    pub fn rsp_supervisor_start_child(
        self_: *mut rsp_self,
        out: *mut rsp_pid,
        error_out: *mut rsp_term,
        supervisor: rsp_pid,
        child: *const rsp_child_spec,
        timeout_ms: u64,
    ) -> rsp_result;

    /// Starts one more child of the one specification that the supervisor has.
    ///
    /// # Safety
    /// `self_` is the handle of this attached thread, the outs are null or writable, `args` is a live term. Contract:
    /// [header](self#header).
    pub fn rsp_supervisor_start_child_args(
        self_: *mut rsp_self,
        out: *mut rsp_pid,
        error_out: *mut rsp_term,
        supervisor: rsp_pid,
        args: rsp_term,
        timeout_ms: u64,
    ) -> rsp_result;

    /// Asks a supervisor for one more child; the answer is a message.
    ///
    /// # Safety
    /// As [`rsp_supervisor_start_child`], but `self_` may be that of a callback. Contract: [header](self#header).
    pub fn rsp_supervisor_start_child_request(
        self_: *mut rsp_self,
        out: *mut rsp_ref,
        error_out: *mut rsp_term,
        supervisor: rsp_pid,
        child: *const rsp_child_spec,
    ) -> rsp_result;

    /// [`rsp_supervisor_start_child`], and what the start function of the child says of it.
    ///
    /// # Safety
    /// As [`rsp_supervisor_start_child`]; `info_out` is null or writable. Contract: [header](self#header).
    pub fn rsp_supervisor_start_child_info(
        self_: *mut rsp_self,
        out: *mut rsp_pid,
        info_out: *mut rsp_term,
        error_out: *mut rsp_term,
        supervisor: rsp_pid,
        child: *const rsp_child_spec,
        timeout_ms: u64,
    ) -> rsp_result;

    /// [`rsp_supervisor_start_child_args`], and what the start function of the child says of it.
    ///
    /// # Safety
    /// As [`rsp_supervisor_start_child_args`]; `info_out` is null or writable. Contract: [header](self#header).
    pub fn rsp_supervisor_start_child_args_info(
        self_: *mut rsp_self,
        out: *mut rsp_pid,
        info_out: *mut rsp_term,
        error_out: *mut rsp_term,
        supervisor: rsp_pid,
        args: rsp_term,
        timeout_ms: u64,
    ) -> rsp_result;

    /// [`rsp_supervisor_restart_child`], and what the start function of the child says of it.
    ///
    /// # Safety
    /// As [`rsp_supervisor_restart_child`]; `info_out` is null or writable. Contract: [header](self#header).
    pub fn rsp_supervisor_restart_child_info(
        self_: *mut rsp_self,
        out: *mut rsp_pid,
        info_out: *mut rsp_term,
        error_out: *mut rsp_term,
        supervisor: rsp_pid,
        id: rsp_term,
        timeout_ms: u64,
    ) -> rsp_result;

    /// The children in order of start.
    ///
    /// # Safety
    /// `self_` is the handle of this attached thread, `out` null or writable. Contract: [header](self#header).
    pub fn rsp_supervisor_which_children(
        self_: *mut rsp_self,
        out: *mut rsp_term,
        supervisor: rsp_pid,
        timeout_ms: u64,
    ) -> rsp_result;

    /// How many children there are.
    ///
    /// # Safety
    /// `self_` is the handle of this attached thread, `out` null or writable. Contract: [header](self#header).
    pub fn rsp_supervisor_count_children(
        self_: *mut rsp_self,
        out: *mut rsp_term,
        supervisor: rsp_pid,
        timeout_ms: u64,
    ) -> rsp_result;

    /// Stops one child, and waits until it is gone.
    ///
    /// # Safety
    /// `self_` is the handle of this attached thread, `error_out` null or writable, `id` a live term. Contract:
    /// [header](self#header).
    pub fn rsp_supervisor_terminate_child(
        self_: *mut rsp_self,
        error_out: *mut rsp_term,
        supervisor: rsp_pid,
        id: rsp_term,
        timeout_ms: u64,
    ) -> rsp_result;

    /// Starts a child again that is stopped.
    ///
    /// # Safety
    /// `self_` is the handle of this attached thread, the outs are null or writable, `id` is a live term. Contract:
    /// [header](self#header).
    pub fn rsp_supervisor_restart_child(
        self_: *mut rsp_self,
        out: *mut rsp_pid,
        error_out: *mut rsp_term,
        supervisor: rsp_pid,
        id: rsp_term,
        timeout_ms: u64,
    ) -> rsp_result;

    /// Forgets the specification of a child that is stopped.
    ///
    /// # Safety
    /// As [`rsp_supervisor_terminate_child`]. Contract: [header](self#header).
    pub fn rsp_supervisor_delete_child(
        self_: *mut rsp_self,
        error_out: *mut rsp_term,
        supervisor: rsp_pid,
        id: rsp_term,
        timeout_ms: u64,
    ) -> rsp_result;

    /// The specification of a child with the defaults filled in.
    ///
    /// # Safety
    /// As [`rsp_supervisor_restart_child`]. Contract: [header](self#header).
    pub fn rsp_supervisor_get_childspec(
        self_: *mut rsp_self,
        out: *mut rsp_term,
        error_out: *mut rsp_term,
        supervisor: rsp_pid,
        id: rsp_term,
        timeout_ms: u64,
    ) -> rsp_result;

    /// Whether a supervisor would take these children.
    ///
    /// # Safety
    /// `error_out` is null or writable, at `children` are `child_count` specifications, and as [`rsp_supervisor_start`] says.
    /// Contract: [header](self#header).
    pub fn rsp_supervisor_check_childspecs(
        error_out: *mut rsp_term,
        children: *const rsp_child_spec,
        child_count: usize,
        auto_shutdown: rsp_auto_shutdown,
    ) -> rsp_result;
}
