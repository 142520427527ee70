//! Children that functions start.

mod common;

use common::children::*;
use common::*;
use resprout::prelude::*;
use resprout::{Start, StartError, Started};

/// Traps exits, and does nothing.
struct Idle;

impl GenServer for Idle {
    type Args = ();

    fn init(context: &Context, (): &()) -> Result<Init<Self>, Exception> {
        context.trap_exit(true)?;
        Ok(Init::Ready(Self))
    }

    fn handle_info(&mut self, _: &Context, _: Message) -> Result<Flow<Self>, Exception> {
        Ok(Flow::go_on())
    }
}

/// Says how its start ends.
struct Fails;

impl GenServer for Fails {
    type Args = Option<&'static str>;

    fn init(_: &Context, reason: &Self::Args) -> Result<Init<Self>, Exception> {
        Ok(reason.map_or(Init::Ignore, |reason| Init::Fail(Term::atom(reason))))
    }

    fn handle_info(&mut self, _: &Context, _: Message) -> Result<Flow<Self>, Exception> {
        Ok(Flow::go_on())
    }
}

fn idle() -> Start {
    Start::server::<Idle>(())
}

/// What a dynamic supervisor says of the start of such a child, of which it keeps nothing.
#[track_caller]
fn outcome<F>(me: &Process, function: F) -> Result<Option<Pid>, StartError>
where
    F: Fn(&Context, &[Term]) -> Result<Started, Exception> + Send + Sync + 'static,
{
    let supervisor = Supervisor::dynamic().start().unwrap();
    let started = me.start_child(supervisor, ChildSpec::started_by("it", function));
    let counts = me.count_children(supervisor).unwrap();
    assert_eq!(counts.specs, 0);
    stop(me, supervisor);
    started
}

fn failed(reason: impl Into<Term>) -> Result<Option<Pid>, StartError> {
    Err(StartError::Failed(reason.into()))
}

// S-SUP-14, S-SUP-46, S-SUP-47
#[test]
fn a_function_starts_a_child_at_each_of_its_starts() {
    let me = attach();
    let test = me.pid();
    let spec = ChildSpec::started_by("it", move |context, args| {
        assert!(args.is_empty());
        context.send(test, "runs")?;
        Ok(Started::link_then(idle(), move |context, started| {
            let pid = started.expect("it starts");
            context.send(test, pid)?;
            Ok(Started::child(pid))
        }))
    });
    let supervisor = Supervisor::one_for_one().child(spec).start().unwrap();
    let mut pids = Vec::new();
    for _ in 0..2 {
        assert_eq!(expect_term(&me).as_str(), Some("runs"));
        let pid: Pid = expect_term(&me).to().unwrap();
        let end = me.monitor(pid).unwrap();
        pids.push(pid);
        me.exit_signal(pid, Atom::new("kill")).unwrap();
        assert_eq!(expect_down(&me, end), Atom::new("killed"));
    }
    assert_ne!(pids[0], pids[1]);
    stop(&me, supervisor);
}

// case 246, case 247
#[test]
fn what_a_function_comes_to() {
    let me = attach();
    assert_eq!(outcome(&me, |_, _| Ok(Started::ignore())), Ok(None));
    assert_eq!(outcome(&me, |_, _| Ok(Started::fail("e"))), failed("e"));
    assert_eq!(outcome(&me, |_, _| Err(Exception::exit("r"))), failed("r"));
    let linked = |reason| move |_: &Context, _: &[Term]| Ok(Started::link(Start::server::<Fails>(reason)));
    assert_eq!(outcome(&me, linked(None)), Ok(None));
    assert_eq!(outcome(&me, linked(Some("why"))), failed(Term::atom("why")));
    match outcome(&me, |_, _| panic!("at once")) {
        Err(StartError::Failed(reason)) => assert_eq!(exception_of(&reason).2, "at once"),
        other => panic!("{other:?}"),
    }
    match outcome(&me, |_, _| Ok(Started::link_then(idle(), |_, _| panic!("later")))) {
        Err(StartError::Failed(reason)) => assert_eq!(exception_of(&reason).2, "later"),
        other => panic!("{other:?}"),
    }
}

// S-SUP-48
#[test]
fn what_a_failing_function_has_started_is_gone() {
    let me = attach();
    let test = me.pid();
    let half_way = move |_: &Context, _: &[Term]| {
        Ok(Started::link_then(idle(), move |context, started| {
            context.send(test, started.expect("it starts"))?;
            Err(Exception::exit("half way"))
        }))
    };
    assert_eq!(outcome(&me, half_way), failed("half way"));
    let pid: Pid = expect_term(&me).to().unwrap();
    let end = me.monitor(pid).unwrap();
    assert_eq!(expect_down(&me, end), Atom::new("noproc"));
}

// S-SUP-47
#[test]
fn a_process_that_is_there_becomes_the_child() {
    let me = attach();
    let pid = idle().start().unwrap();
    let supervisor = Supervisor::one_for_one()
        .child(
            ChildSpec::started_by("it", move |_, _| Ok(Started::child(pid))).shutdown(Shutdown::BrutalKill),
        )
        .start()
        .unwrap();
    let twice = ChildSpec::started_by("again", move |_, _| Ok(Started::child(pid)));
    let refused = me.start_child(supervisor, twice).unwrap_err();
    assert_eq!(refused, StartError::Failed((Atom::new("already_started"), pid).into()));
    let end = me.monitor(pid).unwrap();
    stop(&me, supervisor);
    assert_eq!(expect_down(&me, end), Atom::new("killed"));
    assert_eq!(outcome(&me, move |_, _| Ok(Started::child(pid))), failed(Term::atom("noproc")));
}

// S-SUP-8
#[test]
fn a_function_has_no_name() {
    let named = ChildSpec::started_by("it", |_, _| Ok(Started::ignore())).name("rust_test_function");
    let refused = Supervisor::one_for_one().child(named).start().unwrap_err();
    assert!(matches!(refused, StartError::BadSpec(_)), "{refused:?}");
}

// S-SUP-49
#[test]
fn a_function_that_hangs_ends_with_its_supervisor() {
    let me = attach();
    let test = me.pid();
    let hangs = ChildSpec::started_by("it", move |context, _| {
        context.send(test, context.pid())?;
        let never = Start::function(|| |_: &Context, _| {});
        Ok(Started::link_then(never, move |context, _| {
            context.send(test, "started")?;
            Ok(Started::link(Start::server::<Silent>(test)))
        }))
    });
    let supervisor = Supervisor::dynamic().start().unwrap();
    let asker = std::thread::spawn(move || attach().start_child(supervisor, hangs));
    let starter: Pid = expect_term(&me).to().unwrap();
    assert_eq!(expect_term(&me).as_str(), Some("started"));
    let silent: Pid = expect_term(&me).to().unwrap();
    let ends = [me.monitor(starter).unwrap(), me.monitor(silent).unwrap()];
    me.exit_signal(supervisor, Atom::new("kill")).unwrap();
    let mut told = 0;
    while told < 2 {
        match receive(&me) {
            Message::Down { monitor, reason, .. } => {
                assert!(ends.contains(&monitor));
                assert_eq!(reason, Atom::new("killed"));
                told += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    asker.join().unwrap().unwrap_err();
}

/// Its init, which continues for ever, does not let it end by itself.
struct Silent;

impl GenServer for Silent {
    type Args = Pid;

    fn init(context: &Context, test: &Pid) -> Result<Init<Self>, Exception> {
        context.send(*test, context.pid())?;
        while context.checkpoint().is_ok() {
            std::thread::yield_now();
        }
        Ok(Init::Ready(Self))
    }

    fn handle_info(&mut self, _: &Context, _: Message) -> Result<Flow<Self>, Exception> {
        Ok(Flow::go_on())
    }
}

// S-SUP-46
#[test]
fn what_a_function_says_of_its_child_is_for_who_asked() {
    let me = attach();
    let counts = |id: &'static str, said: i64| {
        ChildSpec::started_by(id, move |_, _| {
            Ok(Started::link_then(idle(), move |_, started| Ok(Started::child_info(started?, said))))
        })
    };
    let supervisor = Supervisor::one_for_one().child(counts("a", 1)).start().unwrap();
    me.terminate_child(supervisor, "a").unwrap();
    let (again, info) = me.restart_child_info(supervisor, "a").unwrap();
    assert_eq!((again, info), (me.which_children(supervisor).unwrap()[0].pid, 1.into()));
    let (second, info) = me.start_child_info(supervisor, counts("b", 2)).unwrap();
    assert_eq!((second, info), (me.which_children(supervisor).unwrap()[1].pid, 2.into()));
    let plain = ChildSpec::from(idle()).id("c");
    assert_eq!(me.start_child_info(supervisor, plain).unwrap().1, Term::nil());
    let asked = me.start_child_request(supervisor, counts("d", 3)).unwrap();
    let (third, info) = me.receive_response(asked, PATIENCE).started_info().unwrap();
    assert_eq!((third, info), (me.which_children(supervisor).unwrap()[3].pid, 3.into()));
    let plain = ChildSpec::from(idle()).id("e");
    let asked = me.start_child_request(supervisor, plain).unwrap();
    assert_eq!(me.receive_response(asked, PATIENCE).started_info().unwrap().1, Term::nil());
    let refused = me.restart_child_info(supervisor, "none").unwrap_err();
    assert_eq!(refused, StartError::Failed(Term::atom("not_found")));
    stop(&me, supervisor);

    let tells = ChildSpec::started_by("it", move |_, args| {
        let said = args[0].clone();
        Ok(Started::link_then(idle(), move |_, started| Ok(Started::child_info(started?, said))))
    });
    let pool = Supervisor::simple_one_for_one().child(tells).start().unwrap();
    let (child, info) = me.start_child_args_info(pool, [Term::from(42)]).unwrap();
    assert_eq!((child, info), (me.which_children(pool).unwrap()[0].pid, 42.into()));
    stop(&me, pool);
}

// S-SUP-46
#[test]
fn a_function_starts_a_tree() {
    let me = attach();
    let tree = ChildSpec::started_by("tree", |_, _| {
        Ok(Started::link(Supervisor::one_for_one().child(ChildSpec::from(idle()).id("leaf"))))
    });
    let supervisor = Supervisor::one_for_one().child(tree).start().unwrap();
    let tree = me.which_children(supervisor).unwrap()[0].pid.unwrap();
    assert_eq!(me.which_children(tree).unwrap()[0].id, Term::from("leaf"));
    stop(&me, supervisor);
    assert_eq!(me.process_info(tree).unwrap(), None);
}
