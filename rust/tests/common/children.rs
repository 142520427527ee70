//! Children of the supervisors that are tested.

use resprout::prelude::*;

use super::{expect_term, PATIENCE};

/// Tells the test of each of its starts before it is up, and ends with each message as its reason.
struct Fragile;

impl GenServer for Fragile {
    type Args = (Pid, &'static str);

    fn init(context: &Context, (test, id): &Self::Args) -> Result<Init<Self>, Exception> {
        context.send(*test, (*id, context.pid()))?;
        Ok(Init::Ready(Self))
    }

    fn handle_info(&mut self, _: &Context, message: Message) -> Result<Flow<Self>, Exception> {
        match message {
            Message::Term { term, .. } => Err(Exception::exit(term)),
            other => panic!("{other:?}"),
        }
    }
}

/// A child that tells the test of each of its starts, and dies of every message.
pub fn fragile(me: &Process, id: &'static str) -> ChildSpec {
    fragile_of(me.pid(), id)
}

/// The same, where the test's process is not at hand.
pub fn fragile_of(test: Pid, id: &'static str) -> ChildSpec {
    ChildSpec::server::<Fragile>((test, id)).id(id)
}

/// The pid of the child that is to start now.
#[track_caller]
pub fn expect_start(me: &Process, id: &str) -> Pid {
    let (started, pid): (String, Pid) = expect_term(me).to().expect("a start");
    assert_eq!(started, id);
    pid
}

/// The ids and the processes of the children, in order of start.
#[track_caller]
pub fn children(me: &Process, supervisor: Pid) -> Vec<(String, Option<Pid>)> {
    let children = me.which_children(supervisor).expect("a supervisor");
    children.into_iter().map(|child| (child.id.to().expect("a text"), child.pid)).collect()
}

#[track_caller]
pub fn stop(me: &Process, supervisor: Pid) {
    me.stop(supervisor, Atom::new("normal"), PATIENCE).expect("it stops");
}
