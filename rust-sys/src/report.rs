//! Reports of processes that end abnormally, and of supervisors.
#![doc = header!("report.h")]

use core::ffi::{c_uint, c_void};

use crate::{rsp_result, rsp_term};

/// How grave a report is.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct rsp_report_level(pub c_uint);

/// How it goes.
pub const RSP_REPORT_INFO: rsp_report_level = rsp_report_level(0);
/// Worth knowing, and made by default.
pub const RSP_REPORT_NOTICE: rsp_report_level = rsp_report_level(1);
/// Worth a look.
pub const RSP_REPORT_WARNING: rsp_report_level = rsp_report_level(2);
/// A failure.
pub const RSP_REPORT_ERROR: rsp_report_level = rsp_report_level(3);
/// No report has it.
pub const RSP_REPORT_NONE: rsp_report_level = rsp_report_level(4);

/// What reports show of a program's data.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct rsp_report_contents(pub c_uint);

/// Nothing of it.
pub const RSP_REPORT_NO_CONTENTS: rsp_report_contents = rsp_report_contents(0);
/// Messages and requests.
pub const RSP_REPORT_MESSAGES: rsp_report_contents = rsp_report_contents(1);
/// What servers say of their states.
pub const RSP_REPORT_STATES: rsp_report_contents = rsp_report_contents(2);

/// Takes a report.
pub type rsp_report_sink =
    Option<unsafe extern "C" fn(ctx: *mut c_void, level: rsp_report_level, report: rsp_term)>;

extern "C" {
    /// Sets where reports go.
    ///
    /// # Safety
    /// `sink` takes `ctx` on any thread, several calls at a time, and does not unwind; both stay usable as the header says.
    /// Contract: [header](self#header).
    pub fn rsp_set_report_sink(sink: rsp_report_sink, ctx: *mut c_void);

    /// Sets the level from which on reports are made.
    ///
    /// # Safety
    /// None is needed. Contract: [header](self#header).
    pub fn rsp_set_report_level(level: rsp_report_level) -> rsp_result;

    /// Sets what reports show of a program's data.
    ///
    /// # Safety
    /// None is needed. Contract: [header](self#header).
    pub fn rsp_set_report_contents(contents: u64) -> rsp_result;
}
