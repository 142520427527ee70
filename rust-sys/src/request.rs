//! Requests that are collected later.
#![doc = header!("request.h")]

use core::ffi::c_void;
use core::marker::{PhantomData, PhantomPinned};

use crate::{rsp_atom, rsp_msg, rsp_native_ops, rsp_pid, rsp_ref, rsp_result, rsp_self, rsp_term};

/// Requests of one process, each under a label.
#[repr(C)]
pub struct rsp_reqids {
    _private: [u8; 0],
    _marker: PhantomData<(*mut u8, PhantomPinned)>,
}

extern "C" {
    /// Sends a request to whoever has the name now.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `out` null or writable, `term` a live term. Contract:
    /// [header](self#header).
    pub fn rsp_send_request_name(
        self_: *mut rsp_self,
        out: *mut rsp_ref,
        name: rsp_atom,
        term: rsp_term,
    ) -> rsp_result;

    /// The same with a native payload.
    ///
    /// # Safety
    /// As [`rsp_send_native`](crate::rsp_send_native), with a `self_` that is not null and an `out` that is null or
    /// writable. Contract: [header](self#header).
    pub fn rsp_send_request_name_native(
        self_: *mut rsp_self,
        out: *mut rsp_ref,
        name: rsp_atom,
        payload: *mut c_void,
        ops: *const rsp_native_ops,
    ) -> rsp_result;

    /// Waits for the answer to one request, and keeps it at the timeout.
    ///
    /// # Safety
    /// `self_` is the handle of this attached thread, `out` null or writable. Contract: [header](self#header).
    pub fn rsp_wait_response(
        self_: *mut rsp_self,
        out: *mut *mut rsp_msg,
        request: rsp_ref,
        timeout_ms: u64,
    ) -> rsp_result;

    /// Whether a message is the answer to a request.
    ///
    /// # Safety
    /// `msg` is null or a message at hand. Contract: [header](self#header).
    pub fn rsp_check_response(msg: *const rsp_msg, request: rsp_ref) -> rsp_result;

    /// Whether it is the reply to a request.
    ///
    /// # Safety
    /// `msg` is null or a message at hand. Contract: [header](self#header).
    pub fn rsp_msg_is_reply(msg: *const rsp_msg) -> bool;

    /// Sends a cast to whoever has the name now.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `term` a live term. Contract: [header](self#header).
    pub fn rsp_cast_name(self_: *mut rsp_self, name: rsp_atom, term: rsp_term) -> rsp_result;

    /// The same with a native payload.
    ///
    /// # Safety
    /// As [`rsp_send_native`](crate::rsp_send_native). Contract: [header](self#header).
    pub fn rsp_cast_name_native(
        self_: *mut rsp_self,
        name: rsp_atom,
        payload: *mut c_void,
        ops: *const rsp_native_ops,
    ) -> rsp_result;

    /// An empty collection of requests.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `out` null or writable. Contract: [header](self#header).
    pub fn rsp_reqids_new(self_: *mut rsp_self, out: *mut *mut rsp_reqids) -> rsp_result;

    /// Gives up all requests of a collection, and frees it.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `ids` null or a live collection that is not used afterwards.
    /// Contract: [header](self#header).
    pub fn rsp_reqids_free(self_: *mut rsp_self, ids: *mut rsp_reqids);

    /// Puts a request in, with a label.
    ///
    /// # Safety
    /// `ids` is null or a live collection that nobody else uses meanwhile, `label` a live term. Contract:
    /// [header](self#header).
    pub fn rsp_reqids_add(ids: *mut rsp_reqids, request: rsp_ref, label: rsp_term) -> rsp_result;

    /// Sends a request, and puts it in.
    ///
    /// # Safety
    /// `self_` is a process handle of this thread, `ids` null or a live collection, `term` and `label` live terms.
    /// Contract: [header](self#header).
    pub fn rsp_reqids_send_request(
        self_: *mut rsp_self,
        ids: *mut rsp_reqids,
        to: rsp_pid,
        term: rsp_term,
        label: rsp_term,
    ) -> rsp_result;

    /// How many requests are in it.
    ///
    /// # Safety
    /// `ids` is null or a live collection. Contract: [header](self#header).
    pub fn rsp_reqids_size(ids: *const rsp_reqids) -> usize;

    /// What is in it.
    ///
    /// # Safety
    /// `requests_out` and `labels_out` are null or have room for `capacity`, `ids` is null or a live collection.
    /// Contract: [header](self#header).
    pub fn rsp_reqids_to_list(
        requests_out: *mut rsp_ref,
        labels_out: *mut rsp_term,
        capacity: usize,
        ids: *const rsp_reqids,
    );

    /// Looks a request up, and may take it out.
    ///
    /// # Safety
    /// `label_out` is null or writable, `ids` null or a live collection that nobody else uses meanwhile. Contract:
    /// [header](self#header).
    pub fn rsp_reqids_get(
        label_out: *mut rsp_term,
        ids: *mut rsp_reqids,
        request: rsp_ref,
        delete_it: bool,
    ) -> rsp_result;

    /// Waits for an answer to any request of a collection, and gives all of them up at the timeout.
    ///
    /// # Safety
    /// `self_` is the handle of this attached thread, `out` and `label_out` null or writable, `ids` null or a live
    /// collection. Contract: [header](self#header).
    pub fn rsp_reqids_receive_response(
        self_: *mut rsp_self,
        out: *mut *mut rsp_msg,
        label_out: *mut rsp_term,
        ids: *mut rsp_reqids,
        delete_it: bool,
        timeout_ms: u64,
    ) -> rsp_result;

    /// The same, but all requests are kept at the timeout.
    ///
    /// # Safety
    /// `self_` is the handle of this attached thread, `out` and `label_out` null or writable, `ids` null or a live
    /// collection. Contract: [header](self#header).
    pub fn rsp_reqids_wait_response(
        self_: *mut rsp_self,
        out: *mut *mut rsp_msg,
        label_out: *mut rsp_term,
        ids: *mut rsp_reqids,
        delete_it: bool,
        timeout_ms: u64,
    ) -> rsp_result;

    /// Whether a message is the answer to a request of a collection.
    ///
    /// # Safety
    /// `label_out` is null or writable, `ids` null or a live collection that nobody else uses meanwhile, `msg` null or
    /// a message at hand. Contract: [header](self#header).
    pub fn rsp_reqids_check_response(
        label_out: *mut rsp_term,
        ids: *mut rsp_reqids,
        msg: *const rsp_msg,
        delete_it: bool,
    ) -> rsp_result;

    /// The name of this node.
    ///
    /// # Safety
    /// Contract: [header](self#header).
    pub fn rsp_node() -> rsp_atom;

    /// Calls whoever has the name, on each node of a list.
    ///
    /// # Safety
    /// `self_` is the handle of this attached thread, `nodes` has `node_count` readable elements, and `replies_out`
    /// room for as many; `request` is a live term. Contract: [header](self#header).
    pub fn rsp_multi_call(
        self_: *mut rsp_self,
        replies_out: *mut *mut rsp_msg,
        nodes: *const rsp_atom,
        node_count: usize,
        name: rsp_atom,
        request: rsp_term,
        timeout_ms: u64,
    ) -> rsp_result;

    /// Sends a cast to whoever has the name, on each node of a list.
    ///
    /// # Safety
    /// `self_` is null or a process handle of this thread, `nodes` has `node_count` readable elements, `request` is a
    /// live term. Contract: [header](self#header).
    pub fn rsp_abcast(
        self_: *mut rsp_self,
        nodes: *const rsp_atom,
        node_count: usize,
        name: rsp_atom,
        request: rsp_term,
    ) -> rsp_result;
}
