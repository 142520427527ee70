//! What the integration tests share: one runtime for all tests of a program, each test a process of its own thread.

#![allow(dead_code)] // no test program uses all of it

pub mod children;

use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::OnceLock;
use std::time::Duration;

use resprout::prelude::*;
use resprout::report;

/// Long enough for a busy machine, and a failure when it passes.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// File, line, function.
pub type Frames = Vec<(String, i64, String)>;

/// The runtime of this test program.
pub fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        report::set_sink(|_, _| {}); // the failures are meant
        Runtime::builder().workers(2).start().expect("a runtime")
    })
}

/// The test's own process.
pub fn attach() -> Process {
    runtime().attach().expect("a process")
}

/// The next message, which is to come.
#[track_caller]
pub fn receive(me: &Process) -> Message {
    me.receive_timeout(PATIENCE).expect("a message")
}

/// That there is none.
#[track_caller]
pub fn expect_nothing(me: &Process) {
    let found = me.receive_timeout(Duration::ZERO);
    assert_eq!(found.unwrap_err(), Error::Timeout);
}

/// The reason of the `DOWN` that is to come.
#[track_caller]
pub fn expect_down(me: &Process, from: Ref) -> Term {
    match receive(me) {
        Message::Down { monitor, reason, .. } if monitor == from => reason,
        other => panic!("{other:?} instead of the DOWN of {from}"),
    }
}

/// The reason of the `EXIT` that is to come.
#[track_caller]
pub fn expect_exit(me: &Process, pid: Pid) -> Term {
    match receive(me) {
        Message::Exit { from, reason } if from == pid => reason,
        other => panic!("{other:?} instead of the EXIT of {pid}"),
    }
}

/// The term that is to come.
#[track_caller]
pub fn expect_term(me: &Process) -> Term {
    match receive(me) {
        Message::Term { term, .. } => term,
        other => panic!("{other:?} instead of a term"),
    }
}

/// Why a process ends that handles one message so.
#[track_caller]
pub fn reason_of<F, R>(handler: F) -> Term
where
    F: FnMut(&Context, Message) -> R + Send + 'static,
    R: resprout::IntoNext,
{
    let me = attach();
    let (pid, monitor) = me.spawn_monitor(handler).expect("a process");
    me.send(pid, "go").expect("it is sent");
    expect_down(&me, monitor)
}

/// Language, type and text of `{{exception, Language, Type, Message}, Frames}`, and the frames.
#[track_caller]
pub fn exception_of(reason: &Term) -> (String, String, String, Term) {
    type Shape = ((Atom, Atom, String, String), Term);
    let ((tag, language, kind, text), frames): Shape = reason.to().unwrap_or_else(|| panic!("{reason}"));
    assert_eq!(tag.name(), "exception");
    (language.name().to_owned(), kind, text, frames)
}

/// A process that is over.
pub fn dead_process(me: &Process) -> Pid {
    let (pid, monitor) = me.spawn_monitor(|_, _| Next::Stop).expect("a process");
    me.send(pid, "stop").expect("it is sent");
    assert_eq!(expect_down(me, monitor), Atom::new("normal"));
    pid
}

/// Says when it is dropped.
pub struct Witness(Sender<&'static str>, &'static str);

impl Witness {
    pub fn new() -> (Self, Drops) {
        let (sender, receiver) = mpsc::channel();
        (Self(sender, "dropped"), Drops(receiver))
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        let _ = self.0.send(self.1);
    }
}

pub struct Drops(Receiver<&'static str>);

impl Drops {
    /// Waits until the witness is dropped, and says that it was the only time: there is no sender left.
    #[track_caller]
    pub fn expect_one(&self) {
        self.0.recv_timeout(PATIENCE).expect("it is dropped");
        self.0.recv_timeout(PATIENCE).expect_err("it is dropped once");
    }

    #[track_caller]
    pub fn expect_none_so_far(&self) {
        self.0.try_recv().expect_err("it is not dropped");
    }
}
