//! Erlang/OTP's fault tolerance for Rust programs: cheap processes, links, monitors, exit signals and supervision trees.
//!
//! A program is split into processes that share no mutable data. One that fails ends, alone, with a reason; who is linked to
//! it or watches it is told, and a supervisor puts a fresh one in its place. The rules are OTP's. This crate is the Rust
//! side of one runtime that C, C++ and Python programs use too: one tree can hold processes of all of them.
//!
//! ```
//! use resprout::prelude::*;
//! use std::time::Duration;
//!
//! /// Answers with the quotient, and fails on what it cannot divide.
//! struct Divider;
//!
//! impl GenServer for Divider {
//!     type Args = ();
//!
//!     fn init(_: &Context, (): &()) -> Result<Init<Self>, Exception> {
//!         Ok(Init::Ready(Divider))
//!     }
//!
//!     fn handle_call(&mut self, _: &Context, request: Payload, _: ReplyTo) -> Result<Reply<Self>, Exception> {
//!         let (a, b): (i64, i64) = request.to().expect("two integers");
//!         Ok(Reply::now(a / b)) // let it crash
//!     }
//!
//!     fn handle_info(&mut self, _: &Context, _: Message) -> Result<Flow<Self>, Exception> {
//!         Ok(Flow::go_on())
//!     }
//! }
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let runtime = Runtime::start()?;
//!     Supervisor::one_for_one().child(ChildSpec::server::<Divider>(()).name("divider")).start()?;
//!
//!     let me = runtime.attach()?;
//!     assert_eq!(me.call("divider", (84, 2))?.to(), Some(42));
//!
//!     let failure = me.call("divider", (1, 0)).unwrap_err(); // that one panicked, and the caller is told
//!     println!("{failure}"); // the server ended: {{{exception,rust,"panic","attempt to divide by zero"},...
//!
//!     me.wait_for_name("divider", Duration::from_secs(5))?; // the supervisor is at it
//!     assert_eq!(me.call("divider", (84, 2))?.to(), Some(42)); // a fresh one
//!     Ok(())
//! }
//! ```
//!
//! # What there is
//!
//! | | |
//! | --- | --- |
//! | [`Runtime`] | starts and stops the threads that run processes |
//! | [`Runtime::spawn`] | a process from a closure that runs once for each message; [`Handler`] from a type |
//! | [`Runtime::attach`] | makes a thread a [`Process`], which may wait: receive, call |
//! | [`Context`] | what the code of a process may do: send, link, monitor, trap exits, timers, names |
//! | [`Message`], [`Term`] | what is sent: immutable terms, the same in every language, or Rust values that move |
//! | [`GenServer`] | a state that answers calls |
//! | [`Supervisor`], [`ChildSpec`] | trees that heal |
//! | [`application`] | trees that are started and stopped as one, after those that they need |
//! | [`Task`], [`TaskStream`] | functions that run once, and their values |
//! | [`exception`] | errors, exits and throws, and how a panic becomes an exit reason |
//!
//! # What is contained, and what is not
//!
//! A panic never leaves the process it happens in: it unwinds that one callback, the state of the process is dropped, and
//! the process ends with the reason `{{exception, rust, panic, Message}, Frames}`. For that panics must unwind: with `panic
//! = "abort"` this crate does not build, unless the feature `allow-panic-abort` is on. An abort (a panic while panicking, an
//! overflow of the stack, a memory error of unsafe code) ends the whole program: what may do that belongs into a process of
//! the operating system.
//!
//! A killed process notices at its next call of the runtime: the call, and each one after it, returns [`Error::Exiting`].
//! `?` hands it on, and what the process holds is dropped on the way, once. A handler between two messages is dropped at
//! once.
//!
//! # Blocking
//!
//! Handlers and servers run on the runtime's workers and must not block. To wait for an answer they return
//! [`Next::wait_for`] or [`Flow::wait_for`]. Threads that are attached may block as they like.

#![warn(missing_docs)]

#[cfg(all(panic = "abort", not(feature = "allow-panic-abort")))]
compile_error!(
    "with panic = \"abort\" a panic ends the whole program, and supervision cannot save it: \
     set panic = \"unwind\" in the profile, or enable the feature `allow-panic-abort` of resprout"
);

mod agent;
mod anywhere;
pub mod application;
mod boundary;
mod child_spec;
mod context;
mod convert;
mod dictionary;
mod error;
mod ets;
mod event;
mod event_handler;
mod event_serve;
pub mod exception;
mod ids;
mod message;
mod partition;
mod pg;
mod process;
mod registry;
mod relation;
pub mod report;
mod requests;
mod run;
mod runtime;
mod select;
mod serve;
mod serve_statem;
mod server;
mod spawn;
mod start;
mod start_function;
mod statem;
mod supervisor;
mod supervisor_calls;
mod supervisor_requests;
mod sys_;
mod task;
mod task_stream;
mod term;
mod wait;

pub use agent::Agent;
pub use anywhere::{exit_signal, is_pressed, register, send, send_native, unregister, whereis};
pub use application::{Application, ApplicationError, ApplicationType};
pub use child_spec::{Backoff, ChildCounts, ChildInfo, ChildSpec, Restart, Shutdown};
pub use context::Context;
pub use convert::FromTerm;
pub use error::{CallError, ChildError, Error, Result, StartError};
pub use ets::{Ets, EtsAccess, EtsOptions};
pub use event::{EventManager, HandlerError};
pub use event_handler::{EventFlow, GenEvent};
pub use exception::Exception;
pub use ids::{Atom, Pid, Ref};
pub use message::{Answer, Message, MessageKind, Payload, Peek, ReplyTo, To};
pub use partition::PartitionSupervisor;
pub use pg::Scope;
pub use process::{Process, CALL_TIMEOUT};
pub use registry::{RegisterError, Registry, RegistryStart};
pub use relation::{Alias, Flush, MonitorOptions};
pub use requests::{node, Delete, MultiCall, RequestIds, Response};
pub use run::{init_stop, run, Ended, RunOptions};
pub use runtime::{Builder, Runtime, StackSignal, Stats};
pub use select::Readiness;
pub use server::{Flow, GenServer, Init, Reply};
pub use spawn::{Handler, IntoNext, MailboxLimits, Next, Overflow, SpawnOptions, Spawned, Wait};
pub use start::{Start, StartOptions};
pub use start_function::Started;
pub use statem::{Event, EventType, GenStatem, Statem};
pub use supervisor::{AutoShutdown, Supervisor};
pub use supervisor_requests::ChildAnswer;
pub use sys_::Sys;
pub use task::{Task, TaskSupervisor};
pub use task_stream::{OnTimeout, TaskStream};
pub use term::{Kind, Term};
pub use wait::Startable;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeRuns;

#[cfg(doctest)]
#[doc = include_str!("../GUIDE.md")]
struct GuideRuns;

#[cfg(doctest)]
#[doc = include_str!("../LET-IT-CRASH.md")]
struct LetItCrashRuns;

#[cfg(doctest)]
#[doc = include_str!("../STATEM.md")]
struct StatemGuideRuns;

#[cfg(doctest)]
#[doc = include_str!("../APPLICATIONS.md")]
struct ApplicationsGuideRuns;

/// The raw bindings.
pub use resprout_sys as sys;

/// What most programs use: `use resprout::prelude::*;`
pub mod prelude {
    pub use crate::{
        Atom, AutoShutdown, CallError, ChildAnswer, ChildSpec, Context, Error, Exception, Flow, GenServer,
        Handler, Init, Message, Next, Payload, Pid, Process, Ref, Reply, ReplyTo, Restart, Runtime, Shutdown,
        Start, StartError, Supervisor, Term,
    };
}
