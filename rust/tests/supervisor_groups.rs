//! Supervisors that restart their children in groups.

mod common;

use common::children::*;
use common::*;
use resprout::prelude::*;

const NAMES: [&str; 3] = ["a", "b", "c"];

fn with_three(me: &Process, supervisor: Supervisor) -> Supervisor {
    NAMES.iter().fold(supervisor, |supervisor, name| supervisor.child(fragile(me, name)))
}

/// The pids of all three, which are to start now, in order.
#[track_caller]
fn expect_three(me: &Process) -> [Pid; 3] {
    NAMES.map(|name| expect_start(me, name))
}

#[track_caller]
fn expect_running(me: &Process, supervisor: Pid, pids: [Pid; 3]) {
    let expected = NAMES.iter().zip(pids).map(|(name, pid)| ((*name).to_owned(), Some(pid)));
    assert_eq!(children(me, supervisor), expected.collect::<Vec<_>>());
}

// S-SUP-1, S-SUP-24: case 187
#[test]
fn one_for_all_starts_all_anew_in_order() {
    let me = attach();
    let supervisor = with_three(&me, Supervisor::one_for_all()).start_link().unwrap();
    let before = expect_three(&me);
    me.send(before[1], "crash").unwrap();
    let now = expect_three(&me);
    assert!(before.iter().all(|pid| !now.contains(pid) && !me.is_alive(*pid).unwrap()));
    expect_running(&me, supervisor, now);
    stop(&me, supervisor);
    expect_nothing(&me);
}

// S-SUP-1, S-SUP-23: case 188
#[test]
fn rest_for_one_leaves_those_before_alone() {
    let me = attach();
    let supervisor = with_three(&me, Supervisor::rest_for_one()).start_link().unwrap();
    let [a, b, c] = expect_three(&me);
    me.send(b, "crash").unwrap();
    let (new_b, new_c) = (expect_start(&me, "b"), expect_start(&me, "c"));
    assert!(new_b != b && new_c != c && !me.is_alive(c).unwrap());
    expect_running(&me, supervisor, [a, new_b, new_c]);

    me.send(new_c, "crash").unwrap(); // there is none after it
    let newest = expect_start(&me, "c");
    expect_running(&me, supervisor, [a, new_b, newest]);
    stop(&me, supervisor);
    expect_nothing(&me);
}

// S-SUP-25, S-SUP-35: case 187
#[test]
fn a_group_restart_starts_what_was_stopped_and_drops_temporary_children() {
    let me = attach();
    for group in [Supervisor::one_for_all(), Supervisor::rest_for_one()] {
        let group = group
            .child(fragile(&me, "a"))
            .child(fragile(&me, "b"))
            .child(fragile(&me, "c").restart(Restart::Temporary));
        let supervisor = group.start_link().unwrap();
        let [a, _, c] = expect_three(&me);
        me.terminate_child(supervisor, "b").unwrap();
        me.send(a, "crash").unwrap();
        let (a, b) = (expect_start(&me, "a"), expect_start(&me, "b"));
        assert_eq!(children(&me, supervisor), [("a".to_owned(), Some(a)), ("b".to_owned(), Some(b))]);
        assert!(!me.is_alive(c).unwrap());
        stop(&me, supervisor);
        expect_nothing(&me);
    }
}

// S-SUP-20, S-SUP-21: case 188
#[test]
fn the_restart_of_a_group_counts_once() {
    let me = attach();
    me.trap_exit(true).unwrap();
    let group = Supervisor::rest_for_one().max_restarts(1, PATIENCE);
    let supervisor = with_three(&me, group).start_link().unwrap();
    let [first, ..] = expect_three(&me);
    me.send(first, "crash").unwrap();
    let now = expect_three(&me);
    expect_running(&me, supervisor, now);
    me.send(now[2], "crash").unwrap();
    assert_eq!(expect_exit(&me, supervisor), Atom::new("shutdown"));
    assert!(!now.iter().any(|pid| me.is_alive(*pid).unwrap()));
}

// S-SUP-23, S-SUP-24: case 187, case 188
#[test]
fn a_supervisor_that_is_a_child_has_a_strategy_of_its_own() {
    let me = attach();
    let inner = with_three(&me, Supervisor::one_for_all()).name("rust_test_group");
    let root = Supervisor::rest_for_one()
        .child(fragile(&me, "first"))
        .child(ChildSpec::from(inner).id("inner"))
        .start_link()
        .unwrap();
    let first = expect_start(&me, "first");
    let before = expect_three(&me);
    let inner = resprout::whereis("rust_test_group").unwrap();
    me.send(before[2], "crash").unwrap();
    let now = expect_three(&me);
    expect_running(&me, inner, now);
    assert!(me.is_alive(first).unwrap());

    me.send(first, "crash").unwrap();
    assert_ne!(expect_start(&me, "first"), first);
    assert!(expect_three(&me).iter().all(|pid| !now.contains(pid)));
    assert!(!me.is_alive(inner).unwrap());
    stop(&me, root);
    expect_nothing(&me);
}

// S-SUP-15, S-SUP-23: case 188, case 310
#[test]
fn the_strategy_is_that_of_what_a_callback_returns() {
    let me = attach();
    let test = me.pid();
    let group = Supervisor::with_init(move |_| {
        let group = Supervisor::rest_for_one();
        Ok(NAMES.iter().fold(group, |group, name| group.child(fragile_of(test, name))))
    });
    let supervisor = group.start_link().unwrap();
    let [a, b, _] = expect_three(&me);
    me.send(b, "crash").unwrap();
    let (b, c) = (expect_start(&me, "b"), expect_start(&me, "c"));
    expect_running(&me, supervisor, [a, b, c]);
    stop(&me, supervisor);
    expect_nothing(&me);
}

// S-SUP-9, S-SUP-41: cases 236, 242
#[test]
fn a_supervisor_ends_with_a_significant_child() {
    let me = attach();
    me.trap_exit(true).unwrap();
    let significant = || fragile(&me, "b").restart(Restart::Temporary).significant(true);
    let supervisor = Supervisor::one_for_one()
        .child(fragile(&me, "a"))
        .child(significant())
        .auto_shutdown(AutoShutdown::AnySignificant)
        .start_link()
        .unwrap();
    let (a, b) = (expect_start(&me, "a"), expect_start(&me, "b"));
    me.send(b, "crash").unwrap();
    match me.receive().unwrap() {
        Message::Exit { from, reason } => assert_eq!((from, reason), (supervisor, Term::atom("shutdown"))),
        other => panic!("{other:?}"),
    }
    assert!(!me.is_alive(a).unwrap());

    let in_vain = Supervisor::one_for_one().child(significant()).start_link();
    match in_vain {
        Err(StartError::BadSpec(what)) => {
            assert_eq!(
                what.to_string(),
                "{start_spec,{bad_combination,[{auto_shutdown,never},{significant,true}]}}"
            );
        }
        other => panic!("{other:?}"),
    }
}
