//! State machines: events, states, what callbacks ask for, how they end.

mod common;

use std::sync::mpsc::{channel, Receiver, Sender};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::*;
use resprout::prelude::*;
use resprout::{exception, Event, EventType, GenStatem, Start};

type Deed = Arc<dyn Fn(&Context, Event) -> Result<Reply<Scripted>, Exception> + Send + Sync>;

/// Begins in the state "a", does what its script says, and tells what came.
struct Scripted {
    log: Sender<String>,
    deed: Deed,
}

struct Script {
    log: Mutex<Sender<String>>,
    deed: Deed,
    enters: bool,
}

/// What came, in order.
struct Log(Receiver<String>);

impl Log {
    fn next(&self) -> String {
        self.0.recv_timeout(PATIENCE).expect("what must come")
    }

    fn take(&self, count: usize) -> Vec<String> {
        (0..count).map(|_| self.next()).collect()
    }
}

fn text(event: &Event) -> String {
    let kind = match event.event_type() {
        EventType::Call(_) => "call".to_owned(),
        EventType::NamedTimeout(name) => format!("named({name})"),
        other => format!("{other:?}").to_lowercase(),
    };
    format!("{kind} {} in {}", event.term(), event.state())
}

impl GenStatem for Scripted {
    type Args = Script;

    fn name() -> &'static str {
        "scripted"
    }

    fn init(context: &Context, script: &Script) -> Result<Init<Self>, Exception> {
        context.statem().next_state("a")?;
        if script.enters {
            context.statem().state_enter()?;
        }
        Ok(Init::Ready(Scripted { log: script.log.lock().unwrap().clone(), deed: script.deed.clone() }))
    }

    fn handle_event(&mut self, context: &Context, event: Event) -> Result<Reply<Self>, Exception> {
        let _ = self.log.send(text(&event));
        (self.deed)(context, event)
    }

    fn terminate(&mut self, context: &Context, reason: &Term) -> Result<(), Exception> {
        let _ = self.log.send(format!("terminate {reason} in {}", context.statem().state()?));
        assert!(matches!(context.statem().postpone(), Err(Error::BadArgument)));
        Ok(())
    }
}

fn script(
    enters: bool,
    deed: impl Fn(&Context, Event) -> Result<Reply<Scripted>, Exception> + Send + Sync + 'static,
) -> (Start, Log) {
    let (log, entries) = channel();
    let script = Script { log: Mutex::new(log), deed: Arc::new(deed), enters };
    (Start::statem::<Scripted>(script), Log(entries))
}

#[allow(clippy::unnecessary_wraps)] // what a deed returns
fn go_on() -> Result<Reply<Scripted>, Exception> {
    Ok(Flow::go_on().into())
}

fn is(event: &Event, word: &str) -> bool {
    event.to::<String>().as_deref() == Some(word)
}

fn in_state(event: &Event, state: &str) -> bool {
    event.state().as_str() == Some(state)
}

/// What a machine ends for that is told to "go".
fn end_of(start: Start) -> String {
    let me = attach();
    let (machine, end) = start.start_monitor().unwrap();
    me.cast(machine, "go").unwrap();
    expect_down(&me, end).to_string()
}

// S-STM-1, S-STM-2, S-STM-3
#[test]
fn each_event_comes_with_its_kind_and_the_state() {
    let me = attach();
    let (start, log) = script(false, |context, event| {
        if let EventType::Call(_) = event.event_type() {
            return Ok(Reply::now(event.state()));
        }
        if event.event_type() == &EventType::Cast {
            context.statem().next_state(event.term())?;
        }
        go_on()
    });
    let machine = start.start_link().unwrap();
    me.cast(machine, ("b", 1)).unwrap();
    me.send(machine, "info").unwrap();
    assert_eq!(me.call(machine, "ask").unwrap().into_term(), Term::from(("b", 1)));
    me.stop(machine, Term::atom("normal"), PATIENCE).unwrap();
    assert_eq!(
        log.take(4),
        [
            r#"cast {"b",1} in "a""#,
            r#"info "info" in {"b",1}"#,
            r#"call "ask" in {"b",1}"#,
            r#"terminate normal in {"b",1}"#,
        ]
    );
}

// S-STM-4, S-STM-5
#[test]
fn postponed_and_inserted_events_come_in_order_with_what_they_carry() {
    let me = attach();
    let (start, log) = script(false, |context, event| {
        let machine = context.statem();
        if is(&event, "go") {
            machine.next_event_native(&EventType::Internal, 7_u8)?;
            machine.next_event(&EventType::Cast, "inserted")?;
            machine.next_state("b")?;
        } else if in_state(&event, "a") {
            machine.postpone()?;
        } else if let EventType::Call(_) = event.event_type() {
            return Ok(Reply::now("in b"));
        } else if event.event_type() == &EventType::Internal {
            assert_eq!(event.peek().native::<u8>(), Some(&7));
            assert_eq!(event.into_payload().downcast::<u8>().unwrap(), 7);
        }
        go_on()
    });
    let machine = start.start_link().unwrap();
    let asked = me.send_request(machine, "ask").unwrap();
    me.cast_native(machine, 9_u16).unwrap();
    me.cast(machine, "go").unwrap();
    me.cast(machine, "last").unwrap();
    assert_eq!(me.receive_response(asked, PATIENCE).unwrap().to::<String>().as_deref(), Some("in b"));
    assert_eq!(
        log.take(8)[3..],
        [
            r#"internal nil in "b""#,
            r#"cast "inserted" in "b""#,
            r#"call "ask" in "b""#,
            r#"cast nil in "b""#,
            r#"cast "last" in "b""#,
        ]
    );
}

// S-STM-6, S-STM-7, S-STM-8, S-STM-9, S-STM-10
#[test]
fn timeouts_come_as_they_were_asked_for() {
    let me = attach();
    let far = EventType::NamedTimeout("far".into());
    let (start, log) = script(false, move |context, event| {
        let machine = context.statem();
        if is(&event, "go") {
            machine.named_timeout("far", PATIENCE, "old")?;
            machine.named_timeout("n", Duration::from_millis(2), "named")?;
            machine.state_timeout(Duration::ZERO, "state")?;
            machine.event_timeout(Duration::ZERO, "ended by the event of the state timeout")?;
            machine.named_timeout("gone", Duration::ZERO, ())?;
            machine.cancel_timeout(&EventType::NamedTimeout("gone".into()))?;
            machine.named_timeout("gone too", Duration::MAX, ())?;
        } else if event.event_type() == &EventType::StateTimeout {
            machine.update_timeout(&far, "new")?;
            machine.update_timeout(&EventType::NamedTimeout("at once".into()), "none runs")?;
        } else if is(&event, "named") {
            machine.event_timeout(Duration::from_millis(1), "event")?;
        }
        go_on()
    });
    let machine = start.start_link().unwrap();
    me.cast(machine, "go").unwrap();
    assert_eq!(
        log.take(5)[1..],
        [
            r#"statetimeout "state" in "a""#,
            r#"named("at once") "none runs" in "a""#,
            r#"named("n") "named" in "a""#,
            r#"timeout "event" in "a""#,
        ]
    );
}

// S-STM-7
#[test]
fn a_change_ends_the_state_timeout() {
    let me = attach();
    let (start, log) = script(false, |context, event| {
        let machine = context.statem();
        if is(&event, "go") {
            machine.next_state("b")?;
            machine.named_timeout("witness", Duration::from_millis(20), ())?;
        } else if is(&event, "set") {
            machine.state_timeout(Duration::from_millis(5), "of a")?;
        }
        go_on()
    });
    let machine = start.start_link().unwrap();
    me.cast(machine, "set").unwrap();
    me.cast(machine, "go").unwrap();
    assert_eq!(
        log.take(3),
        [r#"cast "set" in "a""#, r#"cast "go" in "a""#, r#"named("witness") nil in "b""#]
    );
}

// S-STM-11, S-STM-13
#[test]
fn enter_calls_bring_the_state_before() {
    let me = attach();
    let (start, log) = script(true, |context, event| {
        if is(&event, "go") {
            context.statem().next_state("b")?;
        } else if is(&event, "again") {
            context.statem().repeat_state()?;
        }
        go_on()
    });
    let machine = start.start_link().unwrap();
    me.cast(machine, "go").unwrap();
    me.cast(machine, "again").unwrap();
    assert_eq!(
        log.take(5),
        [
            r#"enter "a" in "a""#,
            r#"cast "go" in "a""#,
            r#"enter "a" in "b""#,
            r#"cast "again" in "b""#,
            r#"enter "b" in "b""#,
        ]
    );
}

// S-STM-12
#[test]
fn an_enter_call_may_not_change_the_state() {
    let (start, _log) = script(true, |context, event| {
        if !in_state(&event, "a") || is(&event, "go") {
            let next = if in_state(&event, "a") { "b" } else { "c" };
            context.statem().next_state(next)?;
        }
        go_on()
    });
    assert_eq!(end_of(start), r#"{{bad_state_enter_return_from_state_function,{next_state,"c"}},[]}"#);
}

// S-STM-14
#[test]
fn a_stop_with_a_reply_answers_before_terminate() {
    let me = attach();
    let (start, log) = script(false, |_, _| Ok(Reply::now("bye").and(Flow::stop("done"))));
    let machine = start.start().unwrap();
    assert_eq!(me.call(machine, "x").unwrap().to::<String>().as_deref(), Some("bye"));
    assert_eq!(log.take(2)[1], r#"terminate "done" in "a""#);
}

// S-STM-15
#[test]
fn a_panic_and_an_exception_end_it_in_the_last_good_state() {
    let (start, log) = script(false, |context, _| {
        context.statem().next_state("b")?;
        Err(Exception::exit("left"))
    });
    assert_eq!(end_of(start), r#""left""#);
    assert_eq!(log.take(2)[1], r#"terminate "left" in "a""#);
    let (start, log) = script(false, |_, _| panic!("in an event"));
    assert!(end_of(start).contains("in an event"));
    assert!(log.take(2)[1].ends_with(r#" in "a""#));
}

// S-STM-16
#[test]
fn what_means_nothing_ends_it_with_a_reason_that_names_it() {
    let (start, _log) = script(false, |_, _| Ok(Reply::now("nobody's")));
    assert_eq!(end_of(start), r#"{{bad_return_from_state_function,{reply,"nobody's"}},[]}"#);
    let (start, _log) = script(false, |_, _| Ok(Flow::continue_with("x").into()));
    assert_eq!(end_of(start), r#"{{bad_return_from_state_function,{continue,"x"}},[]}"#);
    let (start, _log) = script(false, |_, _| Ok(Flow::timeout(Duration::from_millis(5)).into()));
    assert_eq!(end_of(start), "{{bad_return_from_state_function,{timeout,5}},[]}");
    let (start, _log) = script(false, |_, _| exception::throw((Term::atom("stop"), "thrown")));
    assert_eq!(end_of(start), r#""thrown""#);
}

// S-STM-18
#[test]
fn what_it_has_kept_is_dropped_once_with_it() {
    let me = attach();
    let (start, log) = script(false, |context, event| {
        context.statem().postpone()?;
        if is(&event, "go") {
            return Err(Exception::exit("enough"));
        }
        go_on()
    });
    let (machine, end) = start.start_monitor().unwrap();
    let (witness, drops) = Witness::new();
    me.cast_native(machine, witness).unwrap();
    log.next();
    drops.expect_none_so_far();
    me.cast(machine, "go").unwrap();
    assert_eq!(expect_down(&me, end).to_string(), r#""enough""#);
    drops.expect_one();
}

// S-STM-19
#[test]
fn a_callback_may_wait_in_its_middle() {
    let me = attach();
    let master = me.pid();
    let (start, log) = script(false, move |context, event| {
        let EventType::Call(from) = *event.event_type() else { return go_on() };
        let asked = context.send_request(master, "help")?;
        Ok(Flow::wait_for(asked, PATIENCE, move |_: &mut Scripted, context, answer| {
            context.statem().next_state(answer?.into_term())?;
            from.reply("helped")?;
            Ok(Flow::go_on())
        })
        .into())
    });
    let machine = start.start_link().unwrap();
    let asked = me.send_request(machine, "ask").unwrap();
    me.cast(machine, "after").unwrap();
    let Message::Call { from, .. } = me.receive().unwrap() else { panic!("it asks") };
    from.reply("b").unwrap();
    assert_eq!(me.receive_response(asked, PATIENCE).unwrap().to::<String>().as_deref(), Some("helped"));
    assert_eq!(log.take(2), [r#"call "ask" in "a""#, r#"cast "after" in "b""#]);
}

// S-STM-1
#[test]
fn it_is_a_child_of_a_supervisor_and_only_its_callbacks_ask() {
    let me = attach();
    assert!(matches!(me.statem().next_state("b"), Err(Error::BadArgument)));
    assert!(matches!(me.statem().state(), Err(Error::BadArgument)));
    let (log, _entries) = channel();
    let deed: Deed = Arc::new(|context, event| {
        let machine = context.statem();
        assert!(matches!(machine.state_enter(), Err(Error::BadArgument)));
        assert!(matches!(machine.next_event(&EventType::Enter, ()), Err(Error::BadArgument)));
        assert!(matches!(machine.cancel_timeout(&EventType::Cast), Err(Error::BadArgument)));
        Ok(Reply::now(event.state()))
    });
    let script = Script { log: Mutex::new(log), deed, enters: false };
    let child = ChildSpec::statem::<Scripted>(script).name("statem_child");
    Supervisor::one_for_one().child(child).start_link().unwrap();
    assert_eq!(me.call("statem_child", "x").unwrap().to::<String>().as_deref(), Some("a"));
}
