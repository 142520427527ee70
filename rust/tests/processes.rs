//! Processes: spawn, send, links, monitors, exit reasons, names, aliases, timers, requests.

mod common;

use std::time::{Duration, Instant};

use common::*;
use resprout::prelude::*;
use resprout::{
    is_pressed, Alias, Flush, MailboxLimits, MessageKind, MonitorOptions, Overflow, SpawnOptions, Start,
};

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
    let (linked, monitor) = me.spawn_monitor(|_, _| resprout::exception::exit(1)).unwrap();
    me.link(linked).unwrap();
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

// S-SRV-9..12
#[test]
fn a_call_ends_in_exactly_one_way() {
    let me = attach();
    let server = me
        .spawn(|_, message| -> Result<Next, Exception> {
            let Message::Call { from, request } = message else { return Ok(Next::Continue) };
            match request.to::<String>().as_deref() {
                Some("twice") => {
                    from.reply(1)?;
                    from.reply(2)?;
                }
                Some("native") => from.reply_native(vec![1, 2, 3])?,
                Some("never") => {}
                _ => return Err(Exception::exit("gone")),
            }
            Ok(Next::Continue)
        })
        .unwrap();

    assert_eq!(me.call(server, "twice").unwrap().to(), Some(1));
    expect_nothing(&me);
    assert_eq!(me.call(server, "native").unwrap().downcast::<Vec<i32>>().unwrap(), [1, 2, 3]);

    let timeout = me.call_timeout(server, "never", Duration::from_millis(1)).unwrap_err();
    assert!(
        matches!(&timeout, CallError::Timeout(reason) if reason.element(0).unwrap() == Atom::new("timeout"))
    );
    assert!(matches!(me.call(me.pid(), 1), Err(CallError::CallingSelf(_))));

    let exited = me.call(server, "end").unwrap_err();
    assert_eq!(exited.reason().unwrap().element(0).unwrap().as_str(), Some("gone"));
    let noproc = me.call(server, "anybody?").unwrap_err();
    assert_eq!(noproc.reason().unwrap().element(0).unwrap(), Atom::new("noproc"));
    let noproc = me.call("rust_test_nobody", 1).unwrap_err();
    assert_eq!(noproc.reason().unwrap().element(0).unwrap(), Atom::new("noproc"));
    expect_nothing(&me);
}

// S-SRV-16
#[test]
fn requests_can_be_sent_first_and_collected_later() {
    let me = attach();
    let doubler = me
        .spawn(|_, message| {
            let Message::Call { from, request } = message else { return };
            from.reply(request.to::<i64>().unwrap() * 2).unwrap();
        })
        .unwrap();
    let requests: Vec<Ref> = (0..3).map(|number| me.send_request(doubler, number).unwrap()).collect();
    for (number, request) in requests.iter().enumerate().rev() {
        let answer = me.receive_response(*request, PATIENCE).unwrap();
        assert_eq!(answer.to(), Some(number * 2));
    }
    let abandoned = me.send_request(doubler, 4).unwrap();
    me.abandon_request(abandoned).unwrap();
    let request = me.send_request_native(doubler, "not a number").unwrap();
    let (language, ..) = exception_of(match &me.receive_response(request, PATIENCE).unwrap_err() {
        CallError::Exited(reason) => reason,
        other => panic!("{other:?}"),
    });
    assert_eq!(language, "rust");
    expect_nothing(&me);
}

#[test]
fn a_handler_waits_for_an_answer_without_blocking() {
    let me = attach();
    let slow = me.spawn(|_, _| {}).unwrap(); // never answers
    let asker = me
        .spawn(move |context, message| -> Result<Next, Exception> {
            let Message::Call { from, request } = message else { return Ok(Next::Continue) };
            let asked = context.send_request(slow, request.into_term())?;
            Ok(Next::wait_for(asked, Duration::from_millis(1), move |_, answer| -> Result<Next, Exception> {
                let timed_out = matches!(answer, Err(CallError::Timeout(_)));
                from.reply(timed_out)?;
                Ok(Next::Stop)
            }))
        })
        .unwrap();
    let end = me.monitor(asker).unwrap();
    assert_eq!(me.call(asker, "?").unwrap().to(), Some(true));
    assert_eq!(expect_down(&me, end), Atom::new("normal"));
}

// S-SRV-13
#[test]
fn casts_arrive_as_casts() {
    let me = attach();
    let parent = me.pid();
    let sink = me
        .spawn(move |context, message| {
            let Message::Cast { from, request } = message else { return };
            context.send(parent, (from, request.into_term())).unwrap();
        })
        .unwrap();
    me.cast(sink, "news").unwrap();
    assert_eq!(expect_term(&me).to(), Some((me.pid(), String::from("news"))));
    me.cast_native(sink, 1_u8).unwrap();
    assert_eq!(expect_term(&me).to(), Some((me.pid(), ())));
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
