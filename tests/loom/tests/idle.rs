//! Model of `core/sched/idle_set.hpp` and of its use in `core/sched/worker.cpp`: how a worker goes to sleep,
//! and how whoever queues work wakes one. I1 to I4 are the rules of that header.
//!
//! The queue is nothing but flags stored and loaded *relaxed*, so the idle word alone has to carry the order
//! between "I queued work" and "I saw nobody asleep", and between "I am asleep" and "I saw no work".
//!
//! Property: work never waits while every worker sleeps and none of them has been notified. loom reports a
//! violation as a deadlock. At the end of each run the counts agree with the bits and with the notifications
//! not yet consumed.
//!
//! Why it holds, by the modification order of the idle word (all its changes are read-modify-writes, so each
//! synchronises with all later ones). Take the value `v` a producer decides on; it is at or after its own
//! read-modify-write.
//! - `v` counts no parked worker: whoever announces does so later, and its second look finds the work.
//! - `v` counts a searcher: it leaves later. If it found work and was the last it looks again (I2); if it
//!   announces it looks again too. A *producer* counts itself for as long as it looks for a bit. If it gets
//!   none nobody searches on its behalf, so it decides anew with the value that giving the search back
//!   returned: another producer may have relied on it.
//! - `v` counts parked workers and no searcher: their bits were set before, so the producer sees each bit
//!   unless its owner or a waker has cleared it since, and either counts itself a searcher after `v`. So if
//!   no bit is to be seen it may go; it must look before it counts itself, or it could turn round for as long
//!   as somebody stands between the two steps.
//!
//! The count of parked workers may be below zero for a moment, when a waker clears the bit of a worker that
//! has not yet counted itself, and borrow from the searching half. Both halves are right again with that
//! worker's next step, and until then the worker is awake and has its second look before it.

use std::sync::atomic::{AtomicBool as StdBool, AtomicUsize, Ordering as Std};
use std::sync::{Arc, Mutex};

use loom::sync::atomic::{AtomicBool, AtomicU64, Ordering, Ordering::*};
use loom::thread::{self, Thread};
use resprout_loom_models::{compare_exchange, explore_within, PREEMPTIONS};

const PARKED: u64 = 1;
const SEARCHING: u64 = 1 << 32;

fn parked(v: u64) -> u64 {
    v & (SEARCHING - 1)
}

fn searching(v: u64) -> u64 {
    v >> 32
}

/// The protocol, with one switch for each way to get it wrong.
#[derive(Clone, Copy)]
struct Rules {
    /// How the producer looks at the idle word. `None` is the protocol: a read-modify-write that adds nothing.
    producer_load: Option<Ordering>,
    /// A worker looks at every source again after it has announced that it sleeps.
    second_look: bool,
    /// The bit is set before the worker counts as parked.
    bit_first: bool,
    /// I2: the last searcher that found work wakes the next worker if there is more.
    pass_on: bool,
    /// I4: a worker whose bit somebody else cleared consumes the notification that is on its way.
    consume_notification: bool,
    /// A producer that got no bit decides anew after it has given the search back.
    decide_anew: bool,
    /// A producer that sees no bit goes without counting itself as searching.
    look_for_a_bit_first: bool,
}

const PROTOCOL: Rules = Rules {
    producer_load: None,
    second_look: true,
    bit_first: true,
    pass_on: true,
    consume_notification: true,
    decide_anew: true,
    look_for_a_bit_first: true,
};

#[derive(Clone, Copy)]
struct Scenario {
    workers: usize,
    /// Items pushed by each producer; the first producer is the main thread.
    producers: &'static [usize],
    /// The turn of item 0 ends only when all the others have been taken, so they need a worker of their own.
    long_turn: bool,
    /// The main thread then stops the workers by the protocol. Otherwise the test does, once every item has
    /// run.
    stop: bool,
}

struct World {
    rules: Rules,
    scenario: Scenario,
    idle: AtomicU64,
    /// One word for each worker: the widest possible map, so that a scan can be overtaken in its middle.
    bits: Vec<AtomicU64>,
    /// What `sync/parker` promises, and no more; the parker has a model of its own.
    notified: Vec<AtomicBool>,
    queue: Vec<AtomicBool>,
    stopping: AtomicBool,
    // The state of the test.
    threads: Mutex<Vec<Option<Thread>>>,
    taken: Vec<StdBool>,
    left: AtomicUsize,
}

impl World {
    fn new(rules: Rules, scenario: Scenario) -> World {
        let items = scenario.producers.iter().sum();
        World {
            rules,
            scenario,
            idle: AtomicU64::new(0),
            bits: (0..scenario.workers).map(|_| AtomicU64::new(0)).collect(),
            notified: (0..scenario.workers).map(|_| AtomicBool::new(false)).collect(),
            queue: (0..items).map(|_| AtomicBool::new(false)).collect(),
            stopping: AtomicBool::new(false),
            threads: Mutex::new(vec![None; scenario.workers]),
            taken: (0..items).map(|_| StdBool::new(false)).collect(),
            left: AtomicUsize::new(items),
        }
    }

    // --- idle_set.hpp ---

    fn choose_one_to_wake(&self) -> Option<usize> {
        let mut v = match self.rules.producer_load {
            None => self.idle.fetch_add(0, AcqRel),
            Some(order) => self.idle.load(order),
        };
        loop {
            if parked(v) == 0 || searching(v) != 0 {
                return None;
            }
            if self.rules.look_for_a_bit_first && self.bits.iter().all(|bit| bit.load(Acquire) == 0) {
                return None;
            }
            if let Err(now) = compare_exchange(&self.idle, v, v + SEARCHING, AcqRel, Acquire) {
                v = now;
                continue;
            }
            if let Some(victim) = (0..self.scenario.workers).find(|&worker| self.clear(worker)) {
                self.idle.fetch_sub(PARKED, AcqRel);
                return Some(victim);
            }
            v = self.idle.fetch_sub(SEARCHING, AcqRel).wrapping_sub(SEARCHING);
            if !self.rules.decide_anew {
                return None;
            }
        }
    }

    fn take(&self, worker: usize) -> bool {
        self.idle.fetch_add(0, AcqRel);
        self.retract(worker)
    }

    fn begin_search(&self) {
        self.idle.fetch_add(SEARCHING, AcqRel);
    }

    fn end_search(&self) -> bool {
        let before = self.idle.fetch_sub(SEARCHING, AcqRel);
        assert!(searching(before) > 0, "ended a search that was not counted");
        searching(before) == 1 && parked(before) != 0
    }

    fn announce(&self, worker: usize) {
        let set_bit = || self.bits[worker].fetch_or(1, Release);
        if self.rules.bit_first {
            set_bit();
        }
        let before = self.idle.fetch_sub(SEARCHING - PARKED, AcqRel);
        assert!(searching(before) > 0, "announced out of a search that was not counted");
        if !self.rules.bit_first {
            set_bit();
        }
    }

    fn retract(&self, worker: usize) -> bool {
        if !self.clear(worker) {
            return false;
        }
        self.idle.fetch_add(SEARCHING - PARKED, AcqRel);
        true
    }

    fn clear(&self, worker: usize) -> bool {
        self.bits[worker].fetch_and(0, AcqRel) == 1
    }

    // --- scheduler.cpp, worker.cpp ---

    fn push(&self, item: usize) {
        self.queue[item].store(true, Relaxed);
        self.wake_one();
    }

    fn wake_one(&self) {
        if let Some(victim) = self.choose_one_to_wake() {
            self.unpark(victim);
        }
    }

    fn stop(&self) {
        self.stopping.store(true, Relaxed);
        for worker in 0..self.scenario.workers {
            if self.take(worker) {
                self.unpark(worker);
            }
        }
    }

    fn unpark(&self, worker: usize) {
        self.notified[worker].swap(true, Release);
        self.nudge(worker);
    }

    fn work(&self, me: usize) {
        self.threads.lock().unwrap()[me] = Some(thread::current());
        while let Some(item) = self.wait_for_work(me) {
            self.run(item);
        }
    }

    fn wait_for_work(&self, me: usize) -> Option<usize> {
        self.begin_search();
        loop {
            if let Some(item) = self.find_work() {
                self.leave_search();
                return Some(item);
            }
            if self.stopping.load(Relaxed) {
                self.end_search();
                return None;
            }
            self.announce(me);
            let item = if self.rules.second_look { self.find_work() } else { None };
            if item.is_some() || (self.rules.second_look && self.stopping.load(Relaxed)) {
                if !self.retract(me) && self.rules.consume_notification {
                    self.park(me);
                }
                if item.is_some() {
                    self.leave_search();
                    return item;
                }
                continue;
            }
            if !self.park(me) {
                return None;
            }
        }
    }

    fn leave_search(&self) {
        if self.end_search() && self.rules.pass_on && self.queue.iter().any(|item| item.load(Relaxed)) {
            self.wake_one();
        }
    }

    fn find_work(&self) -> Option<usize> {
        self.queue.iter().position(|item| item.load(Relaxed) && item.swap(false, Relaxed))
    }

    /// False: the test is over.
    fn park(&self, me: usize) -> bool {
        loop {
            if self.notified[me].swap(false, Acquire) {
                return true;
            }
            if !self.scenario.stop && self.left.load(Std::Relaxed) == 0 {
                return false;
            }
            thread::park();
        }
    }

    // --- the test's side: not visible to loom ---

    fn run(&self, item: usize) {
        assert!(!self.taken[item].swap(true, Std::Relaxed), "an item ran twice");
        self.left.fetch_sub(1, Std::Relaxed);
        for worker in 0..self.scenario.workers {
            self.nudge(worker);
        }
        while item == 0 && self.scenario.long_turn && self.left.load(Std::Relaxed) > 0 {
            thread::park();
        }
    }

    /// Lets a sleeping thread look at its conditions again; one that has nothing to see goes on sleeping.
    fn nudge(&self, worker: usize) {
        if let Some(thread) = &self.threads.lock().unwrap()[worker] {
            thread.unpark();
        }
    }

    fn counts_agree(&self) {
        let v = self.idle.load(Relaxed);
        let bits = self.bits.iter().filter(|bit| bit.load(Relaxed) == 1).count();
        let notified = self.notified.iter().filter(|n| n.load(Relaxed)).count();
        assert!(self.scenario.stop || self.left.load(Std::Relaxed) == 0, "an item never ran");
        assert_eq!(parked(v), bits as u64, "parked workers and bits differ");
        assert_eq!(searching(v), notified as u64, "a search is counted that nobody does");
    }
}

fn check(name: &str, preemptions: usize, rules: Rules, scenario: Scenario) {
    explore_within(name, preemptions, move || {
        let world = Arc::new(World::new(rules, scenario));
        let spawn = |body: Box<dyn FnOnce(&World)>| {
            let world = Arc::clone(&world);
            thread::spawn(move || body(&world))
        };
        let mut threads: Vec<_> =
            (0..scenario.workers).map(|me| spawn(Box::new(move |w| w.work(me)))).collect();
        let mut first = scenario.producers.first().copied().unwrap_or(0);
        let own_items = 0..first;
        for &count in scenario.producers.iter().skip(1) {
            let items = first..first + count;
            threads.push(spawn(Box::new(move |w| items.for_each(|item| w.push(item)))));
            first += count;
        }
        own_items.for_each(|item| world.push(item));
        if scenario.stop {
            world.stop();
        }
        for thread in threads {
            thread.join().unwrap();
        }
        world.counts_agree();
    });
}

const ONE_WORKER: Scenario = Scenario { workers: 1, producers: &[2], long_turn: false, stop: false };

/// The second producer may rely on the first, which counts as searching for a moment.
const TWO_PRODUCERS: Scenario = Scenario { workers: 1, producers: &[1, 1], long_turn: false, stop: false };

/// The first item's turn does not end before the second item is taken.
const TWO_WORKERS: Scenario = Scenario { workers: 2, producers: &[2], long_turn: true, stop: false };

const TWO_OF_EACH: Scenario = Scenario { workers: 2, producers: &[1, 1], long_turn: true, stop: false };

const STOP: Scenario = Scenario { workers: 1, producers: &[0, 1], long_turn: false, stop: true };

#[test]
fn a_producer_and_a_worker_never_miss_each_other() {
    check("idle: one worker", PREEMPTIONS, PROTOCOL, ONE_WORKER);
}

#[test]
fn a_producer_may_rely_on_another_one_that_counts_as_searching() {
    check("idle: two producers", 4, PROTOCOL, TWO_PRODUCERS);
}

#[test]
fn work_beside_a_long_turn_gets_a_worker_of_its_own() {
    check("idle: two workers", PREEMPTIONS, PROTOCOL, TWO_WORKERS);
}

#[test]
fn two_producers_and_two_workers_never_miss_each_other() {
    check("idle: two producers, two workers", 2, PROTOCOL, TWO_OF_EACH);
}

#[test]
fn stop_reaches_a_worker_that_is_about_to_sleep() {
    check("idle: stop", PREEMPTIONS, PROTOCOL, STOP);
}

#[test]
#[should_panic(expected = "deadlock")]
fn planted_producer_that_only_loads_is_found() {
    check("", PREEMPTIONS, Rules { producer_load: Some(Acquire), ..PROTOCOL }, ONE_WORKER);
}

#[test]
#[should_panic(expected = "deadlock")]
fn planted_producer_with_a_sequentially_consistent_load_is_found() {
    check("", PREEMPTIONS, Rules { producer_load: Some(SeqCst), ..PROTOCOL }, ONE_WORKER);
}

#[test]
#[should_panic(expected = "deadlock")]
fn planted_worker_without_a_second_look_is_found() {
    check("", PREEMPTIONS, Rules { second_look: false, ..PROTOCOL }, ONE_WORKER);
}

#[test]
#[should_panic(expected = "deadlock")]
fn planted_worker_that_counts_as_parked_before_its_bit_is_set_is_found() {
    check("", PREEMPTIONS, Rules { bit_first: false, ..PROTOCOL }, ONE_WORKER);
}

#[test]
#[should_panic(expected = "deadlock")]
fn planted_searcher_that_does_not_pass_on_is_found() {
    check("", PREEMPTIONS, Rules { pass_on: false, ..PROTOCOL }, TWO_WORKERS);
}

#[test]
#[should_panic(expected = "a search that was not counted")]
fn planted_worker_that_leaves_its_notification_behind_is_found() {
    check("", PREEMPTIONS, Rules { consume_notification: false, ..PROTOCOL }, TWO_PRODUCERS);
}

#[test]
#[should_panic(expected = "deadlock")]
fn planted_producer_that_gives_the_search_back_and_goes_is_found() {
    let rules = Rules { decide_anew: false, look_for_a_bit_first: false, ..PROTOCOL };
    check("", 4, rules, TWO_PRODUCERS);
}

#[test]
#[should_panic(expected = "exceeded maximum number of branches")]
fn planted_producer_that_turns_round_while_it_sees_no_bit_is_found() {
    check("", PREEMPTIONS, Rules { look_for_a_bit_first: false, ..PROTOCOL }, TWO_PRODUCERS);
}
