//! The runtime of this OS process.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use resprout_sys as sys;

use crate::anywhere::current;
use crate::boundary::{milliseconds, note_panics};
use crate::error::check;
use crate::process::run_attached;
use crate::spawn::{self, Handler, IntoNext, SpawnOptions, Spawned};
use crate::{Context, Exception, Message, Pid, Process, Result};

/// The runtime: the threads that run the processes of this OS process. One lives at a time.
///
/// It is stopped when this is dropped: processes that nobody started from a process get the exit signal `shutdown`, the
/// latest first, each when the one before is gone, for ten seconds at most; then what is left is killed.
///
/// # Examples
///
/// ```
/// use resprout::prelude::*;
/// use std::time::Duration;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let runtime = Runtime::builder().workers(2).start()?;
/// let pid = runtime.spawn(|_, message| println!("{message:?}"))?;
/// resprout::send(pid, "hello")?;
/// runtime.stop(Duration::from_secs(1))?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Runtime {
    /// A later runtime is not this one's to stop.
    is_stopped: AtomicBool,
    stop_timeout: Duration,
}

/// By which signal a worker's thread is asked for its stack when its code does not return, for the report `stuck_turn`.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StackSignal {
    /// A real-time signal that nobody uses.
    #[default]
    Any,
    /// This real-time signal; what else comes by it goes on to the handler that it had before.
    Number(i32),
    /// No thread is asked: the report tells no stack.
    None,
}

/// How a runtime is to be.
#[derive(Clone, Copy, Debug)]
pub struct Builder {
    workers: u32,
    max_processes: u32,
    stack_signal: StackSignal,
    stop_timeout: Duration,
}

impl Builder {
    /// Threads that run processes. Default: one for each processor that affinity and a container grant.
    #[must_use]
    pub fn workers(mut self, workers: u32) -> Self {
        self.workers = workers;
        self
    }

    /// How many processes there can be at once. Default: as many as memory holds.
    #[must_use]
    pub fn max_processes(mut self, max_processes: u32) -> Self {
        self.max_processes = max_processes;
        self
    }

    /// How stacks are asked for. Default: [`StackSignal::Any`].
    #[must_use]
    pub fn stack_signal(mut self, signal: StackSignal) -> Self {
        self.stack_signal = signal;
        self
    }

    /// How long the orderly part of a stop may take when the runtime is dropped. Default: ten seconds.
    #[must_use]
    pub fn stop_timeout(mut self, timeout: Duration) -> Self {
        self.stop_timeout = timeout;
        self
    }

    /// Starts it.
    ///
    /// # Errors
    ///
    /// [`Error::BadArgument`](crate::Error::BadArgument) when there is no such signal,
    /// [`Error::Already`](crate::Error::Already) when one runs or is stopping, [`Error::Os`](crate::Error::Os),
    /// [`Error::NoMemory`](crate::Error::NoMemory), [`Error::Forked`](crate::Error::Forked),
    /// [`Error::TwoCopies`](crate::Error::TwoCopies).
    pub fn start(self) -> Result<Runtime> {
        note_panics();
        let options = sys::rsp_runtime_opts {
            workers: self.workers,
            max_processes: self.max_processes,
            stack_signal: match self.stack_signal {
                StackSignal::Any => 0,
                StackSignal::Number(number) => i64::from(number.max(1)),
                StackSignal::None => sys::RSP_STACK_SIGNAL_NONE,
            },
            ..Default::default()
        };
        // SAFETY: the options are readable.
        check(unsafe { sys::rsp_runtime_start(&options) })?;
        Ok(Runtime { is_stopped: AtomicBool::new(false), stop_timeout: self.stop_timeout })
    }
}

/// Figures of a runtime.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stats {
    /// Processes that are alive, attached threads and the runtime's own one included.
    pub processes: u64,
    /// Threads that run processes.
    pub workers: u64,
}

impl Runtime {
    /// Starts a runtime with one worker for each processor that may be used.
    ///
    /// # Errors
    ///
    /// As [`Builder::start`].
    pub fn start() -> Result<Self> {
        Self::builder().start()
    }

    /// To start one of one's own choice.
    #[must_use]
    pub fn builder() -> Builder {
        Builder {
            workers: 0,
            max_processes: 0,
            stack_signal: StackSignal::Any,
            stop_timeout: Duration::from_secs(10),
        }
    }

    /// Stops it: `timeout` is for the orderly part, [`Duration::MAX`] waits as long as it takes.
    ///
    /// # Errors
    ///
    /// [`Error::Timeout`](crate::Error::Timeout) when a callback does not return, or there is no memory for
    /// the signals that end the others: call again.
    /// [`Error::WouldBlock`](crate::Error::WouldBlock) in a callback. [`Error::Already`](crate::Error::Already) when
    /// another thread is stopping it, [`Error::Stopped`](crate::Error::Stopped) when it is.
    pub fn stop(&self, timeout: Duration) -> Result<()> {
        if self.is_stopped.load(Ordering::Acquire) {
            return Err(crate::Error::Stopped);
        }
        // SAFETY: nothing is asked for.
        check(unsafe { sys::rsp_runtime_stop(milliseconds(timeout)) })?;
        self.is_stopped.store(true, Ordering::Release);
        Ok(())
    }

    /// Makes a process that runs `handler` once for each message, on a worker: it must not block. It exists, and can be
    /// sent to, when this returns.
    ///
    /// What the handler returns says what is next: nothing or [`Next::Continue`](crate::Next::Continue), the next message;
    /// [`Next::Stop`](crate::Next::Stop), the end; an error, or a panic: the end, with a reason that tells it. The closure is
    /// dropped exactly once, whatever ends the process.
    ///
    /// # Errors
    ///
    /// [`Error::Limit`](crate::Error::Limit), [`Error::NoMemory`](crate::Error::NoMemory),
    /// [`Error::Stopped`](crate::Error::Stopped).
    pub fn spawn<F, R>(&self, handler: F) -> Result<Pid>
    where
        F: FnMut(&Context, Message) -> R + Send + 'static,
        R: IntoNext,
    {
        Ok(spawn::spawn_as(current()?, &SpawnOptions::new(), spawn::closure(handler))?.pid)
    }

    /// Makes a process of a type that handles messages. Who is no process cannot be linked to it or watch it.
    ///
    /// # Errors
    ///
    /// As [`spawn`](Self::spawn); [`Error::NotProcess`](crate::Error::NotProcess).
    pub fn spawn_with<H: Handler>(&self, options: &SpawnOptions, handler: H) -> Result<Spawned> {
        spawn::spawn_as(current()?, options, handler)
    }

    /// Makes the calling thread a process, until the result is dropped.
    ///
    /// # Errors
    ///
    /// [`Error::Already`](crate::Error::Already) when it is one, [`Error::Stopped`](crate::Error::Stopped),
    /// [`Error::Limit`](crate::Error::Limit), [`Error::NoMemory`](crate::Error::NoMemory).
    pub fn attach(&self) -> Result<Process> {
        Process::attach()
    }

    /// Runs `body` with the calling thread as a process, which ends with it: normally, or with the reason of the exception
    /// that left it. That is the inner result.
    ///
    /// # Errors
    ///
    /// As [`attach`](Self::attach).
    pub fn run<T>(&self, body: impl FnOnce(&Process) -> T) -> Result<Result<T, Exception>> {
        run_attached(body)
    }

    /// Figures.
    ///
    /// # Errors
    ///
    /// [`Error::Stopped`](crate::Error::Stopped).
    pub fn stats(&self) -> Result<Stats> {
        let mut stats = sys::rsp_runtime_stats::default();
        // SAFETY: the out is writable, and says its size.
        check(unsafe { sys::rsp_runtime_get_stats(&mut stats) })?;
        Ok(Stats { processes: stats.processes, workers: stats.workers })
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        // In a callback it cannot be stopped, and of one that does not return nobody is left to be told.
        let _ = self.stop(self.stop_timeout);
    }
}
