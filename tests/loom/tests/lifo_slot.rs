//! Model of `core/sched/lifo_slot.hpp` over `core/env/barrier.hpp`: the place of what a worker runs next, which its
//! owner fills and empties for each message, and a thief empties hardly ever. L1 to L3 are the rules of that header.
//!
//! The owner counts that a take begins and then looks for thieves; a thief announces itself and then looks at the
//! count. At least one of them has to see what the other stored: the owner takes by an exchange, or the thief leaves.
//! The owner, who takes all the time, has a plain store and a plain load; the thief has the kernel put a barrier into
//! every running thread. `crossing.rs` says how a fence on each side stands for that barrier, and why a model must not
//! lean on what a fence does beyond it in loom: here, what is in the slot has to reach a thief, and its emptiness the
//! owner, by the orders of the three words alone. The planted bugs in these orders show that it does.
//!
//! The owner's plain store that fills the slot is modelled by an exchange of the same order, which has to find the slot
//! empty (L1). loom would leave the store unordered with a thief's exchange that ran before and that the owner has not
//! seen. In C11 it is behind it: the exchange stands right behind what it has read, which is an earlier store of the owner
//! or another such exchange.
//!
//! What loom cannot show: an exchange that goes before a store that has run already. So the model says nothing about the
//! release at the end of a take and the acquire of the count, which are there to forbid it: a thief that has seen the end
//! of a take has its exchange behind the store that emptied the slot.
//!
//! Property: each item is run once, by one that sees what its maker has left in it.

use std::sync::atomic::{AtomicBool as StdBool, Ordering as Std};
use std::sync::Arc;

use loom::cell::UnsafeCell;
use loom::sync::atomic::{fence, AtomicU64, Ordering, Ordering::*};
use loom::thread;
use resprout_loom_models::{explore_within, PREEMPTIONS};

const EMPTY: u64 = 0;

#[derive(Clone, Copy)]
struct Rules {
    /// The barrier between the owner's store of the count and its look for thieves.
    owner_barrier: bool,
    /// The same between a thief's announcement and its look at the count.
    thief_barrier: bool,
    /// `false` is planted: the owner looks for thieves and then counts.
    owner_counts_first: bool,
    /// `false` is planted: a thief looks at the count and then announces itself.
    thief_announces_first: bool,
    /// L1. `false` is planted: the owner fills by a store also what it has seen full.
    full_is_exchanged: bool,
    /// L3. `false` is planted: a thief comes into a take.
    odd_is_refused: bool,
    /// The owner's orders when it fills the slot, and a thief's when it empties it: what is in the item.
    put: Ordering,
    steal: Ordering,
    /// A thief's when it leaves, and the owner's when it looks for thieves: the slot is empty.
    leave: Ordering,
    look_for_thieves: Ordering,
}

const PROTOCOL: Rules = Rules {
    owner_barrier: true,
    thief_barrier: true,
    owner_counts_first: true,
    thief_announces_first: true,
    full_is_exchanged: true,
    odd_is_refused: true,
    put: Release,
    steal: Acquire,
    leave: Release,
    look_for_thieves: Acquire,
};

/// What the owner does, one after the other.
#[derive(Clone, Copy)]
enum Deed {
    Put(u64),
    Take,
}
use Deed::{Put, Take};

const ITEMS: usize = 2;

struct Slot {
    rules: Rules,
    slot: AtomicU64,
    takes: AtomicU64,
    thieves: AtomicU64,
    /// What its maker leaves in an item for whoever runs it.
    items: [UnsafeCell<u32>; ITEMS + 1],
    // The state of the test.
    has_run: [StdBool; ITEMS + 1],
    seen: Arc<Outcomes>,
}

/// What came about in one interleaving or another.
#[derive(Default)]
struct Outcomes {
    stolen: StdBool,
    refused: StdBool,
    exchanged: StdBool,
}

fn note(outcome: &StdBool) {
    outcome.store(true, Std::Relaxed);
}

impl Slot {
    fn new(rules: Rules, seen: Arc<Outcomes>) -> Slot {
        Slot {
            rules,
            slot: AtomicU64::new(EMPTY),
            takes: AtomicU64::new(0),
            thieves: AtomicU64::new(0),
            items: Default::default(),
            has_run: Default::default(),
            seen,
        }
    }

    fn run(&self, item: u64) {
        if item == EMPTY {
            return;
        }
        assert!(!self.has_run[item as usize].swap(true, Std::Relaxed), "an item ran twice");
        self.items[item as usize].with_mut(|n| unsafe { *n += 1 });
    }

    fn put(&self, item: u64) -> u64 {
        let seen = self.slot.load(Relaxed);
        if seen == EMPTY {
            assert_eq!(self.slot.swap(item, self.rules.put), EMPTY, "what was seen empty is full");
            return EMPTY;
        }
        if !self.rules.full_is_exchanged {
            self.slot.store(item, self.rules.put);
            return seen;
        }
        self.slot.swap(item, if self.rules.put == Release { AcqRel } else { Relaxed })
    }

    /// True: no thief comes before the take ends.
    fn begin_take(&self, count: u64) -> bool {
        if !self.rules.owner_counts_first {
            let is_alone = self.thieves.load(self.rules.look_for_thieves) == 0;
            self.takes.store(count, Release);
            return is_alone;
        }
        self.takes.store(count, Release);
        if self.rules.owner_barrier {
            fence(SeqCst);
        }
        self.thieves.load(self.rules.look_for_thieves) == 0
    }

    fn take(&self) -> u64 {
        if self.slot.load(Relaxed) == EMPTY {
            return EMPTY;
        }
        let count = self.takes.load(Relaxed);
        let item = if self.begin_take(count + 1) {
            let item = self.slot.load(Relaxed);
            self.slot.store(EMPTY, Relaxed);
            item
        } else {
            note(&self.seen.exchanged);
            self.slot.swap(EMPTY, Acquire)
        };
        self.takes.store(count + 2, Release);
        item
    }

    fn steal(&self, count: u64) -> u64 {
        if self.slot.load(Relaxed) == EMPTY || (self.rules.odd_is_refused && count % 2 != 0) {
            return EMPTY;
        }
        let is_late;
        if self.rules.thief_announces_first {
            self.thieves.fetch_add(1, Relaxed);
            if self.rules.thief_barrier {
                fence(SeqCst);
            }
            is_late = self.takes.load(Relaxed) == count;
        } else {
            is_late = self.takes.load(Relaxed) == count;
            self.thieves.fetch_add(1, Relaxed);
        }
        let item = if is_late { self.slot.swap(EMPTY, self.rules.steal) } else { EMPTY };
        note(if item == EMPTY { &self.seen.refused } else { &self.seen.stolen });
        self.thieves.fetch_sub(1, self.rules.leave);
        item
    }

    fn own(&self, deeds: &[Deed]) {
        for deed in deeds {
            let item = match *deed {
                Put(item) => {
                    self.items[item as usize].with_mut(|n| unsafe { *n = 1 });
                    self.put(item)
                }
                Take => self.take(),
            };
            self.run(item);
        }
    }
}

/// The owner does these deeds, and so many thieves come once each.
fn slot(name: &str, preemptions: usize, rules: Rules, thieves: usize, deeds: &'static [Deed]) {
    let seen = Arc::new(Outcomes::default());
    let outcomes = Arc::clone(&seen);
    explore_within(name, preemptions, move || {
        let slot = Arc::new(Slot::new(rules, Arc::clone(&outcomes)));
        let thieves: Vec<_> = (0..thieves)
            .map(|_| {
                let slot = Arc::clone(&slot);
                thread::spawn(move || {
                    let count = slot.takes.load(Acquire);
                    slot.run(slot.steal(count));
                })
            })
            .collect();
        slot.own(deeds);
        for thief in thieves {
            thief.join().unwrap();
        }
        slot.run(slot.slot.load(Relaxed));
        for deed in deeds {
            if let Put(item) = deed {
                assert!(slot.has_run[*item as usize].load(Std::Relaxed), "an item never ran");
            }
        }
    });
    for outcome in [&seen.stolen, &seen.refused, &seen.exchanged] {
        assert!(outcome.load(Std::Relaxed), "an outcome that never came about");
    }
}

const IN_TURN: &[Deed] = &[Put(1), Take, Put(2), Take];
const DISPLACING: &[Deed] = &[Put(1), Put(2), Take];

fn planted(rules: Rules) {
    slot("", PREEMPTIONS, rules, 1, IN_TURN);
}

#[test]
fn each_item_is_run_once_of_two_in_turn() {
    slot("lifo slot: two in turn, a thief", 4, PROTOCOL, 1, IN_TURN);
}

#[test]
fn each_item_is_run_once_of_two_that_displace_each_other() {
    slot("lifo slot: one displaces another, a thief", 4, PROTOCOL, 1, DISPLACING);
}

#[test]
fn each_item_is_run_once_though_two_thieves_come() {
    slot("lifo slot: two in turn, two thieves", PREEMPTIONS, PROTOCOL, 2, IN_TURN);
}

#[test]
#[should_panic(expected = "an item ran twice")]
fn planted_owner_without_a_barrier_is_found() {
    planted(Rules { owner_barrier: false, ..PROTOCOL });
}

#[test]
#[should_panic(expected = "an item ran twice")]
fn planted_thief_without_a_barrier_is_found() {
    planted(Rules { thief_barrier: false, ..PROTOCOL });
}

#[test]
#[should_panic(expected = "an item ran twice")]
fn planted_owner_that_looks_before_it_counts_is_found() {
    planted(Rules { owner_counts_first: false, ..PROTOCOL });
}

#[test]
#[should_panic(expected = "an item ran twice")]
fn planted_thief_that_looks_before_it_announces_itself_is_found() {
    planted(Rules { thief_announces_first: false, ..PROTOCOL });
}

#[test]
#[should_panic(expected = "an item ran twice")]
fn planted_owner_that_fills_by_a_store_what_it_has_seen_full_is_found() {
    slot("", PREEMPTIONS, Rules { full_is_exchanged: false, ..PROTOCOL }, 1, DISPLACING);
}

#[test]
#[should_panic(expected = "an item ran twice")]
fn planted_thief_that_comes_into_a_take_is_found() {
    planted(Rules { odd_is_refused: false, ..PROTOCOL });
}

#[test]
#[should_panic(expected = "Causality violation")]
fn planted_put_that_does_not_release_is_found() {
    planted(Rules { put: Relaxed, ..PROTOCOL });
}

#[test]
#[should_panic(expected = "Causality violation")]
fn planted_thief_that_does_not_acquire_the_item_is_found() {
    planted(Rules { steal: Relaxed, ..PROTOCOL });
}

#[test]
#[should_panic(expected = "an item ran twice")]
fn planted_thief_that_does_not_release_the_empty_slot_is_found() {
    planted(Rules { leave: Relaxed, ..PROTOCOL });
}

#[test]
#[should_panic(expected = "an item ran twice")]
fn planted_owner_that_does_not_acquire_the_empty_slot_is_found() {
    planted(Rules { look_for_thieves: Relaxed, ..PROTOCOL });
}
