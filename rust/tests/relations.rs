//! What one process has to do with another: links, monitors, names, aliases.

mod common;

use common::*;
use resprout::prelude::*;
use resprout::{Alias, Flush, MonitorOptions};

// S-LINK-2, S-EXIT-10, S-EXIT-13
#[test]
fn a_trapping_process_is_told_of_the_death_of_who_it_is_linked_to() {
    let me = attach();
    assert!(!me.trap_exit(true).unwrap());
    assert!(me.trap_exit(true).unwrap());
    let linked = me.spawn_link(|_, _| -> Result<(), _> { Err(Exception::exit("bye")) }).unwrap();
    me.send(linked, "go").unwrap();
    assert_eq!(expect_exit(&me, linked).as_str(), Some("bye"));

    let other = me.spawn(|_, _| {}).unwrap();
    me.link(other).unwrap();
    me.exit_signal(other, Atom::new("kill")).unwrap();
    assert_eq!(expect_exit(&me, other), Atom::new("killed"));
}

// S-LINK-3, S-LINK-4
#[test]
fn linking_to_a_dead_process_says_noproc() {
    let me = attach();
    let dead = dead_process(&me);
    assert_eq!(me.link(dead), Err(Error::NoProcess));
    me.trap_exit(true).unwrap();
    me.link(dead).unwrap();
    assert_eq!(expect_exit(&me, dead), Atom::new("noproc"));
    me.link_async(dead).unwrap();
    assert_eq!(expect_exit(&me, dead), Atom::new("noproc"));
}

// S-LINK-6
#[test]
fn an_unlinked_neighbour_may_die() {
    let me = attach();
    let linked = me.spawn_link(|_, _| resprout::exception::exit(1)).unwrap();
    me.link(linked).unwrap();
    let monitor = me.monitor(linked).unwrap(); // told after the link, which is older
    me.unlink(linked).unwrap();
    me.send(linked, "go").unwrap();
    assert_eq!(expect_down(&me, monitor).as_i64(), Some(1));
    me.checkpoint().unwrap();
}

// S-MON-2, S-MON-6, S-MON-7
#[test]
fn a_monitor_tells_once_or_not_at_all() {
    let me = attach();
    let monitor = me.monitor(dead_process(&me)).unwrap();
    assert_eq!(expect_down(&me, monitor), Atom::new("noproc"));

    let (victim, watched) = me.spawn_monitor(|_, _| {}).unwrap();
    let monitor = me.monitor(victim).unwrap();
    assert!(me.demonitor(monitor, Flush::No).unwrap());
    assert!(!me.demonitor(monitor, Flush::Yes).unwrap());
    me.exit_signal(victim, "over").unwrap();
    assert_eq!(expect_down(&me, watched).as_str(), Some("over"));
    expect_nothing(&me);
}

// S-MON-3, S-NAME-1, S-NAME-2, S-NAME-5
#[test]
fn a_name_stands_for_its_holder() {
    let me = attach();
    let name = Atom::new("rust_test_named");
    assert_eq!(resprout::whereis(name), None);
    assert_eq!(me.send(name, 1), Err(Error::NoName));
    assert_eq!(resprout::unregister(name), Err(Error::NoName));

    let holder = me.spawn(|_, _| Next::Stop).unwrap();
    resprout::register(name, holder).unwrap();
    assert_eq!(resprout::whereis(name), Some(holder));
    assert_eq!(me.register(name, me.pid()), Err(Error::NameTaken));
    assert_eq!(me.register("rust_test_named_twice", holder), Err(Error::HasName));

    let monitor = me.monitor(name).unwrap();
    me.send("rust_test_named", "stop").unwrap();
    match receive(&me) {
        Message::Down { monitor: fired, name: watched, pid, reason, .. } => {
            assert_eq!((fired, watched, pid), (monitor, Some(name), holder));
            assert_eq!(reason, Atom::new("normal"));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(resprout::whereis(name), None); // S-PROC-8
}

// S-ALIAS-1..3
#[test]
fn an_alias_works_until_it_is_off() {
    let me = attach();
    let alias = me.alias(Alias::Explicit).unwrap();
    resprout::send(alias, 1).unwrap();
    match receive(&me) {
        Message::Term { alias: through, term, .. } => {
            assert_eq!((through, term.as_i64()), (Some(alias), Some(1)));
        }
        other => panic!("{other:?}"),
    }
    assert!(me.unalias(alias).unwrap());
    assert!(!me.unalias(alias).unwrap());
    resprout::send(alias, 2).unwrap();

    let once = me.alias(Alias::Reply).unwrap();
    resprout::send(once, 3).unwrap();
    resprout::send(once, 4).unwrap();
    assert_eq!(expect_term(&me).as_i64(), Some(3));
    expect_nothing(&me);
}

// S-ALIAS-4
#[test]
fn a_monitor_can_be_an_alias() {
    let me = attach();
    let (victim, _) = me.spawn_monitor(|_, _| {}).unwrap();
    let monitor = me.monitor_with(victim, &MonitorOptions::new().alias(Alias::Reply)).unwrap();
    resprout::send(monitor, "instead").unwrap();
    assert_eq!(expect_term(&me).as_str(), Some("instead"));
    me.exit_signal(victim, "over").unwrap();
    assert!(matches!(receive(&me), Message::Down { monitor: fired, .. } if fired != monitor));
    expect_nothing(&me);
}
