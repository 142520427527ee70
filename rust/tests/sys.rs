//! What behaviours say of themselves, and what they report when they are traced. One sink: it is the program's.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use resprout::prelude::*;
use resprout::report::{self, Contents, Level};
use resprout::{Agent, Event, EventFlow, EventManager, GenEvent, GenStatem, Peek, Sys};

const SOON: Duration = Duration::from_millis(20);

/// The runtime of this test program.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        report::set_sink(|level, report| reports().push((level, report.clone())));
        Runtime::builder().workers(2).start().expect("a runtime")
    })
}

/// What was reported in it.
fn reports() -> MutexGuard<'static, Vec<(Level, Term)>> {
    static REPORTS: Mutex<Vec<(Level, Term)>> = Mutex::new(Vec::new());
    REPORTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The test's own process.
fn attach() -> Process {
    runtime().attach().expect("a process")
}

/// The field of a map.
#[track_caller]
fn field(map: &Term, key: &str) -> Term {
    map.get(Atom::new(key)).unwrap_or_else(|| panic!("no {key} in {map}"))
}

/// Counts what it is paid, and tells somebody of every message.
struct Till {
    coins: i64,
    told: Option<Pid>,
}

impl GenServer for Till {
    type Args = (i64, Option<Pid>);

    fn name() -> &'static str {
        "till"
    }

    fn init(_: &Context, &(coins, told): &Self::Args) -> Result<Init<Self>, Exception> {
        Ok(Init::Ready(Till { coins, told }))
    }

    fn handle_call(&mut self, _: &Context, request: Payload, _: ReplyTo) -> Result<Reply<Self>, Exception> {
        let coins = request.to::<i64>().unwrap_or(0);
        if coins < 0 {
            return Ok(Reply::now("waits").and(Flow::timeout(Duration::from_millis(20))));
        }
        self.coins += coins;
        Ok(Reply::now(self.coins))
    }

    fn handle_cast(&mut self, _: &Context, request: Payload) -> Result<Flow<Self>, Exception> {
        self.coins += request.to::<i64>().unwrap_or(0);
        Ok(Flow::go_on())
    }

    fn handle_info(&mut self, context: &Context, message: Message) -> Result<Flow<Self>, Exception> {
        if let (Some(told), Message::Term { term, .. }) = (self.told, message) {
            context.send(told, term)?;
        }
        Ok(Flow::go_on())
    }

    fn format_status(&self) -> Option<Term> {
        assert!(self.coins >= 0, "in debt");
        Some(Term::from(self.coins))
    }
}

/// A lamp that is switched on and off.
struct Lamp;

impl GenStatem for Lamp {
    type Args = ();

    fn init(context: &Context, (): &()) -> Result<Init<Self>, Exception> {
        context.statem().next_state("off")?;
        Ok(Init::Ready(Lamp))
    }

    fn handle_event(&mut self, context: &Context, event: Event) -> Result<Reply<Self>, Exception> {
        let next = if event.state().as_str() == Some("off") { "on" } else { "off" };
        context.statem().next_state(next)?;
        Ok(Reply::now("done"))
    }

    fn format_status(&self) -> Option<Term> {
        Some(Term::from(40))
    }
}

/// Hears everything, and says what it is told to say of it.
struct Listener<const N: usize>(Option<&'static str>);

impl<const N: usize> GenEvent for Listener<N> {
    fn name() -> &'static str {
        ["first", "second", "third"][N]
    }

    fn handle_event(&mut self, _: &Context, _: Peek<'_>) -> Result<EventFlow, Exception> {
        Ok(EventFlow::go_on())
    }

    fn format_status(&self) -> Option<Term> {
        assert_ne!(self.0, Some("panic"));
        self.0.map(Term::atom)
    }
}

// S-SYS-2
#[test]
fn the_status_of_a_server_says_what_it_is() {
    let me = attach();
    let till = Start::server::<Till>((7, None)).name("sys_till").start_link().unwrap();
    let status = Sys::at("sys_till").get_status(&me).unwrap();
    for (key, wanted) in [
        ("pid", Term::from(till)),
        ("behaviour", Term::atom("gen_server")),
        ("module", Term::atom("till")),
        ("status", Term::atom("running")),
        ("parent", Term::from(me.pid())),
        ("registered_name", Term::atom("sys_till")),
        ("trace", Term::from(false)),
        ("state", Term::from(7)),
    ] {
        assert_eq!(field(&status, key), wanted, "{key}");
    }
}

// S-SYS-3
#[test]
fn each_behaviour_shows_its_own_state() {
    let me = attach();
    let broke = Till::start((-1, None)).unwrap();
    assert_eq!(Sys::at(broke).get_state(&me), Ok(Term::nil()), "a panic says nothing");

    let lamp = Lamp::start(()).unwrap();
    me.call(lamp, "switch").unwrap();
    let shown = Sys::at(lamp).get_state(&me).unwrap();
    assert_eq!((shown.element(0), shown.element(1)), (Some(Term::from("on")), Some(Term::from(40))));

    let manager = EventManager::start().unwrap();
    manager.add_handler(&me, Listener::<0>(None)).unwrap();
    manager.add_handler(&me, Listener::<1>(Some("hears"))).unwrap();
    manager.add_handler(&me, Listener::<2>(Some("panic"))).unwrap();
    let states = Sys::at(manager.pid().unwrap()).get_state(&me).unwrap();
    assert_eq!(states.to_string(), "[{third,nil},{second,hears},{first,nil}]");

    let supervisor = Supervisor::one_for_one().start().unwrap();
    assert_eq!(field(&Sys::at(supervisor).get_state(&me).unwrap(), "strategy"), Term::atom("one_for_one"));
    let agent = Agent::start(|| 1).unwrap().pid().unwrap();
    assert_eq!(Sys::at(agent).get_state(&me), Ok(Term::nil()));
    assert_eq!(field(&Sys::at(agent).get_status(&me).unwrap(), "module"), Term::atom("agent"));
}

// S-SYS-1, S-SYS-5
#[test]
fn it_comes_in_order_and_a_timeout_comes_all_the_same() {
    let me = attach();
    let till = Till::start((0, Some(me.pid()))).unwrap();
    for coins in 1..50 {
        me.cast(till, 1).unwrap();
        assert_eq!(Sys::at(till).get_state(&me), Ok(Term::from(coins)));
    }
    me.call(till, -1).unwrap();
    Sys::at(till).get_status(&me).unwrap();
    let Ok(Message::Term { term, .. }) = me.receive() else { panic!("no timeout came") };
    assert_eq!(term, Term::atom("timeout"));
}

// S-SYS-1
#[test]
fn nobody_and_no_behaviour_are_failures_of_a_call() {
    let me = attach();
    let failed = Sys::at("sys_nobody").get_state(&me).unwrap_err();
    let Some(reason) = failed.reason() else { panic!("{failed}") };
    assert_eq!(reason.element(0), Some(Term::atom("noproc")));
    assert!(matches!(Sys::at("sys_nobody").trace(&me, true), Err(CallError::Exited(_))));
    let deaf = me.spawn(|_: &Context, _: Message| {}).unwrap();
    assert!(matches!(Sys::at(deaf).get_status_timeout(&me, SOON), Err(CallError::Timeout(_))));
    assert!(matches!(Sys::at(me.pid()).get_state(&me), Err(CallError::CallingSelf(_))));
    assert_eq!(Sys::at(me.make_ref().unwrap()).get_state(&me), Err(CallError::Refused(Error::BadArgument)));
}

// S-SYS-7, S-SYS-8
#[test]
fn a_traced_machine_reports_what_it_takes_answers_and_turns_into() {
    let me = attach();
    report::set_contents(Contents::default());
    let lamp = Lamp::start(()).unwrap();
    Sys::at(lamp).trace(&me, true).unwrap();
    me.call(lamp, "switch").unwrap();
    Sys::at(lamp).trace(&me, false).unwrap();
    me.call(lamp, "switch").unwrap();
    let of_lamp: Vec<Term> = reports()
        .iter()
        .filter(|(level, report)| {
            *level == Level::Notice && report.get(Atom::new("pid")) == Some(Term::from(lamp))
        })
        .map(|(_, report)| report.clone())
        .collect();
    let events: Vec<Term> = of_lamp.iter().map(|report| field(report, "event")).collect();
    assert_eq!(events, [Term::atom("call"), Term::atom("reply"), Term::atom("state_change")]);
    assert_eq!(field(&of_lamp[0], "report"), Term::atom("trace_report"));
    assert_eq!(field(&of_lamp[1], "client"), Term::from(me.pid()));
    assert_eq!(of_lamp[0].get(Atom::new("last_message")), None);
    assert_eq!(field(&of_lamp[2], "from"), Term::from("off"));
    assert_eq!(field(&of_lamp[2], "to"), Term::from("on"));
}
