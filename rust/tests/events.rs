//! Event managers and process groups.

mod common;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use common::*;
use resprout::prelude::*;
use resprout::{CallError, EventFlow, EventManager, GenEvent, HandlerError, Peek, Scope};

struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Keeps the words it has got, and does what they say.
struct Log {
    seen: Vec<Term>,
    _counted: Option<Counted>,
}

impl Log {
    fn new() -> Self {
        Self { seen: Vec::new(), _counted: None }
    }

    fn counted(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self { seen: Vec::new(), _counted: Some(Counted(Arc::clone(count))) }
    }
}

impl GenEvent for Log {
    fn name() -> &'static str {
        "log"
    }

    fn init(&mut self, _: &Context, args: &Term) -> Result<(), Exception> {
        if !args.is_nil() {
            self.seen.push(args.clone());
        }
        Ok(())
    }

    fn handle_event(&mut self, _: &Context, event: Peek<'_>) -> Result<EventFlow, Exception> {
        if let Some(number) = event.native::<u64>() {
            self.seen.push(Term::from(i64::try_from(*number).unwrap()));
            return Ok(EventFlow::go_on());
        }
        let word = event.term();
        self.seen.push(word.clone());
        assert!(word != Term::atom("panic"), "told to");
        if word == Term::atom("error") {
            return Err(Exception::error(Term::atom("boom")));
        }
        if word == Term::atom("remove") {
            return Ok(EventFlow::remove_handler());
        }
        if word == Term::atom("swap") {
            return Ok(EventFlow::swap_handler(Term::atom("bye"), Log::new()));
        }
        Ok(EventFlow::go_on())
    }

    fn handle_call(&mut self, _: &Context, request: Payload) -> Result<(Payload, EventFlow), Exception> {
        match request.into_term() {
            term if term == Term::atom("seen") => {
                Ok((Payload::Term(Term::list(self.seen.iter().cloned())), EventFlow::go_on()))
            }
            _ => Err(Exception::error(Term::atom("boom"))),
        }
    }

    fn terminate(&mut self, _: &Context, args: &Term) -> Result<Term, Exception> {
        Ok(Term::from((Term::atom("said"), args.clone())))
    }
}

fn log() -> Term {
    Term::atom("log")
}

// S-EVT-2, S-EVT-3, S-EVT-4, S-EVT-6
#[test]
fn events_go_through_all_handlers() {
    let me = attach();
    let manager = EventManager::start().unwrap();
    manager.add_handler(&me, Log::new()).unwrap();
    manager.add_handler_as(&me, 7, Log::new()).unwrap();
    assert_eq!(manager.which_handlers(&me).unwrap(), [Term::from((log(), 7)), log()]);
    manager.notify(1).unwrap();
    manager.notify_native(2_u64).unwrap();
    manager.sync_notify(&me, 3).unwrap();
    for name in [log(), Term::from((log(), 7))] {
        let seen = manager.call(&me, name, Term::atom("seen")).unwrap();
        assert_eq!(seen.into_term(), Term::list([1, 2, 3].map(Term::from)));
    }
    assert_eq!(manager.call(&me, Term::atom("nobody"), 1).unwrap_err(), HandlerError::NotFound);
    let said = manager.delete_handler(&me, log(), 5).unwrap();
    assert_eq!(said, Term::from((Term::atom("said"), 5)));
    assert_eq!(manager.delete_handler(&me, log(), 5).unwrap_err(), HandlerError::NotFound);
    manager.stop(&me, PATIENCE).unwrap();
    assert!(matches!(manager.sync_notify(&me, 1), Err(HandlerError::Call(CallError::Exited(_)))));
}

// S-EVT-5, S-EVT-7, S-EVT-11
#[test]
fn a_handler_that_fails_goes_alone_and_is_dropped_once() {
    let me = attach();
    let manager = EventManager::start().unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    for word in ["panic", "error", "remove"] {
        manager.add_handler(&me, Log::counted(&count)).unwrap();
        manager.sync_notify(&me, Term::atom(word)).unwrap();
        assert!(manager.which_handlers(&me).unwrap().is_empty());
        assert_eq!(count.load(Ordering::SeqCst), 0);
    }
    manager.add_handler(&me, Log::counted(&count)).unwrap();
    assert!(matches!(manager.call(&me, log(), 1), Err(HandlerError::Failed(_))));
    assert_eq!(count.load(Ordering::SeqCst), 0);
    manager.add_handler(&me, Log::counted(&count)).unwrap();
    manager.sync_notify(&me, Term::atom("swap")).unwrap();
    assert_eq!(count.load(Ordering::SeqCst), 0);
    let seen = manager.call(&me, log(), Term::atom("seen")).unwrap().into_term();
    let result = Term::from((Term::atom("said"), Term::atom("bye")));
    assert_eq!(seen, Term::list([Term::from((Term::nil(), result))]));
    manager.swap_handler(&me, log(), 1, Log::counted(&count)).unwrap();
    assert_eq!(count.load(Ordering::SeqCst), 1);
    let nobody = EventManager::at("nobody has this name");
    assert!(nobody.add_handler(&me, Log::counted(&count)).is_err());
    manager.stop(&me, PATIENCE).unwrap();
    assert_eq!(count.load(Ordering::SeqCst), 0);
}

// S-EVT-8
#[test]
fn who_has_added_a_handler_as_its_own_hears_why_it_went() {
    let me = attach();
    let manager = EventManager::start().unwrap();
    manager.add_sup_handler(&me, Log::new()).unwrap();
    manager.sync_notify(&me, Term::atom("remove")).unwrap();
    let told = |reason| Term::from((Term::atom("gen_event_EXIT"), log(), Term::atom(reason)));
    assert!(matches!(me.receive().unwrap(), Message::Term { term, .. } if term == told("normal")));
    manager.add_handler(&me, Log::new()).unwrap();
    manager.swap_sup_handler(&me, log(), 1, Log::new()).unwrap();
    manager.stop(&me, PATIENCE).unwrap();
    assert!(matches!(me.receive().unwrap(), Message::Term { term, .. } if term == told("shutdown")));
}

// S-PG-2, S-PG-3, S-PG-4, S-PG-5, S-PG-6
#[test]
fn groups_have_members_and_tell_who_watches() {
    let me = attach();
    let rooms = Scope::new("rooms");
    assert!(matches!(rooms.join(&me, 1, &[me.pid()]), Err(CallError::Exited(_))));
    assert_eq!(rooms.get_members(1).unwrap(), []);
    let scope = rooms.start().unwrap();
    assert!(rooms.start_link().is_err());
    let (monitor, now) = rooms.monitor(&me, 1).unwrap();
    assert_eq!(now, []);
    rooms.join(&me, 1, &[me.pid(), me.pid()]).unwrap();
    assert_eq!(rooms.get_members(1).unwrap(), [me.pid(), me.pid()]);
    assert_eq!(rooms.get_local_members(1).unwrap().len(), 2);
    let told = Term::from((monitor, Term::atom("join"), 1, Term::list([me.pid(), me.pid()].map(Term::from))));
    assert!(matches!(me.receive().unwrap(), Message::Term { term, .. } if term == told));
    let (of_all, groups) = rooms.monitor_scope(&me).unwrap();
    assert_eq!(groups.to_string(), format!("#{{1 => [{0},{0}]}}", Term::from(me.pid())));
    assert!(rooms.demonitor(&me, monitor).unwrap());
    assert!(!rooms.demonitor(&me, monitor).unwrap());
    assert!(rooms.demonitor(&me, of_all).unwrap());
    assert!(rooms.leave(&me, 1, &[me.pid()]).unwrap());
    assert!(rooms.leave(&me, 1, &[me.pid()]).unwrap());
    assert!(!rooms.leave(&me, 1, &[me.pid()]).unwrap());
    assert!(rooms.which_groups().unwrap().is_empty());
    me.stop(scope, Term::atom("normal"), PATIENCE).unwrap();
}
