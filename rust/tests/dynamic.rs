//! Supervisors whose children come and go.

mod common;

use common::children::*;
use common::*;
use resprout::prelude::*;
use resprout::{ChildError, StartError};

/// Answers with the terms that its start has added.
struct Listing {
    more: Vec<Term>,
}

impl GenServer for Listing {
    type Args = ();

    fn init(context: &Context, args: &()) -> Result<Init<Self>, Exception> {
        Self::init_with(context, args, &[])
    }

    fn init_with(_: &Context, _: &(), more: &[Term]) -> Result<Init<Self>, Exception> {
        if more == [Term::atom("ignore")] {
            return Ok(Init::Ignore);
        }
        Ok(Init::Ready(Self { more: more.to_vec() }))
    }

    fn handle_call(&mut self, _: &Context, request: Payload, _: ReplyTo) -> Result<Reply<Self>, Exception> {
        if request.into_term() == Term::atom("crash") {
            return Err(Exception::error("crash"));
        }
        Ok(Reply::now(Term::list(self.more.clone())))
    }

    fn handle_info(&mut self, _: &Context, _: Message) -> Result<Flow<Self>, Exception> {
        Ok(Flow::go_on())
    }
}

/// Takes no terms.
struct Plain;

impl GenServer for Plain {
    type Args = ();

    fn init(_: &Context, _: &()) -> Result<Init<Self>, Exception> {
        Ok(Init::Ready(Self))
    }

    fn handle_call(&mut self, _: &Context, _: Payload, _: ReplyTo) -> Result<Reply<Self>, Exception> {
        Ok(Reply::now(()))
    }

    fn handle_info(&mut self, _: &Context, _: Message) -> Result<Flow<Self>, Exception> {
        Ok(Flow::go_on())
    }
}

fn why(started: Result<Option<Pid>, StartError>) -> Term {
    match started {
        Err(StartError::Failed(reason)) => reason,
        other => panic!("it was not refused: {other:?}"),
    }
}

// case 243, 245
#[test]
fn a_dynamic_supervisor_has_children_without_ids_up_to_a_limit() {
    let me = attach();
    let pool = Supervisor::dynamic().max_children(2).start_link().unwrap();
    let worker = || ChildSpec::server::<Plain>(()).id("same");
    let first = me.start_child(pool, worker()).unwrap().unwrap();
    me.start_child(pool, worker()).unwrap().unwrap();
    assert_eq!(why(me.start_child(pool, worker())), Term::atom("max_children"));
    let ids: Vec<Term> = me.which_children(pool).unwrap().into_iter().map(|child| child.id).collect();
    assert_eq!(ids, [Term::atom("undefined"), Term::atom("undefined")]);
    me.terminate_child(pool, first).unwrap();
    assert!(!me.is_alive(first).unwrap());
    me.start_child(pool, worker()).unwrap().unwrap();
    let Err(ChildError::Failed(reason)) = me.terminate_child(pool, first) else { panic!("it is gone") };
    assert_eq!(reason, Term::atom("not_found"));
    stop(&me, pool);
}

// case 254
#[test]
fn a_simple_one_for_one_appends_terms_and_a_restart_keeps_them() {
    let me = attach();
    let supervisor =
        Supervisor::simple_one_for_one().child(ChildSpec::server::<Listing>(())).start_link().unwrap();
    let former = me.start_child_args(supervisor, [Term::from(1), Term::from(2)]).unwrap().unwrap();
    let given = Term::list([Term::from(1), Term::from(2)]);
    assert_eq!(me.call(former, ()).unwrap().into_term(), given);
    assert_eq!(me.start_child_args(supervisor, [Term::atom("ignore")]).unwrap(), None);

    let gone = me.monitor(former).unwrap();
    assert!(me.call(former, Atom::new("crash")).is_err());
    expect_down(&me, gone);
    let now = loop {
        let children = me.which_children(supervisor).unwrap();
        if let [child] = &children[..] {
            if let Some(pid) = child.pid.filter(|pid| *pid != former) {
                break pid;
            }
        }
    };
    assert_eq!(me.call(now, ()).unwrap().into_term(), given);
    let counts = me.count_children(supervisor).unwrap();
    assert_eq!((counts.specs, counts.active, counts.workers), (1, 1, 1));
    stop(&me, supervisor);
}

// case 254
#[test]
fn what_takes_no_terms_and_who_is_no_such_supervisor_says_so() {
    let me = attach();
    let plain = Supervisor::simple_one_for_one().child(ChildSpec::server::<Plain>(())).start_link().unwrap();
    let reason = why(me.start_child_args(plain, [Term::from(1)]));
    assert!(reason.to_string().contains("init_with"), "{reason}");
    me.start_child_args(plain, []).unwrap().unwrap();
    assert_eq!(why(me.start_child(plain, ChildSpec::server::<Plain>(()))), Term::atom("simple_one_for_one"));
    let pool = Supervisor::dynamic().start_link().unwrap();
    let refused = Term::tuple([Term::atom("invalid_child_spec"), Term::list([])]);
    assert_eq!(why(me.start_child_args(pool, [])), refused);
    stop(&me, plain);
    stop(&me, pool);
}

// case 249: extra arguments come first
#[test]
fn a_dynamic_supervisor_puts_its_extra_arguments_first() {
    let me = attach();
    let pool = Supervisor::dynamic().extra_arguments([Term::from("first")]).start_link().unwrap();
    let start = resprout::Start::server::<Listing>(()).args(Term::list([Term::from("second")]));
    let child = me.start_child(pool, start).unwrap().unwrap();
    assert_eq!(
        me.call(child, ()).unwrap().into_term(),
        Term::list([Term::from("first"), Term::from("second")])
    );
    stop(&me, pool);
}
