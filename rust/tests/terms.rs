//! Terms: what they are made of, and how they are read. No runtime is needed.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

use resprout::{Atom, Error, Kind, Term};

#[test]
fn rust_values_become_terms_and_come_back() {
    assert_eq!(Term::from(()).to(), Some(()));
    assert_eq!(Term::from(true).to(), Some(true));
    assert_eq!(Term::from(-7_i8).to(), Some(-7_i64));
    assert_eq!(Term::from(i64::MIN).to(), Some(i64::MIN));
    assert_eq!(Term::from(u32::MAX).to(), Some(u32::MAX));
    assert_eq!(Term::try_from(7_usize).unwrap().to(), Some(7_usize));
    assert_eq!(Term::from(2.5).to(), Some(2.5));
    assert_eq!(Term::from("naïve").to(), Some(String::from("naïve")));
    assert_eq!(Term::from(String::new()).to(), Some(String::new()));
    assert_eq!(Term::from(Atom::new("ok")).to(), Some(Atom::new("ok")));
    assert_eq!(Term::from(None::<i64>).to(), Some(None::<i64>));
    assert_eq!(Term::from(Some(3)).to(), Some(Some(3)));
    assert_eq!(Term::from(vec![1, 2, 3]).to(), Some(vec![1, 2, 3]));
    assert_eq!(Term::from([true; 2]).to(), Some(vec![true; 2]));
    assert_eq!(Term::from((1, "two", 3.0)).to(), Some((1, String::from("two"), 3.0)));
    let map = BTreeMap::from([(1, String::from("one")), (2, String::from("two"))]);
    assert_eq!(Term::from(map.clone()).to(), Some(map));
    assert_eq!(Term::from(HashMap::from([("key", 1)])).get("key").unwrap().as_i64(), Some(1));
    let nested = Term::from((Atom::new("a"), vec![(1, true)], Term::nil()));
    assert_eq!(nested.to(), Some((Atom::new("a"), vec![(1, true)], ())));
}

#[test]
fn a_term_is_read_only_as_what_it_is() {
    let term = Term::from(1);
    assert_eq!(term.kind(), Kind::Int);
    assert_eq!(term.as_f64(), None);
    assert_eq!(term.as_bool(), None);
    assert_eq!(term.as_str(), None);
    assert_eq!(term.len(), None);
    assert_eq!(term.element(0), None);
    assert_eq!(term.to::<(i64,)>(), None);
    assert_eq!(term.to::<Vec<i64>>(), None);
    assert_eq!(term.elements().count(), 0);
    assert_eq!(term.pairs().count(), 0);
    assert_eq!(Term::from((1, 2)).to::<Vec<i64>>(), None);
    assert_eq!(Term::from((1, 2)).to::<(i64, i64, i64)>(), None);
    assert_eq!(Term::from(vec![1, 2]).to::<(i64, i64)>(), None);
    assert_eq!(Term::from(vec![Term::from(1), Term::from("2")]).to::<Vec<i64>>(), None);
    assert_eq!(Term::from(300).to::<u8>(), None);
    assert_eq!(Term::from(-1).to::<u64>(), None);
    assert!(Term::try_from(u64::MAX).is_err());
}

#[test]
fn bytes_are_bytes_and_text_is_text() {
    let binary = Term::binary([0xff, 0, 1]);
    assert_eq!((binary.kind(), binary.as_bytes()), (Kind::Binary, Some(&[0xff, 0, 1][..])));
    assert_eq!(binary.as_str(), None);
    let text = Term::from("a\0b");
    assert_eq!((text.kind(), text.as_str(), text.len()), (Kind::String, Some("a\0b"), Some(3)));
    assert_eq!(Term::binary("text").as_str(), Some("text"));
    assert_ne!(Term::binary("text"), Term::from("text"));
}

#[test]
fn there_is_one_term_for_each_word() {
    assert_eq!(Term::from(true), Term::atom("true"));
    assert_eq!(Term::nil(), Term::atom("nil"));
    assert_eq!(Term::default().as_atom().unwrap().name(), "nil");
    assert_eq!(Term::from(false), Atom::new("false"));
}

#[test]
fn equality_is_exact_and_order_is_by_value() {
    assert_ne!(Term::from(1), Term::from(1.0));
    assert_eq!(Term::from(1).compare(&Term::from(1.0)), Ordering::Equal);
    assert_eq!(Term::from(2).compare(&Term::atom("a")), Ordering::Less);
    assert_eq!(Term::from("b").compare(&Term::from("a")), Ordering::Greater);
}

#[test]
fn terms_are_shown_as_erlang_shows_them() {
    let term = Term::from((Atom::new("point"), vec![1, 2], "text", 0.5, None::<i64>));
    assert_eq!(term.to_string(), "{point,[1,2],\"text\",0.5,nil}");
    assert_eq!(format!("{term:?}"), term.to_string());
    assert_eq!(format!("[{:>5}]", Term::from(7)), "[    7]");
    assert_eq!(format!("{} {:?}", Atom::new("a b"), Atom::new("a b")), "a b 'a b'");
}

#[test]
fn a_term_outlives_what_it_was_made_of_and_what_it_was_part_of() {
    let inner = {
        let outer = Term::from((vec![String::from("kept")], 1));
        outer.element(0).unwrap()
    };
    let copies: Vec<Term> = (0..100).map(|_| inner.clone()).collect();
    let threads: Vec<_> = copies
        .into_iter()
        .map(|term| std::thread::spawn(move || assert_eq!(term.to(), Some(vec![String::from("kept")]))))
        .collect();
    drop(inner);
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn deep_terms_are_dropped_without_much_stack() {
    let mut term = Term::nil();
    for _ in 0..200_000 {
        term = Term::list([term]);
    }
    drop(term);
}

#[test]
fn an_atom_has_limits() {
    assert_eq!(Atom::try_new(&"x".repeat(256)), Err(Error::BadArgument));
    assert_eq!(Atom::new(&"ä".repeat(255)).name().chars().count(), 255);
    assert_eq!(Atom::new("").name(), "");
    let caught = std::panic::catch_unwind(|| Atom::new(&"x".repeat(256)));
    assert!(caught.unwrap_err().downcast::<String>().unwrap().contains("no atom from 256 bytes"));
}

#[test]
fn raw_terms_change_hands() {
    let raw = Term::from("moved").into_raw();
    // SAFETY: the reference was just given away.
    let term = unsafe { Term::from_raw(raw) };
    // SAFETY: it is live.
    let copy = unsafe { Term::from_lent(term.as_raw()) };
    drop(term);
    assert_eq!(copy.as_str(), Some("moved"));
}
