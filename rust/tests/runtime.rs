//! The life of a runtime. One lives at a time, so this is one test after another.

use std::sync::{mpsc, Arc};
use std::time::Duration;

use resprout::prelude::*;

/// Says when it is dropped.
struct Held(mpsc::Sender<&'static str>);
impl Drop for Held {
    fn drop(&mut self) {
        let _ = self.0.send("dropped");
    }
}

#[test]
fn a_runtime_starts_stops_and_starts_again() {
    // Before the first.
    assert_eq!(Process::attach().unwrap_err(), Error::Stopped);
    assert_eq!(resprout::whereis("anybody"), None);

    let first = Arc::new(Runtime::builder().workers(1).start().unwrap());
    assert_eq!(first.stats().unwrap().workers, 1);
    assert_eq!(Runtime::start().unwrap_err(), Error::Already);
    assert_eq!(
        Runtime::start().unwrap_err().to_string(),
        "already done: one runtime lives at a time, a thread is attached once, and a descriptor is registered once in each \
         direction"
    );

    let me = first.attach().unwrap();
    assert_eq!(first.attach().unwrap_err(), Error::Already);
    let stale = me.spawn(|_, _| {}).unwrap();
    drop(me);
    let me = first.attach().unwrap();
    assert_ne!(me.pid(), stale);

    // In a handler it cannot be stopped.
    let shared = Arc::clone(&first);
    let asker = me
        .spawn(move |_, message| {
            let Message::Call { from, .. } = message else { return };
            from.reply(shared.stop(Duration::ZERO) == Err(Error::WouldBlock)).unwrap();
        })
        .unwrap();
    assert_eq!(me.call(asker, "stop?").unwrap().to(), Some(true));

    first.stop(Duration::from_secs(10)).unwrap();
    assert_eq!(me.send(stale, 1), Err(Error::Exiting));
    drop(me);
    assert_eq!(first.stop(Duration::ZERO), Err(Error::Stopped));
    assert_eq!(first.spawn(|_, _| {}), Err(Error::Stopped));
    assert_eq!(first.stats(), Err(Error::Stopped));

    // What the end of the first does not do to the second.
    let second = Runtime::start().unwrap();
    drop(first);
    let me = second.attach().unwrap();
    assert!(!me.is_alive(stale).unwrap());
    me.send(stale, "anybody?").unwrap();

    // S-PROC-6: who was started by nobody is stopped in order, and what it holds is dropped.
    let (sender, dropped) = mpsc::channel();
    let held = Held(sender);
    std::thread::spawn(move || {
        Process::attach()
            .unwrap()
            .spawn(move |_, _| {
                let _ = &held;
            })
            .unwrap()
    })
    .join()
    .unwrap();
    drop(me);
    drop(second);
    assert_eq!(dropped.recv(), Ok("dropped"));
    assert!(dropped.recv().is_err());
}
