//! Threads that are processes.

use std::any::Any;
use std::ffi::c_void;
use std::ops::Deref;
use std::panic::{self, AssertUnwindSafe};
use std::ptr;
use std::thread;
use std::time::{Duration, Instant};

use resprout_sys as sys;

use crate::boundary::{milliseconds, Native};
use crate::error::check;
use crate::message::{take_answer, Answer, Payload, Peek, To};
use crate::{
    exception, whereis, Atom, CallError, Context, Error, Exception, Message, Pid, Ref, Result, Term,
};

/// How long a call waits unless it is told otherwise.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(5);

/// The calling thread as a process: it may do what [`Context`] says, and wait.
///
/// It ends with reason `normal` when this is dropped, and as a panicking process does when it is dropped by a panic.
///
/// # Examples
///
/// ```
/// use resprout::prelude::*;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let runtime = Runtime::start()?;
/// let me = runtime.attach()?;
///
/// let (worker, monitor) = me.spawn_monitor(|_, _| panic!("no tape in the drive"))?;
/// me.send(worker, "begin")?;
///
/// let Message::Down { reason, .. } = me.receive()? else { unreachable!() };
/// let ((_, language, kind, text), _frames): ((Term, Term, String, String), Term) = reason.to().unwrap();
/// assert_eq!(language, Atom::new("rust"));
/// assert_eq!((kind.as_str(), text.as_str()), ("panic", "no tape in the drive"));
/// # let _ = monitor;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Process {
    context: Context,
}

impl Deref for Process {
    type Target = Context;

    fn deref(&self) -> &Context {
        &self.context
    }
}

impl Process {
    /// Makes the calling thread a process, as [`Runtime::attach`](crate::Runtime::attach) does.
    ///
    /// # Errors
    ///
    /// [`Error::Stopped`] when no runtime runs, [`Error::Already`] when the thread is a process, or runs a callback of one.
    pub fn attach() -> Result<Self> {
        let mut process = ptr::null_mut();
        // SAFETY: the out is writable.
        check(unsafe { sys::rsp_attach(&mut process) })?;
        // SAFETY: it is the handle of this thread until it is detached, which is when self is dropped.
        Ok(Self { context: unsafe { Context::of_thread(process) } })
    }

    /// Ends this process with a reason.
    pub fn exit(self, reason: impl Into<Term>) {
        self.detach(&reason.into());
        std::mem::forget(self);
    }

    fn detach(&self, reason: &Term) {
        // SAFETY: the handle is of this thread, as neither Context nor Process can leave it, and is not used afterwards.
        let _ = check(unsafe { sys::rsp_detach(self.raw(), reason.as_raw()) });
    }

    // ---- Receiving ----

    /// Takes the oldest message, and waits for one.
    ///
    /// # Errors
    ///
    /// [`Error::Exiting`] when an exit signal ends this process; [`Error::NoMemory`] when the message is a request, which
    /// stays where it is.
    pub fn receive(&self) -> Result<Message> {
        self.receive_timeout(Duration::MAX)
    }

    /// Takes the oldest message, and waits for one at most so long.
    ///
    /// # Errors
    ///
    /// [`Error::Timeout`], [`Error::Exiting`], [`Error::NoMemory`].
    pub fn receive_timeout(&self, timeout: Duration) -> Result<Message> {
        let options = sys::rsp_receive_opts { timeout_ms: milliseconds(timeout), ..Default::default() };
        // SAFETY: the options say no matcher.
        unsafe { self.receive_with(&options) }
    }

    /// Takes the oldest message that `wanted` accepts, and waits for one at most so long. The others stay, in order.
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
    /// for number in 1..=3 {
    ///     me.send(me.pid(), number)?;
    /// }
    /// let second = me.receive_matching(Duration::ZERO, |message| message.term().as_i64() == Some(2))?;
    /// assert!(matches!(second, Message::Term { term, .. } if term.as_i64() == Some(2)));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Timeout`], [`Error::Exiting`], [`Error::NoMemory`].
    ///
    /// # Panics
    ///
    /// When `wanted` does; the message that it was looking at is dropped then. Calls of the runtime from `wanted` are
    /// refused with [`Error::WrongThread`].
    pub fn receive_matching(
        &self,
        timeout: Duration,
        wanted: impl FnMut(&Peek<'_>) -> bool,
    ) -> Result<Message> {
        let mut matcher = Matcher { wanted, panic: None };
        let options = sys::rsp_receive_opts {
            timeout_ms: milliseconds(timeout),
            match_: Some(match_of(&matcher)),
            match_ctx: (&raw mut matcher).cast(),
            ..Default::default()
        };
        // SAFETY: the callback takes a Matcher, does not unwind, and runs only during the call.
        let received = unsafe { self.receive_with(&options) };
        match matcher.panic {
            Some(panic) => panic::resume_unwind(panic),
            None => received,
        }
    }

    /// # Safety
    ///
    /// The matcher, if there is one, takes its context and does not unwind.
    unsafe fn receive_with(&self, options: &sys::rsp_receive_opts) -> Result<Message> {
        let mut msg = ptr::null_mut();
        // SAFETY: the handle is of this thread, the out is writable, the options are readable.
        check(unsafe { sys::rsp_receive(self.raw(), &mut msg, options) })?;
        let received = Received(msg);
        // SAFETY: a message that was received is at hand until it is freed.
        Ok(unsafe { Message::take(received.0) })
    }

    // ---- Names ----

    /// The live process of this name, as soon as there is one: after a crash, the one that was started anew. Who has got
    /// the [`Message::Down`], the [`Message::Exit`] or the [`CallError`] of the former one does not meet it again here.
    ///
    /// Messages that arrive meanwhile stay in the mailbox.
    ///
    /// # Errors
    ///
    /// [`Error::Timeout`] when nobody had it in time, [`Error::Exiting`].
    pub fn wait_for_name(&self, name: impl Into<Atom>, timeout: Duration) -> Result<Pid> {
        /// How soon it looks again.
        const PAUSE: Duration = Duration::from_millis(1);
        let name = name.into();
        let begin = Instant::now();
        loop {
            if let Some(pid) = whereis(name) {
                return Ok(pid);
            }
            if begin.elapsed() >= timeout {
                return Err(Error::Timeout);
            }
            match self.receive_matching(PAUSE, |_| false) {
                Ok(_) | Err(Error::Timeout) => {}
                Err(error) => return Err(error),
            }
        }
    }

    // ---- Calls ----

    /// Calls a server, and waits for its answer for five seconds at most.
    ///
    /// # Errors
    ///
    /// [`CallError::Exited`] when it ends, or does not exist (`noproc`), [`CallError::Timeout`],
    /// [`CallError::CallingSelf`], or the call is refused. Nothing of a call arrives after it has returned.
    pub fn call(&self, server: impl Into<To>, request: impl Into<Term>) -> Answer {
        self.call_timeout(server, request, CALL_TIMEOUT)
    }

    /// The same with a time of one's own.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call); an alias is refused.
    pub fn call_timeout(&self, server: impl Into<To>, request: impl Into<Term>, timeout: Duration) -> Answer {
        let (request, timeout) = (request.into(), milliseconds(timeout));
        match server.into() {
            // SAFETY: the handle is of this thread, the outs are writable, the term is live.
            To::Pid(pid) => Self::answer(|msg, reason| unsafe {
                sys::rsp_call(self.raw(), msg, reason, pid.0, request.as_raw(), timeout)
            }),
            // SAFETY: as above.
            To::Name(name) => Self::answer(|msg, reason| unsafe {
                sys::rsp_call_name(self.raw(), msg, reason, name.0, request.as_raw(), timeout)
            }),
            To::Alias(_) => Err(Error::BadArgument.into()),
        }
    }

    /// Calls a server with a Rust value, which moves there.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    pub fn call_native<T: Any + Send>(&self, server: Pid, request: T, timeout: Duration) -> Answer {
        Self::answer(|msg, reason| {
            Native::new(request).give(
                // SAFETY: the handle is of this thread, the outs are writable; the payload is one of these operations,
                // which live for ever.
                |payload, ops| unsafe {
                    let timeout = milliseconds(timeout);
                    sys::rsp_call_native(self.raw(), msg, reason, server.0, payload, ops, timeout)
                },
                |result| result != sys::RSP_EINVAL,
            )
        })
    }

    pub(crate) fn answer(
        call: impl FnOnce(*mut *mut sys::rsp_msg, *mut sys::rsp_term) -> sys::rsp_result,
    ) -> Answer {
        let (mut msg, mut reason) = (ptr::null_mut(), Term::nil().into_raw());
        let result = call(&mut msg, &mut reason);
        // SAFETY: the reason is nil, or one that the caller owns.
        let reason = unsafe { Term::from_raw(reason) };
        if result != sys::RSP_OK {
            return Err(CallError::from_code(result, reason));
        }
        let received = Received(msg);
        // SAFETY: a message that was received is at hand until it is freed.
        Ok(unsafe { Payload::take(received.0) })
    }

    /// Waits for the answer to a request of [`Context::send_request`].
    ///
    /// # Errors
    ///
    /// [`CallError::Exited`] with the server's reason, [`CallError::Timeout`], or the call is refused. Nothing of the
    /// request arrives afterwards.
    pub fn receive_response(&self, request: Ref, timeout: Duration) -> Answer {
        // SAFETY: the handle is of this thread, the out is writable.
        Self::response(|msg| unsafe {
            sys::rsp_receive_response(self.raw(), msg, request.0, milliseconds(timeout))
        })
    }

    /// What a wait for the answer to a request came to.
    pub(crate) fn response(wait: impl FnOnce(*mut *mut sys::rsp_msg) -> sys::rsp_result) -> Answer {
        let mut msg = ptr::null_mut();
        match wait(&mut msg) {
            sys::RSP_OK | sys::RSP_EEXITED => {
                let received = Received(msg);
                // SAFETY: a message that was received is at hand until it is freed.
                unsafe { take_answer(received.0) }
            }
            // SAFETY: null stands for no answer.
            sys::RSP_ETIMEDOUT => unsafe { take_answer(ptr::null_mut()) },
            other => Err(CallError::from_code(other, Term::nil())),
        }
    }

    // ---- Asking about processes ----

    /// Whether a process lives, after all earlier signals of this process to it have taken effect.
    ///
    /// # Errors
    ///
    /// [`Error::Exiting`].
    pub fn is_alive(&self, pid: Pid) -> Result<bool> {
        let mut alive = false;
        // SAFETY: the handle is of this thread, the out is writable.
        check(unsafe { sys::rsp_is_alive(self.raw(), &mut alive, pid.0, sys::RSP_INFINITE) })?;
        Ok(alive)
    }

    /// Suspends a process: none of its code runs until it is resumed, and none does when this returns. Waits until a
    /// callback that runs has returned. Exit signals end it all the same; the end of this process resumes it.
    ///
    /// # Errors
    ///
    /// [`Error::NoProcess`]: it is dead. [`Error::BadArgument`]: it is this process, or its code is that of a thread that
    /// attached itself. [`Error::Timeout`]: its code runs on, and it is not suspended. [`Error::NoMemory`],
    /// [`Error::Exiting`].
    pub fn suspend(&self, pid: Pid, timeout: Duration) -> Result<()> {
        // SAFETY: the handle is of this thread.
        check(unsafe { sys::rsp_suspend(self.raw(), pid.0, milliseconds(timeout)) })
    }

    /// What a process says about itself, as a map: `links`, `monitors`, `message_queue_len`, `registered_name`, `label`,
    /// `dictionary` (a list of `{Key, Value}`) and more.
    /// `None` if it is dead.
    ///
    /// # Errors
    ///
    /// [`Error::Exiting`].
    pub fn process_info(&self, pid: Pid) -> Result<Option<Term>> {
        let mut info = Term::nil().into_raw();
        // SAFETY: the handle is of this thread, the out is writable.
        check(unsafe { sys::rsp_process_info(self.raw(), &mut info, pid.0, sys::RSP_INFINITE) })?;
        // SAFETY: the caller owns it.
        let info = unsafe { Term::from_raw(info) };
        Ok((!info.is_nil()).then_some(info))
    }

    // ---- Servers ----

    /// Stops a server or supervisor in order, with this reason, and waits until it is gone.
    ///
    /// # Errors
    ///
    /// [`CallError::Exited`] when it ended with another reason, or did not exist (`noproc`); [`CallError::Timeout`],
    /// [`CallError::CallingSelf`], or the call is refused.
    pub fn stop(&self, pid: Pid, reason: impl Into<Term>, timeout: Duration) -> Result<(), CallError> {
        let (wanted, mut reason) = (reason.into(), Term::nil().into_raw());
        // SAFETY: the handle is of this thread, the out is writable, the term is live.
        let result =
            unsafe { sys::rsp_stop(self.raw(), &mut reason, pid.0, wanted.as_raw(), milliseconds(timeout)) };
        // SAFETY: the reason is nil, or one that the caller owns.
        let reason = unsafe { Term::from_raw(reason) };
        if result == sys::RSP_OK {
            Ok(())
        } else {
            Err(CallError::of_stop(result, reason))
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if thread::panicking() {
            self.detach(&Exception::of_this_panic().reason());
        } else {
            self.detach(&Term::atom("normal"));
        }
    }
}

/// A message that is freed when it was read.
pub(crate) struct Received(pub(crate) *mut sys::rsp_msg);

impl Drop for Received {
    fn drop(&mut self) {
        // SAFETY: it was received, and is freed once.
        unsafe { sys::rsp_msg_free(self.0) }
    }
}

struct Matcher<F> {
    wanted: F,
    panic: Option<Box<dyn Any + Send>>,
}

type Match = unsafe extern "C" fn(*const sys::rsp_msg, *mut c_void) -> bool;

/// The function that takes this matcher.
fn match_of<F: FnMut(&Peek<'_>) -> bool>(_: &Matcher<F>) -> Match {
    matches::<F>
}

unsafe extern "C" fn matches<F: FnMut(&Peek<'_>) -> bool>(
    msg: *const sys::rsp_msg,
    matcher: *mut c_void,
) -> bool {
    // SAFETY: receive_matching gave a Matcher<F>, which lives during the call; the message is lent during this one.
    let (matcher, peek) = unsafe { (&mut *matcher.cast::<Matcher<F>>(), Peek::new(msg)) };
    panic::catch_unwind(AssertUnwindSafe(|| (matcher.wanted)(&peek))).unwrap_or_else(|panic| {
        matcher.panic = Some(panic);
        true // ends the search
    })
}

/// Runs `body` as a process of the calling thread: what it returns, or why it ended.
pub(crate) fn run_attached<T>(body: impl FnOnce(&Process) -> T) -> Result<Result<T, Exception>> {
    let process = Process::attach()?;
    Ok(match exception::catch(|| body(&process)) {
        Ok(value) => Ok(value),
        Err(exception) => {
            process.exit(exception.reason());
            Err(exception)
        }
    })
}
