//! Agents and partitions.

mod common;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::Arc;
use std::time::Duration;

use common::*;
use resprout::prelude::*;
use resprout::{Agent, CallError, Error, PartitionSupervisor, Registry, Start, StartError};

// case 273: S-AGT-2, S-AGT-3, S-AGT-4
#[test]
fn functions_read_and_change_the_value_in_their_order() {
    let me = attach();
    let agent = Agent::start(|| vec![1]).unwrap();
    assert_eq!(agent.get(&me, Vec::len), Ok(1));
    agent.update(&me, |values| values.push(2)).unwrap();
    agent.cast(|values| values.push(3)).unwrap();
    assert_eq!(agent.get_and_update(&me, Vec::pop), Ok(Some(3)));
    assert_eq!(agent.get(&me, Vec::clone), Ok(vec![1, 2]));
    let pid = agent.pid().unwrap();
    assert_eq!(Agent::<Vec<i32>>::at(pid).get(&me, Vec::len), Ok(2));
    agent.stop(&me, PATIENCE).unwrap();
    assert!(matches!(agent.get(&me, Vec::len), Err(CallError::Exited(_))));
    agent.cast(Vec::clear).unwrap();
}

// S-AGT-5
#[test]
fn a_panic_and_an_exception_end_the_agent_and_the_call() {
    let me = attach();
    let agent = Agent::start(|| 1).unwrap();
    let watch = me.monitor(agent.pid().unwrap()).unwrap();
    let failed = agent.update(&me, |_| panic!("out of paper")).unwrap_err();
    assert!(failed.to_string().contains("out of paper"), "{failed}");
    expect_down(&me, watch);
    let agent = Agent::start(|| 1).unwrap();
    let Err(CallError::Exited(reason)) = agent.get(&me, |_| -> i32 { resprout::exception::exit("why") })
    else {
        panic!("the agent should have ended")
    };
    assert_eq!(reason.element(0), Some(Term::from("why")));
}

/// Counts how often it is dropped.
struct Counted(Arc<AtomicU32>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

// S-AGT-7, S-AGT-8
#[test]
fn what_a_function_holds_is_dropped_once_whether_it_runs_or_not() {
    let me = attach();
    let drops = Arc::new(AtomicU32::new(0));
    let counted = || Counted(drops.clone());
    let of_value = counted();
    let value = std::sync::Mutex::new(Some(of_value));
    let agent = Agent::start(move || (value.lock().unwrap().take(), 0)).unwrap();
    let held = counted();
    agent
        .update(&me, move |(_, count)| {
            let _held = &held;
            *count += 1;
        })
        .unwrap();
    assert_eq!(drops.load(Ordering::SeqCst), 1);

    let (go, wait) = std::sync::mpsc::channel::<()>();
    agent.cast(move |_| wait.recv().unwrap()).unwrap();
    let held = counted();
    let late = agent.get_and_update_timeout(&me, Duration::from_millis(1), move |(_, count)| {
        let _held = &held;
        *count += 10;
    });
    assert!(matches!(late, Err(CallError::Timeout(_))));
    go.send(()).unwrap();
    assert_eq!(agent.get(&me, |(_, count)| *count), Ok(11));
    assert_eq!(drops.load(Ordering::SeqCst), 2);

    agent.stop(&me, PATIENCE).unwrap();
    assert_eq!(drops.load(Ordering::SeqCst), 3); // with the value
    let held = counted();
    agent.cast(move |_| drop(held)).unwrap();
    let held = counted();
    assert!(agent.update(&me, move |_| drop(held)).is_err());
    assert_eq!(drops.load(Ordering::SeqCst), 5);
}

/// Says what came of a message that it sent as it was dropped.
struct Speaks(Pid, std::sync::mpsc::Sender<resprout::Result<()>>);

impl Drop for Speaks {
    fn drop(&mut self) {
        let _ = self.1.send(resprout::send(self.0, "from the grave"));
    }
}

// S-AGT-8, S-RES-3
#[test]
fn a_value_that_is_dropped_has_no_say_any_more() {
    let me = attach();
    let (said, heard) = std::sync::mpsc::channel();
    let said = std::sync::Mutex::new(said);
    let own = me.pid();
    let agent = Agent::start(move || Speaks(own, said.lock().unwrap().clone())).unwrap();
    agent.stop(&me, PATIENCE).unwrap();
    assert_eq!(heard.recv().unwrap(), Err(Error::Exiting));
}

#[test]
fn an_agent_with_a_value_of_another_type_refuses_and_lives_on() {
    let me = attach();
    let agent = Agent::start(|| String::from("text")).unwrap();
    let other = Agent::<u32>::at(agent.pid().unwrap());
    assert_eq!(other.get(&me, |value| *value), Err(CallError::Refused(Error::BadArgument)));
    other.cast(|value| *value = 1).unwrap();
    assert_eq!(agent.get(&me, String::clone), Ok(String::from("text")));
    let odd = me.call(agent.pid().unwrap(), "what").unwrap().into_term();
    assert_eq!(odd, Term::tuple([Term::atom("error"), Term::atom("badarg")]));
    assert_eq!(agent.get(&me, String::len), Ok(4));
    let alias = Agent::<u32>::at(me.make_ref().unwrap());
    assert_eq!(alias.get(&me, |value| *value), Err(CallError::Refused(Error::BadArgument)));
}

// S-AGT-1, S-AGT-9
#[test]
fn as_a_child_it_begins_anew_after_a_restart() {
    let me = attach();
    let agent = ChildSpec::agent(|| 7_u8).name("rust_test_agent");
    let tree = Supervisor::one_for_one().child(agent).start().unwrap();
    let agent = Agent::<u8>::at("rust_test_agent");
    agent.update(&me, |value| *value = 9).unwrap();
    assert!(agent.update(&me, |_| panic!("no")).is_err());
    me.wait_for_name("rust_test_agent", PATIENCE).unwrap();
    assert_eq!(agent.get(&me, |value| *value), Ok(7));
    assert!(matches!(Agent::start(|| -> u8 { panic!("never") }), Err(StartError::Failed(_))));
    me.stop(tree, Atom::new("normal"), PATIENCE).unwrap();
}

// S-REG-12
#[test]
fn a_process_is_started_under_a_key() {
    let me = attach();
    let registry = Registry::new("rust_test_via");
    let tree = Supervisor::rest_for_one()
        .child(registry.unique())
        .child(ChildSpec::from(Start::agent(|| 1).via(registry, ("agent", 1))).id("first"))
        .start()
        .unwrap();
    let first = registry.whereis(("agent", 1)).unwrap().unwrap();
    assert_eq!(
        Start::agent(|| 1).via(registry, ("agent", 1)).start(),
        Err(StartError::AlreadyStarted(first))
    );
    let second = Start::agent(|| 2).via(registry, ("agent", 2)).start().unwrap();
    assert_eq!(registry.whereis(("agent", 2)), Ok(Some(second)));
    let watch = me.monitor(first).unwrap();
    me.exit_signal(first, Atom::new("kill")).unwrap();
    expect_down(&me, watch);
    assert_ne!(registry.whereis(("agent", 1)), Ok(Some(first)));
    let nowhere = Start::agent(|| 1).via(Registry::new("rust_test_no_registry"), 1).start();
    assert!(
        matches!(nowhere, Err(StartError::Failed(reason)) if reason.element(0) == Some(Term::atom("noproc")))
    );
    me.stop(tree, Atom::new("normal"), PATIENCE).unwrap();
}

// case 280: S-PART-1, S-PART-2, S-PART-3
#[test]
fn a_key_belongs_to_one_partition() {
    let me = attach();
    let pool = PartitionSupervisor::new("rust_test_pool");
    assert_eq!(pool.count(), Err(Error::NoName));
    let echo = || {
        ChildSpec::function("echo", || {
            |context: &Context, message| {
                if let Message::Call { from, .. } = message {
                    from.reply(context.pid()).unwrap();
                }
            }
        })
    };
    let tree = pool.of(echo()).partitions(3).start().unwrap();
    assert_eq!(pool.count(), Ok(3));
    let ids: Vec<Term> = me.which_children(tree).unwrap().into_iter().map(|child| child.id).collect();
    assert_eq!(ids, [0, 1, 2].map(Term::from));
    assert_eq!(pool.whereis(1), pool.whereis(4));
    assert_eq!(pool.whereis(-1), pool.whereis(1));
    for key in ["ada", "bob", "eve"] {
        let owner = pool.whereis(key).unwrap().unwrap();
        assert_eq!(pool.call(&me, key, ()).unwrap().to(), Some(owner));
    }
    me.terminate_child(tree, 1).unwrap();
    assert_eq!(pool.whereis(1), Ok(None));
    assert!(pool.call(&me, 1, ()).unwrap_err().to_string().contains("noproc"));
    pool.cast(1, "nobody").unwrap();
    assert_eq!(pool.send(1, "nobody"), Err(Error::NoName));
    me.stop(tree, Atom::new("normal"), PATIENCE).unwrap();

    let refused = pool.of(echo()).auto_shutdown(AutoShutdown::AnySignificant).start().unwrap_err();
    assert!(refused.to_string().contains("invalid_auto_shutdown"), "{refused}");
}

/// Says its number.
struct Numbered(i64);

impl GenServer for Numbered {
    type Args = ();

    fn init(_: &Context, (): &()) -> Result<Init<Self>, Exception> {
        Err(Exception::error("it has a number"))
    }

    fn init_with(_: &Context, (): &(), more: &[Term]) -> Result<Init<Self>, Exception> {
        let number = more.first().and_then(Term::to).ok_or_else(|| Exception::error("it has a number"))?;
        Ok(Init::Ready(Numbered(number)))
    }

    fn handle_call(&mut self, _: &Context, _: Payload, _: ReplyTo) -> Result<Reply<Self>, Exception> {
        Ok(Reply::now(self.0))
    }

    fn handle_info(&mut self, _: &Context, _: Message) -> Result<Flow<Self>, Exception> {
        Ok(Flow::go_on())
    }
}

// S-PART-4
#[test]
fn the_number_of_a_partition_is_a_term_of_its_start() {
    let me = attach();
    let pool = PartitionSupervisor::new("rust_test_numbered");
    let tree = pool.of(ChildSpec::server::<Numbered>(())).partitions(2).with_partition().start().unwrap();
    for number in 0..2 {
        assert_eq!(pool.call(&me, number, ()).unwrap().to(), Some(number));
    }
    me.stop(tree, Atom::new("normal"), PATIENCE).unwrap();
}
