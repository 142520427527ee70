//! Requests: calls, answers that are collected later, casts.

mod common;

use std::time::Duration;

use common::*;
use resprout::prelude::*;

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
