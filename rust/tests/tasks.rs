//! Tasks, under supervisors and in streams.

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::Duration;

use common::*;
use resprout::prelude::*;
use resprout::{OnTimeout, Task, TaskStream, TaskSupervisor};

const PATIENCE: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_millis(10);

/// Waits for ever, as far as a worker may: it is told to end by a signal.
fn never(context: &Context) -> Result<i64, Exception> {
    loop {
        context.blocking(|| std::thread::sleep(Duration::from_millis(1)))?;
        context.checkpoint()?;
    }
}

fn reason_of<T>(outcome: Result<T, CallError>) -> Term {
    match outcome {
        Err(CallError::Exited(reason)) => reason,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it has a value"),
    }
}

// S-TASK-2
#[test]
fn a_task_is_awaited_and_leaves_nothing_behind() {
    let me = attach();
    let task = Task::async_(&me, |_| Ok(vec![1, 2, 3])).unwrap();
    assert_eq!(task.await_(&me, PATIENCE).unwrap(), [1, 2, 3]);
    assert_eq!(task.await_(&me, PATIENCE), Err(CallError::Refused(Error::BadArgument)));
    expect_nothing(&me);
}

// S-TASK-3, S-TASK-5
#[test]
fn await_gives_up_and_shutdown_stops() {
    let me = attach();
    let task = Task::async_(&me, never).unwrap();
    assert_eq!(task.yield_(&me, SHORT), Ok(None));
    assert_eq!(task.shutdown(&me, Shutdown::Timeout(PATIENCE)), Ok(None));
    let late = Task::async_(&me, never).unwrap();
    assert!(matches!(late.await_(&me, SHORT), Err(CallError::Timeout(_))));
    assert!(me.is_alive(late.pid()).unwrap());
    me.unlink(late.pid()).unwrap();
    me.exit_signal(late.pid(), "kill").unwrap();
    let done = Task::async_(&me, |_| Ok(7)).unwrap();
    me.monitor(done.pid()).unwrap();
    let _ = me.receive_matching(PATIENCE, |message| message.reference() != Some(done.reference())).unwrap();
    assert_eq!(done.shutdown(&me, Shutdown::BrutalKill), Ok(Some(7)));
    expect_nothing(&me);
}

// S-TASK-3, S-TASK-7
#[test]
fn a_task_that_fails_says_why() {
    let me = attach();
    me.trap_exit(true).unwrap();
    let exits = Task::<i64>::async_(&me, |_| Err(Exception::exit("boo"))).unwrap();
    assert_eq!(reason_of(exits.await_(&me, PATIENCE)).element(0).unwrap().as_str(), Some("boo"));
    let panics = Task::<i64>::async_(&me, |_| panic!("at the disco")).unwrap();
    let reason = reason_of(panics.yield_(&me, PATIENCE));
    assert!(reason.to_string().contains("at the disco"), "{reason}");
    for _ in 0..2 {
        assert!(matches!(me.receive().unwrap(), Message::Exit { .. }));
    }
    expect_nothing(&me);
}

// S-TASK-9
#[test]
fn another_process_may_do_nothing_with_a_task() {
    let me = attach();
    let task = Task::async_(&me, never).unwrap();
    std::thread::spawn(move || {
        let other = attach();
        let refused = CallError::Refused(Error::NotOwner);
        assert_eq!(task.await_(&other, PATIENCE), Err(refused.clone()));
        assert_eq!(task.yield_(&other, PATIENCE), Err(refused.clone()));
        assert_eq!(task.shutdown(&other, Shutdown::BrutalKill), Err(refused.clone()));
        assert_eq!(task.ignore(&other), Err(refused));
    })
    .join()
    .unwrap();
    assert_eq!(task.ignore(&me), Ok(None));
    me.exit_signal(task.pid(), "kill").unwrap();
}

// S-TASK-8
#[test]
fn without_a_link_a_crash_is_an_outcome_and_nothing_else() {
    let me = attach();
    let tasks = TaskSupervisor::start_link().unwrap();
    let task = tasks.async_nolink::<i64>(&me, |_| Err(Exception::exit("boo"))).unwrap();
    assert_eq!(reason_of(task.yield_(&me, PATIENCE)).as_str(), Some("boo"));
    assert_eq!(tasks.async_(&me, |_| Ok(42)).unwrap().await_(&me, PATIENCE), Ok(42));
    expect_nothing(&me);
    let full = Supervisor::dynamic().max_children(1).start_link().unwrap();
    let runs = TaskSupervisor::of(full).async_nolink(&me, never).unwrap();
    let refused = TaskSupervisor::of(full).async_nolink(&me, never).unwrap_err();
    assert_eq!(refused, StartError::Failed(Term::atom("max_children")));
    assert_eq!(runs.shutdown(&me, Shutdown::BrutalKill), Ok(None));
}

// S-TASK-7, S-SUP-5
#[test]
fn a_task_is_a_temporary_child() {
    let me = attach();
    let runs = Arc::new(AtomicUsize::new(0));
    let count = |runs: &Arc<AtomicUsize>| {
        let runs = Arc::clone(runs);
        Start::task(move |_| Ok(runs.fetch_add(1, Ordering::SeqCst)))
    };
    let tree = Supervisor::one_for_one().start_link().unwrap();
    me.start_child(tree, ChildSpec::from(count(&runs)).id("once")).unwrap();
    let again = ChildSpec::from(Start::task(never)).id("again").restart(Restart::Permanent);
    let first = me.start_child(tree, again).unwrap().unwrap();
    let watch = me.monitor(first).unwrap();
    me.exit_signal(first, "kill").unwrap();
    assert!(matches!(me.receive().unwrap(), Message::Down { monitor, .. } if monitor == watch));
    while me.count_children(tree).unwrap().specs != 1 {
        std::thread::yield_now(); // the supervisor has not heard of the end of "once" yet
    }
    let ids: Vec<Term> = me.which_children(tree).unwrap().into_iter().map(|child| child.id).collect();
    assert_eq!(ids, [Term::from("again")]);
    assert_eq!(runs.load(Ordering::SeqCst), 1);
}

// S-TASK-11, S-TASK-13
#[test]
fn a_stream_gives_results_in_order_and_crashes_as_results() {
    let me = attach();
    let results: Vec<_> = TaskStream::async_stream(&me, 1..=3, |_, number: i64| {
        if number == 2 {
            return Err(Exception::exit("boo"));
        }
        Ok(number)
    })
    .nolink()
    .collect();
    assert_eq!(results, [Ok(1), Err(CallError::Exited("boo".into())), Ok(3)]);
    let tasks = TaskSupervisor::start_link().unwrap();
    let squares = TaskStream::async_stream(&me, 0..100u64, |_, n| Ok(n * n)).under(tasks).ordered(false);
    assert_eq!(squares.max_concurrency(8).sum::<Result<u64, _>>(), Ok(328_350));
    expect_nothing(&me);
}

// S-TASK-10, S-TASK-15
#[test]
fn items_are_taken_as_results_are_and_a_drop_stops_the_tasks() {
    let me = attach();
    let taken = std::cell::Cell::new(0);
    let items = std::iter::repeat_with(|| taken.set(taken.get() + 1));
    let mut stream = TaskStream::async_stream(&me, items, |_, ()| Ok(())).max_concurrency(3).ordered(false);
    assert_eq!(taken.get(), 0);
    for number in 1..=3 {
        assert_eq!(stream.next(), Some(Ok(())));
        assert_eq!(taken.get(), number + 2);
    }
    drop(stream);
    expect_nothing(&me);
}

// S-TASK-12
#[test]
fn a_task_that_takes_too_long_is_killed_or_ends_the_stream() {
    let me = attach();
    let work = |context: &Context, number: i64| if number == 1 { never(context) } else { Ok(number) };
    let killed = TaskStream::async_stream(&me, [1, 2], work).timeout(SHORT, OnTimeout::KillTask);
    let results: Vec<_> = killed.max_concurrency(2).collect();
    assert_eq!(results, [Err(CallError::Exited(Term::atom("timeout"))), Ok(2)]);
    let mut failing = TaskStream::async_stream(&me, [1], work).timeout(SHORT, OnTimeout::Exit);
    assert!(matches!(failing.next(), Some(Err(CallError::Timeout(_)))));
    assert_eq!(failing.next(), None);
    expect_nothing(&me);
}
