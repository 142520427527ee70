use std::process::ExitCode;
use std::time::Duration;

use resprout_sys as sys;

use crate::boundary::milliseconds;
use crate::error::check;
use crate::{Result, StartError, Supervisor, Term};

/// How [`run`] runs a program.
///
/// # Examples
///
/// ```
/// use resprout::RunOptions;
/// use std::time::Duration;
///
/// let options = RunOptions { stop_timeout: Some(Duration::from_secs(10)), ..RunOptions::default() };
/// assert!(options.handle_signals && !options.notify);
/// ```
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// For the orderly stop of all: 30 seconds. None: as long as it takes.
    pub stop_timeout: Option<Duration>,
    /// SIGTERM and SIGINT end the program, in order; a second one ends it at once. On, unless this says otherwise.
    pub handle_signals: bool,
    /// The service manager that `NOTIFY_SOCKET` names (systemd) is told READY=1, STOPPING=1, and WATCHDOG=1 in half the time
    /// that `WATCHDOG_USEC` says. Off, unless this says otherwise.
    pub notify: bool,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self { stop_timeout: Some(Duration::from_secs(30)), handle_signals: true, notify: false }
    }
}

/// How a program has ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// What it should say to the operating system, 0 to 255.
    pub status: u8,
    /// What its top supervisor has ended for; `shutdown` if the program was asked to end.
    pub reason: Term,
}

impl From<Ended> for ExitCode {
    fn from(ended: Ended) -> Self {
        Self::from(ended.status)
    }
}

/// Runs a program: starts a runtime, if none runs, and the top supervisor; waits until that has ended, or a signal or
/// [`init_stop`] asks for the end; stops the runtime, and says with what status the program ends. Blocks. A
/// [`Runtime`](crate::Runtime) of this program is stopped by it, too.
///
/// Children stop in reverse order, each within its own time, and all within `stop_timeout`. Who is late is killed, and named in
/// a report of its supervisor. Mirrors `application:start/2` of a permanent application.
///
/// # Errors
///
/// The top did not start; [`StartError::Refused`] with [`Error::Already`](crate::Error::Already): another thread runs a program; with
/// [`Error::WouldBlock`](crate::Error::WouldBlock): this is a handler; with [`Error::Timeout`](crate::Error::Timeout): all was stopped, but the code of some process does not return.
///
/// # Examples
///
/// ```no_run
/// use resprout::prelude::*;
/// use resprout::{run, RunOptions, StartError};
/// use std::process::ExitCode;
///
/// fn main() -> Result<ExitCode, StartError> {
///     let top = Supervisor::one_for_one();
///     Ok(run(top, &RunOptions::default())?.into())
/// }
/// ```
pub fn run(top: Supervisor, options: &RunOptions) -> Result<Ended, StartError> {
    let raw_options = sys::rsp_run_opts {
        stop_timeout_ms: options.stop_timeout.map_or(sys::RSP_INFINITE, milliseconds),
        handle_signals: options.handle_signals.into(),
        notify: options.notify.into(),
        ..Default::default()
    };
    let (mut status, mut reason) = (1, Term::nil().into_raw());
    let result = top.lend(|spec| {
        // SAFETY: the outs are writable, and the specification is usable during the call.
        unsafe { sys::rsp_run(&mut status, &mut reason, spec, &raw_options) }
    });
    // SAFETY: the reason is nil, or one that the caller owns.
    let reason = unsafe { Term::from_raw(reason) };
    if result == sys::RSP_OK {
        return Ok(Ended { status: u8::try_from(status).unwrap_or(1), reason });
    }
    if result == sys::RSP_ETIMEDOUT {
        return Err(StartError::Refused(crate::Error::Timeout));
    }
    Err(StartError::from_code(result, reason))
}

/// Asks for the end of the program that [`run`] runs, with this status. The first who asks decides. Does not block; may be
/// called everywhere, in a handler too. Mirrors `init:stop/1`.
///
/// # Errors
///
/// [`Error::Stopped`](crate::Error::Stopped): no thread is in [`run`].
pub fn init_stop(status: u8) -> Result<()> {
    // SAFETY: nothing is asked for.
    check(unsafe { sys::rsp_init_stop(status.into()) })
}
