//! Tasks: processes that run one function once, whose value is awaited.
//!
//! Words that Rust keeps for itself have an underscore behind them, as in the raw bindings: `async_`, `await_`, `yield_`.

use std::any::Any;
use std::ffi::c_void;
use std::fmt;
use std::marker::PhantomData;
use std::ptr;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use resprout_sys as sys;

use crate::boundary::{guarded, milliseconds, Native, NATIVE_OPS};
use crate::error::check;
use crate::message::Payload;
use crate::process::Received;
use crate::serve::Ops;
use crate::start::Start;
use crate::{
    CallError, Context, Error, Exception, Pid, Process, Ref, Result, Shutdown, StartError, Supervisor, Term,
};

/// What a task runs, at each start; what comes of it is the task's value.
pub(crate) type Work = Box<dyn Fn(&Context) -> Result<Native, Exception> + Send + Sync>;

/// The type of all tasks.
pub(crate) fn task_ops() -> Ops {
    static OPS: OnceLock<Ops> = OnceLock::new();
    *OPS.get_or_init(|| {
        let name = c"task".as_ptr();
        Ops(Box::leak(Box::new(sys::rsp_server_ops { run: Some(run), ..sys::rsp_server_ops::new(name) })))
    })
}

unsafe extern "C" fn run(
    process: *mut sys::rsp_self,
    work: *mut c_void,
    _args: sys::rsp_term,
    ret: *mut sys::rsp_server_return,
) -> sys::rsp_next {
    // SAFETY: the C API calls with the Work that the specification has, which lives during the call; ret is its to lend.
    let (context, work, ret) = unsafe { (Context::new(process), &*work.cast::<Work>(), &mut *ret) };
    match guarded(|| work(&context)) {
        Ok(Ok(value)) => {
            ret.reply_native = value.into_raw();
            ret.reply_ops = &raw const NATIVE_OPS;
            sys::RSP_NEXT_STOP
        }
        Ok(Err(exception)) | Err(exception) => exception.set_pending(process),
    }
}

/// Work of one start.
pub(crate) fn once<R: Any + Send>(
    work: impl FnOnce(&Context) -> Result<R, Exception> + Send + 'static,
) -> Start {
    let work = Mutex::new(Some(work));
    Start::work(Box::new(move |context| {
        let work = work.lock().unwrap_or_else(PoisonError::into_inner).take();
        let work = work.ok_or_else(|| Exception::error("a task runs once"))?;
        work(context).map(Native::new)
    }))
}

/// A task, for the process that has started it: its owner. Its value has the type `R`, and moves to the owner.
///
/// The value is one message through [`reference`](Self::reference), and then comes the `DOWN` of the task's process.
/// [`await_`](Self::await_), [`yield_`](Self::yield_), [`shutdown`](Self::shutdown) and [`ignore`](Self::ignore) take both. A
/// handler or server waits by [`Flow::wait_for`](crate::Flow::wait_for) with that reference, or gets both as messages; after the value,
/// [`demonitor`](Context::demonitor) with [`Flush::Yes`](crate::Flush::Yes) keeps the `DOWN` away.
///
/// # Examples
///
/// ```
/// use resprout::prelude::*;
/// use resprout::Task;
/// use std::time::Duration;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let runtime = Runtime::start()?;
/// let me = runtime.attach()?;
/// let task = Task::async_(&me, |_| Ok("forty-two".len()))?;
/// assert_eq!(task.await_(&me, Duration::from_secs(5))?, 9);
/// # Ok(())
/// # }
/// ```
pub struct Task<R> {
    raw: sys::rsp_task,
    value: PhantomData<fn() -> R>,
}

impl<R> Clone for Task<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Task<R> {}

impl<R> fmt::Debug for Task<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").field("pid", &Pid(self.raw.pid)).finish_non_exhaustive()
    }
}

impl<R: Any + Send> Task<R> {
    fn new(raw: sys::rsp_task) -> Self {
        Self { raw, value: PhantomData }
    }

    /// Runs `work` in a process that is linked to the caller: the crash of either ends the other, if that does not trap
    /// exits. It runs on a worker, and must not block but in [`Context::blocking`].
    ///
    /// Mirrors `Task.async/1`.
    ///
    /// # Errors
    ///
    /// [`Error::NoMemory`], [`Error::Limit`], [`Error::Exiting`].
    pub fn async_(
        context: &Context,
        work: impl FnOnce(&Context) -> Result<R, Exception> + Send + 'static,
    ) -> Result<Self> {
        let start = once(work);
        let (spec, mut raw) = (start.to_raw(), sys::rsp_task::default());
        // SAFETY: the handle is of this thread, the out is writable, the specification is usable as long as `start` lives.
        let result = unsafe { sys::rsp_task_async(context.raw(), &mut raw, &spec) };
        if result != sys::RSP_EINVAL {
            start.given();
        }
        check(result)?;
        Ok(Self::new(raw))
    }

    /// Its process.
    #[must_use]
    pub fn pid(&self) -> Pid {
        Pid(self.raw.pid)
    }

    /// What its value and its `DOWN` come through.
    #[must_use]
    pub fn reference(&self) -> Ref {
        Ref(self.raw.ref_)
    }

    /// Waits for the value. When the time is over the task is not stopped, and stays linked; its value never arrives.
    ///
    /// Mirrors `Task.await/2`.
    ///
    /// # Errors
    ///
    /// [`CallError::Exited`] with `{Reason, {await, Pid, Timeout}}`: it ended without a value; [`CallError::Timeout`];
    /// [`CallError::Refused`] with [`Error::NotOwner`], or [`Error::BadArgument`] where its outcome was taken before.
    pub fn await_(&self, process: &Process, timeout: Duration) -> Result<R, CallError> {
        // SAFETY: the handle is of this thread, the outs are writable.
        let payload = Process::answer(|msg, reason| unsafe {
            sys::rsp_task_await(process.raw(), msg, reason, self.raw, milliseconds(timeout))
        })?;
        value_of(payload)
    }

    /// Waits for the value. `None`: the time is over, and it may be asked again.
    ///
    /// Mirrors `Task.yield/2`.
    ///
    /// # Errors
    ///
    /// [`CallError::Exited`] with the reason of its end; refused as [`await_`](Self::await_).
    pub fn yield_(&self, process: &Process, timeout: Duration) -> Result<Option<R>, CallError> {
        // SAFETY: the handle is of this thread, the out is writable.
        outcome(|msg| unsafe { sys::rsp_task_yield(process.raw(), msg, self.raw, milliseconds(timeout)) })
    }

    /// Unlinks it, stops it, and waits until it is gone: the value that it had sent, or `None` where this call has stopped
    /// it.
    ///
    /// Mirrors `Task.shutdown/2`.
    ///
    /// # Errors
    ///
    /// [`CallError::Exited`] with the reason, where it ended otherwise, `killed` after the time of
    /// [`Shutdown::Timeout`] too; refused as [`await_`](Self::await_).
    pub fn shutdown(&self, process: &Process, how: Shutdown) -> Result<Option<R>, CallError> {
        let (how, timeout_ms) = how.to_raw();
        // SAFETY: the handle is of this thread, the out is writable.
        outcome(|msg| unsafe { sys::rsp_task_shutdown(process.raw(), msg, self.raw, how, timeout_ms) })
    }

    /// Unlinks it and lets it run: nothing of it comes later. The value, if that has come already.
    ///
    /// Mirrors `Task.ignore/1`.
    ///
    /// # Errors
    ///
    /// [`CallError::Exited`] with the reason, where its end has come; refused as [`await_`](Self::await_).
    pub fn ignore(&self, context: &Context) -> Result<Option<R>, CallError> {
        // SAFETY: the handle is of this thread, the out is writable.
        outcome(|msg| unsafe { sys::rsp_task_ignore(context.raw(), msg, self.raw) })
    }
}

/// Of a task of this type it is one.
pub(crate) fn value_of<R: Any>(payload: Payload) -> Result<R, CallError> {
    payload.downcast().map_err(|_| Error::WrongType.into())
}

fn outcome<R: Any>(
    call: impl FnOnce(*mut *mut sys::rsp_msg) -> sys::rsp_result,
) -> Result<Option<R>, CallError> {
    let mut msg = ptr::null_mut();
    let result = call(&mut msg);
    if result == sys::RSP_ETIMEDOUT || (result == sys::RSP_OK && msg.is_null()) {
        return Ok(None);
    }
    if msg.is_null() {
        return Err(CallError::from_code(result, Term::nil()));
    }
    let received = Received(msg);
    // SAFETY: a message that was received is at hand until it is freed.
    let payload = unsafe { Payload::take(received.0) };
    if result == sys::RSP_OK {
        value_of(payload).map(Some)
    } else {
        Err(CallError::Exited(payload.into_term()))
    }
}

/// A supervisor of tasks: a [`dynamic`](Supervisor::dynamic) one, whose children they are.
///
/// Mirrors Elixir's `Task.Supervisor`.
///
/// # Examples
///
/// ```
/// use resprout::prelude::*;
/// use resprout::TaskSupervisor;
/// use std::time::Duration;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let runtime = Runtime::start()?;
/// let me = runtime.attach()?;
/// let tasks = TaskSupervisor::start_link()?;
/// let task = tasks.async_nolink::<i64>(&me, |_| panic!("no tape in the drive"))?;
/// assert!(task.await_(&me, Duration::from_secs(5)).is_err()); // and this process goes on
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskSupervisor(pub(crate) Pid);

type StartUnder = unsafe extern "C" fn(
    *mut sys::rsp_self,
    *mut sys::rsp_task,
    *mut sys::rsp_term,
    sys::rsp_pid,
    *const sys::rsp_start_spec,
) -> sys::rsp_result;

impl TaskSupervisor {
    /// Starts one, linked to the calling process. Any other [`Supervisor::dynamic`] will do too: [`of`](Self::of).
    ///
    /// # Errors
    ///
    /// As [`Supervisor::start_link`].
    pub fn start_link() -> Result<Self, StartError> {
        Supervisor::dynamic().start_link().map(Self)
    }

    /// This one.
    #[must_use]
    pub fn of(supervisor: Pid) -> Self {
        Self(supervisor)
    }

    /// Its process.
    #[must_use]
    pub fn pid(self) -> Pid {
        self.0
    }

    /// [`Task::async_`], as a temporary child of the supervisor. It is linked to the caller too.
    ///
    /// Mirrors `Task.Supervisor.async/2`.
    ///
    /// # Errors
    ///
    /// [`StartError::Failed`]: the supervisor refuses (`max_children`), is not there or ended.
    pub fn async_<R: Any + Send>(
        self,
        process: &Process,
        work: impl FnOnce(&Context) -> Result<R, Exception> + Send + 'static,
    ) -> Result<Task<R>, StartError> {
        self.start(process, sys::rsp_task_supervisor_async, once(work))
    }

    /// The same without the link to the caller: a crash is nothing but an outcome.
    ///
    /// Mirrors `Task.Supervisor.async_nolink/2`.
    ///
    /// # Errors
    ///
    /// As [`async_`](Self::async_).
    pub fn async_nolink<R: Any + Send>(
        self,
        process: &Process,
        work: impl FnOnce(&Context) -> Result<R, Exception> + Send + 'static,
    ) -> Result<Task<R>, StartError> {
        self.start(process, sys::rsp_task_supervisor_async_nolink, once(work))
    }

    fn start<R: Any + Send>(
        self,
        process: &Process,
        call: StartUnder,
        start: Start,
    ) -> Result<Task<R>, StartError> {
        let (spec, mut raw) = (start.to_raw(), sys::rsp_task::default());
        let mut error = Term::nil().into_raw();
        // SAFETY: the handle is of this thread, the outs are writable, the specification is usable as long as `start` lives.
        let result = unsafe { call(process.raw(), &mut raw, &mut error, self.0 .0, &spec) };
        if result != sys::RSP_EINVAL {
            start.given();
        }
        // SAFETY: the error is nil, or one that the caller owns.
        let error = unsafe { Term::from_raw(error) };
        if result == sys::RSP_OK {
            Ok(Task::new(raw))
        } else {
            Err(StartError::from_code(result, error))
        }
    }
}
