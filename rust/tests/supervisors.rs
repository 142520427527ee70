//! Supervised trees of Rust functions and servers.

mod common;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::Arc;
use std::time::Duration;

use common::children::*;
use common::*;
use resprout::prelude::*;
use resprout::{ChildInfo, Start};

// S-SUP-10, S-SUP-16, S-SUP-22, S-SUP-29
#[test]
fn children_start_in_order_and_the_one_that_dies_is_restarted_alone() {
    let me = attach();
    let supervisor =
        Supervisor::one_for_one().child(fragile(&me, "a")).child(fragile(&me, "b")).start_link().unwrap();
    let (a, b) = (expect_start(&me, "a"), expect_start(&me, "b"));
    let gone = me.monitor(a).unwrap();
    me.send(a, "crash").unwrap();
    assert_eq!(expect_down(&me, gone).as_str(), Some("crash"));
    let again = expect_start(&me, "a");
    assert_ne!(again, a);

    let children = me.which_children(supervisor).unwrap();
    let ids: Vec<(Option<&str>, Option<Pid>)> =
        children.iter().map(|child: &ChildInfo| (child.id.as_str(), child.pid)).collect();
    assert_eq!(ids, [(Some("a"), Some(again)), (Some("b"), Some(b))]);
    assert!(children.iter().all(|child| !child.is_supervisor && !child.is_restarting));

    let (end_a, end_b) = (me.monitor(again).unwrap(), me.monitor(b).unwrap());
    stop(&me, supervisor);
    assert_eq!(expect_down(&me, end_b), Atom::new("shutdown"));
    assert_eq!(expect_down(&me, end_a), Atom::new("shutdown"));
    expect_nothing(&me);
}

// S-SUP-14: a restart begins clean
#[test]
fn each_start_of_a_function_begins_clean() {
    let me = attach();
    let starts = Arc::new(AtomicU32::new(0));
    let counter = ChildSpec::function("counter", {
        let starts = Arc::clone(&starts);
        move || {
            starts.fetch_add(1, Ordering::SeqCst);
            let mut count = 0;
            move |_: &Context, message| -> Result<(), Exception> {
                if let Message::Call { from, request } = message {
                    count += request.to::<i32>().expect("a number");
                    from.reply(count)?;
                }
                Ok(())
            }
        }
    });
    let supervisor = Supervisor::one_for_one().child(counter.name("rust_test_counter")).start_link().unwrap();
    for expected in 1..=3 {
        assert_eq!(me.call("rust_test_counter", 1).unwrap().to(), Some(expected));
    }
    let old = resprout::whereis("rust_test_counter").unwrap();
    me.call("rust_test_counter", "not a number").unwrap_err();
    let fresh = loop {
        match me.which_children(supervisor).unwrap()[0].pid {
            Some(pid) if pid != old => break pid,
            _ => std::thread::yield_now(),
        }
    };
    assert_eq!(resprout::whereis("rust_test_counter"), Some(fresh));
    assert_eq!(me.call(fresh, 1).unwrap().to(), Some(1));
    assert_eq!(starts.load(Ordering::SeqCst), 2);
    stop(&me, supervisor);
}

// S-SUP-17, S-SUP-18
#[test]
fn who_is_restarted_depends_on_the_child() {
    let me = attach();
    let supervisor = Supervisor::one_for_one()
        .child(fragile(&me, "transient").restart(Restart::Transient))
        .child(fragile(&me, "temporary").restart(Restart::Temporary))
        .start_link()
        .unwrap();
    let (transient, temporary) = (expect_start(&me, "transient"), expect_start(&me, "temporary"));
    let (first, second) = (me.monitor(transient).unwrap(), me.monitor(temporary).unwrap());
    me.send(transient, Atom::new("shutdown")).unwrap();
    expect_down(&me, first);
    me.send(temporary, "crash").unwrap();
    expect_down(&me, second);
    let children = me.which_children(supervisor).unwrap();
    assert_eq!(children.len(), 1);
    assert_eq!((children[0].id.as_str(), children[0].pid), (Some("transient"), None));
    expect_nothing(&me);
    stop(&me, supervisor);
}

// S-SUP-20: case 308
#[test]
fn a_supervisor_gives_up_when_restarts_do_not_help() {
    let me = attach();
    me.trap_exit(true).unwrap();
    let supervisor = Supervisor::one_for_one().child(fragile(&me, "a")).start_link().unwrap();
    for _ in 0..4 {
        let pid = expect_start(&me, "a");
        me.send(pid, "crash").unwrap();
    }
    assert_eq!(expect_exit(&me, supervisor), Atom::new("shutdown"));

    let patient = Supervisor::one_for_one().max_restarts(10, Duration::from_secs(5)).child(fragile(&me, "a"));
    let supervisor = patient.start_link().unwrap();
    for _ in 0..4 {
        let pid = expect_start(&me, "a");
        me.send(pid, "crash").unwrap();
    }
    expect_start(&me, "a");
    stop(&me, supervisor);
    assert_eq!(expect_exit(&me, supervisor), Atom::new("normal"));
}

// S-SUP-11
#[test]
fn a_child_that_does_not_start_makes_the_start_fail() {
    struct Never;
    impl GenServer for Never {
        type Args = ();

        fn init(_: &Context, (): &()) -> Result<Init<Self>, Exception> {
            panic!("never")
        }

        fn handle_info(&mut self, _: &Context, _: Message) -> Result<Flow<Self>, Exception> {
            Ok(Flow::go_on())
        }
    }

    let me = attach();
    let tree = Supervisor::one_for_one().child(fragile(&me, "a")).child(ChildSpec::server::<Never>(()));
    let Err(StartError::Failed(reason)) = tree.start() else { panic!("it started") };
    let (shutdown, (failed, id, reason)): (Atom, (Atom, Term, Term)) = reason.to().unwrap();
    assert_eq!((shutdown.name(), failed.name()), ("shutdown", "failed_to_start_child"));
    assert!(id.to_string().contains("Never"), "{id}"); // S-SUP-4: the type's name
    assert_eq!(exception_of(&reason).2, "never");
    let first = expect_start(&me, "a");
    assert!(!me.is_alive(first).unwrap());
}

// S-SUP-8
#[test]
fn a_malformed_specification_names_the_field() {
    let me = attach();
    let twice = Supervisor::one_for_one().child(fragile(&me, "a")).child(fragile(&me, "a"));
    let Err(StartError::BadSpec(what)) = twice.start() else { panic!("it started") };
    assert!(what.to_string().contains("duplicate_child_name"), "{what}");

    let never = Supervisor::one_for_one().max_restarts(3, Duration::ZERO);
    let Err(StartError::BadSpec(what)) = never.start() else { panic!("it started") };
    assert!(what.to_string().contains("period"), "{what}");
    expect_nothing(&me);
}

// S-SUP-6, S-SUP-7: case 311
#[test]
fn a_type_says_how_it_is_treated_and_a_child_may_say_otherwise() {
    struct OneShot;
    impl GenServer for OneShot {
        type Args = Pid;
        const RESTART: Restart = Restart::Temporary;

        fn init(context: &Context, test: &Pid) -> Result<Init<Self>, Exception> {
            context.send(*test, ("one shot", context.pid()))?;
            Ok(Init::Ready(OneShot))
        }

        fn handle_info(&mut self, _: &Context, _: Message) -> Result<Flow<Self>, Exception> {
            Ok(Flow::stop(Atom::new("normal")))
        }
    }

    let me = attach();
    let supervisor =
        Supervisor::one_for_one().child(ChildSpec::server::<OneShot>(me.pid())).start_link().unwrap();
    let pid = expect_start(&me, "one shot");
    let end = me.monitor(pid).unwrap();
    me.send(pid, "shoot").unwrap();
    expect_down(&me, end);
    assert_eq!(me.which_children(supervisor).unwrap(), []);

    let spec = ChildSpec::server::<OneShot>(me.pid()).restart(Restart::Permanent);
    let pid = me.start_child(supervisor, spec).unwrap().expect("it runs");
    assert_eq!(expect_start(&me, "one shot"), pid);
    me.send(pid, "shoot").unwrap();
    assert_ne!(expect_start(&me, "one shot"), pid);
    stop(&me, supervisor);
}

// S-SUP-34
#[test]
fn children_are_added_while_it_runs() {
    let me = attach();
    let supervisor = Supervisor::one_for_one().child(fragile(&me, "a")).start_link().unwrap();
    let a = expect_start(&me, "a");
    let b = me.start_child(supervisor, fragile(&me, "b")).unwrap();
    assert_eq!(Some(expect_start(&me, "b")), b);
    let again = me.start_child(supervisor, fragile(&me, "a")).unwrap_err();
    assert_eq!(again, StartError::Failed((Atom::new("already_started"), a).into()));
    stop(&me, supervisor);
}

// S-SUP-32, S-SUP-31
#[test]
fn a_tree_of_supervisors_stops_from_the_leaves() {
    let me = attach();
    let inner = Supervisor::one_for_one().child(fragile(&me, "leaf")).name("rust_test_inner");
    let root = Supervisor::one_for_one()
        .child(fragile(&me, "first"))
        .child(ChildSpec::from(inner).id("inner"))
        .start_link()
        .unwrap();
    let (first, leaf) = (expect_start(&me, "first"), expect_start(&me, "leaf"));
    let inner = resprout::whereis("rust_test_inner").unwrap();
    let children = me.which_children(root).unwrap();
    assert_eq!((children[1].pid, children[1].is_supervisor), (Some(inner), true));

    me.exit_signal(inner, Atom::new("kill")).unwrap();
    let restarted = expect_start(&me, "leaf");
    assert_ne!(restarted, leaf);

    let ends = [me.monitor(restarted), me.monitor(first)].map(Result::unwrap);
    stop(&me, root);
    for end in ends {
        assert_eq!(expect_down(&me, end), Atom::new("shutdown"));
    }
}

// S-SUP-15: case 310
#[test]
fn a_callback_makes_the_children_before_each_start() {
    let me = attach();
    let test = me.pid();
    let runs = AtomicU32::new(0);
    let callback = Supervisor::with_init(move |context| {
        let run = runs.fetch_add(1, Ordering::SeqCst);
        context.send(test, ("init", run))?;
        let tell = move || {
            move |_: &Context, message| -> Result<(), Exception> {
                if let Message::Call { from, .. } = message {
                    from.reply(run)?;
                }
                Ok(())
            }
        };
        Ok(Supervisor::one_for_one().child(ChildSpec::function("child", tell).name("rust_test_run")))
    });
    let root = Supervisor::one_for_one()
        .child(ChildSpec::from(callback.name("rust_test_callback")).id("callback"))
        .start_link()
        .unwrap();
    assert_eq!(expect_term(&me).to(), Some((String::from("init"), 0)));
    assert_eq!(me.call("rust_test_run", "which?").unwrap().to(), Some(0));

    me.stop(resprout::whereis("rust_test_callback").unwrap(), "once more", PATIENCE).unwrap();
    assert_eq!(expect_term(&me).to(), Some((String::from("init"), 1)));
    stop(&me, root);

    // Several inits of one callback at once, in as many processes.
    let inner = Supervisor::with_init(move |_| {
        let idle = || |_: &Context, _: Message| {};
        Ok(Supervisor::one_for_one().child(ChildSpec::function("idle", idle)))
    });
    let partitions = resprout::PartitionSupervisor::new("rust_test_callbacks");
    let root = partitions.of(inner).partitions(8).start_link().unwrap();
    for key in 0..8 {
        let partition = partitions.whereis(key).unwrap();
        assert_eq!(me.which_children(partition.unwrap()).unwrap().len(), 1);
    }
    stop(&me, root);

    let failing = Supervisor::with_init(|_| panic!("no children today"));
    let Err(StartError::Failed(reason)) = failing.start() else { panic!("it started") };
    assert!(reason.to_string().contains("no children today"), "{reason}");
}

#[test]
fn a_library_that_is_not_there_makes_the_start_fail() {
    let _me = attach();
    let missing = || Start::library("./no_such_library.so", "entry").unwrap().args(("some", 1));
    assert!(matches!(missing().start(), Err(StartError::Library(_))));
    let tree = Supervisor::one_for_one().child(ChildSpec::from(missing()).id("native"));
    let Err(StartError::Failed(reason)) = tree.start() else { panic!("it started") };
    assert!(reason.to_string().contains("no_such_library"), "{reason}");
}

#[test]
fn who_was_told_of_a_crash_waits_for_the_new_one_and_meets_no_other() {
    let me = attach();
    let echo = ChildSpec::function("phoenix", || {
        |_: &Context, message| -> Result<(), Exception> {
            if let Message::Call { from, request } = message {
                from.reply(request.to::<i64>().ok_or_else(|| Exception::error("no number"))?)?;
            }
            Ok(())
        }
    });
    let tree = Supervisor::one_for_one()
        .max_restarts(100, PATIENCE)
        .child(echo.name("rust_test_phoenix"))
        .start_link()
        .unwrap();
    me.send(me.pid(), "a message that stays").unwrap();
    for _ in 0..50 {
        let former = resprout::whereis("rust_test_phoenix").unwrap();
        me.call("rust_test_phoenix", "not a number").unwrap_err();
        assert_ne!(me.wait_for_name("rust_test_phoenix", PATIENCE).unwrap(), former);
    }
    assert_eq!(me.wait_for_name("rust_test_nobody", Duration::from_millis(5)), Err(Error::Timeout));
    assert_eq!(expect_term(&me).as_str(), Some("a message that stays"));
    stop(&me, tree);
}
