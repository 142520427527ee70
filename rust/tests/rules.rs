//! Rules of OTP, one by one: what the tests of the other files pass through without having to notice. `tests/mutants`
//! inverts them in the core.

mod common;

use std::time::Duration;

use common::children::{children, stop};
use common::*;
use resprout::prelude::*;
use resprout::{exception, AutoShutdown, Flush, MessageKind, Start};

/// How a [`Told`] behaves.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    Plain,
    Traps,
    /// Traps, and does not stop; answers a request when the next one comes.
    Stubborn,
    /// Raises in terminate.
    Clumsy,
    /// Its init fails.
    Broken,
}

/// Tells the test what happens to it.
struct Told {
    test: Pid,
    id: &'static str,
    manner: Manner,
    unanswered: Option<ReplyTo>,
}

impl GenServer for Told {
    type Args = (Pid, &'static str, Manner);

    fn init(context: &Context, &(test, id, manner): &Self::Args) -> Result<Init<Self>, Exception> {
        context.trap_exit(matches!(manner, Manner::Traps | Manner::Stubborn))?;
        if manner == Manner::Broken {
            return Ok(Init::Stop("broken".into()));
        }
        context.send(test, ("up", id, context.pid()))?;
        Ok(Init::Ready(Self { test, id, manner, unanswered: None }))
    }

    fn handle_call(&mut self, _: &Context, _: Payload, from: ReplyTo) -> Result<Reply<Self>, Exception> {
        if self.manner != Manner::Stubborn {
            return Ok(Reply::now("bye").and(Flow::stop("done")));
        }
        let Some(former) = self.unanswered.take() else {
            self.unanswered = Some(from);
            return Ok(Reply::later());
        };
        former.reply("late")?;
        Ok(Reply::now("in time"))
    }

    fn handle_info(&mut self, _: &Context, message: Message) -> Result<Flow<Self>, Exception> {
        match message {
            Message::Term { term, .. } if term == Atom::new("normal") => Ok(Flow::stop(term)),
            Message::Term { term, .. } => Err(Exception::exit(term)),
            _ => Ok(Flow::go_on()),
        }
    }

    fn terminate(&mut self, context: &Context, reason: &Term) -> Result<(), Exception> {
        context.send(self.test, ("down", self.id, reason))?;
        match self.manner {
            Manner::Clumsy => exception::exit("tripped"),
            Manner::Stubborn => loop {
                context.checkpoint()?; // until it is killed
            },
            _ => Ok(()),
        }
    }
}

fn told(me: &Process, id: &'static str, manner: Manner) -> ChildSpec {
    ChildSpec::server::<Told>((me.pid(), id, manner)).id(id)
}

fn start(me: &Process, manner: Manner) -> Start {
    Start::server::<Told>((me.pid(), "it", manner))
}

#[track_caller]
fn expect_up(me: &Process, id: &str) -> Pid {
    let (up, started, pid): (String, String, Pid) = expect_term(me).to().expect("a start");
    assert_eq!((up.as_str(), started.as_str()), ("up", id));
    pid
}

#[track_caller]
fn expect_told(me: &Process, id: &str, reason: impl Into<Term>) {
    let (down, ended, why): (String, String, Term) = expect_term(me).to().expect("an end");
    assert_eq!((down.as_str(), ended.as_str()), ("down", id));
    assert_eq!(why, reason.into());
}

/// A process that does what nobody else of the test does: from another one.
fn stranger_sends(me: &Process, to: Pid, reason: &'static str) {
    let (stranger, end) = me
        .spawn_monitor(move |context, _| -> Result<Next, Exception> {
            context.exit_signal(to, Atom::new(reason))?;
            Ok(Next::Stop)
        })
        .unwrap();
    me.send(stranger, "go").unwrap();
    assert_eq!(expect_down(me, end), Atom::new("normal"));
}

// S-EXIT-10, S-EXIT-11: case 32
#[test]
fn a_neighbour_that_exits_kill_ends_with_kill_and_can_be_trapped() {
    let me = attach();
    me.trap_exit(true).unwrap();
    let end = |_: &Context, _| -> Result<(), _> { Err(Exception::exit(Atom::new("kill"))) };
    let (neighbour, watched) = me.spawn_monitor(end).unwrap();
    me.link(neighbour).unwrap();
    me.send(neighbour, "go").unwrap();
    let exit = me.receive_matching(PATIENCE, |message| message.kind() == MessageKind::Exit).unwrap();
    assert!(
        matches!(exit, Message::Exit { from, reason } if from == neighbour && reason == Atom::new("kill"))
    );
    assert_eq!(expect_down(&me, watched), Atom::new("kill"));
}

// S-EXIT-8, S-EXIT-14, S-EXIT-18: cases 27, 35, 44
#[test]
fn normal_ends_nobody_but_who_sends_it_to_itself() {
    let me = attach();
    let (other, end) = me
        .spawn_monitor(|context, _| -> Result<Next, Exception> {
            context.exit_signal(context.pid(), Atom::new("normal"))?;
            context.checkpoint()?;
            Err(Exception::exit("it goes on"))
        })
        .unwrap();
    me.exit_signal(other, Atom::new("normal")).unwrap();
    assert!(me.is_alive(other).unwrap());

    let neighbour = me.spawn_link(|_, _| Next::Stop).unwrap();
    let gone = me.monitor(neighbour).unwrap();
    me.send(neighbour, "stop").unwrap();
    assert_eq!(expect_down(&me, gone), Atom::new("normal"));
    me.checkpoint().unwrap();

    me.send(other, "go").unwrap();
    assert_eq!(expect_down(&me, end), Atom::new("normal"));
}

// S-LINK-6, S-MON-8: cases 55, 72
#[test]
fn what_has_come_of_a_link_stays_and_what_has_come_of_a_monitor_can_be_flushed() {
    let me = attach();
    me.trap_exit(true).unwrap();
    let (neighbour, fired) = me.spawn_monitor(|_, _| Next::Stop).unwrap();
    me.link(neighbour).unwrap();
    let last = me.monitor(neighbour).unwrap();
    me.send(neighbour, "stop").unwrap();
    me.receive_matching(PATIENCE, |message| message.reference() == Some(last)).unwrap();
    // A question to the dead is answered behind all that it has sent.
    assert!(!me.is_alive(neighbour).unwrap());
    me.unlink(neighbour).unwrap();
    assert!(!me.demonitor(fired, Flush::Yes).unwrap());
    assert_eq!(expect_exit(&me, neighbour), Atom::new("normal"));
    expect_nothing(&me);
}

// S-START-3: case 118
#[test]
fn a_linked_start_that_fails_leaves_no_exit() {
    let me = attach();
    me.trap_exit(true).unwrap();
    for _ in 0..100 {
        assert_eq!(start(&me, Manner::Broken).start_link(), Err(StartError::Failed("broken".into())));
        expect_nothing(&me);
    }
}

// S-SRV-11: case 132
#[test]
fn a_reply_that_is_late_never_arrives() {
    let me = attach();
    let pid = start(&me, Manner::Stubborn).start().unwrap();
    expect_up(&me, "it");
    let late = me.call_timeout(pid, "?", Duration::from_millis(1)).unwrap_err();
    assert!(matches!(late, CallError::Timeout(_)));
    // The next one is answered right after it.
    assert_eq!(me.call(pid, "?").unwrap().to::<String>().as_deref(), Some("in time"));
    expect_nothing(&me);
    me.exit_signal(pid, Atom::new("kill")).unwrap();
}

// S-SRV-20: case 136
#[test]
fn terminate_has_run_when_the_reply_of_a_stop_comes() {
    let me = attach();
    let pid = start(&me, Manner::Plain).start().unwrap();
    expect_up(&me, "it");
    let request = me.send_request(pid, "stop").unwrap();
    expect_told(&me, "it", "done"); // the oldest message
    assert_eq!(me.receive_response(request, PATIENCE).unwrap().to::<String>().as_deref(), Some("bye"));
    expect_nothing(&me);
}

// S-SRV-27: case 153
#[test]
fn what_terminate_raises_is_the_reason() {
    let me = attach();
    let (pid, end) = start(&me, Manner::Clumsy).start_monitor().unwrap();
    expect_up(&me, "it");
    let failed = me.stop(pid, "enough", PATIENCE).unwrap_err();
    assert_eq!(failed.reason().unwrap().as_str(), Some("tripped"));
    expect_told(&me, "it", "enough");
    assert_eq!(expect_down(&me, end).as_str(), Some("tripped"));
}

// S-SRV-25: case 148
#[test]
fn the_parents_exit_signal_terminates_a_trapping_server() {
    let me = attach();
    me.trap_exit(true).unwrap();
    let pid = start(&me, Manner::Traps).start_link().unwrap();
    expect_up(&me, "it");
    stranger_sends(&me, pid, "a stranger's");
    me.exit_signal(pid, "the parent's").unwrap();
    expect_told(&me, "it", "the parent's");
    assert_eq!(expect_exit(&me, pid).as_str(), Some("the parent's"));
}

// S-SUP-17: case 182
#[test]
fn a_transient_child_is_restarted_after_a_crash() {
    let me = attach();
    let child = told(&me, "a", Manner::Plain).restart(Restart::Transient);
    let supervisor = Supervisor::one_for_one().child(child).start_link().unwrap();
    let first = expect_up(&me, "a");
    me.send(first, "crash").unwrap();
    expect_told(&me, "a", "crash");
    assert_ne!(expect_up(&me, "a"), first);
    stop(&me, supervisor);
}

// S-SUP-20: case 191
#[test]
fn a_restart_longer_ago_than_the_period_does_not_count() {
    const PERIOD: Duration = Duration::from_millis(20);
    let me = attach();
    me.trap_exit(true).unwrap();
    let child = told(&me, "a", Manner::Plain);
    let supervisor = Supervisor::one_for_one().max_restarts(1, PERIOD).child(child).start_link().unwrap();
    for _ in 0..4 {
        me.send(expect_up(&me, "a"), "crash").unwrap();
        expect_told(&me, "a", "crash");
        let up = expect_up(&me, "a");
        me.send_after(PERIOD + Duration::from_millis(1), me.pid(), ("up", "a", up)).unwrap();
    }
    expect_up(&me, "a");
    stop(&me, supervisor);
}

/// Temporary children: a and b are significant, c is not.
fn three_of_which_two_are_significant(me: &Process, auto_shutdown: AutoShutdown) -> (Pid, [Pid; 3]) {
    let supervisor = ["a", "b", "c"]
        .iter()
        .fold(Supervisor::one_for_one(), |all, id| {
            all.child(told(me, id, Manner::Plain).restart(Restart::Temporary).significant(*id != "c"))
        })
        .auto_shutdown(auto_shutdown)
        .start_link()
        .unwrap();
    (supervisor, ["a", "b", "c"].map(|id| expect_up(me, id)))
}

#[track_caller]
fn end(me: &Process, id: &str, pid: Pid) {
    let end = me.monitor(pid).unwrap();
    me.send(pid, Atom::new("normal")).unwrap();
    expect_told(me, id, Atom::new("normal"));
    assert_eq!(expect_down(me, end), Atom::new("normal"));
}

/// Ends the last one that counts.
#[track_caller]
fn end_with_supervisor(me: &Process, id: &str, pid: Pid, supervisor: Pid) {
    me.send(pid, Atom::new("normal")).unwrap();
    expect_told(me, id, Atom::new("normal"));
    assert_eq!(expect_exit(me, supervisor), Atom::new("shutdown"));
}

// S-SUP-41: case 238
#[test]
fn the_last_of_all_significant_children_ends_the_supervisor() {
    let me = attach();
    me.trap_exit(true).unwrap();
    let (supervisor, [a, b, c]) = three_of_which_two_are_significant(&me, AutoShutdown::AllSignificant);
    end(&me, "a", a);
    end(&me, "c", c);
    assert_eq!(children(&me, supervisor), [("b".to_owned(), Some(b))]);
    end_with_supervisor(&me, "b", b, supervisor);
}

// S-SUP-41: cases 236, 237
#[test]
fn the_first_of_any_significant_children_ends_the_supervisor() {
    let me = attach();
    me.trap_exit(true).unwrap();
    let (supervisor, [a, b, c]) = three_of_which_two_are_significant(&me, AutoShutdown::AnySignificant);
    end(&me, "c", c);
    assert_eq!(children(&me, supervisor), [("a".to_owned(), Some(a)), ("b".to_owned(), Some(b))]);
    end_with_supervisor(&me, "a", a, supervisor);
}

// S-SUP-28, S-SUP-29: case 209
#[test]
fn children_stop_from_the_last_and_with_shutdown() {
    let me = attach();
    let supervisor = ["a", "b", "c"]
        .iter()
        .fold(Supervisor::one_for_one(), |all, id| all.child(told(&me, id, Manner::Traps)))
        .start_link()
        .unwrap();
    for id in ["a", "b", "c"] {
        expect_up(&me, id);
    }
    stop(&me, supervisor);
    for id in ["c", "b", "a"] {
        expect_told(&me, id, Atom::new("shutdown"));
    }
    expect_nothing(&me);
}

// S-SUP-28: case 213
#[test]
fn brutal_kill_asks_nobody() {
    let me = attach();
    let child = told(&me, "a", Manner::Traps).shutdown(Shutdown::BrutalKill);
    let supervisor = Supervisor::one_for_one().child(child).start_link().unwrap();
    let end = me.monitor(expect_up(&me, "a")).unwrap();
    stop(&me, supervisor);
    assert_eq!(expect_down(&me, end), Atom::new("killed"));
    expect_nothing(&me);
}

// S-SUP-28: case 212
#[test]
fn a_child_that_does_not_stop_is_killed_after_its_time() {
    let me = attach();
    let child = told(&me, "a", Manner::Stubborn).shutdown(Shutdown::Timeout(Duration::from_millis(20)));
    let supervisor = Supervisor::one_for_one().child(child).start_link().unwrap();
    let end = me.monitor(expect_up(&me, "a")).unwrap();
    stop(&me, supervisor);
    expect_told(&me, "a", Atom::new("shutdown"));
    assert_eq!(expect_down(&me, end), Atom::new("killed"));
}

// S-SUP-19: case 218
#[test]
fn a_strangers_exit_signal_does_not_stop_a_supervisor() {
    let me = attach();
    me.trap_exit(true).unwrap();
    let supervisor = Supervisor::one_for_one().child(told(&me, "a", Manner::Plain)).start_link().unwrap();
    let a = expect_up(&me, "a");
    for reason in ["shutdown", "normal", "crash"] {
        stranger_sends(&me, supervisor, reason);
    }
    assert_eq!(children(&me, supervisor), [("a".to_owned(), Some(a))]);
    me.exit_signal(supervisor, Atom::new("shutdown")).unwrap(); // its parent's does
    assert_eq!(expect_exit(&me, supervisor), Atom::new("shutdown"));
}
