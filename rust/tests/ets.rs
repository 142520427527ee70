//! Tables: read by all, inherited, given away, gone with their owner.

mod common;

use common::*;
use resprout::prelude::*;
use resprout::{Error, Ets, EtsAccess, EtsOptions, Ref};

/// A process that makes a table, in which `k` is `v`, and ends with a boom at the first message. With `heir_of_mine` the
/// calling process is the heir.
fn owner(me: &Process, options: EtsOptions) -> (Pid, Ets) {
    let test = me.pid();
    let pid = resprout::Start::function(move || {
        let options = options.clone();
        let mut table = None;
        move |context: &Context, message| -> Result<Next, Exception> {
            let Some(made) = table else {
                let made = options.create()?;
                made.insert("k", "v")?;
                context.send(test, made)?;
                table = Some(made);
                return Ok(Next::Continue);
            };
            if let Message::Term { ref term, .. } = message {
                if let Some(to) = term.to::<Pid>() {
                    made.give_away(to, "gift")?;
                    assert_eq!(made.insert("k", "w"), Err(Error::Access));
                    return Ok(Next::Continue);
                }
            }
            Ok(Next::Stop)
        }
    })
    .start()
    .unwrap();
    me.send(pid, "begin").unwrap();
    let table = expect_term(me).to::<Ref>().expect("a table");
    (pid, table.into())
}

fn end(me: &Process, pid: Pid) {
    let monitor = me.monitor(pid).unwrap();
    me.exit_signal(pid, Atom::new("kill")).unwrap();
    expect_down(me, monitor);
}

fn transfer(table: Ets, from: Pid, data: &str) -> Term {
    Term::from((Atom::new("ETS-TRANSFER"), table.id(), from, data))
}

fn part(table: Ets, key: &str) -> Term {
    table.info().unwrap().expect("a table").get(Atom::new(key)).expect("a part of it")
}

// case 320: S-ETS-8
#[test]
fn a_table_outlives_its_owner_with_its_heir() {
    let me = attach();
    let (owner, table) = owner(&me, Ets::options().name("rust_sessions").heir(me.pid(), "data"));
    assert_eq!(table.insert("k", "w"), Err(Error::Access));
    let monitor = me.monitor(owner).unwrap();
    me.exit_signal(owner, Atom::new("kill")).unwrap();
    assert_eq!(expect_term(&me), transfer(table, owner, "data"));
    expect_down(&me, monitor);
    assert_eq!(Ets::whereis("rust_sessions"), Some(table));
    assert_eq!(part(table, "owner"), Term::from(me.pid()));
    assert_eq!(table.lookup("k"), Ok(Some(Term::from("v"))));
    table.insert("k", "w").unwrap();
    table.delete().unwrap();
    assert_eq!(Ets::whereis("rust_sessions"), None);
}

// case 321: S-ETS-9
#[test]
fn without_an_heir_it_is_gone_with_its_owner() {
    let me = attach();
    let (owner, table) = owner(&me, Ets::options().name("rust_mortal"));
    end(&me, owner);
    assert_eq!(Ets::whereis("rust_mortal"), None);
    assert_eq!(table.info(), Ok(None));
    assert_eq!(table.lookup("k"), Err(Error::NoTable));
    Ets::options().name("rust_mortal").create().unwrap().delete().unwrap();
}

// case 322: S-ETS-7
#[test]
fn it_is_given_away() {
    let me = attach();
    let (giver, table) = owner(&me, Ets::options());
    me.send(giver, me.pid()).unwrap();
    assert_eq!(expect_term(&me), transfer(table, giver, "gift"));
    end(&me, giver);
    table.insert("k", "mine").unwrap();
    assert_eq!(table.give_away(giver, ()), Err(Error::NoProcess));
    assert_eq!(table.give_away(me.pid(), ()), Err(Error::BadArgument));
    table.set_heir(Some(me.pid()), ()).unwrap();
    assert_eq!(part(table, "heir"), Term::from(me.pid()));
    table.set_heir(None, ()).unwrap();
    assert_eq!(part(table, "heir"), Term::from(Atom::new("none")));
    assert_eq!(table.lookup("k"), Ok(Some(Term::from("mine"))));
    table.delete().unwrap();
}

// case 324: S-ETS-3
#[test]
fn who_reads_and_who_writes() {
    let me = attach();
    for (access, reads, writes) in [
        (EtsAccess::Private, false, false),
        (EtsAccess::Protected, true, false),
        (EtsAccess::Public, true, true),
    ] {
        let (owner, table) = owner(&me, Ets::options().access(access));
        let tries = move || {
            assert_eq!(table.lookup("k").is_ok(), reads);
            assert_eq!(table.insert("k", "v").is_ok(), writes);
        };
        tries();
        std::thread::spawn(tries).join().unwrap();
        end(&me, owner);
    }
}

// case 325, 326, 327: S-ETS-2, S-ETS-4, S-ETS-6
#[test]
fn operations_and_walks() {
    let _me = attach();
    let table = Ets::options().name("rust_one").create().unwrap();
    assert_eq!(Ets::options().name("rust_one").create(), Err(Error::NameTaken));
    assert_eq!(table.first(), Ok(None));
    assert_eq!(table.insert_new(1, "int"), Ok(true));
    assert_eq!(table.insert_new(1, "again"), Ok(false));
    assert_eq!(table.insert_new(1.0, "float"), Ok(true));
    assert_eq!(table.member(1), Ok(true));
    assert_eq!(table.take(1), Ok(Some(Term::from("int"))));
    assert_eq!(table.take(1), Ok(None));
    assert_eq!(table.tab2list().unwrap(), [(Term::from(1.0), Term::from("float"))]);
    table.delete_key(1.0).unwrap();
    assert_eq!(table.update_counter("n", 1), Err(Error::NoMatch));
    assert_eq!(table.update_counter_or("n", 2, 40), Ok(42));
    assert_eq!(table.update_counter("n", -50), Ok(-8));
    assert_eq!(table.update_counter("n", i64::MIN), Err(Error::Limit));
    table.insert("n", "text").unwrap();
    assert_eq!(table.update_counter("n", 1), Err(Error::WrongType));
    table.delete_key("n").unwrap();
    for key in 0..100 {
        table.insert(key, -key).unwrap();
    }
    let mut seen = Vec::new();
    let mut next = table.first().unwrap();
    while let Some((key, value)) = next {
        let number = key.to::<i64>().unwrap();
        assert_eq!(value, Term::from(-number));
        seen.push(number);
        table.delete_key(key.clone()).unwrap();
        next = table.next(key).unwrap();
    }
    seen.sort_unstable();
    assert_eq!(seen, (0..100).collect::<Vec<i64>>());
    table.delete().unwrap();
}

// S-ETS-3
#[test]
fn in_a_blocking_section_the_process_is_the_owner_and_the_dead_write_nothing() {
    let me = attach();
    let shared = Ets::options().access(EtsAccess::Public).create().unwrap();
    let (began, has_begun) = std::sync::mpsc::channel();
    let (go_on, may_go_on) = std::sync::mpsc::channel();
    let (told, outcome) = std::sync::mpsc::channel();
    let pid = me
        .spawn(move |context, _| {
            let own = Ets::options().create().unwrap();
            let _ = context.blocking(|| {
                began.send(own.insert("k", 1)).unwrap();
                may_go_on.recv().unwrap();
                told.send(shared.insert("k", 1)).unwrap();
            });
        })
        .unwrap();
    me.send(pid, 1).unwrap();
    assert_eq!(has_begun.recv().unwrap(), Ok(()));
    end(&me, pid);
    go_on.send(()).unwrap();
    assert_eq!(outcome.recv().unwrap(), Err(Error::Exiting));
    assert_eq!(shared.lookup("k").unwrap(), None);
}
