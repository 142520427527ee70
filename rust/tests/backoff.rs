//! Restarts that are delayed, and children without which a supervisor ends.

mod common;

use std::time::Duration;

use common::*;
use resprout::prelude::*;
use resprout::{Backoff, Restart, StartError};

const LONG: Duration = Duration::from_secs(3600);

/// Tells the test when it starts, and ends for what it is sent.
fn told(me: &Process, id: &'static str) -> ChildSpec {
    let test = me.pid();
    ChildSpec::server::<Told>((test, id)).id(id)
}

struct Told;

impl GenServer for Told {
    type Args = (Pid, &'static str);

    fn init(context: &Context, (test, id): &Self::Args) -> Result<Init<Self>, Exception> {
        context.send(*test, ("up", *id, context.pid()))?;
        Ok(Init::Ready(Self))
    }

    fn handle_info(&mut self, _: &Context, message: Message) -> Result<Flow<Self>, Exception> {
        match message {
            Message::Term { term, .. } => Err(Exception::exit(term)),
            _ => Ok(Flow::go_on()),
        }
    }
}

#[track_caller]
fn expect_up(me: &Process, id: &str) -> Pid {
    let (up, started, pid): (String, String, Pid) = expect_term(me).to().expect("a start");
    assert_eq!((up.as_str(), started.as_str()), ("up", id));
    pid
}

/// Ends the child, and waits for that.
fn crash(me: &Process, pid: Pid) {
    let end = me.monitor(pid).unwrap();
    me.send(pid, "crash").unwrap();
    expect_down(me, end);
}

// S-SUP-51, S-SUP-52: case 401
#[test]
fn a_supervisor_does_everything_else_while_a_restart_is_delayed() {
    let me = attach();
    me.trap_exit(true).unwrap();
    let child = told(&me, "a").backoff(Backoff::new(LONG, LONG).factor(1.0).jitter(0.0));
    let supervisor = Supervisor::one_for_one().child(child).start_link().unwrap();
    crash(&me, expect_up(&me, "a"));
    let is_restarting = || me.which_children(supervisor).unwrap()[0].is_restarting;
    while !is_restarting() {}
    let refused = me.restart_child(supervisor, "a").unwrap_err();
    assert!(format!("{refused:?}").contains("restarting"), "{refused:?}");
    me.terminate_child(supervisor, "a").unwrap();
    assert!(!is_restarting());
    me.restart_child(supervisor, "a").unwrap();
    crash(&me, expect_up(&me, "a"));
    me.stop(supervisor, Atom::new("normal"), PATIENCE).expect("it stops at once");
}

// S-SUP-50, S-SUP-52: case 404
#[test]
fn a_child_is_started_again_after_its_delay_and_each_attempt_counts() {
    let me = attach();
    me.trap_exit(true).unwrap();
    let backoff =
        Backoff::new(Duration::from_millis(1), Duration::from_millis(2)).jitter(0.5).reset_after(LONG);
    let supervisor = Supervisor::one_for_one()
        .max_restarts(1, LONG)
        .child(told(&me, "a").backoff(backoff))
        .start_link()
        .unwrap();
    for _ in 0..2 {
        let a = expect_up(&me, "a");
        me.send(a, "crash").unwrap();
    }
    assert_eq!(expect_exit(&me, supervisor), Atom::new("shutdown"));
}

// S-SUP-55: case 407
#[test]
fn a_fatal_child_that_crashes_ends_its_supervisor() {
    let me = attach();
    me.trap_exit(true).unwrap();
    let supervisor = Supervisor::one_for_one()
        .max_restarts(100, LONG)
        .child(told(&me, "a").fatal(true))
        .start_link()
        .unwrap();
    let a = expect_up(&me, "a");
    me.send(a, "crash").unwrap();
    assert_eq!(expect_exit(&me, supervisor), Atom::new("shutdown"));
}

// S-SUP-56: case 408
#[test]
fn a_backoff_that_makes_no_sense_is_refused_by_name() {
    let me = attach();
    let second = Duration::from_secs(1);
    let backoffs = [
        (Backoff::new(Duration::ZERO, second), "min"),
        (Backoff::new(second * 2, second), "max"),
        (Backoff::new(second, second).factor(0.5), "factor"),
        (Backoff::new(second, second).factor(f64::NAN), "factor"),
        (Backoff::new(second, second).jitter(1.5), "jitter"),
    ];
    let refused = |child: ChildSpec| match Supervisor::one_for_one().child(child).start() {
        Err(StartError::BadSpec(why)) => why.to_string(),
        other => panic!("{other:?}"),
    };
    for (backoff, field) in backoffs {
        let why = refused(told(&me, "a").backoff(backoff));
        assert!(why.contains(&format!("{{invalid_backoff,{field}}}")), "{why}");
    }
    let why = refused(told(&me, "a").fatal(true).restart(Restart::Temporary));
    assert!(why.contains("bad_combination"), "{why}");
}
