//! Requests: calls, answers that are collected later, casts.

mod common;

use std::time::Duration;

use common::*;
use resprout::prelude::*;
use resprout::{Delete, RequestIds, Response};

// S-SRV-9..12
#[test]
fn a_call_ends_in_exactly_one_way() {
    let me = attach();
    let server = me
        .spawn(|_, message| -> Result<Next, Exception> {
            let Message::Call { from, request } = message else { return Ok(Next::Continue) };
            match request.to::<String>().as_deref() {
                Some("twice") => {
                    from.reply(1)?;
                    from.reply(2)?;
                }
                Some("native") => from.reply_native(vec![1, 2, 3])?,
                Some("never") => {}
                _ => return Err(Exception::exit("gone")),
            }
            Ok(Next::Continue)
        })
        .unwrap();

    assert_eq!(me.call(server, "twice").unwrap().to(), Some(1));
    expect_nothing(&me);
    assert_eq!(me.call(server, "native").unwrap().downcast::<Vec<i32>>().unwrap(), [1, 2, 3]);

    let timeout = me.call_timeout(server, "never", Duration::from_millis(1)).unwrap_err();
    assert!(
        matches!(&timeout, CallError::Timeout(reason) if reason.element(0).unwrap() == Atom::new("timeout"))
    );
    assert!(matches!(me.call(me.pid(), 1), Err(CallError::CallingSelf(_))));

    let exited = me.call(server, "end").unwrap_err();
    assert_eq!(exited.reason().unwrap().element(0).unwrap().as_str(), Some("gone"));
    let noproc = me.call(server, "anybody?").unwrap_err();
    assert_eq!(noproc.reason().unwrap().element(0).unwrap(), Atom::new("noproc"));
    let noproc = me.call("rust_test_nobody", 1).unwrap_err();
    assert_eq!(noproc.reason().unwrap().element(0).unwrap(), Atom::new("noproc"));
    expect_nothing(&me);
}

// S-SRV-16
#[test]
fn requests_can_be_sent_first_and_collected_later() {
    let me = attach();
    let doubler = me
        .spawn(|_, message| {
            let Message::Call { from, request } = message else { return };
            from.reply(request.to::<i64>().unwrap() * 2).unwrap();
        })
        .unwrap();
    let requests: Vec<Ref> = (0..3).map(|number| me.send_request(doubler, number).unwrap()).collect();
    for (number, request) in requests.iter().enumerate().rev() {
        let answer = me.receive_response(*request, PATIENCE).unwrap();
        assert_eq!(answer.to(), Some(number * 2));
    }
    let abandoned = me.send_request(doubler, 4).unwrap();
    me.abandon_request(abandoned).unwrap();
    let request = me.send_request_native(doubler, "not a number").unwrap();
    let (language, ..) = exception_of(match &me.receive_response(request, PATIENCE).unwrap_err() {
        CallError::Exited(reason) => reason,
        other => panic!("{other:?}"),
    });
    assert_eq!(language, "rust");
    expect_nothing(&me);
}

#[test]
fn a_handler_waits_for_an_answer_without_blocking() {
    let me = attach();
    let slow = me.spawn(|_, _| {}).unwrap(); // never answers
    let asker = me
        .spawn(move |context, message| -> Result<Next, Exception> {
            let Message::Call { from, request } = message else { return Ok(Next::Continue) };
            let asked = context.send_request(slow, request.into_term())?;
            Ok(Next::wait_for(asked, Duration::from_millis(1), move |_, answer| -> Result<Next, Exception> {
                let timed_out = matches!(answer, Err(CallError::Timeout(_)));
                from.reply(timed_out)?;
                Ok(Next::Stop)
            }))
        })
        .unwrap();
    let end = me.monitor(asker).unwrap();
    assert_eq!(me.call(asker, "?").unwrap().to(), Some(true));
    assert_eq!(expect_down(&me, end), Atom::new("normal"));
}

// S-SRV-13
#[test]
fn casts_arrive_as_casts() {
    let me = attach();
    let parent = me.pid();
    let sink = me
        .spawn(move |context, message| {
            let Message::Cast { from, request } = message else { return };
            context.send(parent, (from, request.into_term())).unwrap();
        })
        .unwrap();
    me.cast(sink, "news").unwrap();
    assert_eq!(expect_term(&me).to(), Some((me.pid(), String::from("news"))));
    me.cast_native(sink, 1_u8).unwrap();
    assert_eq!(expect_term(&me).to(), Some((me.pid(), ())));
}

// S-SRV-13, S-SRV-43
#[test]
fn a_free_name_takes_casts_and_fails_requests() {
    let me = attach();
    me.cast("rust_test_no_name", "news").unwrap();
    me.cast_native("rust_test_no_name", 1_u8).unwrap();
    me.abcast(&[resprout::node()], "rust_test_no_name", 1).unwrap();
    let request = me.send_request("rust_test_no_name", 1).unwrap();
    let CallError::Exited(reason) = me.receive_response(request, PATIENCE).unwrap_err() else { panic!() };
    assert_eq!(reason, Atom::new("noproc"));
    expect_nothing(&me);
}

/// Doubles numbers, ends when it gets a text, and leaves `nil` open.
fn doubler(me: &Process) -> Pid {
    me.spawn(|_, message| -> Result<Next, Exception> {
        let Message::Call { from, request } = message else { return Ok(Next::Continue) };
        let request = request.into_term();
        if request.is_nil() {
            return Ok(Next::Continue);
        }
        from.reply(request.as_i64().ok_or_else(|| Exception::exit("no_number"))? * 2)?;
        Ok(Next::Continue)
    })
    .unwrap()
}

// S-SRV-16
#[test]
fn waiting_keeps_a_request_and_receiving_gives_it_up() {
    let me = attach();
    let server = doubler(&me);
    let open = me.send_request(server, Term::nil()).unwrap();
    let short = Duration::from_millis(1);
    assert!(matches!(me.wait_response(open, short), Err(CallError::Timeout(_))));
    assert!(matches!(me.wait_response(open, short), Err(CallError::Timeout(_))));
    assert!(matches!(me.receive_response(open, short), Err(CallError::Timeout(_))));
    assert!(matches!(me.wait_response(open, short), Err(CallError::Refused(Error::BadArgument))));
    let request = me.send_request(server, 4).unwrap();
    assert_eq!(me.wait_response(request, PATIENCE).unwrap().to(), Some(8));
    expect_nothing(&me);
}

// S-SRV-41, S-SRV-42
#[test]
fn a_collection_empties_as_its_answers_come() {
    let me = attach();
    let mut ids = RequestIds::new(&me).unwrap();
    ids.send_request(&me, doubler(&me), 1, "a").unwrap();
    ids.send_request(&me, doubler(&me), "x", "b").unwrap();
    let third = me.send_request(doubler(&me), 3).unwrap();
    ids.add(third, "c").unwrap();
    assert_eq!(ids.add(third, "d"), Err(Error::Already));
    assert_eq!(ids.len(), 3);
    assert_eq!(ids.to_list()[2], (third, Term::from("c")));
    let mut seen = Vec::new();
    while let Some(Response { label, answer, .. }) = ids.receive_response(&me, PATIENCE, Delete::Yes).unwrap()
    {
        let answer = answer.map(|payload| payload.to::<i64>().unwrap()).map_err(|error| error.to_string());
        seen.push((label.to::<String>().unwrap(), answer));
    }
    seen.sort();
    let ended = Err(String::from("the server ended: \"no_number\""));
    assert_eq!(seen, [(String::from("a"), Ok(2)), (String::from("b"), ended), (String::from("c"), Ok(6))]);
    assert!(ids.is_empty());

    let server = doubler(&me);
    ids.send_request(&me, server, Term::nil(), 1).unwrap();
    let short = Duration::from_millis(1);
    assert_eq!(ids.wait_response(&me, short, Delete::Yes).unwrap_err(), Error::Timeout);
    assert_eq!(ids.len(), 1);
    assert_eq!(ids.receive_response(&me, short, Delete::Yes).unwrap_err(), Error::Timeout);
    assert!(ids.is_empty());
    ids.send_request(&me, server, 5, 1).unwrap();
    assert!(ids.wait_response(&me, PATIENCE, Delete::No).unwrap().is_some());
    assert_eq!(ids.len(), 1);

    ids.send_request(&me, server, 6, 2).unwrap();
    assert_eq!(me.call(server, 7).unwrap().to(), Some(14));
    drop(ids);
    expect_nothing(&me);
}

// S-SRV-40
#[test]
fn a_handler_checks_what_comes_against_its_collection() {
    struct Asker {
        ids: RequestIds,
        boss: Pid,
    }
    let me = attach();
    let (server, boss) = (doubler(&me), me.pid());
    let mut asker: Option<Asker> = None;
    let pid = me
        .spawn(move |context, message| -> Result<Next, Exception> {
            let Some(Asker { ids, boss }) = &mut asker else {
                let mut ids = RequestIds::new(context)?;
                ids.send_request(context, server, 21, "twice")?;
                ids.send_request(context, server, "end", "over")?;
                asker = Some(Asker { ids, boss });
                return Ok(Next::Continue);
            };
            match ids.check_response(message, Delete::Yes) {
                Ok(Response { label, answer: Ok(answer), .. }) => {
                    context.send(*boss, (label, answer.into_term()))?;
                }
                Ok(Response { label, answer: Err(_), .. }) => context.send(*boss, (label, "failed"))?,
                Err(other) => context.send(*boss, ("other", format!("{other:?}")))?,
            }
            Ok(if ids.is_empty() { Next::Stop } else { Next::Continue })
        })
        .unwrap();
    me.send(pid, "begin").unwrap();
    assert_eq!(expect_term(&me).to(), Some((String::from("twice"), 42)));
    assert_eq!(expect_term(&me).to(), Some((String::from("over"), String::from("failed"))));
    let request = me.send_request(doubler(&me), 4).unwrap();
    let message = receive(&me).check_response(me.make_ref().unwrap()).unwrap_err();
    assert_eq!(message.check_response(request).unwrap().unwrap().to(), Some(8));
    expect_nothing(&me);
}

// S-SRV-44
#[test]
fn a_multi_call_tells_bad_nodes_from_good_ones() {
    let me = attach();
    let (here, away) = (resprout::node(), Atom::new("far@away"));
    me.register("rust_test_doubler", doubler(&me)).unwrap();
    let done = me.multi_call(&[here, away], "rust_test_doubler", 4, PATIENCE).unwrap();
    assert_eq!(done.replies.len(), 1);
    assert_eq!((done.replies[0].0, done.replies[0].1.to()), (here, Some(8)));
    assert_eq!(done.bad_nodes, [away]);
    assert_eq!(me.multi_call(&[here], "rust_test_no_name", 4, PATIENCE).unwrap().bad_nodes, [here]);
    expect_nothing(&me);
}
