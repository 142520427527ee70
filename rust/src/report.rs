//! Reports: what the runtime says of processes that end abnormally, and of supervisors.

use std::ffi::c_void;

use resprout_sys as sys;

use crate::boundary::{drop_quietly, guarded};
use crate::Term;

/// How grave a report is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// How it goes: each child that a supervisor has started.
    Info,
    /// Worth knowing: traces, and ends of applications from which nothing follows.
    Notice,
    /// Worth a look: turns that are stuck, and messages that nobody handles.
    Warning,
    /// A failure: all others.
    Error,
}

type Sink = Box<dyn Fn(Level, &Term) + Send + Sync>;

/// Sets where reports go, instead of to standard error: a map each, with the keys `report`, `pid`, `reason` and more.
///
/// `sink` runs on workers, several calls at a time, and must not block. It is kept for ever, as is each one set before it,
/// for it may be running when it is replaced: this is for the beginning of a program. A panic in it is contained.
///
/// # Examples
///
/// ```
/// resprout::report::set_sink(|level, report| eprintln!("{level:?} {report}"));
/// ```
pub fn set_sink(sink: impl Fn(Level, &Term) + Send + Sync + 'static) {
    let sink: Sink = Box::new(sink);
    let sink: &'static Sink = Box::leak(Box::new(sink));
    // SAFETY: the sink takes its context on any thread, lives for ever, and does not unwind.
    unsafe { sys::rsp_set_report_sink(Some(call), std::ptr::from_ref(sink).cast_mut().cast()) }
}

/// Sets the level from which on reports are made; `None`: none is. Until it is called it is [`Level::Notice`]. What is below
/// it costs nothing, and no [`format_status`](crate::GenServer::format_status) is asked for it.
///
/// # Examples
///
/// ```
/// use resprout::report::{self, Level};
///
/// report::set_level(Some(Level::Error));
/// # report::set_level(Some(Level::Notice));
/// ```
pub fn set_level(level: Option<Level>) {
    let level = match level {
        Some(Level::Info) => sys::RSP_REPORT_INFO,
        Some(Level::Notice) => sys::RSP_REPORT_NOTICE,
        Some(Level::Warning) => sys::RSP_REPORT_WARNING,
        Some(Level::Error) => sys::RSP_REPORT_ERROR,
        None => sys::RSP_REPORT_NONE,
    };
    // SAFETY: nothing is asked for.
    let result = unsafe { sys::rsp_set_report_level(level) };
    debug_assert_eq!(result, sys::RSP_OK);
}

/// What reports show of a program's data. By default nothing: messages and states may be nobody else's business.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// What servers handled last, what waited in mailboxes, and the requests of failed calls.
    pub messages: bool,
    /// What servers say of their states: [`GenServer::format_status`](crate::GenServer::format_status).
    pub states: bool,
}

/// Sets what reports show of a program's data.
///
/// # Examples
///
/// ```
/// use resprout::report::{self, Contents};
///
/// report::set_contents(Contents { messages: true, ..Contents::default() });
/// # report::set_contents(Contents::default());
/// ```
pub fn set_contents(contents: Contents) {
    let bits = [(contents.messages, sys::RSP_REPORT_MESSAGES), (contents.states, sys::RSP_REPORT_STATES)];
    let bits = bits.iter().filter(|(asked, _)| *asked).fold(0, |sum, (_, bit)| sum | u64::from(bit.0));
    // SAFETY: nothing is asked for.
    let result = unsafe { sys::rsp_set_report_contents(bits) };
    debug_assert_eq!(result, sys::RSP_OK);
}

/// Reports go to standard error again.
pub fn reset_sink() {
    // SAFETY: nothing is asked for.
    unsafe { sys::rsp_set_report_sink(None, std::ptr::null_mut()) }
}

unsafe extern "C" fn call(sink: *mut c_void, level: sys::rsp_report_level, report: sys::rsp_term) {
    // SAFETY: set_sink gave the sink, which lives for ever; the report is lent.
    let (sink, report) = unsafe { (&*sink.cast::<Sink>(), Term::from_lent(report)) };
    let level = match level {
        sys::RSP_REPORT_INFO => Level::Info,
        sys::RSP_REPORT_NOTICE => Level::Notice,
        sys::RSP_REPORT_WARNING => Level::Warning,
        _ => Level::Error,
    };
    drop_quietly(guarded(|| sink(level, &report)));
}
