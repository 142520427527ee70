//! Descriptors as messages (S-SEL).

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use resprout::prelude::*;
use resprout::Readiness;

/// One runtime lives at a time, so there is one test.
#[test]
fn a_descriptor_that_is_ready_is_a_message() {
    let runtime = Runtime::start().unwrap();
    let me = runtime.attach().unwrap();
    let (mut ours, mut theirs) = UnixStream::pair().unwrap();
    ours.set_nonblocking(true).unwrap();

    // S-SEL-1
    let ready = me.select(&ours, Readiness::READ).unwrap();
    theirs.write_all(b"x").unwrap();
    match me.receive().unwrap() {
        Message::Select { registration, readable, writable } => {
            assert_eq!((registration, readable, writable), (ready, true, false));
        }
        other => panic!("{other:?}"),
    }
    assert!(!me.cancel_select(ready).unwrap());

    // S-SEL-2: it says all that is ready, and there is room to write.
    let both = me.select(&ours, Readiness::READ | Readiness::WRITE).unwrap();
    match me.receive().unwrap() {
        Message::Select { registration, readable, writable } => {
            assert_eq!(registration, both);
            assert!(readable || writable);
        }
        other => panic!("{other:?}"),
    }
    ours.read_exact(&mut [0]).unwrap();

    // S-SEL-3
    let waiting = me.select(&ours, Readiness::READ).unwrap();
    assert_eq!(me.select(&ours, Readiness::READ).unwrap_err(), Error::Already);
    let file = File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).unwrap();
    assert_eq!(me.select(&file, Readiness::READ).unwrap_err(), Error::BadArgument);

    // S-SEL-4
    assert!(me.cancel_select(waiting).unwrap());
    theirs.write_all(b"y").unwrap();
    assert_eq!(me.receive_timeout(Duration::ZERO).unwrap_err(), Error::Timeout);

    // S-SEL-5: it ends with its process.
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let boss = me.pid();
    let reader = me
        .spawn(move |me, message| -> Result<Next, Exception> {
            if matches!(message, Message::Select { .. }) {
                return Ok(Next::Stop);
            }
            me.select(&ours, Readiness::READ)?;
            me.send(boss, "selected")?;
            Ok(Next::Continue)
        })
        .unwrap();
    let monitor = me.monitor(reader).unwrap();
    me.send(reader, "begin").unwrap();
    assert!(matches!(me.receive().unwrap(), Message::Term { .. }));
    theirs.write_all(b"z").unwrap();
    assert!(matches!(me.receive().unwrap(), Message::Down { monitor: which, .. } if which == monitor));
}
