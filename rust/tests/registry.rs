//! Registries: processes by keys.

mod common;

use std::time::Duration;

use common::*;
use resprout::prelude::*;
use resprout::{Error, RegisterError, Registry, StartError};

/// Says what it registered under the key, and answers calls until it is told to end.
fn holder(me: &Process, registry: Registry, key: &'static str, value: i64) -> Pid {
    let test = me.pid();
    let start = resprout::Start::function(move || {
        let mut first = true;
        move |context: &Context, message| -> Result<Next, Exception> {
            if std::mem::take(&mut first) {
                registry.register(key, value).map_err(|error| Exception::error(error.to_string()))?;
                context.send(test, "registered")?;
            }
            match message {
                Message::Call { from, .. } => from.reply(value)?,
                Message::Cast { .. } => return Ok(Next::Stop),
                _ => {}
            }
            Ok(Next::Continue)
        }
    });
    let pid = start.start().unwrap();
    me.send(pid, "begin").unwrap();
    assert_eq!(expect_term(me), Term::from("registered"));
    pid
}

// case 275, 276, 279: S-REG-2, S-REG-5, S-REG-11
#[test]
fn a_unique_key_belongs_to_one_process_and_is_free_when_its_end_is_known() {
    let me = attach();
    let rooms = Registry::new("rust_test_rooms");
    assert_eq!(rooms.whereis("a"), Err(Error::NoName)); // it does not run
    let registry = rooms.unique().start_link().unwrap();
    assert!(matches!(rooms.unique().start(), Err(StartError::AlreadyStarted(pid)) if pid == registry));

    let owner = holder(&me, rooms, "a", 7);
    assert_eq!(rooms.register("a", 8), Err(RegisterError::AlreadyRegistered(owner)));
    assert_eq!(rooms.whereis("a"), Ok(Some(owner)));
    assert_eq!(rooms.lookup("a").unwrap(), [(owner, Term::from(7))]);
    assert_eq!(rooms.keys(owner).unwrap(), [Term::from("a")]);
    assert_eq!(rooms.call(&me, "a", ()).unwrap().into_term(), Term::from(7));

    let gone = me.monitor(owner).unwrap();
    rooms.cast("a", "end").unwrap();
    expect_down(&me, gone);
    assert_eq!(rooms.whereis("a"), Ok(None));
    assert!(rooms.call(&me, "a", ()).unwrap_err().to_string().contains("noproc"));
    rooms.cast("a", "nobody").unwrap();
    assert_eq!(rooms.send("a", "nobody"), Err(Error::NoName));

    rooms.register("a", 9).unwrap();
    assert_eq!(rooms.update_value("a", 10), Ok(Term::from(9)));
    assert_eq!(rooms.update_value("b", 10), Err(Error::NoMatch));
    rooms.send("a", "me").unwrap();
    assert_eq!(expect_term(&me), Term::from("me"));
    rooms.unregister("a").unwrap();
    rooms.unregister("a").unwrap();
    assert_eq!(rooms.count(), Ok(0));

    rooms.put_meta("k", 1).unwrap();
    assert_eq!(rooms.meta("k"), Ok(Some(Term::from(1))));
    rooms.delete_meta("k").unwrap();
    assert_eq!(rooms.meta("k"), Ok(None));
    me.stop(registry, Atom::new("normal"), PATIENCE).unwrap();
}

// case 277: S-REG-3, S-REG-9
#[test]
fn duplicate_keys_have_many_entries_and_listeners_hear_of_each() {
    let me = attach();
    me.register("rust_test_listener", me.pid()).unwrap();
    let topics = Registry::new("rust_test_topics");
    let tree =
        Supervisor::rest_for_one().child(topics.duplicate().listener("rust_test_listener")).start_link();
    let tree = tree.unwrap();
    topics.register("t", (1, "x")).unwrap();
    topics.register("t", (2, "y")).unwrap();
    let own = me.pid();
    assert_eq!(topics.lookup("t").unwrap(), [(own, (1, "x").into()), (own, (2, "y").into())]);
    let any_y = Term::tuple([Term::atom("_"), Term::from("y")]);
    assert_eq!(topics.matching("t", any_y).unwrap(), [(own, (2, "y").into())]);
    assert_eq!(topics.whereis("t"), Err(Error::BadArgument));
    for number in [1, 2] {
        let heard = expect_term(&me);
        assert_eq!(heard.element(0), Some(Term::atom("register")));
        assert_eq!(heard.element(4).and_then(|value| value.element(0)), Some(Term::from(number)));
    }
    topics.unregister("t").unwrap();
    for _ in 0..2 {
        assert_eq!(expect_term(&me).element(0), Some(Term::atom("unregister")));
    }
    me.unlink(tree).unwrap();
    me.trap_exit(true).unwrap();
    me.stop(tree, Atom::new("normal"), Duration::from_secs(5)).unwrap();
}
