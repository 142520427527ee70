//! Callbacks that start and stop other processes, and go on when that is over.

mod common;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::children::stop;
use common::*;
use resprout::prelude::*;
use resprout::{whereis, Flush, GenStatem, Registry, Startable};

/// What is given to one start only.
type Once = Mutex<Option<Witness>>;

fn taken(once: &Once) -> Witness {
    once.lock().unwrap().take().expect("one start")
}

type What = Arc<dyn Fn() -> Startable + Send + Sync>;

/// What it is told to do.
enum Deed {
    Start { what: What, link: bool, within: Duration },
    Monitor,
    Stop { pid: Pid, within: Duration },
}

struct Builder {
    test: Pid,
}

impl GenServer for Builder {
    type Args = Pid;

    fn init(context: &Context, test: &Pid) -> Result<Init<Self>, Exception> {
        context.trap_exit(true)?;
        Ok(Init::Ready(Self { test: *test }))
    }

    fn handle_call(&mut self, _: &Context, deed: Payload, from: ReplyTo) -> Result<Reply<Self>, Exception> {
        let Payload::Native(deed) = deed else { unreachable!() };
        let tell = move |started: Result<Pid, StartError>| -> Result<Flow<Self>, Exception> {
            from.reply(said(started))?;
            Ok(Flow::go_on())
        };
        Ok(match *deed.downcast::<Deed>().expect("a deed") {
            Deed::Start { what, link: true, within } => {
                Flow::wait_for_start_link(what(), within, move |_, _, started| tell(started))
            }
            Deed::Start { what, within, .. } => {
                Flow::wait_for_start(what(), within, move |_, _, started| tell(started))
            }
            Deed::Monitor => Flow::wait_for_start_monitor(idle(), PATIENCE, move |_, _, started| {
                from.reply(started?)?;
                Ok(Flow::go_on())
            }),
            Deed::Stop { pid, within } => Flow::wait_for_stop(pid, "normal", within, move |_, _, stopped| {
                from.reply(match stopped {
                    Ok(()) => Term::atom("stopped"),
                    Err(other) => other.reason().cloned().expect("it says why"),
                })?;
                Ok(Flow::go_on())
            }),
        }
        .into())
    }

    /// Tells of what it watches.
    fn handle_info(&mut self, context: &Context, message: Message) -> Result<Flow<Self>, Exception> {
        if let Message::Down { monitor, .. } = message {
            context.send(self.test, monitor)?;
        }
        Ok(Flow::go_on())
    }
}

/// What a start came to.
fn said(started: Result<Pid, StartError>) -> Term {
    match started {
        Ok(pid) => pid.into(),
        Err(StartError::Failed(why)) => why,
        Err(StartError::AlreadyStarted(pid)) => (Atom::new("already_started"), pid).into(),
        Err(other) => Term::from(format!("{other:?}").as_str()),
    }
}

fn idle() -> Start {
    Start::function(|| |_: &Context, _: Message| {})
}

struct Refusing;

impl GenServer for Refusing {
    type Args = fn() -> Init<Self>;

    fn init(_: &Context, says: &Self::Args) -> Result<Init<Self>, Exception> {
        Ok(says())
    }

    fn handle_info(&mut self, _: &Context, message: Message) -> Result<Flow<Self>, Exception> {
        panic!("{message:?}")
    }
}

fn refusing(says: fn() -> Init<Refusing>) -> Start {
    Start::server::<Refusing>(says)
}

/// Never says that it is up.
struct Never;

impl GenServer for Never {
    type Args = Pid;

    fn init(context: &Context, told: &Pid) -> Result<Init<Self>, Exception> {
        context.init_ack_later()?;
        context.send(*told, context.pid())?;
        Ok(Init::Ready(Self))
    }

    fn handle_info(&mut self, _: &Context, message: Message) -> Result<Flow<Self>, Exception> {
        panic!("{message:?}")
    }
}

#[track_caller]
fn started_within<T: Into<Startable>>(
    me: &Process,
    builder: Pid,
    link: bool,
    within: Duration,
    what: impl Fn() -> T + Send + Sync + 'static,
) -> Term {
    let what: What = Arc::new(move || what().into());
    me.call_native(builder, Deed::Start { what, link, within }, PATIENCE).expect("an answer").into_term()
}

#[track_caller]
fn started<T: Into<Startable>>(
    me: &Process,
    builder: Pid,
    link: bool,
    what: impl Fn() -> T + Send + Sync + 'static,
) -> Term {
    started_within(me, builder, link, PATIENCE, what)
}

#[track_caller]
fn stopped_within(me: &Process, builder: Pid, pid: Pid, within: Duration) -> Term {
    me.call_native(builder, Deed::Stop { pid, within }, PATIENCE).expect("an answer").into_term()
}

#[track_caller]
fn stopped(me: &Process, builder: Pid, pid: Pid) -> Term {
    stopped_within(me, builder, pid, PATIENCE)
}

fn links(me: &Process, of: Pid) -> Vec<Pid> {
    me.process_info(of).unwrap().unwrap().get(Term::atom("links")).unwrap().to().unwrap()
}

// S-START-8, S-SRV-28
#[test]
fn a_callback_starts_and_stops_servers_and_supervisors() {
    let me = attach();
    let builder = Builder::start(me.pid()).unwrap();
    let alone = started(&me, builder, false, idle).as_pid().unwrap();
    assert_eq!(links(&me, alone), []);
    let linked = started(&me, builder, true, || idle().name("rust_test_linked")).as_pid().unwrap();
    assert_eq!(links(&me, linked), [builder]);
    assert_eq!(whereis("rust_test_linked"), Some(linked));
    let tree = || Supervisor::one_for_one().child(ChildSpec::from(idle()).id("leaf"));
    let tree = started(&me, builder, true, tree).as_pid().unwrap();
    assert_eq!(me.count_children(tree).unwrap().active, 1);
    let watched = me.call_native(builder, Deed::Monitor, PATIENCE).unwrap().into_term();
    let (watched, monitor): (Pid, Ref) = watched.to().unwrap();
    for pid in [alone, tree, linked, watched] {
        assert_eq!(stopped(&me, builder, pid), Term::atom("stopped"));
    }
    assert_eq!(stopped(&me, builder, alone), Term::atom("noproc"));
    assert_eq!(expect_term(&me).to(), Some(monitor));
    assert_eq!(stopped(&me, builder, builder), Term::atom("calling_self"));
    let deaf = idle().start().unwrap();
    me.suspend(deaf, PATIENCE).unwrap();
    assert_eq!(stopped_within(&me, builder, deaf, Duration::from_millis(1)), Term::atom("timeout"));
    me.resume(deaf).unwrap();
    stop(&me, builder);
}

// S-START-3, S-START-4, S-START-8
#[test]
fn a_start_in_a_callback_says_what_the_call_says() {
    let me = attach();
    let builder = Builder::start(me.pid()).unwrap();
    let test = me.pid();
    for link in [false, true] {
        let refused = || refusing(|| Init::Stop(Term::atom("why")));
        assert_eq!(started(&me, builder, link, refused), Term::atom("why"));
        let declined = || refusing(|| Init::Ignore);
        assert_eq!(started(&me, builder, link, declined), Term::from("Ignored"));
        let named = || idle().name("rust_test_one_name");
        let first = started(&me, builder, link, named).as_pid().unwrap();
        let again = started(&me, builder, link, named);
        assert_eq!(again, Term::from((Atom::new("already_started"), first)));
        assert_eq!(stopped(&me, builder, first), Term::atom("stopped"));
        let never = move || Start::server::<Never>(test).name("rust_test_late");
        let late = started_within(&me, builder, link, Duration::from_millis(1), never);
        assert_eq!(late, Term::from("Timeout"));
        assert_eq!(whereis("rust_test_late"), None);
    }
    let twice = || {
        Supervisor::one_for_one().child(ChildSpec::from(idle()).id(1)).child(ChildSpec::from(idle()).id(1))
    };
    assert!(started(&me, builder, false, twice).to_string().contains("duplicate_child_name"));
    stop(&me, builder);
}

/// Has a part before it is up, and stops it in order.
struct Owner {
    test: Pid,
    part: Option<Pid>,
    continued: Option<Term>,
    _held: Witness,
}

impl GenServer for Owner {
    type Args = (Pid, bool, Once);

    fn init(_: &Context, (test, fails, held): &Self::Args) -> Result<Init<Self>, Exception> {
        let fails = *fails;
        let wait = Flow::wait_for_start(idle(), PATIENCE, move |owner: &mut Self, _, part| {
            owner.part = Some(part?);
            Ok(if fails { Flow::stop("changed its mind") } else { Flow::continue_with("then") })
        });
        Ok(Init::ReadyWith(Self { test: *test, part: None, continued: None, _held: taken(held) }, wait))
    }

    fn handle_continue(&mut self, _: &Context, argument: Term) -> Result<Flow<Self>, Exception> {
        self.continued = Some(argument);
        Ok(Flow::go_on())
    }

    fn handle_call(&mut self, _: &Context, _: Payload, _: ReplyTo) -> Result<Reply<Self>, Exception> {
        assert_eq!(self.continued, Some(Term::from("then")));
        Ok(Reply::now(self.part.map_or(Term::nil(), Term::from)))
    }

    fn handle_info(&mut self, _: &Context, message: Message) -> Result<Flow<Self>, Exception> {
        panic!("{message:?}")
    }

    fn terminate_with(&mut self, _: &Context, reason: &Term) -> Result<Flow<Self>, Exception> {
        let reason = reason.clone();
        Ok(Flow::wait_for_stop(
            self.part.unwrap(),
            "shutdown",
            PATIENCE,
            move |owner: &mut Self, context, stopped| {
                stopped?;
                context.send(owner.test, reason)?;
                Ok(Flow::go_on())
            },
        ))
    }
}

// S-START-8
#[test]
fn an_init_and_a_terminate_wait_too() {
    let me = attach();
    let (witness, drops) = Witness::new();
    let owner = Owner::start((me.pid(), false, Mutex::new(Some(witness)))).unwrap();
    let part = me.call(owner, ()).unwrap().into_term().as_pid().unwrap();
    stop(&me, owner);
    assert_eq!(expect_term(&me), Term::atom("normal"));
    assert_eq!(me.process_info(part).unwrap(), None);
    drops.expect_one();
    let (witness, drops) = Witness::new();
    let failed = Owner::start((me.pid(), true, Mutex::new(Some(witness)))).unwrap_err();
    assert_eq!(failed, StartError::Failed("changed its mind".into()));
    drops.expect_one();
}

/// Goes on in its init with the error of a start, or cannot wait.
struct Hasty {
    _held: Witness,
}

impl GenServer for Hasty {
    type Args = (u32, Once);

    fn init(_: &Context, (worker, held): &Self::Args) -> Result<Init<Self>, Exception> {
        let what =
            if *worker == 0 { refusing(|| Init::Stop(Term::atom("why"))) } else { idle().worker(*worker) };
        let wait = Flow::wait_for_start(what, PATIENCE, |_, _, started| {
            started?;
            unreachable!()
        });
        Ok(Init::ReadyWith(Self { _held: taken(held) }, wait))
    }

    fn handle_info(&mut self, _: &Context, message: Message) -> Result<Flow<Self>, Exception> {
        panic!("{message:?}")
    }
}

// S-SRV-47
#[test]
fn an_init_that_fails_after_a_wait_leaves_nothing() {
    let _me = attach();
    for (worker, why) in [(0, "why"), (99, "badarg")] {
        let (witness, drops) = Witness::new();
        let failed = Hasty::start((worker, Mutex::new(Some(witness)))).unwrap_err();
        assert!(format!("{failed:?}").contains(why), "{failed:?}");
        drops.expect_one();
    }
}

/// Waits in its init for what never is up.
struct Patient {
    _held: Witness,
}

impl GenServer for Patient {
    type Args = (Pid, Once);

    fn init(context: &Context, (test, held): &Self::Args) -> Result<Init<Self>, Exception> {
        context.send(*test, context.pid())?;
        let never = Start::server::<Never>(*test);
        let wait = Flow::wait_for_start(never, Duration::MAX, |_, _, _| unreachable!());
        Ok(Init::ReadyWith(Self { _held: taken(held) }, wait))
    }

    fn handle_info(&mut self, _: &Context, message: Message) -> Result<Flow<Self>, Exception> {
        panic!("{message:?}")
    }
}

// S-START-9
#[test]
fn who_ends_while_it_waits_takes_along_what_it_was_starting() {
    let me = attach();
    let (test, (witness, drops)) = (me.pid(), Witness::new());
    std::thread::scope(|threads| {
        threads.spawn(move || {
            let _here = attach();
            let failed = Patient::start((test, Mutex::new(Some(witness)))).unwrap_err();
            assert_eq!(failed, StartError::Failed(Term::atom("killed")));
        });
        let outer: Pid = expect_term(&me).to().unwrap();
        let inner: Pid = expect_term(&me).to().unwrap();
        let end = me.monitor(inner).unwrap();
        me.exit_signal(outer, Atom::new("kill")).unwrap();
        assert_eq!(expect_down(&me, end), Atom::new("killed"));
    });
    drops.expect_one();
}

// S-START-8
#[test]
fn handlers_wait_too() {
    let me = attach();
    let test = me.pid();
    let handler = move |_: &Context, message: Message| -> Result<Next, Exception> {
        let Message::Call { from, .. } = message else { return Ok(Next::Continue) };
        Ok(Next::wait_for_start_link(idle(), PATIENCE, move |_, started| -> Result<Next, Exception> {
            let pid = started?;
            Ok(Next::wait_for_start_monitor(
                idle(),
                PATIENCE,
                move |context, started| -> Result<Next, Exception> {
                    let (watched, monitor) = started?;
                    context.demonitor(monitor, Flush::Yes)?;
                    Ok(Next::wait_for_stop(watched, "normal", PATIENCE, move |context, stopped| {
                        stopped?;
                        context.send(test, watched)?;
                        from.reply(pid)?;
                        Ok::<_, Exception>(Next::Continue)
                    }))
                },
            ))
        }))
    };
    for process in [me.spawn(handler).unwrap(), Start::function(move || handler).start().unwrap()] {
        let pid = me.call(process, ()).unwrap().into_term().as_pid().unwrap();
        assert_eq!(links(&me, pid), [process]);
        let watched: Pid = expect_term(&me).to().unwrap();
        assert_eq!(me.process_info(watched).unwrap(), None);
        me.exit_signal(process, Atom::new("kill")).unwrap();
    }
}

struct Machine;

impl GenStatem for Machine {
    type Args = ();

    fn init(_: &Context, _: &()) -> Result<Init<Self>, Exception> {
        Ok(Init::Ready(Self))
    }

    fn handle_event(&mut self, _: &Context, event: resprout::Event) -> Result<Reply<Self>, Exception> {
        let resprout::EventType::Call(from) = event.event_type() else { unreachable!() };
        let from = *from;
        let wait = Flow::wait_for_start(idle(), PATIENCE, move |_, context: &Context, started| {
            context.statem().next_state("started")?;
            from.reply(started?)?;
            Ok(Flow::go_on())
        });
        Ok(wait.into())
    }

    fn terminate_with(&mut self, context: &Context, reason: &Term) -> Result<Flow<Self>, Exception> {
        let state = context.statem().state()?;
        let told: Pid = reason.element(1).and_then(|told| told.to()).unwrap();
        Ok(Flow::wait_for_start(idle(), PATIENCE, move |_, context: &Context, _| {
            context.send(told, state)?;
            Ok(Flow::go_on())
        }))
    }
}

// S-STM-19, S-START-8
#[test]
fn a_state_machine_waits_too() {
    let me = attach();
    let machine = Machine::start(()).unwrap();
    let pid = me.call(machine, ()).unwrap().into_term().as_pid().unwrap();
    assert!(me.process_info(pid).unwrap().is_some());
    me.stop(machine, (Atom::new("shutdown"), me.pid()), PATIENCE).unwrap();
    assert_eq!(expect_term(&me), Term::from("started"));
}

// S-REG-12
#[test]
fn what_is_started_in_a_callback_has_its_key_before() {
    let me = attach();
    let rooms = Registry::new("rust_test_awaited_keys");
    let registry = rooms.unique().start().unwrap();
    let builder = Builder::start(me.pid()).unwrap();
    let one = started(&me, builder, false, move || idle().via(rooms, 7)).as_pid().unwrap();
    assert_eq!(rooms.whereis(7).unwrap(), Some(one));
    let again = started(&me, builder, false, move || idle().via(rooms, 7));
    assert_eq!(again, Term::from((Atom::new("already_started"), one)));
    stop(&me, builder);
    stop(&me, one);
    stop(&me, registry);
}
