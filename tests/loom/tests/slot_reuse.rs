//! Model of `core/proc/table.cpp` and the sender's side of `core/proc`: a pid outlives its process, and its
//! slot is used again.
//!
//! A sender loads the mailbox word and compares its generation, then loads the slot's serial and compares it,
//! then pushes by compare-exchange. The envelope carries the serial it is meant for, and whoever takes it
//! compares again. Exit marks the word DEAD by exchange, drains what came before, raises the serial while
//! DEAD, and opens the word with the next generation.
//!
//! The generation has one bit here, so it wraps with the second reuse.
//!
//! Properties: every envelope is refused at the door, answered by the process it was meant for, or answered
//! as by a dead one: exactly one of the three, and never handled by another process; payloads are never raced
//! for.

use std::sync::{Arc, Mutex};

use loom::cell::UnsafeCell;
use loom::sync::atomic::{AtomicU64, Ordering, Ordering::*};
use loom::thread;
use resprout_loom_models::{compare_exchange, explore};

const DEAD: u64 = 0;
const RUNNING: u64 = 1;
const STATE: u64 = 3;
const GENERATION_SHIFT: u32 = 48;
const GENERATIONS: u64 = 2;

#[derive(Clone, Copy)]
struct Rules {
    /// The serial in the envelope is compared when it is taken.
    check_on_taking: bool,
    /// Exit marks the word DEAD by exchange, with this order; `None` is planted: it loads, drains, and stores.
    exit: Option<Ordering>,
}

const PROTOCOL: Rules = Rules { check_on_taking: true, exit: Some(AcqRel) };

#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    Refused,
    AnsweredAsDead,
    /// By the process with this serial.
    Handled(u64),
}

struct Envelope {
    next: UnsafeCell<u64>,
    serial: UnsafeCell<u64>,
}

struct Slot {
    rules: Rules,
    word: AtomicU64,
    serial: AtomicU64,
    envelopes: Vec<Envelope>,
    // The state of the test.
    outcomes: Mutex<Vec<Vec<Outcome>>>,
}

impl Slot {
    fn new(rules: Rules, envelopes: usize) -> Slot {
        Slot {
            rules,
            word: AtomicU64::new(RUNNING),
            serial: AtomicU64::new(0),
            envelopes: (0..envelopes)
                .map(|_| Envelope { next: UnsafeCell::new(0), serial: UnsafeCell::new(0) })
                .collect(),
            outcomes: Mutex::new(vec![Vec::new(); envelopes]),
        }
    }

    fn generation(serial: u64) -> u64 {
        (serial % GENERATIONS) << GENERATION_SHIFT
    }

    fn address(word: u64) -> u64 {
        word & ((1 << GENERATION_SHIFT) - 1) & !STATE
    }

    fn record(&self, index: usize, outcome: Outcome) {
        self.outcomes.lock().unwrap()[index].push(outcome);
    }

    fn send(&self, index: usize, serial: u64) {
        let envelope = &self.envelopes[index];
        envelope.serial.with_mut(|s| unsafe { *s = serial });
        let own = (index as u64 + 1) << 4 | RUNNING | Slot::generation(serial);
        let mut seen = self.word.load(Acquire);
        loop {
            let stranger = seen >> GENERATION_SHIFT != own >> GENERATION_SHIFT;
            if seen & STATE == DEAD || stranger || self.serial.load(Relaxed) != serial {
                self.record(index, Outcome::Refused);
                return;
            }
            envelope.next.with_mut(|n| unsafe { *n = Slot::address(seen) });
            match compare_exchange(&self.word, seen, own, AcqRel, Acquire) {
                Ok(_) => return,
                Err(now) => seen = now,
            }
        }
    }

    /// The process with this serial exits; the slot's next process begins.
    fn exit(&self, serial: u64) {
        let dead = DEAD | Slot::generation(serial);
        let last = match self.rules.exit {
            Some(order) => self.word.swap(dead, order),
            None => self.word.load(Acquire),
        };
        self.drain(last, serial);
        if self.rules.exit.is_none() {
            self.word.store(dead, Release);
        }
        self.serial.store(serial + 1, Relaxed);
        self.word.swap(RUNNING | Slot::generation(serial + 1), Release);
    }

    fn drain(&self, word: u64, serial: u64) {
        let mut at = Slot::address(word);
        while at != 0 {
            let index = (at >> 4) as usize - 1;
            let envelope = &self.envelopes[index];
            let meant_for = envelope.serial.with(|s| unsafe { *s });
            let outcome = match self.rules.check_on_taking && meant_for != serial {
                true => Outcome::AnsweredAsDead,
                false => Outcome::Handled(serial),
            };
            self.record(index, outcome);
            at = envelope.next.with(|n| unsafe { *n });
        }
    }
}

/// Two senders to the first process; meanwhile the slot passes to a second and to a third one, which has the
/// generation of the first.
fn wrap(name: &str, rules: Rules) {
    explore(name, move || {
        let slot = Arc::new(Slot::new(rules, 2));
        let sender = {
            let slot = Arc::clone(&slot);
            thread::spawn(move || slot.send(0, 0))
        };
        let owner = {
            let slot = Arc::clone(&slot);
            thread::spawn(move || {
                slot.exit(0);
                slot.exit(1);
            })
        };
        slot.send(1, 0);
        sender.join().unwrap();
        owner.join().unwrap();
        slot.exit(2);

        for outcomes in slot.outcomes.lock().unwrap().iter() {
            assert_eq!(outcomes.len(), 1, "an envelope was lost or answered twice");
            assert!(
                !matches!(outcomes[0], Outcome::Handled(serial) if serial != 0),
                "an envelope reached another process"
            );
        }
    });
}

#[test]
fn an_envelope_never_reaches_the_next_process_of_a_slot() {
    wrap("slot reuse: two senders, two reuses", PROTOCOL);
}

#[test]
#[should_panic(expected = "an envelope reached another process")]
fn planted_taking_without_a_check_is_found_once_the_generation_wraps() {
    wrap("", Rules { check_on_taking: false, ..PROTOCOL });
}

#[test]
#[should_panic(expected = "an envelope was lost or answered twice")]
fn planted_exit_that_marks_dead_by_a_store_is_found() {
    wrap("", Rules { exit: None, ..PROTOCOL });
}

#[test]
#[should_panic(expected = "Causality violation")]
fn planted_exit_that_does_not_acquire_is_found() {
    wrap("", Rules { exit: Some(Release), ..PROTOCOL });
}
