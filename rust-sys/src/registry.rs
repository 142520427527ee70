//! Registries: processes by keys.
#![doc = header!("registry.h")]

use core::ffi::c_uint;
use core::ptr;

use crate::{rsp_atom, rsp_msg, rsp_pid, rsp_result, rsp_self, rsp_start_opts, rsp_start_spec, rsp_term};

/// Whether a key belongs to one process.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct rsp_registry_kind(pub c_uint);

/// It does.
pub const RSP_REGISTRY_UNIQUE: rsp_registry_kind = rsp_registry_kind(0);
/// It belongs to any number of processes, and to one several times.
pub const RSP_REGISTRY_DUPLICATE: rsp_registry_kind = rsp_registry_kind(1);

/// What a registry is.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct rsp_registry_opts {
    /// Of this struct.
    pub size: usize,
    /// Registered, and what all calls take; not `undefined`.
    pub name: rsp_atom,
    /// Unique.
    pub keys: rsp_registry_kind,
    /// Names of processes that hear of each key as it comes and goes.
    pub listeners: *const rsp_atom,
    /// How many.
    pub listener_count: usize,
}

impl Default for rsp_registry_opts {
    /// `RSP_REGISTRY_OPTS_INIT`.
    fn default() -> Self {
        Self {
            size: size_of::<Self>(),
            name: rsp_atom { id: 0 },
            keys: RSP_REGISTRY_UNIQUE,
            listeners: ptr::null(),
            listener_count: 0,
        }
    }
}

extern "C" {
    /// Says how to start a registry: as `start` of a child specification, or with rsp_server_start. For one of
    /// them, once.
    ///
    /// # Safety
    /// `out` is null or writable, `opts` is null or its `size` bytes readable, and at its `listeners` are as many
    /// atoms as it says. Contract: [header](self#header).
    pub fn rsp_registry_spec(out: *mut rsp_start_spec, opts: *const rsp_registry_opts) -> rsp_result;

    /// Starts a registry.
    ///
    /// # Safety
    /// `self_` is null or the handle of this attached thread, the outs are null or writable, `opts` and
    /// `start_opts` are null
    /// or their `size` bytes readable, and at the listeners of `opts` are as many atoms as it says. Contract:
    /// [header](self#header).
    pub fn rsp_registry_start(
        self_: *mut rsp_self,
        out: *mut rsp_pid,
        error_out: *mut rsp_term,
        opts: *const rsp_registry_opts,
        start_opts: *const rsp_start_opts,
    ) -> rsp_result;

    /// Gives the calling process a key, until it ends or gives it back. Links it to the registry.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `holder_out` is null or writable, `key`, `value` are
    /// live terms. Contract: [header](self#header).
    pub fn rsp_registry_register(
        self_: *mut rsp_self,
        holder_out: *mut rsp_pid,
        registry: rsp_atom,
        key: rsp_term,
        value: rsp_term,
    ) -> rsp_result;

    /// Takes a key from the calling process, however often it has it. One that it has not is no error.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `key` is a live term. Contract: [header](self#header).
    pub fn rsp_registry_unregister(self_: *mut rsp_self, registry: rsp_atom, key: rsp_term) -> rsp_result;

    /// Gives a unique key of the calling process another value.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `old_out` is null or writable, `key`, `value` are live
    /// terms. Contract: [header](self#header).
    pub fn rsp_registry_update_value(
        self_: *mut rsp_self,
        old_out: *mut rsp_term,
        registry: rsp_atom,
        key: rsp_term,
        value: rsp_term,
    ) -> rsp_result;

    /// Who has a key, and with which values: a list of {Pid, Value}, in the order in which they registered.
    ///
    /// # Safety
    /// `out` is null or writable, `key` is a live term. Contract: [header](self#header).
    pub fn rsp_registry_lookup(out: *mut rsp_term, registry: rsp_atom, key: rsp_term) -> rsp_result;

    /// As rsp_registry_lookup, but only those with a value that fits.
    ///
    /// # Safety
    /// `out` is null or writable, `key`, `pattern` are live terms. Contract: [header](self#header).
    pub fn rsp_registry_match(
        out: *mut rsp_term,
        registry: rsp_atom,
        key: rsp_term,
        pattern: rsp_term,
    ) -> rsp_result;

    /// The process that has a unique key.
    ///
    /// # Safety
    /// `out` is null or writable, `key` is a live term. Contract: [header](self#header).
    pub fn rsp_registry_whereis(out: *mut rsp_pid, registry: rsp_atom, key: rsp_term) -> rsp_result;

    /// The keys of a process: a list, in the order in which it registered them. One that it has twice is there
    /// twice.
    ///
    /// # Safety
    /// `out` is null or writable. Contract: [header](self#header).
    pub fn rsp_registry_keys(out: *mut rsp_term, registry: rsp_atom, pid: rsp_pid) -> rsp_result;

    /// How many entries a registry has. Those that come and go meanwhile are counted, or not.
    ///
    /// # Safety
    /// `out` is null or writable. Contract: [header](self#header).
    pub fn rsp_registry_count(out: *mut u64, registry: rsp_atom) -> rsp_result;

    /// What its users have put down with the registry itself. It goes with the registry's process.
    ///
    /// # Safety
    /// `out` is null or writable, `key` is a live term. Contract: [header](self#header).
    pub fn rsp_registry_meta(out: *mut rsp_term, registry: rsp_atom, key: rsp_term) -> rsp_result;

    /// Puts something down with the registry itself, in the place of what was there.
    ///
    /// # Safety
    /// `key`, `value` are live terms. Contract: [header](self#header).
    pub fn rsp_registry_put_meta(registry: rsp_atom, key: rsp_term, value: rsp_term) -> rsp_result;

    /// Takes away what was put down. Nothing of this key is no error.
    ///
    /// # Safety
    /// `key` is a live term. Contract: [header](self#header).
    pub fn rsp_registry_delete_meta(registry: rsp_atom, key: rsp_term) -> rsp_result;

    /// Sends a term to whoever has a unique key now.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `key`, `term` are live terms. Contract:
    /// [header](self#header).
    pub fn rsp_send_via(
        self_: *mut rsp_self,
        registry: rsp_atom,
        key: rsp_term,
        term: rsp_term,
    ) -> rsp_result;

    /// Sends a cast to whoever has a unique key now. Nobody is no error.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `key`, `term` are live terms. Contract:
    /// [header](self#header).
    pub fn rsp_cast_via(
        self_: *mut rsp_self,
        registry: rsp_atom,
        key: rsp_term,
        term: rsp_term,
    ) -> rsp_result;

    /// Calls whoever has a unique key now, by {via, Registry, Key}; nobody is noproc.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `out` and `reason_out` are null or writable, `key`,
    /// `request` are live terms. Contract: [header](self#header).
    pub fn rsp_call_via(
        self_: *mut rsp_self,
        out: *mut *mut rsp_msg,
        reason_out: *mut rsp_term,
        registry: rsp_atom,
        key: rsp_term,
        request: rsp_term,
        timeout_ms: u64,
    ) -> rsp_result;
}
