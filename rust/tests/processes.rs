//! Processes: spawn, send, receive, exit reasons, timers, limits, threads, code that blocks.

mod common;

use std::time::{Duration, Instant};

use common::*;
use resprout::prelude::*;
use resprout::{is_pressed, MailboxLimits, MessageKind, Overflow, SpawnOptions};

/// Sends each term back.
struct Echo;

impl Handler for Echo {
    fn handle(&mut self, context: &Context, message: Message) -> Result<Next, Exception> {
        if let Message::Term { from, term, .. } = message {
            context.send(from, term)?;
        }
        Ok(Next::Continue)
    }
}

// S-NAT-10
#[test]
fn a_process_is_pinned_to_a_worker_that_there_is() {
    let me = attach();
    for worker in 0..=2 {
        let pinned = me.spawn_with(&SpawnOptions::new().worker(worker), Echo).unwrap().pid;
        me.send(pinned, i64::from(worker)).unwrap();
        assert_eq!(expect_term(&me).as_i64(), Some(i64::from(worker)));
    }
    let refused = me.spawn_with(&SpawnOptions::new().worker(3), Echo);
    assert_eq!(refused.unwrap_err(), Error::BadArgument);
}

// S-NAT-10
#[test]
fn a_child_is_pinned_to_a_worker_that_there_is() {
    let me = attach();
    let start = |worker| Start::handler(|| Echo).worker(worker);
    let pinned = start(2).start().unwrap();
    me.send(pinned, "here").unwrap();
    assert_eq!(expect_term(&me).as_str(), Some("here"));
    assert_eq!(start(3).start().unwrap_err(), StartError::Refused(Error::BadArgument));
    let supervisor = Supervisor::one_for_one().child(ChildSpec::from(start(3)).id("no"));
    let error = supervisor.start().unwrap_err();
    assert!(error.to_string().contains("invalid_worker"), "{error}");
}

// S-PROC-1, S-SIG-2
#[test]
fn messages_arrive_in_the_order_they_were_sent() {
    let me = attach();
    let echo = me
        .spawn(|context, message| -> Result<(), Exception> {
            if let Message::Term { from, term, .. } = message {
                context.send(from, term)?;
            }
            Ok(())
        })
        .unwrap();
    for number in 0..100 {
        me.send(echo, number).unwrap();
    }
    for number in 0..100 {
        assert_eq!(expect_term(&me).as_i64(), Some(number));
    }
}

#[test]
fn a_handler_keeps_its_state_and_knows_itself() {
    let me = attach();
    let mut count = 0;
    let counter = me
        .spawn(move |context, message| {
            count += 1;
            let Message::Term { from, .. } = message else { return };
            context.send(from, (count, context.pid())).unwrap();
        })
        .unwrap();
    for expected in 1..=3 {
        me.send(counter, "next").unwrap();
        assert_eq!(expect_term(&me).to(), Some((expected, counter)));
    }
}

#[test]
fn a_type_that_handles_messages_may_do_something_first() {
    struct Greeter(Pid);
    impl Handler for Greeter {
        fn start(&mut self, context: &Context) -> Result<Next, Exception> {
            context.send(self.0, "ready")?;
            Ok(Next::Continue)
        }

        fn handle(&mut self, _: &Context, _: Message) -> Result<Next, Exception> {
            Ok(Next::Stop)
        }
    }

    let me = attach();
    let spawned = me.spawn_with(&SpawnOptions::new().monitor().tag("GONE"), Greeter(me.pid())).unwrap();
    assert_eq!(expect_term(&me).as_str(), Some("ready"));
    me.send(spawned.pid, "stop").unwrap();
    match receive(&me) {
        Message::Down { monitor, pid, name, tag, reason } => {
            assert_eq!((Some(monitor), pid, name), (spawned.monitor, spawned.pid, None));
            assert_eq!(tag.name(), "GONE"); // S-MON-10
            assert_eq!(reason, Atom::new("normal"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn rust_values_move_to_their_receiver() {
    let me = attach();
    let sum = me
        .spawn(|context, message| {
            let Message::Native { from, value, .. } = message else { return };
            let numbers = value.downcast::<Vec<u64>>().expect("numbers");
            context.send_native(from, numbers.iter().sum::<u64>()).unwrap();
        })
        .unwrap();
    me.send_native(sum, vec![1_u64, 2, 3]).unwrap();
    match receive(&me) {
        Message::Native { from, value, .. } => {
            assert_eq!(from, sum);
            assert_eq!(*value.downcast::<u64>().unwrap(), 6);
        }
        other => panic!("{other:?}"),
    }
}

// S-EXIT-1..4
#[test]
fn the_reason_says_how_a_process_ended() {
    assert_eq!(reason_of(|_, _| Next::Stop), Atom::new("normal"));
    assert_eq!(reason_of(|_, _| -> Result<(), _> { Err(Exception::exit(7)) }).as_i64(), Some(7));
    assert_eq!(reason_of(|_, _| resprout::exception::exit(Atom::new("bored"))), Atom::new("bored"));

    let reason = reason_of(|_, _| -> Result<(), _> { Err(Exception::error("broken")) });
    let (value, frames): (String, Frames) = reason.to().unwrap();
    assert_eq!(value, "broken");
    assert_eq!(frames[0].0, file!());

    let reason = reason_of(|_, _| resprout::exception::throw(1));
    let ((tag, value), frames): ((Atom, i64), Frames) = reason.to().unwrap();
    assert_eq!((tag.name(), value), ("nocatch", 1));
    assert_eq!(frames[0].0, file!());
}

// S-TIMER-1..3
#[test]
fn timers_fire_once_and_never_early() {
    let me = attach();
    let begin = Instant::now();
    let late = me.send_after(Duration::from_secs(3600), me.pid(), "late").unwrap();
    me.send_after(Duration::from_millis(20), me.pid(), "soon").unwrap();
    assert_eq!(expect_term(&me).as_str(), Some("soon"));
    assert!(begin.elapsed() >= Duration::from_millis(20));

    assert!(me.read_timer(late).unwrap().is_some());
    let left = me.cancel_timer(late).unwrap().expect("it was running");
    assert!(left > Duration::from_secs(3000) && left <= Duration::from_secs(3600));
    assert_eq!(me.cancel_timer(late).unwrap(), None);

    let timer = me.start_timer(Duration::ZERO, me.pid(), 7).unwrap();
    match receive(&me) {
        Message::Timer { timer: fired, term } => assert_eq!((fired, term.as_i64()), (timer, Some(7))),
        other => panic!("{other:?}"),
    }
}

// S-MBOX-1, S-MBOX-2
#[test]
fn receive_takes_the_oldest_that_matches_and_leaves_the_rest() {
    let me = attach();
    for number in 1..=4 {
        me.send(me.pid(), number).unwrap();
    }
    let even = |message: &resprout::Peek<'_>| message.term().as_i64().is_some_and(|number| number % 2 == 0);
    let found = me.receive_matching(PATIENCE, even).unwrap();
    assert!(matches!(found, Message::Term { term, .. } if term.as_i64() == Some(2)));
    let none = me.receive_matching(Duration::ZERO, |message| message.kind() == MessageKind::Down);
    assert_eq!(none.unwrap_err(), Error::Timeout);
    for number in [1, 3, 4] {
        assert_eq!(expect_term(&me).as_i64(), Some(number));
    }
}

#[test]
fn a_message_can_be_looked_at_before_it_is_taken() {
    let me = attach();
    me.send_native(me.pid(), String::from("moved")).unwrap();
    let found = me.receive_matching(PATIENCE, |message| {
        assert_eq!(message.from(), me.pid());
        assert_eq!(message.native::<u8>(), None);
        message.native::<String>().is_some_and(|text| text == "moved")
    });
    assert!(matches!(found.unwrap(), Message::Native { .. }));
}

#[test]
fn nothing_of_the_runtime_can_be_called_while_a_message_is_looked_at() {
    let me = attach();
    me.send(me.pid(), 1).unwrap();
    let mut refused = None;
    me.receive_matching(PATIENCE, |_| {
        refused = Some(me.send(me.pid(), 2));
        true
    })
    .unwrap();
    assert_eq!(refused, Some(Err(Error::WrongThread)));
    expect_nothing(&me);
}

// S-PROC-9
#[test]
fn a_killed_process_is_not_alive_when_the_question_comes_after_the_kill() {
    let me = attach();
    for _ in 0..100 {
        let victim = me.spawn(|_, _| {}).unwrap();
        assert!(me.is_alive(victim).unwrap());
        me.exit_signal(victim, Atom::new("kill")).unwrap();
        assert!(!me.is_alive(victim).unwrap());
    }
}

#[test]
fn a_process_says_what_is_known_of_it() {
    let me = attach();
    let linked = me.spawn(|_, _| {}).unwrap();
    me.link(linked).unwrap();
    let info = me.process_info(linked).unwrap().expect("it lives");
    assert_eq!(info.get(Atom::new("links")).unwrap().to(), Some(vec![me.pid()]));
    let request = me.process_info_request(linked).unwrap();
    assert!(matches!(me.receive_response(request, PATIENCE), Ok(Payload::Term(_))));
    let request = me.alive_request(linked).unwrap();
    assert_eq!(me.receive_response(request, PATIENCE).unwrap().to(), Some(true));
}

// S-EXIT-7
#[test]
fn a_thread_that_is_a_process_ends_with_a_reason() {
    let me = attach();
    let watch = |body: fn(Process)| {
        let (pid_sender, pid) = std::sync::mpsc::channel();
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let thread = std::thread::spawn(move || {
            let process = attach();
            pid_sender.send(process.pid()).unwrap();
            wait.recv().unwrap();
            body(process);
        });
        let monitor = me.monitor(pid.recv().unwrap()).unwrap();
        go.send(()).unwrap();
        let _ = thread.join();
        expect_down(&me, monitor)
    };
    assert_eq!(watch(drop), Atom::new("normal"));
    assert_eq!(watch(|process| process.exit("enough")).as_str(), Some("enough"));
    assert_eq!(watch(std::mem::forget), Atom::new("thread_ended"));
    let (_, kind, text, _) = exception_of(&watch(|_process| panic!("thread {}", 1)));
    assert_eq!((kind.as_str(), text.as_str()), ("panic", "thread 1"));
}

#[test]
fn a_thread_runs_as_a_process_for_a_while() {
    assert_eq!(runtime().run(|me| me.checkpoint()).unwrap().unwrap(), Ok(()));
    let exception = runtime().run(|_| -> () { panic!("in a while") }).unwrap().unwrap_err();
    assert_eq!(exception.value().element(3).unwrap().as_str(), Some("in a while"));
    attach();
}

// S-NAT-3
#[test]
fn code_that_blocks_is_ended_at_once_and_finds_out_later() {
    let me = attach();
    let (began, has_begun) = std::sync::mpsc::channel();
    let (go_on, may_go_on) = std::sync::mpsc::channel();
    let (told, outcome) = std::sync::mpsc::channel();
    let blocked = me
        .spawn(move |context, _| {
            let result = context.blocking(|| {
                began.send(()).unwrap();
                may_go_on.recv().unwrap()
            });
            told.send((result, context.checkpoint())).unwrap();
        })
        .unwrap();
    me.send(blocked, 1).unwrap();
    has_begun.recv().unwrap();
    let watch = me.monitor(blocked).unwrap();
    me.exit_signal(blocked, Atom::new("kill")).unwrap();
    assert_eq!(expect_down(&me, watch), Term::from(Atom::new("killed")));
    go_on.send(()).unwrap();
    assert_eq!(outcome.recv().unwrap(), (Err(Error::Exiting), Err(Error::Exiting)));
}

// S-NAT-3
#[test]
fn a_blocking_section_gives_its_result_and_a_panic_leaves_it() {
    let me = attach();
    let handler = me
        .spawn(|context, message| {
            let Message::Term { from, term, .. } = message else { return };
            let doubled = context.blocking(|| 2 * term.as_i64().expect("a number")).unwrap();
            context.send(from, doubled).unwrap();
        })
        .unwrap();
    let watch = me.monitor(handler).unwrap();
    me.send(handler, 21).unwrap();
    assert_eq!(expect_term(&me).as_i64(), Some(42));
    me.send(handler, true).unwrap();
    let (_, _, text, _) = exception_of(&expect_down(&me, watch));
    assert!(text.contains("a number"), "{text}");
}

// S-MBOX-3, S-MBOX-7
#[test]
fn a_limited_mailbox_refuses_what_is_too_many() {
    struct Deaf;
    impl Handler for Deaf {
        fn handle(&mut self, _: &Context, _: Message) -> Result<Next, Exception> {
            Ok(Next::Continue)
        }
    }

    let me = attach();
    let limits = MailboxLimits { max_messages: 2, ..Default::default() };
    me.limit_mailbox(limits).unwrap();
    me.send(me.pid(), 1).unwrap();
    me.send(me.pid(), 2).unwrap();
    assert_eq!(me.send(me.pid(), 3), Err(Error::Overload));
    assert_eq!(expect_term(&me).as_i64(), Some(1));
    assert_eq!(expect_term(&me).as_i64(), Some(2));
    let child = me.spawn_with(&SpawnOptions::new().monitor().limits(limits), Deaf).unwrap();
    me.exit_signal(child.pid, Atom::new("kill")).unwrap();
    assert_eq!(expect_down(&me, child.monitor.unwrap()), Atom::new("killed"));
    me.limit_mailbox(MailboxLimits::default()).unwrap();
    me.send(me.pid(), 3).unwrap();
    assert!(!is_pressed(me.pid()));
}

// S-PROC-12
#[test]
fn a_turn_is_used_up_by_hand() {
    let me = attach();
    me.bump_reductions(1).unwrap(); // a thread has none
    let told = me.pid();
    let child = me
        .spawn(move |ctx: &Context, message: Message| -> Result<(), Exception> {
            ctx.bump_reductions(u32::MAX)?;
            ctx.bump_reductions(1)?; // nothing is left of it
            if let Message::Term { term, .. } = message {
                ctx.send(told, term)?;
            }
            Ok(())
        })
        .unwrap();
    for number in 0..3 {
        me.send(child, number).unwrap();
    }
    for number in 0..3 {
        assert_eq!(expect_term(&me).as_i64(), Some(number));
    }
}

// S-MBOX-9
#[test]
fn a_limited_mailbox_may_end_its_process() {
    let me = attach();
    let limits = MailboxLimits { max_messages: 1, overflow: Overflow::Exit, ..Default::default() };
    let limited = Start::function(|| {
        |context: &Context, _| {
            // Two to itself, while it has room for one.
            let _ = context.send(context.pid(), 1);
            let _ = context.send(context.pid(), 2);
        }
    });
    let (pid, watch) = limited.limits(limits).start_monitor().unwrap();
    me.send(pid, 0).unwrap();
    assert_eq!(expect_down(&me, watch), Term::from((Atom::new("limit"), Atom::new("mailbox"))));
}

// S-SUSP-1..4
#[test]
fn a_suspended_process_runs_again_when_it_is_resumed() {
    let me = attach();
    let echo = me.spawn_with(&SpawnOptions::new(), Echo).unwrap().pid;
    me.suspend(echo, Duration::MAX).unwrap();
    me.send(echo, 1).unwrap();
    assert_eq!(me.receive_timeout(Duration::ZERO).unwrap_err(), Error::Timeout);
    me.resume(echo).unwrap();
    assert_eq!(expect_term(&me).as_i64(), Some(1));
    assert_eq!(me.resume(echo).unwrap_err(), Error::NoProcess);
    assert_eq!(me.suspend(me.pid(), Duration::MAX).unwrap_err(), Error::BadArgument);
}
