//! Model of `core/sched/run_ring.hpp`: the bounded run queue of one worker, which its owner fills and empties, and of which
//! thieves move half into their own. R1 to R3 are the rules of that header.
//!
//! A thief's ring is a ring like any other: others steal from it while it is filled with what was stolen. So what is in an
//! item has to reach whoever runs it over two rings, by the release of each `tail` and the acquire of each look at it.
//!
//! What loom cannot show: a load that returns what is stored later. That is what the owner's acquire of `head` forbids (R3):
//! without it the slot might be written again before, in C11's order, the taker has read it. The model does show that a
//! taker who reads behind its compare-exchange (R1) gets what came there since.
//!
//! Property: each item is run once, by one that sees what its maker has left in it.

use std::sync::atomic::{AtomicBool as StdBool, Ordering as Std};
use std::sync::Arc;

use loom::cell::UnsafeCell;
use loom::sync::atomic::{AtomicU64, Ordering, Ordering::*};
use loom::thread;
use resprout_loom_models::{compare_exchange, explore_within, PREEMPTIONS};

const MOST: usize = 4;
const NOTHING: u64 = 0;

#[derive(Clone, Copy)]
struct Rules {
    /// R1. `false` is planted: the owner takes by a store.
    owner_compares: bool,
    /// R1. `false` is planted: a thief takes first and reads the slots then.
    thief_looks_first: bool,
    /// `false` is planted: a thief does not look what room its own ring has.
    thief_has_limits: bool,
    /// R2: the order in which a push publishes, a thief its loot, and everybody looks.
    push: Ordering,
    loot: Ordering,
    look: Ordering,
}

const PROTOCOL: Rules = Rules {
    owner_compares: true,
    thief_looks_first: true,
    thief_has_limits: true,
    push: Release,
    loot: Release,
    look: Acquire,
};

struct Ring {
    capacity: u64,
    head: AtomicU64,
    tail: AtomicU64,
    slots: [AtomicU64; MOST],
}

impl Ring {
    fn new(capacity: u64) -> Ring {
        Ring { capacity, head: AtomicU64::new(0), tail: AtomicU64::new(0), slots: Default::default() }
    }

    fn slot(&self, place: u64) -> &AtomicU64 {
        &self.slots[(place % self.capacity) as usize]
    }

    fn push(&self, rules: Rules, item: u64) -> bool {
        let tail = self.tail.load(Relaxed);
        if tail - self.head.load(Acquire) >= self.capacity {
            return false;
        }
        self.slot(tail).store(item, Relaxed);
        self.tail.store(tail + 1, rules.push);
        true
    }

    fn pop(&self, rules: Rules) -> u64 {
        let mut head = self.head.load(Acquire);
        loop {
            if head == self.tail.load(Relaxed) {
                return NOTHING;
            }
            let item = self.slot(head).load(Relaxed);
            if !rules.owner_compares {
                self.head.store(head + 1, Release);
                return item;
            }
            match compare_exchange(&self.head, head, head + 1, AcqRel, Acquire) {
                Ok(_) => return item,
                Err(seen) => head = seen,
            }
        }
    }

    fn steal_half(&self, rules: Rules, mine: &Ring) -> u64 {
        let to = mine.tail.load(Relaxed);
        let room = if rules.thief_has_limits {
            mine.capacity - (to - mine.head.load(Acquire))
        } else {
            mine.capacity
        };
        let mut head = self.head.load(Acquire);
        loop {
            let available = self.tail.load(rules.look).wrapping_sub(head);
            if available == 0 || available > self.capacity || room == 0 {
                return NOTHING;
            }
            let count = (available - available / 2).min(room);
            if !rules.thief_looks_first {
                if let Err(seen) = compare_exchange(&self.head, head, head + count, AcqRel, Acquire) {
                    head = seen;
                    continue;
                }
            }
            for i in 0..count {
                mine.slot(to + i).store(self.slot(head + i).load(Relaxed), Relaxed);
            }
            if rules.thief_looks_first {
                if let Err(seen) = compare_exchange(&self.head, head, head + count, AcqRel, Acquire) {
                    head = seen;
                    continue;
                }
            }
            mine.tail.store(to + count - 1, rules.loot);
            return mine.slot(to + count - 1).load(Relaxed);
        }
    }
}

const ITEMS: usize = 4;

struct World {
    ring: Ring,
    thieves: [Ring; 2],
    /// What its maker leaves in an item for whoever runs it.
    items: [UnsafeCell<u32>; ITEMS + 1],
    // The state of the test.
    has_run: [StdBool; ITEMS + 1],
}

/// What came about in one interleaving or another.
#[derive(Default)]
struct Outcomes {
    stolen: StdBool,
    missed: StdBool,
}

impl World {
    fn new(capacity: u64) -> World {
        World {
            ring: Ring::new(capacity),
            thieves: [Ring::new(capacity), Ring::new(capacity)],
            items: Default::default(),
            has_run: Default::default(),
        }
    }

    fn make(&self, rules: Rules, ring: &Ring, item: u64) {
        self.items[item as usize].with_mut(|n| unsafe { *n = 1 });
        if !ring.push(rules, item) {
            self.run(item); // the queue of all, in the scheduler
        }
    }

    fn run(&self, item: u64) {
        if item == NOTHING {
            return;
        }
        assert!(!self.has_run[item as usize].swap(true, Std::Relaxed), "an item ran twice");
        self.items[item as usize].with_mut(|n| unsafe { *n += 1 });
    }

    fn steal(&self, rules: Rules, victim: &Ring, mine: &Ring, outcomes: &Outcomes) {
        let item = victim.steal_half(rules, mine);
        let outcome = if item == NOTHING { &outcomes.missed } else { &outcomes.stolen };
        outcome.store(true, Std::Relaxed);
        self.run(item);
    }

    fn work_off(&self, rules: Rules, ring: &Ring) {
        loop {
            let item = ring.pop(rules);
            if item == NOTHING {
                return;
            }
            self.run(item);
        }
    }
}

type Deeds = fn(&World, Rules, &Outcomes);

/// What happens to rings of `capacity`: it begins with `begin`; then the owner of the first ring does the first of
/// `deeds`, beside threads that do the others. All of `items` are run in the end.
struct Scene {
    capacity: u64,
    items: usize,
    begin: Deeds,
    deeds: &'static [Deeds],
}

fn explore(name: &str, preemptions: usize, rules: Rules, scene: &'static Scene) {
    let seen = Arc::new(Outcomes::default());
    let outcomes = Arc::clone(&seen);
    explore_within(name, preemptions, move || {
        let world = Arc::new(World::new(scene.capacity));
        (scene.begin)(&world, rules, &outcomes);
        let others: Vec<_> = scene.deeds[1..]
            .iter()
            .map(|&deed| {
                let world = Arc::clone(&world);
                let outcomes = Arc::clone(&outcomes);
                thread::spawn(move || deed(&world, rules, &outcomes))
            })
            .collect();
        scene.deeds[0](&world, rules, &outcomes);
        for other in others {
            other.join().unwrap();
        }
        for ring in [&world.ring, &world.thieves[0], &world.thieves[1]] {
            world.work_off(rules, ring);
        }
        for has_run in &world.has_run[1..=scene.items] {
            assert!(has_run.load(Std::Relaxed), "an item never ran");
        }
    });
    for outcome in [&seen.stolen, &seen.missed] {
        assert!(outcome.load(Std::Relaxed), "an outcome that never came about");
    }
}

// The owner fills its ring, takes one, and writes the slot again.

fn nothing(_: &World, _: Rules, _: &Outcomes) {}

fn refill(world: &World, rules: Rules, _: &Outcomes) {
    world.make(rules, &world.ring, 1);
    world.make(rules, &world.ring, 2);
    world.run(world.ring.pop(rules));
    world.make(rules, &world.ring, 3);
}

fn fill_and_take(world: &World, rules: Rules, outcomes: &Outcomes) {
    fill(world, rules, outcomes);
    world.run(world.ring.pop(rules));
}

fn steal_first(world: &World, rules: Rules, outcomes: &Outcomes) {
    world.steal(rules, &world.ring, &world.thieves[0], outcomes);
}

fn steal_second(world: &World, rules: Rules, outcomes: &Outcomes) {
    world.steal(rules, &world.ring, &world.thieves[1], outcomes);
}

static ONE_THIEF: Scene = Scene { capacity: 2, items: 3, begin: nothing, deeds: &[refill, steal_first] };
static TWO_THIEVES: Scene =
    Scene { capacity: 2, items: 2, begin: nothing, deeds: &[fill_and_take, steal_first, steal_second] };

// A thief's own ring is full when it steals, or it has been robbed of one.

fn fill(world: &World, rules: Rules, _: &Outcomes) {
    world.make(rules, &world.ring, 1);
    world.make(rules, &world.ring, 2);
}

fn make_two_and_steal(world: &World, rules: Rules, outcomes: &Outcomes) {
    let mine = &world.thieves[0];
    world.make(rules, mine, 3);
    world.make(rules, mine, 4);
    world.steal(rules, &world.ring, mine, outcomes);
    world.run(mine.pop(rules));
}

fn take_one(world: &World, rules: Rules, _: &Outcomes) {
    world.run(world.ring.pop(rules));
}

fn rob_the_thief(world: &World, rules: Rules, outcomes: &Outcomes) {
    world.steal(rules, &world.thieves[0], &world.thieves[1], outcomes);
}

static ROBBED_THIEF: Scene =
    Scene { capacity: 2, items: 4, begin: fill, deeds: &[take_one, make_two_and_steal, rob_the_thief] };

// What was stolen is stolen again.

fn fill_with_three(world: &World, rules: Rules, outcomes: &Outcomes) {
    fill(world, rules, outcomes);
    world.make(rules, &world.ring, 3);
}

static CHAIN: Scene =
    Scene { capacity: 4, items: 3, begin: nothing, deeds: &[fill_with_three, steal_first, rob_the_thief] };

fn planted(rules: Rules) {
    explore("", PREEMPTIONS, rules, &ONE_THIEF);
}

#[test]
fn each_item_is_run_once_by_its_owner_or_a_thief() {
    explore("run ring: an owner that refills, a thief", 4, PROTOCOL, &ONE_THIEF);
}

#[test]
fn each_item_is_run_once_though_two_thieves_come() {
    explore("run ring: two thieves", PREEMPTIONS, PROTOCOL, &TWO_THIEVES);
}

#[test]
fn each_item_is_run_once_though_a_thief_is_robbed() {
    explore("run ring: a thief that is robbed", PREEMPTIONS, PROTOCOL, &ROBBED_THIEF);
}

#[test]
fn each_item_is_run_once_though_what_was_stolen_is_stolen_again() {
    explore("run ring: a thief of a thief", PREEMPTIONS, PROTOCOL, &CHAIN);
}

#[test]
#[should_panic(expected = "an item ran twice")]
fn planted_owner_that_takes_by_a_store_is_found() {
    planted(Rules { owner_compares: false, ..PROTOCOL });
}

#[test]
#[should_panic(expected = "Causality violation")]
fn planted_thief_that_takes_before_it_looks_is_found() {
    planted(Rules { thief_looks_first: false, ..PROTOCOL });
}

#[test]
#[should_panic(expected = "an item ran twice")]
fn planted_thief_that_counts_on_an_empty_ring_is_found() {
    explore("", PREEMPTIONS, Rules { thief_has_limits: false, ..PROTOCOL }, &ROBBED_THIEF);
}

#[test]
#[should_panic(expected = "an item never ran")]
fn planted_push_that_does_not_release_is_found() {
    planted(Rules { push: Relaxed, ..PROTOCOL });
}

#[test]
#[should_panic(expected = "an item never ran")]
fn planted_thief_that_does_not_acquire_is_found() {
    planted(Rules { look: Relaxed, ..PROTOCOL });
}

#[test]
#[should_panic(expected = "an item never ran")]
fn planted_loot_that_is_not_released_is_found() {
    explore("", PREEMPTIONS, Rules { loot: Relaxed, ..PROTOCOL }, &CHAIN);
}
