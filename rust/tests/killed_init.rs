//! What is left of servers and handlers that are killed as they begin: nothing.

mod common;

use std::sync::Mutex;

use common::*;
use resprout::prelude::*;
use resprout::{EventFlow, EventManager, GenEvent, Peek, StartError};

/// Is killed in its init, finds it, and is made nevertheless.
struct Doomed {
    _witness: Witness,
}

fn meet_the_kill(context: &Context) {
    let _ = context.exit_signal(context.pid(), Atom::new("kill"));
    while context.checkpoint().is_ok() {
        std::thread::yield_now();
    }
}

impl GenServer for Doomed {
    type Args = Mutex<Option<Witness>>;

    fn init(context: &Context, witness: &Self::Args) -> Result<Init<Self>, Exception> {
        meet_the_kill(context);
        Ok(Init::Ready(Self { _witness: witness.lock().unwrap().take().expect("it starts once") }))
    }

    fn handle_info(&mut self, _: &Context, _: Message) -> Result<Flow<Self>, Exception> {
        Ok(Flow::go_on())
    }
}

// S-SRV-47
#[test]
fn the_state_of_a_server_that_is_killed_in_its_init_is_dropped() {
    let _me = attach();
    let (witness, drops) = Witness::new();
    let failed = Doomed::start(Mutex::new(Some(witness))).unwrap_err();
    assert!(matches!(failed, StartError::Failed(reason) if reason == Atom::new("killed")));
    drops.expect_one();
}

/// Is killed in its init, or as it puts another one in its place.
struct DoomedHandler {
    _witness: Witness,
    /// Of the one that comes in its place; without it is killed in its init.
    other: Option<Witness>,
}

impl GenEvent for DoomedHandler {
    fn init(&mut self, context: &Context, _: &Term) -> Result<(), Exception> {
        if self.other.is_none() {
            meet_the_kill(context);
        }
        Ok(())
    }

    fn handle_event(&mut self, context: &Context, _: Peek<'_>) -> Result<EventFlow, Exception> {
        meet_the_kill(context);
        let other = DoomedHandler { _witness: self.other.take().expect("it swaps once"), other: None };
        Ok(EventFlow::swap_handler("bye", other))
    }
}

// S-EVT-11
#[test]
fn a_handler_and_its_successor_are_dropped_whatever_the_manager_is_killed_in() {
    let me = attach();
    let (witness, drops) = Witness::new();
    let manager = EventManager::start().unwrap();
    let doomed = DoomedHandler { _witness: witness, other: None };
    manager.add_handler(&me, doomed).unwrap_err();
    drops.expect_one();

    let (witness, drops) = Witness::new();
    let (other, drops_of_other) = Witness::new();
    let manager = EventManager::start().unwrap();
    let doomed = DoomedHandler { _witness: witness, other: Some(other) };
    manager.add_handler(&me, doomed).unwrap();
    manager.sync_notify(&me, "swap").unwrap_err();
    drops.expect_one();
    drops_of_other.expect_one();
}
