//! Applications: started and stopped as one, their callbacks, and what is said of them.

mod common;

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use resprout::application::{self, ApplicationError, ApplicationType};
use resprout::prelude::*;
use resprout::{whereis, Application, Registry, Started};

use common::{attach, expect_nothing, expect_term, PATIENCE};

/// Notes its start, and its end.
struct Part {
    test: Pid,
    name: &'static str,
}

impl GenServer for Part {
    type Args = (Pid, &'static str);

    fn init(context: &Context, (test, name): &Self::Args) -> Result<Init<Self>, Exception> {
        context.trap_exit(true)?;
        context.send(*test, format!("{name} up"))?;
        Ok(Init::Ready(Self { test: *test, name }))
    }

    fn handle_info(&mut self, _: &Context, message: Message) -> Result<Flow<Self>, Exception> {
        match message {
            Message::Term { term, .. } => Ok(Flow::stop(term)),
            other => panic!("{other:?}"),
        }
    }

    fn terminate(&mut self, context: &Context, reason: &Term) -> Result<(), Exception> {
        Ok(context.send(self.test, format!("{} {reason}", self.name))?)
    }
}

/// An application of one part, whose callbacks note that they run.
struct Noting {
    test: Pid,
    name: &'static str,
    needs: &'static [&'static str],
}

impl Noting {
    fn new(me: &Process, name: &'static str, needs: &'static [&'static str]) -> Self {
        Self { test: me.pid(), name, needs }
    }
}

impl Application for Noting {
    fn name(&self) -> Atom {
        Atom::new(self.name)
    }

    fn applications(&self) -> Vec<Atom> {
        self.needs.iter().map(|name| Atom::new(name)).collect()
    }

    fn top(&self) -> ChildSpec {
        let part = ChildSpec::server::<Part>((self.test, self.name)).name(self.name);
        Supervisor::one_for_one().max_restarts(0, Duration::from_secs(5)).child(part).into()
    }

    fn prep_stop(&self, context: &Context) -> Result<Next, Exception> {
        context.send(self.test, format!("{} prep_stop", self.name))?;
        Ok(Next::Stop)
    }

    fn stop(&self, context: &Context) -> Result<Next, Exception> {
        context.send(self.test, format!("{} stop", self.name))?;
        Ok(Next::Continue)
    }
}

/// What a closure says an application is.
struct Given<T, S>(&'static str, T, S);

impl<T, S> Application for Given<T, S>
where
    T: Fn() -> ChildSpec + Send + Sync + 'static,
    S: Fn(&Context) -> Result<Next, Exception> + Send + Sync + 'static,
{
    fn name(&self) -> Atom {
        Atom::new(self.0)
    }

    fn top(&self) -> ChildSpec {
        (self.1)()
    }

    fn stop(&self, context: &Context) -> Result<Next, Exception> {
        (self.2)(context)
    }
}

fn silent(_: &Context) -> Result<Next, Exception> {
    Ok(Next::Stop)
}

#[track_caller]
fn expect(me: &Process, notes: &[&str]) {
    for note in notes {
        assert_eq!(expect_term(me).as_str(), Some(*note));
    }
}

/// What an application that cannot be says: `{Word, Name}`.
fn refused(word: &str, name: &str) -> Result<(), ApplicationError> {
    Err(ApplicationError::Failed((Atom::new(word), Atom::new(name)).into()))
}

fn runs(name: &str) -> Option<ApplicationType> {
    let all = application::which().expect("a runtime");
    all.into_iter().find(|(each, _)| each.name() == name).map(|(_, kind)| kind)
}

// case 283: S-APP-5
#[test]
fn stop_runs_both_callbacks_around_the_end_of_the_tree() {
    let me = attach();
    application::load(Noting::new(&me, "a283", &[])).unwrap();
    for _ in 0..2 {
        application::start("a283", ApplicationType::Temporary).unwrap();
        expect(&me, &["a283 up"]);
        application::stop("a283").unwrap();
        expect(&me, &["a283 prep_stop", "a283 shutdown", "a283 stop"]);
        assert_eq!(whereis("a283"), None);
        assert_eq!(runs("a283"), None);
    }
    application::unload("a283").unwrap();
    assert!(!application::loaded().unwrap().contains(&Atom::new("a283")));
}

// case 413: S-APP-3, S-APP-4, S-APP-8
#[test]
fn what_is_needed_is_started_first() {
    let me = attach();
    application::load(Noting::new(&me, "shop", &["database", "mail"])).unwrap();
    assert_eq!(application::start("shop", ApplicationType::Temporary), refused("not_started", "database"));
    application::load(Noting::new(&me, "mail", &["log"])).unwrap();
    application::load(Noting::new(&me, "database", &["log"])).unwrap();
    assert_eq!(application::start("shop", ApplicationType::Temporary), refused("not_started", "database"));
    application::load(Noting::new(&me, "log", &[])).unwrap();
    let order = ["log", "database", "mail", "shop"].map(Atom::new);
    assert_eq!(application::ensure_all_started("shop", ApplicationType::Temporary).unwrap(), order);
    expect(&me, &["log up", "database up", "mail up", "shop up"]);
    assert_eq!(application::ensure_all_started("shop", ApplicationType::Temporary).unwrap(), []);
    let which = application::which().unwrap();
    let ours = which.iter().map(|(name, _)| *name).filter(|name| order.contains(name));
    assert_eq!(ours.collect::<Vec<_>>(), order);
    for name in order.iter().rev() {
        application::stop(*name).unwrap();
    }
}

// S-APP-4
#[test]
fn if_one_does_not_start_the_others_are_stopped_again() {
    let me = attach();
    let broken = || Supervisor::with_init(|_| Err(Exception::exit("no disk"))).into();
    application::load(Noting::new(&me, "needy", &["first", "broken"])).unwrap();
    application::load(Noting::new(&me, "first", &[])).unwrap();
    application::load(Given("broken", broken, silent)).unwrap();
    let error = application::ensure_all_started("needy", ApplicationType::Permanent).unwrap_err();
    let ApplicationError::Failed(why) = &error else { panic!("{error:?}") };
    assert_eq!(why, &Term::from((Atom::new("broken"), "no disk")));
    assert_eq!(error.to_string(), r#"the call about an application failed: {broken,"no disk"}"#);
    expect(&me, &["first up", "first prep_stop", "first shutdown", "first stop"]);
    expect_nothing(&me);
}

// case 412: S-APP-1, S-APP-2, S-APP-5
#[test]
fn what_cannot_be_names_the_application() {
    let me = attach();
    let name = "a412";
    let start = || application::start(name, ApplicationType::Transient);
    assert_eq!(start(), refused("not_loaded", name));
    assert_eq!(application::unload(name), refused("not_loaded", name));
    assert_eq!(application::stop(name), refused("not_started", name));
    application::load(Noting::new(&me, name, &[])).unwrap();
    assert_eq!(application::load(Noting::new(&me, name, &[])), refused("already_loaded", name));
    start().unwrap();
    assert_eq!(runs(name), Some(ApplicationType::Transient));
    assert_eq!(start(), refused("already_started", name));
    assert_eq!(application::unload(name), refused("running", name));
    application::stop(name).unwrap();
}

// case 411: S-APP-2
#[test]
fn the_top_may_be_any_child() {
    let me = attach();
    let test = me.pid();
    let part = move || Start::server::<Part>((test, "part"));
    application::load(Given("a process", move || part().into(), silent)).unwrap();
    let by_function = move || ChildSpec::started_by("part", move |_, _| Ok(Started::link(part())));
    application::load(Given("a function", by_function, silent)).unwrap();
    let by_init = move || Supervisor::with_init(move |_| Ok(Supervisor::one_for_one().child(part()))).into();
    application::load(Given("an init", by_init, silent)).unwrap();
    for name in ["a process", "a function", "an init"] {
        application::start(name, ApplicationType::Temporary).unwrap();
        application::stop(name).unwrap();
        expect(&me, &["part up", "part shutdown"]);
    }
}

#[test]
fn a_top_that_cannot_be_is_refused() {
    let me = attach();
    let test = me.pid();
    let part = move || Start::server::<Part>((test, "part"));
    let in_registry = move || part().via(Registry::new("none"), 1).into();
    let refused = application::load(Given("registered", in_registry, silent));
    assert_eq!(refused, Err(ApplicationError::Refused(Error::BadArgument)));
    let twice = move || Supervisor::one_for_one().child(part()).child(part()).into();
    let refused = application::load(Given("twice", twice, silent)).unwrap_err();
    assert!(matches!(refused, ApplicationError::BadSpec(_)), "{refused:?}");
    assert!(refused.to_string().contains("duplicate_child_name"), "{refused}");
    let nameless = Given("", || ChildSpec::function("x", || |_: &Context, _| {}), silent);
    assert!(application::load(nameless).is_ok()); // as everywhere: the empty atom is one
}

// S-APP-5
#[test]
fn a_callback_that_panics_changes_nothing_of_the_rest() {
    let me = attach();
    let test = me.pid();
    let top = move || ChildSpec::server::<Part>((test, "part"));
    application::load(Given("panicking", top, |_: &Context| panic!("sorry"))).unwrap();
    for _ in 0..2 {
        application::start("panicking", ApplicationType::Temporary).unwrap();
        application::stop("panicking").unwrap();
        expect(&me, &["part up", "part shutdown"]);
    }
}

// S-APP-5
#[test]
fn a_callback_may_wait() {
    let me = attach();
    let test = me.pid();
    let stop = move |context: &Context| {
        let asked = context.send_request(test, "may I?")?;
        Ok(Next::wait_for(asked, PATIENCE, move |context, answer| -> Result<_, Exception> {
            context.send(test, answer?.into_term())?;
            Ok(Next::Stop)
        }))
    };
    application::load(Given("polite", || ChildSpec::function("x", || |_: &Context, _| {}), stop)).unwrap();
    application::start("polite", ApplicationType::Temporary).unwrap();
    let stopper = std::thread::spawn(|| application::stop("polite"));
    match common::receive(&me) {
        Message::Call { from, .. } => from.reply("you may").unwrap(),
        other => panic!("{other:?}"),
    }
    expect(&me, &["you may"]);
    stopper.join().unwrap().unwrap();
}

/// Opens once.
#[derive(Default)]
struct Gate(Mutex<bool>, Condvar);

impl Gate {
    fn open(&self) {
        *self.0.lock().unwrap() = true;
        self.1.notify_all();
    }

    fn pass(&self) {
        drop(self.1.wait_while(self.0.lock().unwrap(), |is_open| !*is_open).unwrap());
    }
}

// S-APP-2, S-APP-5
#[test]
fn what_is_not_done_in_time_goes_on() {
    let me = attach();
    let gates = [Arc::new(Gate::default()), Arc::new(Gate::default())];
    let [starting, stopping] = gates.clone();
    let top = move || {
        let starting = Arc::clone(&starting);
        Supervisor::with_init(move |_| {
            starting.pass();
            Ok(Supervisor::one_for_one())
        })
        .into()
    };
    let stop = move |_: &Context| {
        stopping.pass();
        Ok(Next::Stop)
    };
    let soon = Duration::from_millis(1);
    application::load(Given("slow", top, stop)).unwrap();
    let started = application::start_timeout("slow", ApplicationType::Temporary, soon);
    assert_eq!(started, Err(ApplicationError::Timeout));
    gates[0].open();
    application::ensure_all_started_timeout("slow", ApplicationType::Temporary, PATIENCE).unwrap();
    assert_eq!(application::stop_timeout("slow", soon), Err(ApplicationError::Timeout));
    gates[1].open();
    while runs("slow").is_some() {
        std::thread::yield_now();
    }
    drop(me);
}

// S-APP-2
#[test]
fn in_a_handler_the_controller_is_asked_by_requests() {
    let me = attach();
    application::load(Noting::new(&me, "asked", &[])).unwrap();
    let (pid, _) = me
        .spawn_monitor(|context: &Context, message| -> Result<Next, Exception> {
            let Message::Call { from, .. } = message else { return Ok(Next::Continue) };
            assert_eq!(application::which(), Err(Error::WouldBlock));
            assert_eq!(application::stop("asked"), Err(ApplicationError::Refused(Error::WouldBlock)));
            let request = (Atom::new("start"), Atom::new("asked"), Atom::new("temporary"));
            let asked = context.send_request("application_controller", request)?;
            Ok(Next::wait_for(asked, PATIENCE, move |_, answer| -> Result<_, Exception> {
                from.reply(answer?.into_term())?;
                Ok(Next::Stop)
            }))
        })
        .unwrap();
    assert_eq!(me.call(pid, ()).unwrap().into_term(), Term::atom("ok"));
    assert_eq!(runs("asked"), Some(ApplicationType::Temporary));
    application::stop("asked").unwrap();
}

// S-APP-1
#[test]
fn an_application_is_dropped_once_it_is_unloaded() {
    struct Held(Arc<()>);
    impl Application for Held {
        fn name(&self) -> Atom {
            Atom::new("held")
        }
        fn top(&self) -> ChildSpec {
            let held = Arc::clone(&self.0);
            ChildSpec::function("x", move || {
                let held = Arc::clone(&held);
                move |_: &Context, _| drop(Arc::clone(&held))
            })
        }
    }
    common::runtime();
    let alive = Arc::new(());
    application::load(Held(Arc::clone(&alive))).unwrap();
    assert!(application::load(Held(Arc::clone(&alive))).is_err());
    application::start("held", ApplicationType::Temporary).unwrap();
    application::stop("held").unwrap();
    assert!(Arc::strong_count(&alive) > 1);
    application::unload("held").unwrap();
    while Arc::strong_count(&alive) != 1 {
        std::thread::yield_now();
    }
}
