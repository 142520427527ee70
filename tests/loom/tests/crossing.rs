//! Model of `core/sched/crossing.hpp` over `core/env/barrier.hpp`: where the code of a turn is, and the
//! watchdog that takes the turn away while it is in user code.
//!
//! The owner stores IN_RUNTIME and then loads the claim; the watchdog stores the claim and then loads where
//! the owner is. At least one of them has to see what the other stored. The owner, who crosses all the time,
//! has a plain store and a plain load; the watchdog has the kernel put a barrier into every running thread.
//!
//! loom knows no membarrier. It is modelled by a sequentially consistent fence on both sides, which is what
//! the system call promises for a pair of store and load. The barrier of one call falls somewhere into the
//! owner's program. After its store: then the watchdog's load, which comes after the call, sees the store, as
//! if the owner's fence came before the watchdog's in their one order. Before its store: then its load, which
//! comes later still, sees the claim, as if the fences stood the other way round. A third way would be what
//! both forbid.
//!
//! The fences must not prove more than that. In loom (not in C11) a fence also hands everything that came
//! before it to every later fence, as if it released and the other acquired. So nothing that the model looks
//! for may lean on it: what the turn owns is touched by the owner behind its fence and by the watchdog behind
//! its own, and each of these touches has to reach the other side by `where`, `claim` and the verdict alone.
//! The planted bugs in the orders of these three show that it does.
//!
//! Where the kernel refuses, all four accesses are sequentially consistent, the stores by read-modify-writes.
//! That none of them goes unseen follows from their total order, by C++20's rules: were both loads to miss, it
//! would have a cycle, owner's store < owner's load < claim < watchdog's load < owner's store. loom cannot show
//! it, since it takes such accesses for acquire-release.

use std::sync::atomic::{AtomicBool as StdBool, AtomicU64 as StdU64, Ordering as Std};
use std::sync::Arc;

use loom::cell::UnsafeCell;
use loom::sync::atomic::{fence, AtomicU64, Ordering, Ordering::*};
use loom::thread;
use resprout_loom_models::{compare_exchange, explore};

// Where the code is.
const IN_RUNTIME: u64 = 0;
const IN_USER: u64 = 1;

// The claim.
const NONE: u64 = 0;
const CLAIMED: u64 = 1;
const WAITING: u64 = 2;
const TAKEN: u64 = 3;

#[derive(Clone, Copy)]
struct Rules {
    /// The barrier between the owner's store and its load.
    owner_barrier: bool,
    /// The same between the watchdog's.
    watchdog_barrier: bool,
    /// `false` is planted: the owner looks for a claim and then stores.
    owner_stores_first: bool,
    /// `false` is planted: the watchdog looks where the owner is and then claims.
    watchdog_claims_first: bool,
    /// `false` is planted: an owner that sees a claim goes on without the verdict.
    owner_waits: bool,
    /// The owner's order when it goes to user code.
    enter: Ordering,
    /// The watchdog's when it looks where the owner is.
    look: Ordering,
    /// The watchdog's when it decides.
    decide: Ordering,
    /// The owner's when it reads the verdict.
    settle: Ordering,
}

const PROTOCOL: Rules = Rules {
    owner_barrier: true,
    watchdog_barrier: true,
    owner_stores_first: true,
    watchdog_claims_first: true,
    owner_waits: true,
    enter: Release,
    look: Acquire,
    decide: AcqRel,
    settle: Acquire,
};

struct Crossing {
    rules: Rules,
    place: AtomicU64,
    claim: AtomicU64,
    /// What the turn owns: its process, and the worker of its thread.
    owned: UnsafeCell<u32>,
    // The state of the test.
    takes: StdU64,
    losses: StdU64,
}

impl Crossing {
    fn new(rules: Rules) -> Crossing {
        Crossing {
            rules,
            place: AtomicU64::new(IN_RUNTIME),
            claim: AtomicU64::new(NONE),
            owned: UnsafeCell::new(0),
            takes: StdU64::new(0),
            losses: StdU64::new(0),
        }
    }

    /// By whoever has the turn: loom finds two at a time, and one that does not see what the other left.
    fn touch(&self) {
        self.owned.with_mut(|n| unsafe { *n += 1 });
    }

    /// True: the turn was not claimed.
    fn leave_user(&self) -> bool {
        if !self.rules.owner_stores_first {
            let free = self.claim.load(Relaxed) == NONE;
            self.place.store(IN_RUNTIME, Release);
            return free;
        }
        self.place.store(IN_RUNTIME, Release);
        if self.rules.owner_barrier {
            fence(SeqCst);
        }
        self.claim.load(Relaxed) == NONE
    }

    /// True: the turn is the owner's still.
    fn settle(&self, seen: &Outcomes) -> bool {
        let settle = self.rules.settle;
        let claimed = if settle == Acquire { AcqRel } else { Relaxed };
        let verdict = match compare_exchange(&self.claim, CLAIMED, WAITING, claimed, settle) {
            Ok(_) => {
                seen.waited.store(true, Std::Relaxed);
                while self.rules.owner_waits && self.claim.load(Relaxed) == WAITING {
                    thread::yield_now(); // a parker that lends no ordering
                }
                self.claim.load(settle)
            }
            Err(found) => found,
        };
        if verdict != TAKEN {
            return true;
        }
        self.claim.store(NONE, Relaxed);
        self.losses.fetch_add(1, Std::Relaxed);
        false
    }

    fn own(&self, rounds: u32, seen: &Outcomes) {
        for _ in 0..rounds {
            self.touch();
            self.place.store(IN_USER, self.rules.enter);
            if !self.leave_user() {
                // Taken or not, the watchdog is done with what the turn owns once the verdict is known.
                let _ = self.settle(seen);
            }
            self.touch();
        }
    }

    fn watch(&self, seen: &Outcomes) {
        let in_user = if self.rules.watchdog_claims_first {
            assert_eq!(self.claim.swap(CLAIMED, AcqRel), NONE);
            if self.rules.watchdog_barrier {
                fence(SeqCst);
            }
            self.place.load(self.rules.look) == IN_USER
        } else {
            let in_user = self.place.load(self.rules.look) == IN_USER;
            assert_eq!(self.claim.swap(CLAIMED, AcqRel), NONE);
            in_user
        };
        if in_user {
            self.touch();
            self.takes.fetch_add(1, Std::Relaxed);
        }
        let verdict = if in_user { TAKEN } else { NONE };
        self.claim.swap(verdict, self.rules.decide);
        let outcome = if in_user { &seen.taken } else { &seen.withdrawn };
        outcome.store(true, Std::Relaxed);
    }
}

/// What came about in one interleaving or another.
#[derive(Default)]
struct Outcomes {
    taken: StdBool,
    withdrawn: StdBool,
    waited: StdBool,
}

/// An owner that crosses so often, and a watchdog that claims once.
fn crossing(name: &str, rules: Rules, rounds: u32) {
    let seen = Arc::new(Outcomes::default());
    let outcomes = Arc::clone(&seen);
    explore(name, move || {
        let crossing = Arc::new(Crossing::new(rules));
        let watchdog = {
            let (crossing, outcomes) = (Arc::clone(&crossing), Arc::clone(&outcomes));
            thread::spawn(move || crossing.watch(&outcomes))
        };
        crossing.own(rounds, &outcomes);
        watchdog.join().unwrap();
        // A turn that was taken is one that its owner has lost, by then or at its next crossing.
        let unknown = u64::from(crossing.claim.load(Relaxed) == TAKEN);
        assert_eq!(crossing.takes.load(Std::Relaxed), crossing.losses.load(Std::Relaxed) + unknown);
    });
    for outcome in [&seen.taken, &seen.withdrawn, &seen.waited] {
        assert!(outcome.load(Std::Relaxed), "an outcome that never came about");
    }
}

#[test]
fn one_of_the_two_has_the_turn() {
    crossing("crossing: one crossing", PROTOCOL, 1);
}

#[test]
fn one_of_the_two_has_the_turn_again_and_again() {
    crossing("crossing: two crossings", PROTOCOL, 2);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn planted_owner_without_a_barrier_is_found() {
    crossing("", Rules { owner_barrier: false, ..PROTOCOL }, 1);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn planted_watchdog_without_a_barrier_is_found() {
    crossing("", Rules { watchdog_barrier: false, ..PROTOCOL }, 1);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn planted_owner_that_looks_before_it_stores_is_found() {
    crossing("", Rules { owner_stores_first: false, ..PROTOCOL }, 1);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn planted_watchdog_that_looks_before_it_claims_is_found() {
    crossing("", Rules { watchdog_claims_first: false, ..PROTOCOL }, 1);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn planted_owner_that_does_not_wait_is_found() {
    crossing("", Rules { owner_waits: false, ..PROTOCOL }, 1);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn planted_owner_that_does_not_release_what_it_had_is_found() {
    crossing("", Rules { enter: Relaxed, ..PROTOCOL }, 1);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn planted_watchdog_that_does_not_acquire_it_is_found() {
    crossing("", Rules { look: Relaxed, ..PROTOCOL }, 1);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn planted_verdict_that_does_not_release_is_found() {
    crossing("", Rules { decide: Relaxed, ..PROTOCOL }, 1);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn planted_owner_that_does_not_acquire_the_verdict_is_found() {
    crossing("", Rules { settle: Relaxed, ..PROTOCOL }, 1);
}
