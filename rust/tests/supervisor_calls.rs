//! What is asked of a supervisor about its children.

mod common;

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use common::children::*;
use common::*;
use resprout::prelude::*;
use resprout::{ChildCounts, ChildError, Start};

fn failed(reason: &str) -> ChildError {
    ChildError::Failed(Term::atom(reason))
}

fn start_failed(reason: &str) -> StartError {
    StartError::Failed(Term::atom(reason))
}

fn start_two(me: &Process) -> (Pid, Pid, Pid) {
    let supervisor =
        Supervisor::one_for_one().child(fragile(me, "a")).child(fragile(me, "b")).start_link().unwrap();
    (supervisor, expect_start(me, "a"), expect_start(me, "b"))
}

/// What a start of [`Moody`] does.
enum Mood {
    Up,
    Fail,
    Decline,
}

/// Its start goes as the test says, by how many there were before, and it dies of every message.
struct Moody;

struct MoodyArgs {
    starts: AtomicU32,
    mood: Box<dyn Fn(u32) -> Mood + Send + Sync>,
}

impl GenServer for Moody {
    type Args = MoodyArgs;

    fn init(_: &Context, args: &MoodyArgs) -> Result<Init<Self>, Exception> {
        match (args.mood)(args.starts.fetch_add(1, Ordering::SeqCst)) {
            Mood::Up => Ok(Init::Ready(Self)),
            Mood::Fail => Err(Exception::exit(Atom::new("nope"))),
            Mood::Decline => Ok(Init::Ignore),
        }
    }

    fn handle_info(&mut self, _: &Context, _: Message) -> Result<Flow<Self>, Exception> {
        Err(Exception::exit(Atom::new("boom")))
    }
}

fn moody(mood: impl Fn(u32) -> Mood + Send + Sync + 'static) -> ChildSpec {
    let args = MoodyArgs { starts: AtomicU32::new(0), mood: Box::new(mood) };
    ChildSpec::server::<Moody>(args).id("moody")
}

// S-SUP-35, S-SUP-36, S-SUP-38: case 228, case 229
#[test]
fn a_child_that_is_terminated_stays_listed_and_is_started_again_on_request() {
    let me = attach();
    let (supervisor, a, b) = start_two(&me);
    for _ in 0..3 {
        assert_eq!(me.terminate_child(supervisor, "a"), Ok(()));
        assert!(!me.is_alive(a).unwrap());
    }
    expect_nothing(&me);
    assert_eq!(children(&me, supervisor), [("a".to_owned(), None), ("b".to_owned(), Some(b))]);

    let again = me.restart_child(supervisor, "a").unwrap();
    assert_eq!(again, Some(expect_start(&me, "a")));
    assert_ne!(again, Some(a));
    assert_eq!(children(&me, supervisor), [("a".to_owned(), again), ("b".to_owned(), Some(b))]);
    stop(&me, supervisor);
}

// S-SUP-35: case 229
#[test]
fn a_temporary_child_that_is_terminated_is_gone() {
    let me = attach();
    let only = fragile(&me, "a").restart(Restart::Temporary);
    let supervisor = Supervisor::one_for_one().child(only).start_link().unwrap();
    expect_start(&me, "a");
    assert_eq!(me.terminate_child(supervisor, "a"), Ok(()));
    assert_eq!(children(&me, supervisor), []);
    assert_eq!(me.terminate_child(supervisor, "a"), Err(failed("not_found")));
    stop(&me, supervisor);
}

// S-SUP-36, S-SUP-37: case 226
#[test]
fn one_that_runs_is_neither_started_again_nor_deleted() {
    let me = attach();
    let (supervisor, a, b) = start_two(&me);
    assert_eq!(me.restart_child(supervisor, "a"), Err(start_failed("running")));
    assert_eq!(me.delete_child(supervisor, "a"), Err(failed("running")));
    assert_eq!(children(&me, supervisor), [("a".to_owned(), Some(a)), ("b".to_owned(), Some(b))]);
    stop(&me, supervisor);
}

// S-SUP-26, S-SUP-35..37: case 229
#[test]
fn one_that_is_restarting_can_only_be_terminated() {
    let me = attach();
    let test = me.pid();
    let reluctant = moody(move |start| match start {
        0 => Mood::Up,
        1 => {
            resprout::send(test, "failed").unwrap();
            Mood::Fail
        }
        _ => Mood::Fail,
    });
    let patient = Supervisor::one_for_one().max_restarts(u32::MAX, Duration::from_secs(1));
    let supervisor = patient.child(reluctant).start_link().unwrap();
    me.send(children(&me, supervisor)[0].1.unwrap(), "crash").unwrap();
    assert_eq!(expect_term(&me).as_str(), Some("failed"));
    assert!(me.which_children(supervisor).unwrap()[0].is_restarting);
    assert_eq!(me.restart_child(supervisor, "moody"), Err(start_failed("restarting")));
    assert_eq!(me.delete_child(supervisor, "moody"), Err(failed("restarting")));

    assert_eq!(me.terminate_child(supervisor, "moody"), Ok(()));
    let given_up = &me.which_children(supervisor).unwrap()[0];
    assert!(given_up.pid.is_none() && !given_up.is_restarting);
    stop(&me, supervisor);
}

// S-SUP-35..37, S-SUP-40: case 227
#[test]
fn of_a_child_that_there_is_not_each_call_says_so() {
    let me = attach();
    let (supervisor, ..) = start_two(&me);
    assert_eq!(me.terminate_child(supervisor, "x"), Err(failed("not_found")));
    assert_eq!(me.restart_child(supervisor, "x"), Err(start_failed("not_found")));
    assert_eq!(me.delete_child(supervisor, "x"), Err(failed("not_found")));
    assert_eq!(me.get_childspec(supervisor, "x"), Err(failed("not_found")));
    let text = failed("not_found").to_string();
    assert_eq!(text, "the call about a child failed: not_found");
    stop(&me, supervisor);
}

// S-SUP-36: case 229
#[test]
fn a_start_that_fails_or_is_declined_leaves_it_stopped() {
    let me = attach();
    let child = moody(|start| match start {
        1 => Mood::Fail,
        2 => Mood::Decline,
        _ => Mood::Up,
    });
    let supervisor = Supervisor::one_for_one().max_restarts(0, PATIENCE).child(child).start_link().unwrap();
    me.terminate_child(supervisor, "moody").unwrap();
    let stopped = [("moody".to_owned(), None)];
    assert_eq!(me.restart_child(supervisor, "moody"), Err(start_failed("nope")));
    assert_eq!(children(&me, supervisor), stopped);
    assert_eq!(me.restart_child(supervisor, "moody"), Ok(None));
    assert_eq!(children(&me, supervisor), stopped);
    let at_last = me.restart_child(supervisor, "moody").unwrap();
    assert!(me.is_alive(at_last.expect("a process")).unwrap());
    stop(&me, supervisor);
}

// S-SUP-34, S-SUP-37: case 225, case 229
#[test]
fn one_that_is_deleted_is_forgotten_and_its_id_free() {
    let me = attach();
    let (supervisor, _, b) = start_two(&me);
    me.terminate_child(supervisor, "a").unwrap();
    let refused = me.start_child(supervisor, fragile(&me, "a"));
    assert_eq!(refused, Err(start_failed("already_present")));
    assert_eq!(me.delete_child(supervisor, "a"), Ok(()));
    assert_eq!(children(&me, supervisor), [("b".to_owned(), Some(b))]);

    let a = me.start_child(supervisor, fragile(&me, "a")).unwrap();
    assert_eq!(children(&me, supervisor), [("b".to_owned(), Some(b)), ("a".to_owned(), a)]);
    stop(&me, supervisor);
}

// S-SUP-39: case 231
#[test]
fn children_are_counted_with_and_without_a_process() {
    fn numbers(counts: ChildCounts) -> [usize; 4] {
        [counts.specs, counts.active, counts.supervisors, counts.workers]
    }

    let me = attach();
    let (supervisor, ..) = start_two(&me);
    me.terminate_child(supervisor, "a").unwrap();
    assert_eq!(numbers(me.count_children(supervisor).unwrap()), [2, 1, 0, 2]);
    me.start_child(supervisor, ChildSpec::from(Supervisor::one_for_one()).id("inner")).unwrap();
    assert_eq!(numbers(me.count_children(supervisor).unwrap()), [3, 2, 1, 2]);
    stop(&me, supervisor);
}

// S-SUP-4..7, S-SUP-40: case 234
#[test]
fn a_specification_comes_with_its_defaults() {
    let me = attach();
    let server = fragile(&me, "a");
    let inner = ChildSpec::from(Supervisor::rest_for_one())
        .id(7)
        .restart(Restart::Temporary)
        .shutdown(Shutdown::BrutalKill);
    let supervisor = Supervisor::one_for_one().child(server).child(inner).start_link().unwrap();
    let a = expect_start(&me, "a");

    let by_id = me.get_childspec(supervisor, "a").unwrap();
    assert_eq!(me.get_childspec(supervisor, a), Ok(by_id.clone()));
    assert_eq!(by_id.get(Atom::new("id")), Some("a".into()));
    assert_eq!(by_id.get(Atom::new("restart")), Some(Term::atom("permanent")));
    assert_eq!(by_id.get(Atom::new("shutdown")), Some(5000.into()));
    assert_eq!(by_id.get(Atom::new("type")), Some(Term::atom("worker")));
    let module = by_id.get(Atom::new("module")).unwrap();
    assert!(module.to_string().contains("Fragile"), "{module}");
    assert_eq!(by_id.get(Atom::new("start")).unwrap().element(0), Some(module));

    let inner = me.get_childspec(supervisor, 7).unwrap();
    assert_eq!(inner.get(Atom::new("restart")), Some(Term::atom("temporary")));
    assert_eq!(inner.get(Atom::new("shutdown")), Some(Term::atom("brutal_kill")));
    assert_eq!(inner.get(Atom::new("type")), Some(Term::atom("supervisor")));
    stop(&me, supervisor);
}

#[test]
fn calls_to_what_is_no_supervisor_fail() {
    let me = attach();
    let dead = dead_process(&me);
    let reason_of = |error| match error {
        ChildError::Failed(reason) => reason.element(0).expect("a call's failure"),
        other => panic!("{other:?}"),
    };
    assert_eq!(reason_of(me.terminate_child(dead, "a").unwrap_err()), Atom::new("noproc"));
    assert_eq!(reason_of(me.delete_child(dead, "a").unwrap_err()), Atom::new("noproc"));
    assert_eq!(reason_of(me.get_childspec(dead, "a").unwrap_err()), Atom::new("noproc"));
    let Err(StartError::Failed(reason)) = me.restart_child(dead, "a") else { panic!("it started") };
    assert_eq!(reason.element(0).unwrap(), Atom::new("noproc"));
    assert_eq!(me.count_children(dead), Err(Error::Exited));

    let parrot = Start::function(|| {
        |_: &Context, message| -> Result<(), Exception> {
            if let Message::Call { from, request } = message {
                from.reply(request.into_term())?;
            }
            Ok(())
        }
    });
    let parrot = parrot.start_link().unwrap();
    assert_eq!(me.count_children(parrot), Err(Error::WrongType));
    assert_eq!(me.terminate_child(me.pid(), "a"), Err(ChildError::Refused(Error::CallingSelf)));
    me.stop(parrot, Atom::new("normal"), PATIENCE).unwrap();
}

// S-SUP-33, S-SUP-35, S-SUP-36
#[test]
fn who_must_not_wait_sends_the_requests() {
    let me = attach();
    let (supervisor, ..) = start_two(&me);
    let ask = |request: Term| {
        let sent = me.send_request(supervisor, request).unwrap();
        me.receive_response(sent, PATIENCE).unwrap().into_term()
    };
    let about = |request: &str, id: &str| ask((Atom::new(request), id).into());
    assert_eq!(about("terminate_child", "a"), Atom::new("ok"));
    let (ok, a): (Atom, Pid) = about("restart_child", "a").to().unwrap();
    assert_eq!((ok.name(), a), ("ok", expect_start(&me, "a")));
    let error = |reason| Some((Atom::new("error"), Atom::new(reason)));
    assert_eq!(about("delete_child", "a").to(), error("running"));
    assert_eq!(about("get_childspec", "x").to(), error("not_found"));
    assert_eq!(ask(Term::atom("count_children")).get(Atom::new("active")), Some(2.into()));
    assert_eq!(ask(Term::atom("which_children")).len(), Some(2));
    stop(&me, supervisor);
}

// S-SUP-8
#[test]
fn specifications_are_checked_and_stay_with_who_asks() {
    fn refused(children: &[ChildSpec]) -> String {
        match Supervisor::check_childspecs(children, AutoShutdown::Never) {
            Err(StartError::BadSpec(what)) => what.to_string(),
            other => panic!("{other:?}"),
        }
    }

    let me = attach();
    let (witness, drops) = Witness::new();
    let guarded = ChildSpec::function("guarded", move || {
        let _ = &witness;
        |_: &Context, _: Message| {}
    });
    let never = Supervisor::one_for_all().max_restarts(3, Duration::ZERO).child(fragile(&me, "leaf"));
    let mut specs =
        vec![guarded, ChildSpec::from(Supervisor::one_for_one().child(fragile(&me, "b"))).id("b")];
    assert_eq!(Supervisor::check_childspecs(&[], AutoShutdown::Never), Ok(()));
    assert_eq!(Supervisor::check_childspecs(&specs, AutoShutdown::Never), Ok(()));
    specs.push(ChildSpec::from(never).id("never"));
    assert_eq!(refused(&specs), "{start_spec,{supervisor_data,{invalid_period,0}}}");
    specs.pop();
    specs.push(fragile(&me, "b"));
    assert_eq!(refused(&specs), r#"{start_spec,{duplicate_child_name,"b"}}"#);
    specs.pop();
    drops.expect_none_so_far();
    expect_nothing(&me);

    let supervisor = specs.into_iter().fold(Supervisor::one_for_one(), Supervisor::child);
    let supervisor = supervisor.start_link().unwrap();
    expect_start(&me, "b");
    drops.expect_none_so_far();
    stop(&me, supervisor);
    drops.expect_one();
}
