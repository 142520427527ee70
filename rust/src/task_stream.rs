//! Streams of tasks: an input for each, so many at a time.

use std::any::Any;
use std::fmt;
use std::ptr;
use std::sync::Arc;
use std::time::Duration;

use resprout_sys as sys;

use crate::boundary::milliseconds;
use crate::error::check;
use crate::message::Payload;
use crate::process::Received;
use crate::task::{once, value_of, TaskSupervisor};
use crate::{CallError, Context, Exception, Process, Result, Term};

/// What becomes of a stream where a task has no value in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnTimeout {
    /// It ends, with [`CallError::Timeout`].
    #[default]
    Exit,
    /// That task is killed, and its result is `timeout`.
    KillTask,
}

/// Many tasks, so many at a time: an iterator over what came of them. It begins when the first result is asked for; dropped
/// before the last one it stops the tasks that run.
///
/// # Examples
///
/// ```
/// use resprout::prelude::*;
/// use resprout::TaskStream;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let runtime = Runtime::start()?;
/// let me = runtime.attach()?;
/// let squares = TaskStream::async_stream(&me, 1..=4, |_, number: u64| Ok(number * number));
/// let sum: u64 = squares.max_concurrency(2).sum::<Result<u64, _>>()?;
/// assert_eq!(sum, 30);
/// # Ok(())
/// # }
/// ```
pub struct TaskStream<'a, I, F> {
    process: &'a Process,
    items: I,
    work: Arc<F>,
    options: sys::rsp_task_stream_opts,
    state: State,
}

enum State {
    New,
    Open(sys::rsp_task_stream),
    Done,
}

impl<I, F> fmt::Debug for TaskStream<'_, I, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskStream").field("options", &self.options).finish_non_exhaustive()
    }
}

impl<'a, I, F, T, R> TaskStream<'a, I, F>
where
    I: Iterator<Item = T>,
    F: Fn(&Context, T) -> Result<R, Exception> + Send + Sync + 'static,
    T: Send + 'static,
    R: Any + Send,
{
    /// A task that runs `work` for each item. Items are taken as results are asked for: none before the first result is,
    /// then so many ahead as tasks may run. A task that crashes ends the caller; if that trapped exits when the first result was
    /// asked for, it is a result. Each task has five seconds.
    ///
    /// Mirrors `Task.async_stream/3`.
    #[must_use]
    pub fn async_stream(process: &'a Process, items: impl IntoIterator<IntoIter = I>, work: F) -> Self {
        let options = sys::rsp_task_stream_opts::default();
        Self { process, items: items.into_iter(), work: Arc::new(work), options, state: State::New }
    }

    /// How many tasks run at a time. Default, and 0: as many as the runtime has workers.
    #[must_use]
    pub fn max_concurrency(mut self, most: u32) -> Self {
        self.options.max_concurrency = most.into();
        self
    }

    /// Whether results come in the order of the items, or as they come. Default: true.
    #[must_use]
    pub fn ordered(mut self, ordered: bool) -> Self {
        self.options.ordered = ordered;
        self
    }

    /// Of each task, and what happens then. [`Duration::MAX`]: none.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration, then: OnTimeout) -> Self {
        self.options.timeout_ms = milliseconds(timeout);
        self.options.kill_task = then == OnTimeout::KillTask;
        self
    }

    /// Tasks are children of this supervisor. Mirrors `Task.Supervisor.async_stream/4`.
    #[must_use]
    pub fn under(mut self, supervisor: TaskSupervisor) -> Self {
        self.options.supervisor = supervisor.0 .0;
        self
    }

    /// A crash is a result, whether the caller traps exits or not. Mirrors `Task.Supervisor.async_stream_nolink/4`.
    #[must_use]
    pub fn nolink(mut self) -> Self {
        self.options.link = false;
        self
    }

    fn stream(&mut self) -> Result<Option<sys::rsp_task_stream>> {
        if let State::New = self.state {
            let mut stream = sys::rsp_task_stream::default();
            // SAFETY: the handle is of this thread, the out is writable, the options are readable.
            check(unsafe { sys::rsp_task_async_stream(self.process.raw(), &mut stream, &self.options) })?;
            self.state = State::Open(stream);
        }
        Ok(if let State::Open(stream) = self.state { Some(stream) } else { None })
    }

    /// The next input, or that there is none.
    fn supply(&mut self, stream: sys::rsp_task_stream) -> Result<()> {
        let Some(item) = self.items.next() else {
            // SAFETY: the handle is of this thread.
            return check(unsafe { sys::rsp_task_stream_end_input(self.process.raw(), stream) });
        };
        let work = Arc::clone(&self.work);
        let start = once(move |context| work(context, item));
        let spec = start.to_raw();
        // SAFETY: the handle is of this thread, the specification is usable as long as `start` lives.
        let result = unsafe { sys::rsp_task_stream_supply(self.process.raw(), stream, &spec) };
        if result != sys::RSP_EINVAL {
            start.given();
        }
        check(result)
    }

    /// `Ok(None)`: it is done.
    fn advance(&mut self) -> Result<Option<R>, CallError> {
        let Some(stream) = self.stream()? else { return Ok(None) };
        loop {
            let (mut event, mut msg) = (sys::RSP_TASK_STREAM_DONE, ptr::null_mut());
            // SAFETY: the handle is of this thread, the outs are writable.
            let result =
                unsafe { sys::rsp_task_stream_next(self.process.raw(), &mut event, &mut msg, stream) };
            let received = Received(msg);
            if result != sys::RSP_OK {
                self.state = State::Done;
                return Err(failure(result, &received));
            }
            match event {
                sys::RSP_TASK_STREAM_WANTS => self.supply(stream)?,
                sys::RSP_TASK_STREAM_DONE => {
                    self.state = State::Done;
                    return Ok(None);
                }
                sys::RSP_TASK_STREAM_VALUE => {
                    // SAFETY: a message that was received is at hand until it is freed.
                    return value_of(unsafe { Payload::take(received.0) }).map(Some);
                }
                // SAFETY: as above.
                _ => return Err(CallError::Exited(unsafe { Payload::take(received.0) }.into_term())),
            }
        }
    }
}

/// Why a stream has ended.
fn failure(result: sys::rsp_result, down: &Received) -> CallError {
    if result != sys::RSP_EEXITED {
        return CallError::from_code(result, Term::nil());
    }
    // SAFETY: a message that was received is at hand until it is freed.
    let reason = unsafe { Payload::take(down.0) }.into_term();
    if reason.element(0) == Some(Term::atom("timeout")) {
        CallError::Timeout(reason)
    } else {
        CallError::Exited(reason)
    }
}

impl<I, F, T, R> Iterator for TaskStream<'_, I, F>
where
    I: Iterator<Item = T>,
    F: Fn(&Context, T) -> Result<R, Exception> + Send + Sync + 'static,
    T: Send + 'static,
    R: Any + Send,
{
    /// A value, or [`CallError::Exited`] with the reason of a task that ended without one. Where the stream itself ends, because a
    /// task took too long ([`CallError::Timeout`]) or could not be started, that is the last one.
    type Item = Result<R, CallError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.advance().transpose()
    }
}

impl<I, F> Drop for TaskStream<'_, I, F> {
    fn drop(&mut self) {
        if let State::Open(stream) = self.state {
            // SAFETY: the handle is of this thread. A process that ends takes its stream along.
            let _ = check(unsafe { sys::rsp_task_stream_halt(self.process.raw(), stream) });
        }
    }
}
