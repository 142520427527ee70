//! Agents: values that processes hold.

use std::any::Any;
use std::ffi::c_void;
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use resprout_sys as sys;

use crate::anywhere::current;
use crate::boundary::{drop_quietly, drop_state, guarded, milliseconds, Native, NATIVE_OPS};
use crate::error::check;
use crate::message::To;
use crate::process::CALL_TIMEOUT;
use crate::server::takes_nothing;
use crate::start::Shared;
use crate::{whereis, CallError, Error, Pid, Process, Result, Start, StartError, Term};

/// An agent: a process that holds a value of type `T`, by its pid or its name. Functions that it is sent read and change the
/// value; they run in the agent, one at a time.
///
/// A function that panics, or raises an [`Exception`](crate::Exception), ends the agent with the reason that tells it, and its
/// caller hears of it. Functions run on a worker and must not block: for long work take a [`GenServer`](crate::GenServer).
///
/// Mirrors Elixir's `Agent`.
///
/// # Examples
///
/// ```
/// use resprout::prelude::*;
/// use resprout::Agent;
/// use std::collections::BTreeMap;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let runtime = Runtime::start()?;
/// let me = runtime.attach()?;
/// let prices = ChildSpec::agent(BTreeMap::<String, u32>::new).name("prices");
/// Supervisor::one_for_one().child(prices).start_link()?;
///
/// let prices = Agent::<BTreeMap<String, u32>>::at("prices");
/// prices.update(&me, |prices| { prices.insert("tea".into(), 3); })?;
/// let old = prices.get_and_update(&me, |prices| prices.insert("tea".into(), 4))?;
/// assert_eq!(old, Some(3));
/// assert_eq!(prices.get(&me, |prices| prices["tea"])?, 4);
///
/// assert!(prices.get(&me, |prices| prices["coffee"]).is_err()); // that one panicked, and is gone
/// me.wait_for_name("prices", std::time::Duration::from_secs(5))?;
/// assert!(prices.get(&me, BTreeMap::is_empty)?); // a new one
/// # Ok(())
/// # }
/// ```
pub struct Agent<T> {
    at: To,
    _value: PhantomData<fn(T) -> T>,
}

impl<T> Clone for Agent<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Agent<T> {}

impl<T> fmt::Debug for Agent<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Agent").field(&self.at).finish()
    }
}

/// A function that is on its way to an agent.
type Job = Box<dyn FnOnce(&mut dyn Any) -> Native + Send>;

/// What makes the value, at each start.
type Make<T> = Box<dyn Fn() -> T + Send + Sync>;

impl<T: Any + Send> Agent<T> {
    /// The agent with this pid, or with this name at each call, so that it is found after a restart too. Its value is of
    /// this type: where it is not, calls are refused with [`Error::BadArgument`].
    #[must_use]
    pub fn at(agent: impl Into<To>) -> Self {
        Self { at: agent.into(), _value: PhantomData }
    }

    /// Starts an agent with the value that `make` makes in it. Nobody is linked to it; the end of the runtime stops it.
    /// [`Start::agent`] has the options.
    ///
    /// # Errors
    ///
    /// As [`Start::start`].
    pub fn start(make: impl Fn() -> T + Send + Sync + 'static) -> Result<Self, StartError> {
        Start::agent(make).start().map(Self::at)
    }

    /// The same, linked to the calling process, which is its parent.
    ///
    /// Mirrors `Agent.start_link/2`.
    ///
    /// # Errors
    ///
    /// As [`Start::start_link`].
    pub fn start_link(make: impl Fn() -> T + Send + Sync + 'static) -> Result<Self, StartError> {
        Start::agent(make).start_link().map(Self::at)
    }

    /// Its process now.
    #[must_use]
    pub fn pid(self) -> Option<Pid> {
        match self.at {
            To::Pid(pid) => Some(pid),
            To::Name(name) => whereis(name),
            To::Alias(_) => None,
        }
    }

    /// What the function makes of the value.
    ///
    /// Mirrors `Agent.get/3`.
    ///
    /// # Errors
    ///
    /// As [`Process::call`].
    pub fn get<R: Any + Send>(
        self,
        caller: &Process,
        function: impl FnOnce(&T) -> R + Send + 'static,
    ) -> Result<R, CallError> {
        self.get_timeout(caller, CALL_TIMEOUT, function)
    }

    /// The same with a time of one's own. The function runs also when that has passed.
    ///
    /// # Errors
    ///
    /// As [`Process::call`].
    pub fn get_timeout<R: Any + Send>(
        self,
        caller: &Process,
        timeout: Duration,
        function: impl FnOnce(&T) -> R + Send + 'static,
    ) -> Result<R, CallError> {
        let (pid, timeout) = (self.raw_pid()?, milliseconds(timeout));
        Self::ask(
            move |value| function(value),
            |msg, reason, job, free| {
                // SAFETY: the handle is of this thread, the outs are writable; read takes a Job, and free frees it.
                unsafe { sys::rsp_agent_get(caller.raw(), msg, reason, pid, timeout, Some(read), job, free) }
            },
        )
    }

    /// Changes the value, and waits until it is changed.
    ///
    /// Mirrors `Agent.update/3`.
    ///
    /// # Errors
    ///
    /// As [`Process::call`].
    pub fn update(
        self,
        caller: &Process,
        function: impl FnOnce(&mut T) + Send + 'static,
    ) -> Result<(), CallError> {
        self.get_and_update(caller, function)
    }

    /// Changes the value, and returns what the function does.
    ///
    /// Mirrors `Agent.get_and_update/3`.
    ///
    /// # Errors
    ///
    /// As [`Process::call`].
    pub fn get_and_update<R: Any + Send>(
        self,
        caller: &Process,
        function: impl FnOnce(&mut T) -> R + Send + 'static,
    ) -> Result<R, CallError> {
        self.get_and_update_timeout(caller, CALL_TIMEOUT, function)
    }

    /// The same with a time of one's own. The function runs also when that has passed.
    ///
    /// # Errors
    ///
    /// As [`Process::call`].
    pub fn get_and_update_timeout<R: Any + Send>(
        self,
        caller: &Process,
        timeout: Duration,
        function: impl FnOnce(&mut T) -> R + Send + 'static,
    ) -> Result<R, CallError> {
        let (pid, timeout) = (self.raw_pid()?, milliseconds(timeout));
        Self::ask(function, |msg, reason, job, free| {
            // SAFETY: the handle is of this thread, the outs are writable; change takes a Job, and free frees it.
            unsafe {
                sys::rsp_agent_get_and_update(
                    caller.raw(),
                    msg,
                    reason,
                    pid,
                    timeout,
                    Some(change),
                    job,
                    free,
                )
            }
        })
    }

    /// Changes the value, and does not wait. That there is no such agent is no error.
    ///
    /// Mirrors `Agent.cast/2`.
    ///
    /// # Errors
    ///
    /// [`Error::Overload`], [`Error::Exiting`].
    pub fn cast(self, function: impl FnOnce(&mut T) + Send + 'static) -> Result<()> {
        let (process, pid) = (current()?, self.raw_pid()?);
        let job = job_of(function);
        // SAFETY: process is null or a handle of this thread; change takes a Job, and free_job frees it.
        let result = unsafe { sys::rsp_agent_cast(process, pid, Some(change), job, Some(free_job)) };
        keep_if_refused(result, job);
        check(result)
    }

    /// Stops it in order.
    ///
    /// Mirrors `Agent.stop/3`.
    ///
    /// # Errors
    ///
    /// As [`Process::stop`].
    pub fn stop(self, caller: &Process, timeout: Duration) -> Result<(), CallError> {
        match self.pid() {
            Some(pid) => caller.stop(pid, Term::atom("normal"), timeout),
            None => Err(CallError::Exited(Term::atom("noproc"))),
        }
    }

    /// As the C API takes it: all zero for nobody.
    fn raw_pid(self) -> Result<sys::rsp_pid> {
        match self.at {
            To::Alias(_) => Err(Error::BadArgument),
            _ => Ok(self.pid().map_or_else(Default::default, |pid| pid.0)),
        }
    }

    fn ask<R: Any + Send>(
        function: impl FnOnce(&mut T) -> R + Send + 'static,
        call: impl FnOnce(
            *mut *mut sys::rsp_msg,
            *mut sys::rsp_term,
            *mut c_void,
            Option<unsafe extern "C" fn(*mut c_void)>,
        ) -> sys::rsp_result,
    ) -> Result<R, CallError> {
        let job = job_of(function);
        let answer = Process::answer(|msg, reason| {
            let result = call(msg, reason, job, Some(free_job));
            keep_if_refused(result, job);
            result
        })?;
        // Anything else comes from an agent whose value is of another type.
        answer.downcast().map_err(|_| Error::BadArgument.into())
    }
}

/// What tells our agents from those of other languages, by its address.
static VALUE_OPS: sys::rsp_native_ops =
    sys::rsp_native_ops { size: size_of::<sys::rsp_native_ops>(), drop: Some(drop_value), describe: None };

unsafe extern "C" fn drop_value(value: *mut c_void) {
    // SAFETY: a value with these operations was made by init, and is dropped once, with its process.
    drop_state(unsafe { Box::from_raw(value.cast::<Native>()) });
}

/// The answer of an agent whose value is of another type.
struct OtherType;

fn job_of<T: Any, R: Any + Send>(function: impl FnOnce(&mut T) -> R + Send + 'static) -> *mut c_void {
    let job: Job = Box::new(move |value| match value.downcast_mut::<T>() {
        Some(value) => Native::new(function(value)),
        None => Native::new(OtherType),
    });
    Box::into_raw(Box::new(Some(job))).cast()
}

/// The C API has not taken it where it says that an argument is malformed.
fn keep_if_refused(result: sys::rsp_result, job: *mut c_void) {
    if result == sys::RSP_EINVAL {
        // SAFETY: it was made by job_of, and is still ours.
        unsafe { free_job(job) }
    }
}

unsafe extern "C" fn free_job(job: *mut c_void) {
    // SAFETY: it was made by job_of, and is freed once.
    drop_quietly(unsafe { Box::from_raw(job.cast::<Option<Job>>()) });
}

unsafe extern "C" fn read(
    process: *mut sys::rsp_self,
    job: *mut c_void,
    state: *const sys::rsp_agent_state,
    ret: *mut sys::rsp_server_return,
) -> sys::rsp_next {
    // SAFETY: as change says; a function of get has the value by a shared reference.
    unsafe { change(process, job, state.cast_mut(), ret) }
}

unsafe extern "C" fn change(
    process: *mut sys::rsp_self,
    job: *mut c_void,
    state: *mut sys::rsp_agent_state,
    ret: *mut sys::rsp_server_return,
) -> sys::rsp_next {
    // SAFETY: the C API calls with what job_of made, once; the state and ret are its to lend.
    let (job, state, ret) = unsafe { (&mut *job.cast::<Option<Job>>(), &mut *state, &mut *ret) };
    let Some(job) = job.take() else { return sys::RSP_NEXT_CONTINUE };
    let answer = guarded(|| {
        if !std::ptr::eq(state.ops, &raw const VALUE_OPS) {
            return Native::new(OtherType);
        }
        // SAFETY: a value with these operations was made by init; functions of an agent run one at a time.
        let value = unsafe { &mut *state.native.cast::<Native>() };
        job(&mut *value.value)
    });
    match answer {
        Ok(answer) => {
            ret.reply_native = answer.into_raw();
            ret.reply_ops = &raw const NATIVE_OPS;
            sys::RSP_NEXT_CONTINUE
        }
        Err(exception) => exception.set_pending(process),
    }
}

unsafe extern "C" fn init<T: Any + Send>(
    process: *mut sys::rsp_self,
    make: *mut c_void,
    args: sys::rsp_term,
    state: *mut sys::rsp_agent_state,
    _ret: *mut sys::rsp_server_return,
) -> sys::rsp_next {
    // SAFETY: the C API calls with what start_spec gave it, which lives during the call; the state is its to lend.
    let (make, state) = unsafe { (&*make.cast::<Make<T>>(), &mut *state) };
    // SAFETY: the term is lent for the call.
    let more: Vec<Term> = unsafe { Term::from_lent(args) }.elements().collect();
    match guarded(|| takes_nothing(&more).map(|()| make())) {
        Ok(Ok(value)) => {
            state.native = Native::new(value).into_raw();
            state.ops = &raw const VALUE_OPS;
            sys::RSP_NEXT_CONTINUE
        }
        Ok(Err(exception)) | Err(exception) => exception.set_pending(process),
    }
}

/// How to start one.
pub(crate) fn start_spec<T: Any + Send>(make: Make<T>) -> Result<sys::rsp_start_spec> {
    let make = Shared::new(make);
    let (ctx, ctx_free) = make.lend();
    let opts = sys::rsp_agent_opts { init: Some(init::<T>), ctx, ctx_free, ..Default::default() };
    let mut spec = sys::rsp_start_spec::default();
    // SAFETY: the out is writable, and init takes what Shared made.
    check(unsafe { sys::rsp_agent_spec(&mut spec, &opts) })?;
    make.given();
    Ok(spec)
}
