//! Model of `core/sync/mailbox.hpp`: the one-word mailbox of a process.
//!
//! The word holds the newest envelope's address and the process's state. A push links the envelope to the
//! newest one and puts itself there by compare-exchange; the push that replaces IDLE owes the activation. The
//! owner walks from the newest down to *held*, the newest it took before, and leaves by compare-exchange
//! (held, RUNNING) -> (held, IDLE).
//!
//! Here the thread that owes an activation runs it on the spot. So nothing but the word hands the owner's
//! private state from one activation to the next: no run queue helps.
//!
//! Properties: every message is received once, in its sender's order, and causally across mailboxes; payloads
//! and private state are never raced for (loom checks each `UnsafeCell`); at most one thread runs a process.

use std::ops::Range;
use std::sync::atomic::{AtomicBool as StdBool, Ordering as Std};
use std::sync::{Arc, Mutex};

use loom::cell::UnsafeCell;
use loom::sync::atomic::{AtomicBool, AtomicU64, Ordering, Ordering::*};
use loom::thread;
use resprout_loom_models::{compare_exchange, explore, explore_within, PREEMPTIONS};

const RUNNING: u64 = 1;
const IDLE: u64 = 2;
const STATE: u64 = 3;

fn address(word: u64) -> u64 {
    word & !STATE
}

#[derive(Clone, Copy, PartialEq)]
enum Recycle {
    Never,
    /// An envelope goes back when the word no longer equals it; *held* is detached first.
    Detached,
    /// The same, but *held* goes out of the word with the step that leaves.
    Forgotten,
    /// Planted: *held* goes back while it still stands in the word.
    Held,
}

#[derive(Clone, Copy)]
struct Rules {
    push: Ordering,
    leave: Ordering,
    /// `false` is planted: the owner leaves by a store.
    leave_by_exchange: bool,
    recycle: Recycle,
}

const PROTOCOL: Rules =
    Rules { push: AcqRel, leave: Release, leave_by_exchange: true, recycle: Recycle::Never };

struct Envelope {
    next: UnsafeCell<u64>,
    payload: UnsafeCell<u32>,
    /// Set when its owner has given it back.
    free: AtomicBool,
}

struct Mailbox {
    rules: Rules,
    word: AtomicU64,
    envelopes: Vec<Envelope>,
    /// The process's private state: the envelope that it took last.
    held: UnsafeCell<u64>,
    // The state of the test.
    running: StdBool,
    received: Mutex<Vec<u32>>,
}

impl Mailbox {
    fn new(rules: Rules, envelopes: usize) -> Mailbox {
        Mailbox {
            rules,
            word: AtomicU64::new(IDLE),
            envelopes: (0..envelopes)
                .map(|_| Envelope {
                    next: UnsafeCell::new(0),
                    payload: UnsafeCell::new(0),
                    free: AtomicBool::new(false),
                })
                .collect(),
            held: UnsafeCell::new(0),
            running: StdBool::new(false),
            received: Mutex::new(Vec::new()),
        }
    }

    fn envelope(&self, address: u64) -> &Envelope {
        &self.envelopes[(address >> 4) as usize - 1]
    }

    fn send(&self, index: usize, payload: u32, handler: &dyn Fn(u32)) {
        let envelope = &self.envelopes[index];
        envelope.payload.with_mut(|p| unsafe { *p = payload });
        let own = (index as u64 + 1) << 4;
        let mut seen = self.word.load(Relaxed);
        loop {
            envelope.next.with_mut(|n| unsafe { *n = address(seen) });
            match compare_exchange(&self.word, seen, own | RUNNING, self.rules.push, Relaxed) {
                Ok(_) => break,
                Err(now) => seen = now,
            }
        }
        if seen & STATE == IDLE {
            self.activate(handler);
        }
    }

    fn send_all(&self, messages: Range<usize>) {
        messages.for_each(|message| self.send(message, message as u32, &|_| {}));
    }

    fn activate(&self, handler: &dyn Fn(u32)) {
        assert!(!self.running.swap(true, Std::Relaxed), "two threads run one process");
        loop {
            self.take(handler);
            if self.rules.recycle == Recycle::Detached && !self.detach() {
                continue;
            }
            if self.leave() {
                return;
            }
        }
    }

    fn take(&self, handler: &dyn Fn(u32)) {
        let newest = address(self.word.load(Acquire));
        let held = self.held.with_mut(|h| unsafe { std::mem::replace(&mut *h, newest) });
        let mut chain = Vec::new();
        let mut at = newest;
        while at != held {
            assert_ne!(at, 0, "the chain does not lead to the held envelope");
            chain.push(at);
            at = self.envelope(at).next.with(|n| unsafe { *n });
        }
        for &at in chain.iter().rev() {
            let payload = self.envelope(at).payload.with(|p| unsafe { *p });
            self.received.lock().unwrap().push(payload);
            handler(payload);
        }
        match self.rules.recycle {
            Recycle::Never => {}
            Recycle::Held => chain.iter().for_each(|&at| self.give_back(at)),
            Recycle::Detached | Recycle::Forgotten => {
                // Not the newest, which is held now; but the one that was held before.
                chain.iter().skip(1).for_each(|&at| self.give_back(at));
                if !chain.is_empty() && held != 0 {
                    self.give_back(held);
                }
            }
        }
    }

    fn leave(&self) -> bool {
        let forget = self.rules.recycle == Recycle::Forgotten;
        let held = self.held.with(|h| unsafe { *h });
        let kept = if forget { 0 } else { held };
        self.held.with_mut(|h| unsafe { *h = kept }); // at rest before the step that gives the process away
        self.running.store(false, Std::Relaxed);
        if !self.rules.leave_by_exchange {
            self.word.store(kept | IDLE, self.rules.leave);
            return true;
        }
        let left =
            compare_exchange(&self.word, held | RUNNING, kept | IDLE, self.rules.leave, Relaxed).is_ok();
        if !left {
            self.running.store(true, Std::Relaxed);
            self.held.with_mut(|h| unsafe { *h = held });
        } else if forget && held != 0 {
            self.give_back(held);
        }
        left
    }

    /// Gives *held* back after the word no longer names it. False: something newer has come.
    fn detach(&self) -> bool {
        let held = self.held.with(|h| unsafe { *h });
        if held == 0 {
            return true;
        }
        if compare_exchange(&self.word, held | RUNNING, RUNNING, AcqRel, Relaxed).is_err() {
            return false;
        }
        self.held.with_mut(|h| unsafe { *h = 0 });
        self.give_back(held);
        true
    }

    fn give_back(&self, at: u64) {
        self.envelope(at).free.swap(true, Release);
    }

    fn received(&self) -> Vec<u32> {
        self.received.lock().unwrap().clone()
    }
}

/// The main thread sends 0, 1, ..; each other thread sends `each` messages of its own.
fn senders(name: &str, preemptions: usize, rules: Rules, others: usize, each: usize) {
    explore_within(name, preemptions, move || {
        let count = (others + 1) * each;
        let mailbox = Arc::new(Mailbox::new(rules, count));
        let threads: Vec<_> = (1..=others)
            .map(|other| {
                let mailbox = Arc::clone(&mailbox);
                thread::spawn(move || mailbox.send_all(other * each..(other + 1) * each))
            })
            .collect();
        mailbox.send_all(0..each);
        for thread in threads {
            thread.join().unwrap();
        }
        let received = mailbox.received();
        let mut sorted = received.clone();
        sorted.sort_unstable();
        assert!(sorted.iter().copied().eq(0..count as u32), "a message was lost or doubled");
        let place = |message| received.iter().position(|&m| m == message);
        for first in (0..count).filter(|message| (message + 1) % each != 0) {
            assert!(place(first as u32) < place(first as u32 + 1), "one sender's messages were reordered");
        }
    });
}

/// A sender that uses an envelope again as soon as it comes back, beside another sender.
fn recycling(name: &str, recycle: Recycle) {
    explore(name, move || {
        let mailbox = Arc::new(Mailbox::new(Rules { recycle, ..PROTOCOL }, 3));
        let other = {
            let mailbox = Arc::clone(&mailbox);
            thread::spawn(move || mailbox.send(1, 2, &|_| {}))
        };
        mailbox.send(0, 0, &|_| {});
        let again = if mailbox.envelopes[0].free.swap(false, Acquire) { 0 } else { 2 };
        mailbox.send(again, 1, &|_| {});
        other.join().unwrap();
        let mut received = mailbox.received();
        received.sort_unstable();
        assert!(received == [0, 1, 2], "a message was lost or doubled");
    });
}

#[test]
fn every_message_is_received_once_and_in_its_senders_order() {
    senders("mailbox: two senders of two", PREEMPTIONS, PROTOCOL, 1, 2);
    senders("mailbox: three senders of one", 2, PROTOCOL, 2, 1);
}

#[test]
fn an_envelope_may_go_back_once_it_is_detached() {
    recycling("mailbox: recycling, held detached", Recycle::Detached);
}

#[test]
fn an_envelope_may_go_back_once_the_leave_has_forgotten_it() {
    recycling("mailbox: recycling, held forgotten", Recycle::Forgotten);
}

/// A sends to B, then to C; C, on hearing of it, sends to B. B hears A first, whoever runs B and C.
#[test]
fn delivery_is_causal_across_mailboxes() {
    const FROM_A: u32 = 1;
    const FROM_C: u32 = 2;
    const NOISE: u32 = 3;
    explore("mailbox: causal delivery", || {
        let b = Arc::new(Mailbox::new(PROTOCOL, 3));
        let c = Arc::new(Mailbox::new(PROTOCOL, 2));
        let a = {
            let (b, c) = (Arc::clone(&b), Arc::clone(&c));
            thread::spawn(move || {
                b.send(0, FROM_A, &|_| {});
                c.send(0, FROM_A, &relay(&b));
            })
        };
        c.send(1, NOISE, &relay(&b));
        b.send(2, NOISE, &|_| {});
        a.join().unwrap();
        let received = b.received();
        let place = |message| received.iter().position(|&m| m == message).expect("a message was lost");
        assert!(place(FROM_A) < place(FROM_C), "the consequence came before its cause");
    });

    fn relay(b: &Mailbox) -> impl Fn(u32) + '_ {
        move |message| {
            if message == FROM_A {
                b.send(1, FROM_C, &|_| {});
            }
        }
    }
}

#[test]
#[should_panic(expected = "a message was lost or doubled")]
fn planted_leave_by_a_store_is_found() {
    senders("", PREEMPTIONS, Rules { leave_by_exchange: false, ..PROTOCOL }, 1, 2);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn planted_push_that_does_not_release_is_found() {
    senders("", PREEMPTIONS, Rules { push: Acquire, ..PROTOCOL }, 1, 2);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn planted_push_without_an_order_is_found() {
    senders("", PREEMPTIONS, Rules { push: Relaxed, ..PROTOCOL }, 1, 2);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn planted_leave_without_an_order_is_found() {
    senders("", PREEMPTIONS, Rules { leave: Relaxed, ..PROTOCOL }, 1, 2);
}

#[test]
#[should_panic(expected = "a message was lost or doubled")]
fn planted_recycling_of_the_held_envelope_is_found() {
    recycling("", Recycle::Held);
}
