//! What the code of a process may do.

use std::any::Any;
use std::time::Duration;

use resprout_sys as sys;

use crate::anywhere::{exit_signal_as, send_as, send_native_as};
use crate::boundary::{milliseconds, Native};
use crate::error::check;
use crate::message::To;
use crate::spawn::{self, Handler, IntoNext, MailboxLimits, SpawnOptions, Spawned};
use crate::{Atom, Error, Message, Pid, Ref, Result, Term};

/// The calling process: lent to its code, and part of a [`Process`](crate::Process).
///
/// Every call is a checkpoint, where exit signals take effect. A process that is to end gets [`Error::Exiting`] from this
/// call and all later ones; its code returns, which `?` does, and what it holds is dropped on the way. Until it has
/// returned, sends, links and spawns are refused.
#[derive(Debug)]
pub struct Context {
    // Valid while the callback runs, or the thread is attached; never null. Not Send, because of the pointer.
    raw: *mut sys::rsp_self,
    // Of an attached thread: known also inside a call, where the C API does not say it.
    pid: Option<Pid>,
}

impl Context {
    /// # Safety
    ///
    /// `raw` is a process handle of this thread for as long as the result lives.
    pub(crate) unsafe fn new(raw: *mut sys::rsp_self) -> Self {
        Self { raw, pid: None }
    }

    /// # Safety
    ///
    /// As [`new`](Self::new).
    pub(crate) unsafe fn of_thread(raw: *mut sys::rsp_self) -> Self {
        // SAFETY: as the caller says.
        Self { raw, pid: Some(Pid(unsafe { sys::rsp_self_pid(raw) })) }
    }

    pub(crate) fn raw(&self) -> *mut sys::rsp_self {
        self.raw
    }

    /// The pid of this process.
    #[must_use]
    pub fn pid(&self) -> Pid {
        // SAFETY: raw is a process handle of this thread.
        self.pid.unwrap_or_else(|| Pid(unsafe { sys::rsp_self_pid(self.raw) }))
    }

    // ---- Messages ----

    /// Sends a term. Returns at once; to a dead process it does nothing.
    ///
    /// # Errors
    ///
    /// [`Error::NoName`] when nobody has the name, [`Error::Exiting`].
    pub fn send(&self, to: impl Into<To>, message: impl Into<Term>) -> Result<()> {
        send_as(self.raw, to.into(), &message.into())
    }

    /// Sends a Rust value, which moves to the receiver as [`Message::Native`].
    ///
    /// # Errors
    ///
    /// [`Error::Exiting`]; the value is dropped then.
    pub fn send_native<T: Any + Send>(&self, to: Pid, value: T) -> Result<()> {
        send_native_as(self.raw, to, value)
    }

    /// Sends a request without an answer, which arrives as [`Message::Cast`]. To a free name nothing happens.
    ///
    /// # Errors
    ///
    /// [`Error::Exiting`]; an alias is refused.
    pub fn cast(&self, to: impl Into<To>, request: impl Into<Term>) -> Result<()> {
        let request = request.into();
        // SAFETY: raw is a process handle of this thread, the term is live.
        check(unsafe {
            match to.into() {
                To::Pid(pid) => sys::rsp_cast(self.raw, pid.0, request.as_raw()),
                To::Name(name) => sys::rsp_cast_name(self.raw, name.0, request.as_raw()),
                To::Alias(_) => sys::RSP_EINVAL,
            }
        })
    }

    /// The same with a Rust value.
    ///
    /// # Errors
    ///
    /// [`Error::Exiting`]; the value is dropped then.
    pub fn cast_native<T: Any + Send>(&self, to: impl Into<To>, request: T) -> Result<()> {
        let to = to.into();
        check(Native::new(request).give(
            // SAFETY: raw is a process handle of this thread; the payload is one of these operations, which live for ever.
            |payload, ops| unsafe {
                match to {
                    To::Pid(pid) => sys::rsp_cast_native(self.raw, pid.0, payload, ops),
                    To::Name(name) => sys::rsp_cast_name_native(self.raw, name.0, payload, ops),
                    To::Alias(_) => sys::RSP_EINVAL,
                }
            },
            |result| result == sys::RSP_OK,
        ))
    }

    /// Sends a request, which arrives as [`Message::Call`]. The answer comes through the reference: a handler waits for it
    /// with [`Next::wait_for`](crate::Next::wait_for), a thread with
    /// [`Process::receive_response`](crate::Process::receive_response). Meanwhile the server is watched. Of a free name the
    /// answer is the failure `noproc`.
    ///
    /// # Errors
    ///
    /// [`Error::Exiting`]; an alias is refused.
    pub fn send_request(&self, to: impl Into<To>, request: impl Into<Term>) -> Result<Ref> {
        let (to, request) = (to.into(), request.into());
        // SAFETY: raw is a process handle of this thread, the out is writable, the term is live.
        self.reference(|raw, out| unsafe {
            match to {
                To::Pid(pid) => sys::rsp_send_request(raw, out, pid.0, request.as_raw()),
                To::Name(name) => sys::rsp_send_request_name(raw, out, name.0, request.as_raw()),
                To::Alias(_) => sys::RSP_EINVAL,
            }
        })
    }

    /// The same with a Rust value.
    ///
    /// # Errors
    ///
    /// [`Error::Exiting`]; the value is dropped then.
    pub fn send_request_native<T: Any + Send>(&self, to: impl Into<To>, request: T) -> Result<Ref> {
        let to = to.into();
        self.reference(|raw, out| {
            Native::new(request).give(
                // SAFETY: raw is a process handle of this thread, the out is writable; the payload is one of these
                // operations, which live for ever.
                |payload, ops| unsafe {
                    match to {
                        To::Pid(pid) => sys::rsp_send_request_native(raw, out, pid.0, payload, ops),
                        To::Name(name) => sys::rsp_send_request_name_native(raw, out, name.0, payload, ops),
                        To::Alias(_) => sys::RSP_EINVAL,
                    }
                },
                |result| result == sys::RSP_OK,
            )
        })
    }

    /// Gives a request up: nothing of it comes later.
    ///
    /// # Errors
    ///
    /// [`Error::Exiting`].
    pub fn abandon_request(&self, request: Ref) -> Result<()> {
        // SAFETY: raw is a process handle of this thread.
        check(unsafe { sys::rsp_abandon_request(self.raw, request.0) })
    }

    /// A fresh reference.
    ///
    /// # Errors
    ///
    /// [`Error::Exiting`].
    pub fn make_ref(&self) -> Result<Ref> {
        // SAFETY: raw is a process handle of this thread, the out is writable.
        self.reference(|raw, out| unsafe { sys::rsp_make_ref(raw, out) })
    }

    pub(crate) fn reference(
        &self,
        make: impl FnOnce(*mut sys::rsp_self, *mut sys::rsp_ref) -> sys::rsp_result,
    ) -> Result<Ref> {
        let mut reference = sys::rsp_ref::default();
        check(make(self.raw, &mut reference))?;
        Ok(Ref(reference))
    }

    // ---- Exit ----

    /// Sets whether exit signals become messages, and returns what was set before.
    ///
    /// # Errors
    ///
    /// [`Error::Exiting`].
    pub fn trap_exit(&self, on: bool) -> Result<bool> {
        let mut previous = false;
        // SAFETY: raw is a process handle of this thread, the out is writable.
        check(unsafe { sys::rsp_trap_exit(self.raw, &mut previous, on) })?;
        Ok(previous)
    }

    /// Sends an exit signal. The reason `kill` cannot be trapped; a dead process feels nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Exiting`], also when it was sent to oneself and is fatal.
    pub fn exit_signal(&self, to: Pid, reason: impl Into<Term>) -> Result<()> {
        exit_signal_as(self.raw, to, &reason.into())
    }

    /// Limits the mailbox of this process, from now on.
    ///
    /// # Errors
    ///
    /// [`Error::NoMemory`], [`Error::Exiting`].
    pub fn limit_mailbox(&self, limits: MailboxLimits) -> Result<()> {
        let overflow = limits.overflow.to_raw();
        // SAFETY: raw is a process handle of this thread.
        check(unsafe { sys::rsp_limit_mailbox(self.raw, limits.max_messages, limits.max_bytes, overflow) })
    }

    /// A checkpoint for code that computes for long.
    ///
    /// # Errors
    ///
    /// [`Error::Exiting`]: return.
    pub fn checkpoint(&self) -> Result<()> {
        // SAFETY: raw is a process handle of this thread.
        check(unsafe { sys::rsp_checkpoint(self.raw) })
    }

    /// Counts work that the runtime does not see, so that the turn ends sooner. A turn has 4,000 reductions: a message
    /// received takes 10 of them, one sent 40, and when none is left the process gives way to the others behind the
    /// handler that runs. `reductions` is at most what is left of this turn: 4,000 yield. On an attached thread it means
    /// nothing. Mirrors `erlang:bump_reductions/1`.
    ///
    /// # Errors
    ///
    /// [`Error::Exiting`]: return.
    pub fn bump_reductions(&self, reductions: u32) -> Result<()> {
        // SAFETY: raw is a process handle of this thread.
        check(unsafe { sys::rsp_bump_reductions(self.raw, reductions) })
    }

    /// Runs `work`, which blocks or computes for long, while another thread runs the other processes of this worker. Exit
    /// signals are served meanwhile: one that is fatal ends the process for all others at once, and `work` runs on
    /// unheard. Inside `work` every call of this process is refused. On an attached thread, which blocks nobody, it
    /// only runs `work`.
    ///
    /// # Errors
    ///
    /// [`Error::Exiting`], also when the process was ended while `work` ran: its result is dropped. Without having run
    /// it: [`Error::Limit`] (no further thread can be had), [`Error::Already`] (in another section),
    /// [`Error::WouldBlock`] (on a lane).
    pub fn blocking<T>(&self, work: impl FnOnce() -> T) -> Result<T> {
        struct Section(*mut sys::rsp_self);
        impl Section {
            fn end(&self) -> Result<()> {
                // SAFETY: the handle of a process that is in a section on this thread.
                check(unsafe { sys::rsp_blocking_end(self.0) })
            }
        }
        impl Drop for Section {
            // `work` panics: what follows may call the runtime again.
            fn drop(&mut self) {
                let _ = self.end();
            }
        }
        // SAFETY: raw is a process handle of this thread.
        check(unsafe { sys::rsp_blocking_begin(self.raw) })?;
        let section = Section(self.raw);
        let result = work();
        let ended = section.end();
        std::mem::forget(section);
        ended.map(|()| result)
    }

    /// Asks whether a process lives; the answer is a boolean that comes through the reference.
    ///
    /// # Errors
    ///
    /// [`Error::Exiting`].
    pub fn alive_request(&self, pid: Pid) -> Result<Ref> {
        // SAFETY: raw is a process handle of this thread, the out is writable.
        self.reference(|raw, out| unsafe { sys::rsp_alive_request(raw, out, pid.0) })
    }

    /// Asks for a suspension of a process, which runs no code from the answer on: true, or false if it is dead; nil if its
    /// code is a thread's. [`resume`](Self::resume) takes it back, also unanswered, and so does the end of this process.
    ///
    /// # Errors
    ///
    /// [`Error::BadArgument`]: it is this process. [`Error::NoMemory`], [`Error::Exiting`].
    pub fn suspend_request(&self, pid: Pid) -> Result<Ref> {
        // SAFETY: raw is a process handle of this thread, the out is writable.
        self.reference(|raw, out| unsafe { sys::rsp_suspend_request(raw, out, pid.0) })
    }

    /// Takes one suspension back that this process has made.
    ///
    /// # Errors
    ///
    /// [`Error::NoProcess`]: it suspends no such process. [`Error::Exiting`].
    pub fn resume(&self, pid: Pid) -> Result<()> {
        // SAFETY: the handle is of this thread.
        check(unsafe { sys::rsp_resume(self.raw(), pid.0) })
    }

    /// Asks what a process says about itself; the answer is a map, or nil if it is dead, and comes through the reference.
    ///
    /// # Errors
    ///
    /// [`Error::Exiting`].
    pub fn process_info_request(&self, pid: Pid) -> Result<Ref> {
        // SAFETY: raw is a process handle of this thread, the out is writable.
        self.reference(|raw, out| unsafe { sys::rsp_process_info_request(raw, out, pid.0) })
    }

    // ---- Names ----

    /// Gives a process a name.
    ///
    /// # Errors
    ///
    /// [`Error::NameTaken`], [`Error::HasName`], [`Error::NoProcess`], [`Error::Exiting`].
    pub fn register(&self, name: impl Into<Atom>, pid: Pid) -> Result<()> {
        // SAFETY: raw is a process handle of this thread.
        check(unsafe { sys::rsp_register(self.raw, name.into().0, pid.0) })
    }

    /// Frees a name, whoever has it.
    ///
    /// # Errors
    ///
    /// [`Error::NoName`], [`Error::Exiting`].
    pub fn unregister(&self, name: impl Into<Atom>) -> Result<()> {
        // SAFETY: raw is a process handle of this thread.
        check(unsafe { sys::rsp_unregister(self.raw, name.into().0) })
    }

    // ---- Timers ----

    /// Sends a message after a time, never early. A process that is dead by then gets nothing; a name is looked up when
    /// the time has come.
    ///
    /// # Examples
    ///
    /// ```
    /// use resprout::prelude::*;
    /// use std::time::Duration;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let runtime = Runtime::start()?;
    /// let me = runtime.attach()?;
    /// let far = me.send_after(Duration::from_secs(60), me.pid(), "wake up")?;
    /// me.send_after(Duration::from_millis(1), me.pid(), "now")?;
    /// assert!(matches!(me.receive()?, Message::Term { term, .. } if term.as_str() == Some("now")));
    /// assert!(me.cancel_timer(far)?.is_some());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Exiting`]; [`Error::BadArgument`] for an alias.
    pub fn send_after(&self, delay: Duration, to: impl Into<To>, message: impl Into<Term>) -> Result<Ref> {
        let (delay, message) = (milliseconds(delay), message.into());
        match to.into() {
            // SAFETY: raw is a process handle of this thread, the out is writable, the term is live.
            To::Pid(pid) => self.reference(|raw, out| unsafe {
                sys::rsp_send_after(raw, out, delay, pid.0, message.as_raw())
            }),
            // SAFETY: as above.
            To::Name(name) => self.reference(|raw, out| unsafe {
                sys::rsp_send_after_name(raw, out, delay, name.0, message.as_raw())
            }),
            To::Alias(_) => Err(Error::BadArgument),
        }
    }

    /// Sends [`Message::Timer`] after a time: the message says which timer it is of.
    ///
    /// # Errors
    ///
    /// [`Error::Exiting`].
    pub fn start_timer(&self, delay: Duration, to: Pid, message: impl Into<Term>) -> Result<Ref> {
        let (delay, message) = (milliseconds(delay), message.into());
        // SAFETY: raw is a process handle of this thread, the out is writable, the term is live.
        self.reference(|raw, out| unsafe { sys::rsp_start_timer(raw, out, delay, to.0, message.as_raw()) })
    }

    /// Cancels a timer, whoever started it. The time it had left: its message will never arrive. `None`: it has fired
    /// (the message may be in the mailbox) or was cancelled.
    ///
    /// # Errors
    ///
    /// [`Error::Exiting`].
    pub fn cancel_timer(&self, timer: Ref) -> Result<Option<Duration>> {
        // SAFETY: raw is a process handle of this thread, the outs are writable.
        Self::remaining(|active, ms| unsafe { sys::rsp_cancel_timer(self.raw, active, ms, timer.0) })
    }

    /// The time a timer has left, whoever started it, as [`cancel_timer`](Self::cancel_timer) says it.
    ///
    /// # Errors
    ///
    /// [`Error::Exiting`].
    pub fn read_timer(&self, timer: Ref) -> Result<Option<Duration>> {
        // SAFETY: raw is a process handle of this thread, the outs are writable.
        Self::remaining(|active, ms| unsafe { sys::rsp_read_timer(self.raw, active, ms, timer.0) })
    }

    fn remaining(read: impl FnOnce(*mut bool, *mut u64) -> sys::rsp_result) -> Result<Option<Duration>> {
        let (mut active, mut ms) = (false, 0);
        check(read(&mut active, &mut ms))?;
        Ok(active.then(|| Duration::from_millis(ms)))
    }

    // ---- Processes ----

    /// Makes a process that runs `handler` for each message. It exists, and can be sent to, when this returns.
    ///
    /// # Errors
    ///
    /// [`Error::Limit`], [`Error::NoMemory`], [`Error::Stopped`], [`Error::Exiting`].
    pub fn spawn<F, R>(&self, handler: F) -> Result<Pid>
    where
        F: FnMut(&Context, Message) -> R + Send + 'static,
        R: IntoNext,
    {
        Ok(spawn::spawn_as(self.raw, &SpawnOptions::new(), spawn::closure(handler))?.pid)
    }

    /// The same, atomically linked to this process: however fast it ends, its reason arrives.
    ///
    /// # Errors
    ///
    /// As [`spawn`](Self::spawn).
    pub fn spawn_link<F, R>(&self, handler: F) -> Result<Pid>
    where
        F: FnMut(&Context, Message) -> R + Send + 'static,
        R: IntoNext,
    {
        Ok(spawn::spawn_as(self.raw, &SpawnOptions::new().link(), spawn::closure(handler))?.pid)
    }

    /// The same, atomically watched by this process.
    ///
    /// # Errors
    ///
    /// As [`spawn`](Self::spawn).
    pub fn spawn_monitor<F, R>(&self, handler: F) -> Result<(Pid, Ref)>
    where
        F: FnMut(&Context, Message) -> R + Send + 'static,
        R: IntoNext,
    {
        let spawned = spawn::spawn_as(self.raw, &SpawnOptions::new().monitor(), spawn::closure(handler))?;
        Ok((spawned.pid, spawned.monitor.ok_or(Error::BadArgument)?))
    }

    /// Makes a process with options, of a type that handles messages.
    ///
    /// # Errors
    ///
    /// As [`spawn`](Self::spawn).
    pub fn spawn_with<H: Handler>(&self, options: &SpawnOptions, handler: H) -> Result<Spawned> {
        spawn::spawn_as(self.raw, options, handler)
    }
}
