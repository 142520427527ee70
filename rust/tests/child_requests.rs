//! Servers that ask for children in their callbacks, and go on when these are up.

mod common;

use std::sync::Arc;
use std::time::Duration;

use common::children::*;
use common::*;
use resprout::prelude::*;
use resprout::{Answer, ChildError, Kind};

type Ask = Arc<dyn Fn(&Context) -> Result<Ref, Exception> + Send + Sync>;
type Read = Arc<dyn Fn(Answer) -> Term + Send + Sync>;

/// Asks at each call, and answers with what `read` makes of what came.
struct Asking {
    ask: Ask,
    read: Read,
    within: Duration,
}

impl GenServer for Asking {
    type Args = (Ask, Read, Duration);

    fn init(_: &Context, (ask, read, within): &Self::Args) -> Result<Init<Self>, Exception> {
        Ok(Init::Ready(Self { ask: ask.clone(), read: read.clone(), within: *within }))
    }

    fn handle_call(
        &mut self,
        context: &Context,
        _: Payload,
        from: ReplyTo,
    ) -> Result<Reply<Self>, Exception> {
        let asked = (self.ask)(context)?;
        let wait = Flow::wait_for(asked, self.within, move |server: &mut Self, _, answer| {
            from.reply((server.read)(answer))?;
            Ok(Flow::go_on())
        });
        Ok(wait.into())
    }

    fn handle_info(&mut self, _: &Context, message: Message) -> Result<Flow<Self>, Exception> {
        panic!("{message:?}")
    }
}

/// What a server that asks so makes of the answer.
#[track_caller]
fn answer_within(
    me: &Process,
    within: Duration,
    ask: impl Fn(&Context) -> Result<Ref, Exception> + Send + Sync + 'static,
    read: impl Fn(Answer) -> Term + Send + Sync + 'static,
) -> Term {
    let server = Asking::start((Arc::new(ask), Arc::new(read), within)).expect("a server");
    let term = me.call(server, ()).expect("an answer").into_term();
    stop(me, server);
    term
}

#[track_caller]
fn answer_to(
    me: &Process,
    ask: impl Fn(&Context) -> Result<Ref, Exception> + Send + Sync + 'static,
    read: impl Fn(Answer) -> Term + Send + Sync + 'static,
) -> Term {
    answer_within(me, PATIENCE, ask, read)
}

/// The child, nil where its init declined, or why it did not start.
fn started(answer: Answer) -> Term {
    match answer.started() {
        Ok(pid) => pid.map_or(Term::nil(), Term::from),
        Err(StartError::Failed(why)) => why,
        Err(other) => Term::from(format!("{other:?}").as_str()),
    }
}

fn done(answer: Answer) -> Term {
    match answer.done() {
        Ok(()) => Term::atom("done"),
        Err(ChildError::Failed(why)) => why,
        Err(other) => Term::from(format!("{other:?}").as_str()),
    }
}

/// Declines a start that adds nothing.
struct Guarded;

impl GenServer for Guarded {
    type Args = ();

    fn init(context: &Context, args: &()) -> Result<Init<Self>, Exception> {
        Self::init_with(context, args, &[])
    }

    fn init_with(_: &Context, (): &(), more: &[Term]) -> Result<Init<Self>, Exception> {
        Ok(if more.is_empty() { Init::Ignore } else { Init::Ready(Self) })
    }

    fn handle_info(&mut self, _: &Context, _: Message) -> Result<Flow<Self>, Exception> {
        Ok(Flow::go_on())
    }
}

// S-SUP-58
#[test]
fn a_server_has_the_child_when_it_is_up() {
    let me = attach();
    for supervisor in [Supervisor::one_for_one(), Supervisor::dynamic()] {
        let rooms = supervisor.start_link().expect("a supervisor");
        let test = me.pid();
        let answer = answer_to(
            &me,
            move |context| Ok(context.start_child_request(rooms, fragile_of(test, "room"))?),
            started,
        );
        let room = expect_start(&me, "room");
        assert_eq!(answer, Term::from(room));
        let listed = me.which_children(rooms).expect("children");
        assert_eq!(listed.iter().map(|child| child.pid).collect::<Vec<_>>(), [Some(room)]);
        stop(&me, rooms);
    }
    let guarded = ChildSpec::server::<Guarded>(());
    let pool = Supervisor::simple_one_for_one().child(guarded).start_link().expect("a supervisor");
    let answer =
        answer_to(&me, move |context| Ok(context.start_child_args_request(pool, [Term::from(1)])?), started);
    assert_eq!(answer.as_pid(), me.which_children(pool).expect("children")[0].pid);
    stop(&me, pool);
}

// S-SUP-58, S-SUP-34
#[test]
fn a_start_that_is_refused_or_declined_is_what_the_call_says() {
    let me = attach();
    let test = me.pid();
    let rooms = Supervisor::one_for_one().child(fragile(&me, "room")).start_link().expect("a supervisor");
    let room = expect_start(&me, "room");
    let again = answer_to(
        &me,
        move |context| Ok(context.start_child_request(rooms, fragile_of(test, "room"))?),
        started,
    );
    assert_eq!(again, Term::from((Atom::new("already_started"), room)));
    for supervisor in [Supervisor::one_for_one(), Supervisor::dynamic()] {
        let rooms = supervisor.start_link().expect("a supervisor");
        let declined = answer_to(
            &me,
            move |context| Ok(context.start_child_request(rooms, ChildSpec::server::<Guarded>(()))?),
            started,
        );
        assert!(declined.is_nil(), "{declined}");
        stop(&me, rooms);
    }
    let bad = fragile_of(test, "bad").restart(Restart::Temporary).fatal(true);
    let refused = me.start_child_request(rooms, bad).expect_err("it is no specification");
    assert!(matches!(refused, StartError::BadSpec(_)), "{refused:?}");
    assert_eq!(me.count_children(rooms).expect("counts").specs, 1);
    stop(&me, rooms);
}

// S-SUP-58
#[test]
fn a_supervisor_that_is_gone_or_late_is_a_failure() {
    let me = attach();
    let nobody = dead_process(&me);
    let idle = || ChildSpec::function("room", || |_: &Context, _| {});
    assert_eq!(
        answer_to(&me, move |context| Ok(context.start_child_request(nobody, idle())?), started),
        Atom::new("noproc")
    );
    assert_eq!(
        answer_to(&me, move |context| Ok(context.delete_child_request(nobody, "room")?), done),
        Atom::new("noproc")
    );
    let error = answer_to(
        &me,
        move |context| Ok(context.which_children_request(nobody)?),
        |answer| Term::from(format!("{:?}", answer.children()).as_str()),
    );
    assert_eq!(error, Term::from("Err(Exited)"));
    let silent = me.spawn(|_, _| {}).expect("a process");
    let late = answer_within(
        &me,
        Duration::from_millis(1),
        move |context| Ok(context.start_child_request(silent, idle())?),
        started,
    );
    assert_eq!(late, Term::from("Timeout"));
}

// S-SUP-58
#[test]
fn a_request_that_is_given_up_is_served_all_the_same() {
    let me = attach();
    let rooms = Supervisor::one_for_one().start_link().expect("a supervisor");
    let asked = me.start_child_request(rooms, fragile(&me, "room")).expect("it is asked");
    me.abandon_request(asked).expect("it is given up");
    assert_eq!(me.count_children(rooms).expect("counts").active, 1);
    expect_start(&me, "room");
    stop(&me, rooms);
}

// S-SUP-58, S-SUP-35..40
#[test]
fn each_call_about_children_can_be_asked_for() {
    let me = attach();
    let inner = ChildSpec::from(Supervisor::one_for_one()).id("inner");
    let rooms = Supervisor::one_for_one()
        .child(fragile(&me, "room"))
        .child(inner)
        .start_link()
        .expect("a supervisor");
    let first = expect_start(&me, "room");
    let listed = answer_to(
        &me,
        move |context| Ok(context.which_children_request(rooms)?),
        |answer| {
            let children = answer.children().expect("children");
            Term::list(children.iter().map(|child| {
                let pid = child.pid.map_or(Term::nil(), Term::from);
                Term::from((child.id.clone(), pid, child.is_supervisor))
            }))
        },
    );
    let second = me.which_children(rooms).expect("children")[1].pid.expect("it runs");
    assert_eq!(listed, Term::list([Term::from(("room", first, false)), Term::from(("inner", second, true))]));
    let counted = answer_to(
        &me,
        move |context| Ok(context.count_children_request(rooms)?),
        |answer| {
            let counts = answer.counts().expect("counts");
            Term::list(
                [counts.specs, counts.active, counts.supervisors, counts.workers]
                    .map(|count| Term::from(i64::try_from(count).expect("few"))),
            )
        },
    );
    assert_eq!(counted.to_string(), "[2,2,1,1]");
    let spec = answer_to(
        &me,
        move |context| Ok(context.get_childspec_request(rooms, "room")?),
        |answer| answer.childspec().expect("a specification"),
    );
    assert_eq!(spec.kind(), Kind::Map);
    assert_eq!(spec.get(Atom::new("id")), Some(Term::from("room")));

    let delete = move |context: &Context| Ok(context.delete_child_request(rooms, "room")?);
    let terminate = move |context: &Context| Ok(context.terminate_child_request(rooms, "room")?);
    let restart = move |context: &Context| Ok(context.restart_child_request(rooms, "room")?);
    assert_eq!(answer_to(&me, delete, done), Atom::new("running"));
    assert_eq!(answer_to(&me, terminate, done), Atom::new("done"));
    let again = answer_to(&me, restart, started);
    assert_eq!(again, Term::from(expect_start(&me, "room")));
    assert_eq!(answer_to(&me, restart, started), Atom::new("running"));
    assert_eq!(answer_to(&me, terminate, done), Atom::new("done"));
    assert_eq!(answer_to(&me, delete, done), Atom::new("done"));
    assert_eq!(answer_to(&me, delete, done), Atom::new("not_found"));
    stop(&me, rooms);
}

// S-SUP-58: what a specification holds goes with the last that needs it
#[test]
fn what_a_child_is_made_of_is_dropped_once() {
    let me = attach();
    let rooms = Supervisor::dynamic().start_link().expect("a supervisor");
    let holding = |witness: Witness| {
        let held = Arc::new(witness);
        ChildSpec::function("room", move || {
            let held = held.clone();
            move |_: &Context, _| {
                let _ = &held;
            }
        })
    };
    let (witness, drops) = Witness::new();
    let asked = me.start_child_request(rooms, holding(witness)).expect("it is asked");
    me.receive_response(asked, PATIENCE).started().expect("it starts").expect("a child");
    drops.expect_none_so_far();
    stop(&me, rooms);
    drops.expect_one();
    let (witness, drops) = Witness::new();
    let asked = me.start_child_request(rooms, holding(witness)).expect("it is asked");
    let nobody = me.receive_response(asked, PATIENCE).started();
    assert!(matches!(nobody, Err(StartError::Failed(_))), "{nobody:?}");
    drops.expect_one();
}
