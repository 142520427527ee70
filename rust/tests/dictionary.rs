//! What a process keeps for itself, and says of itself: the dictionary, the label.

mod common;

use common::*;
use resprout::prelude::*;
use std::time::Duration;

/// Counts in its dictionary how often it was asked.
struct Counter;

impl GenServer for Counter {
    type Args = ();

    fn init(context: &Context, (): &()) -> Result<Init<Self>, Exception> {
        context.set_label(("counter", 7))?;
        assert_eq!(context.put("asked", 0)?, None); // whoever is started anew has nothing
        Ok(Init::Ready(Counter))
    }

    fn handle_call(
        &mut self,
        context: &Context,
        request: Payload,
        _: ReplyTo,
    ) -> Result<Reply<Self>, Exception> {
        assert_ne!(request.to::<String>().as_deref(), Some("fail"));
        let asked = context.get("asked")?.and_then(|asked| asked.as_i64()).expect("a number") + 1;
        context.put("asked", asked)?;
        Ok(Reply::now(asked))
    }

    fn handle_info(&mut self, _: &Context, _: Message) -> Result<Flow<Self>, Exception> {
        Ok(Flow::go_on())
    }
}

// S-DICT-1, S-DICT-2
#[test]
fn the_dictionary_is_the_process_s_own() {
    let me = attach();
    assert!(me.get_keys().unwrap().is_empty());
    assert_eq!(me.put("k", 1).unwrap(), None);
    assert_eq!(me.put("k", 2).unwrap(), Some(Term::from(1)));
    assert_eq!(me.put(1, "integer").unwrap(), None);
    assert_eq!(me.put(1.0, "float").unwrap(), None);
    assert_eq!(me.get(1).unwrap(), Some(Term::from("integer")));
    assert_eq!(me.erase(1).unwrap(), Some(Term::from("integer")));
    assert_eq!(me.erase(1).unwrap(), None);
    assert_eq!(me.get_keys().unwrap().len(), 2);
}

// S-DICT-1, S-DICT-3, S-DICT-4, S-PROC-13
#[test]
fn a_server_keeps_it_until_it_is_started_anew() {
    let me = attach();
    let name = Atom::new("dictionary_counter");
    let supervisor =
        Supervisor::one_for_one().child(ChildSpec::server::<Counter>(()).name(name)).start().unwrap();
    for expected in 1..=3 {
        assert_eq!(me.call(name, "ask").unwrap().to(), Some(expected));
    }
    let first = resprout::whereis(name).unwrap();
    let info = me.process_info(first).unwrap().unwrap();
    assert_eq!(info.get(Atom::new("dictionary")), Some(Term::list([Term::from(("asked", 3))])));
    assert_eq!(info.get(Atom::new("label")), Some(Term::from(("counter", 7))));
    assert!(me.call(name, "fail").is_err());
    me.wait_for_name(name, Duration::from_secs(30)).unwrap();
    assert_eq!(me.call(name, "ask").unwrap().to(), Some(1));
    me.stop(supervisor, Atom::new("shutdown"), Duration::from_secs(30)).unwrap();
}

// S-PROC-13
#[test]
fn a_label_can_be_read_changed_and_taken_away() {
    let me = attach();
    assert_eq!(me.get_label().unwrap(), None);
    me.set_label("importer").unwrap();
    assert_eq!(me.get_label().unwrap(), Some(Term::from("importer")));
    me.set_label(Term::nil()).unwrap();
    assert_eq!(me.get_label().unwrap(), None);
}
