//! Model of `core/sync/parker.hpp`: one token per thread, {EMPTY, PARKED, NOTIFIED}, on a futex.
//!
//! Properties: a notification is never lost and never waits for a sleeper; what the notifier wrote before is
//! visible to the woken; a park that times out leaves no notification behind that nobody will see.
//!
//! Each model runs on two kernels. `Bucket` compares and sleeps in one step and forgets a wake that finds
//! nobody asleep, as futex(2) does, but its lock would also lend the token an ordering. `Spin` lends none:
//! what is visible after it must come from the token's own orders.

use std::sync::Arc;

use loom::cell::UnsafeCell;
use loom::sync::atomic::{AtomicU64, Ordering, Ordering::*};
use loom::sync::{Condvar, Mutex};
use loom::thread;
use resprout_loom_models::{compare_exchange, explore};

const EMPTY: u64 = 0;
const PARKED: u64 = 1;
const NOTIFIED: u64 = 2;

#[derive(Clone, Copy)]
struct Rules {
    /// The notifier's order; the protocol releases.
    notify_order: Ordering,
    /// The sleeper announces itself by compare-exchange, not by a store.
    announce_by_exchange: bool,
    /// The notifier learns of the sleeper and leaves the token in one step.
    notify_in_one_step: bool,
    /// A park that times out takes the token out by exchange.
    timeout_by_exchange: bool,
}

const PROTOCOL: Rules = Rules {
    notify_order: Release,
    announce_by_exchange: true,
    notify_in_one_step: true,
    timeout_by_exchange: true,
};

enum Kernel {
    Spin,
    Bucket(Mutex<()>, Condvar),
}

impl Kernel {
    fn bucket() -> Kernel {
        Kernel::Bucket(Mutex::new(()), Condvar::new())
    }

    /// May return early, like the system call.
    fn wait(&self, word: &AtomicU64, expected: u64) {
        match self {
            Kernel::Spin => {
                while word.load(Relaxed) == expected {
                    thread::yield_now();
                }
            }
            Kernel::Bucket(lock, sleepers) => {
                let guard = lock.lock().unwrap();
                if word.fetch_add(0, Relaxed) == expected {
                    drop(sleepers.wait(guard).unwrap());
                }
            }
        }
    }

    fn wake_one(&self) {
        if let Kernel::Bucket(lock, sleepers) = self {
            let _guard = lock.lock().unwrap();
            sleepers.notify_one();
        }
    }
}

struct Parker {
    rules: Rules,
    token: AtomicU64,
    kernel: Kernel,
}

impl Parker {
    fn new(rules: Rules, kernel: Kernel) -> Parker {
        Parker { rules, token: AtomicU64::new(EMPTY), kernel }
    }

    fn park(&self) {
        if self.announce() {
            return;
        }
        loop {
            self.kernel.wait(&self.token, PARKED);
            if compare_exchange(&self.token, NOTIFIED, EMPTY, Acquire, Relaxed).is_ok() {
                return;
            }
        }
    }

    /// A park whose deadline has passed when it falls asleep. Returns whether it was notified.
    fn park_until_now(&self) -> bool {
        if self.announce() {
            return true;
        }
        if self.rules.timeout_by_exchange {
            return self.token.swap(EMPTY, Acquire) == NOTIFIED;
        }
        self.token.store(EMPTY, Relaxed);
        false
    }

    /// EMPTY -> PARKED, or NOTIFIED -> EMPTY, which it returns as true.
    fn announce(&self) -> bool {
        if !self.rules.announce_by_exchange {
            if self.token.load(Acquire) == NOTIFIED {
                self.token.store(EMPTY, Relaxed);
                return true;
            }
            self.token.store(PARKED, Relaxed);
            return false;
        }
        if self.token.compare_exchange(EMPTY, PARKED, Relaxed, Relaxed).is_ok() {
            return false;
        }
        // Only a notifier can have been here, and the token stays NOTIFIED until its owner takes it.
        let before = self.token.swap(EMPTY, Acquire);
        assert_eq!(before, NOTIFIED);
        true
    }

    fn unpark(&self) {
        let before = if self.rules.notify_in_one_step {
            self.token.swap(NOTIFIED, self.rules.notify_order)
        } else {
            let before = self.token.load(Relaxed);
            self.token.store(NOTIFIED, self.rules.notify_order);
            before
        };
        if before == PARKED {
            self.kernel.wake_one();
        }
    }
}

/// Two threads hand one unprotected cell to and fro, each waiting on its own parker.
fn ping_pong(name: &str, rules: Rules, kernel: fn() -> Kernel) {
    const ROUNDS: u32 = 2;
    explore(name, move || {
        let ours = Arc::new(Parker::new(rules, kernel()));
        let theirs = Arc::new(Parker::new(rules, kernel()));
        let cell = Arc::new(UnsafeCell::new(0));
        let partner = {
            let (ours, theirs, cell) = (Arc::clone(&ours), Arc::clone(&theirs), Arc::clone(&cell));
            thread::spawn(move || {
                for round in 0..ROUNDS {
                    theirs.park();
                    cell.with_mut(|n| unsafe {
                        assert_eq!(*n, 2 * round + 1);
                        *n += 1;
                    });
                    ours.unpark();
                }
            })
        };
        for round in 0..ROUNDS {
            cell.with_mut(|n| unsafe {
                assert_eq!(*n, 2 * round);
                *n += 1;
            });
            theirs.unpark();
            ours.park();
        }
        partner.join().unwrap();
    });
}

/// A sleeper that gives up at once and then sleeps for good; two notifiers, whose tokens may fall together.
fn timeout(name: &str, rules: Rules, kernel: fn() -> Kernel) {
    explore(name, move || {
        let parker = Arc::new(Parker::new(rules, kernel()));
        let cell = Arc::new(UnsafeCell::new(0));
        let sleeper = {
            let (parker, cell) = (Arc::clone(&parker), Arc::clone(&cell));
            thread::spawn(move || {
                if !parker.park_until_now() {
                    parker.park();
                }
                cell.with(|n| assert_eq!(unsafe { *n }, 1));
            })
        };
        cell.with_mut(|n| unsafe { *n = 1 });
        let other = {
            let parker = Arc::clone(&parker);
            thread::spawn(move || parker.unpark())
        };
        parker.unpark();
        other.join().unwrap();
        sleeper.join().unwrap();
    });
}

#[test]
fn a_token_hands_over_what_was_written_before_it() {
    ping_pong("parker: ping-pong, no help from the kernel", PROTOCOL, || Kernel::Spin);
}

#[test]
fn a_notification_reaches_the_sleeper() {
    ping_pong("parker: ping-pong", PROTOCOL, Kernel::bucket);
}

#[test]
fn a_park_that_times_out_loses_no_notification() {
    timeout("parker: timeout", PROTOCOL, Kernel::bucket);
}

#[test]
fn a_park_that_times_out_sees_what_was_written_before_the_notification() {
    timeout("parker: timeout, no help from the kernel", PROTOCOL, || Kernel::Spin);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn planted_notifier_that_does_not_release_is_found() {
    ping_pong("", Rules { notify_order: Relaxed, ..PROTOCOL }, || Kernel::Spin);
}

#[test]
#[should_panic(expected = "deadlock")]
fn planted_sleeper_that_announces_by_a_store_is_found() {
    ping_pong("", Rules { announce_by_exchange: false, ..PROTOCOL }, Kernel::bucket);
}

#[test]
#[should_panic(expected = "deadlock")]
fn planted_notifier_that_looks_first_and_then_stores_is_found() {
    ping_pong("", Rules { notify_in_one_step: false, ..PROTOCOL }, Kernel::bucket);
}

#[test]
#[should_panic(expected = "deadlock")]
fn planted_timeout_that_stores_is_found() {
    timeout("", Rules { timeout_by_exchange: false, ..PROTOCOL }, Kernel::bucket);
}
