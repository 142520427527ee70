//! Model of how the watchdog goes to sleep (`core/sched/watchdog.hpp`, W3 and W4, over `core/env/barrier.hpp`) beside
//! threads that begin a turn after a rest.
//!
//! A thread stores its turn and then looks whether the watchdog sleeps; the watchdog stores that it sleeps and then
//! looks at all turns again. At least one of them has to see what the other stored. The thread, which begins turns all
//! the time, has a plain store and a plain load; the watchdog has the kernel put a barrier into every running thread.
//! `crossing.rs` says how a fence on each side stands for that barrier, and why a model must not lean on what a fence
//! does beyond it in loom: here, what the turn is about has to reach the watchdog by the order of the turn alone.
//!
//! The watchdog's plain stores of its mark are modelled by relaxed exchanges. loom would leave them unordered with an
//! exchange of a thread that ran before and that the watchdog has not seen. In C11 they are behind it: the exchange
//! stands right behind what it has read, a store of the watchdog or another such exchange.
//!
//! Property: a turn that has begun does not go unseen while the watchdog sleeps and nobody is on the way to wake it;
//! loom reports a violation as a deadlock. Whoever takes the mark of the sleep away wakes the watchdog once, and that is
//! not left for a later sleep.

use std::sync::atomic::{AtomicBool as StdBool, Ordering as Std};
use std::sync::{Arc, Mutex};

use loom::cell::UnsafeCell;
use loom::sync::atomic::{fence, AtomicBool, AtomicU64, Ordering, Ordering::*};
use loom::thread::{self, Thread};
use resprout_loom_models::{explore_within, PREEMPTIONS};

#[derive(Clone, Copy)]
struct Rules {
    /// The barrier between a thread's store of its turn and its look at the mark.
    thread_barrier: bool,
    /// The same between the watchdog's mark and its look at the turns.
    watchdog_barrier: bool,
    /// `false` is planted: a thread looks whether the watchdog sleeps and then begins.
    thread_begins_first: bool,
    /// `false` is planted: the watchdog looks at the turns and then says that it sleeps.
    watchdog_marks_first: bool,
    /// `false` is planted: the watchdog sleeps without a second look.
    second_look: bool,
    /// `false` is planted: a watchdog that stays awake does not wait for who took its mark away.
    consumes_the_token: bool,
    /// `false` is planted: each thread that sees the mark wakes the watchdog.
    one_takes_the_mark: bool,
    /// A thread's order when it begins a turn, and the watchdog's when it looks: what the turn is about.
    begin: Ordering,
    look: Ordering,
}

const PROTOCOL: Rules = Rules {
    thread_barrier: true,
    watchdog_barrier: true,
    thread_begins_first: true,
    watchdog_marks_first: true,
    second_look: true,
    consumes_the_token: true,
    one_takes_the_mark: true,
    begin: Release,
    look: Acquire,
};

#[derive(Clone, Copy)]
struct Scenario {
    threads: usize,
    /// That each of them begins.
    turns: u64,
    /// The first thread stops the watchdog in the end, which need not have seen all turns then.
    stop: bool,
}

struct World {
    rules: Rules,
    scenario: Scenario,
    turns: Vec<AtomicU64>,
    /// What a turn is about: for each thread one for each turn.
    about: Vec<Vec<UnsafeCell<u32>>>,
    asleep: AtomicU64,
    stopping: AtomicBool,
    /// What `sync/parker` promises, and no more; the parker has a model of its own.
    token: AtomicBool,
    // The state of the test.
    watchdog: Mutex<Option<Thread>>,
    seen: Arc<Outcomes>,
}

/// What came about in one interleaving or another.
#[derive(Default)]
struct Outcomes {
    woken: StdBool,
    stayed_awake: StdBool,
    token_was_owed: StdBool,
}

fn note(outcome: &StdBool) {
    outcome.store(true, Std::Relaxed);
}

impl World {
    fn new(rules: Rules, scenario: Scenario, seen: Arc<Outcomes>) -> World {
        let about = || (0..=scenario.turns).map(|_| UnsafeCell::new(0)).collect();
        World {
            rules,
            scenario,
            turns: (0..scenario.threads).map(|_| AtomicU64::new(0)).collect(),
            about: (0..scenario.threads).map(|_| about()).collect(),
            asleep: AtomicU64::new(0),
            stopping: AtomicBool::new(false),
            token: AtomicBool::new(false),
            watchdog: Mutex::new(None),
            seen,
        }
    }

    // --- a thread: worker_thread.cpp ---

    fn begin_turns(&self, me: usize) {
        for turn in 1..=self.scenario.turns {
            self.about[me][turn as usize].with_mut(|n| unsafe { *n = 1 });
            if self.rules.thread_begins_first {
                self.turns[me].store(turn, self.rules.begin);
                if self.rules.thread_barrier {
                    fence(SeqCst);
                }
                self.notice();
            } else {
                self.notice();
                self.turns[me].store(turn, self.rules.begin);
            }
        }
    }

    fn notice(&self) {
        if self.asleep.load(Relaxed) == 0 {
            return;
        }
        if !self.rules.one_takes_the_mark || self.asleep.swap(0, AcqRel) != 0 {
            self.unpark();
        }
    }

    fn stop(&self) {
        self.stopping.store(true, Release);
        self.unpark();
    }

    fn unpark(&self) {
        self.token.swap(true, Release);
        if let Some(watchdog) = &*self.watchdog.lock().unwrap() {
            watchdog.unpark();
        }
    }

    // --- the watchdog: watchdog.cpp. It sleeps whenever it has looked, and reads no clock. ---

    fn watch(&self) {
        *self.watchdog.lock().unwrap() = Some(thread::current());
        let mut seen = vec![0; self.scenario.threads];
        while !self.stopping.load(Acquire) && seen.iter().any(|&turn| turn != self.scenario.turns) {
            self.sleep(&seen);
            for (thread, turn) in seen.iter_mut().enumerate() {
                *turn = self.turns[thread].load(self.rules.look);
                if *turn != 0 {
                    self.about[thread][*turn as usize].with(|n| unsafe { assert_eq!(*n, 1) });
                }
            }
        }
    }

    fn sleep(&self, seen: &[u64]) {
        let moved_before = !self.rules.watchdog_marks_first && self.anything_moved(seen);
        self.asleep.swap(1, Relaxed);
        if self.rules.watchdog_barrier {
            fence(SeqCst);
        }
        let moved = if self.rules.watchdog_marks_first {
            self.rules.second_look && self.anything_moved(seen)
        } else {
            moved_before
        };
        if moved {
            note(&self.seen.stayed_awake);
            if self.asleep.swap(0, AcqRel) == 0 {
                note(&self.seen.token_was_owed);
                if self.rules.consumes_the_token {
                    self.park();
                }
            }
            return;
        }
        self.park();
        note(&self.seen.woken);
        self.asleep.swap(0, Relaxed);
    }

    fn anything_moved(&self, seen: &[u64]) -> bool {
        (0..seen.len()).any(|thread| self.turns[thread].load(Relaxed) != seen[thread])
    }

    fn park(&self) {
        while !self.token.swap(false, Acquire) {
            thread::park();
        }
    }
}

fn check(name: &str, preemptions: usize, rules: Rules, scenario: Scenario) {
    let seen = Arc::new(Outcomes::default());
    let outcomes = Arc::clone(&seen);
    explore_within(name, preemptions, move || {
        let world = Arc::new(World::new(rules, scenario, Arc::clone(&outcomes)));
        let spawn = |body: Box<dyn FnOnce(&World)>| {
            let world = Arc::clone(&world);
            thread::spawn(move || body(&world))
        };
        let mut threads = vec![spawn(Box::new(|world| world.watch()))];
        for me in 1..scenario.threads {
            threads.push(spawn(Box::new(move |world| world.begin_turns(me))));
        }
        world.begin_turns(0);
        if scenario.stop {
            world.stop();
        }
        for thread in threads {
            thread.join().unwrap();
        }
        // With a stop, whose token comes beside the others, one may be left.
        assert!(scenario.stop || !world.token.load(Relaxed), "a token is left behind");
    });
    for outcome in [&seen.woken, &seen.stayed_awake, &seen.token_was_owed] {
        assert!(outcome.load(Std::Relaxed), "an outcome that never came about");
    }
}

const ONE: Scenario = Scenario { threads: 1, turns: 1, stop: false };
const ONE_TWICE: Scenario = Scenario { threads: 1, turns: 2, stop: false };
const TWO: Scenario = Scenario { threads: 2, turns: 1, stop: false };
const STOPPED: Scenario = Scenario { threads: 2, turns: 1, stop: true };

#[test]
fn no_turn_is_slept_over() {
    check("watchdog: one thread, two turns", 4, PROTOCOL, ONE_TWICE);
}

#[test]
fn no_turn_of_two_threads_is_slept_over() {
    check("watchdog: two threads", PREEMPTIONS, PROTOCOL, TWO);
}

#[test]
fn a_stop_is_not_slept_over() {
    check("watchdog: two threads and a stop", PREEMPTIONS, PROTOCOL, STOPPED);
}

#[test]
#[should_panic(expected = "deadlock")]
fn planted_thread_without_a_barrier_is_found() {
    check("", PREEMPTIONS, Rules { thread_barrier: false, ..PROTOCOL }, ONE);
}

#[test]
#[should_panic(expected = "deadlock")]
fn planted_watchdog_without_a_barrier_is_found() {
    check("", PREEMPTIONS, Rules { watchdog_barrier: false, ..PROTOCOL }, ONE);
}

#[test]
#[should_panic(expected = "deadlock")]
fn planted_thread_that_looks_before_it_begins_is_found() {
    check("", PREEMPTIONS, Rules { thread_begins_first: false, ..PROTOCOL }, ONE);
}

#[test]
#[should_panic(expected = "deadlock")]
fn planted_watchdog_that_looks_before_it_marks_is_found() {
    check("", PREEMPTIONS, Rules { watchdog_marks_first: false, ..PROTOCOL }, ONE);
}

#[test]
#[should_panic(expected = "deadlock")]
fn planted_sleep_without_a_second_look_is_found() {
    check("", PREEMPTIONS, Rules { second_look: false, ..PROTOCOL }, ONE);
}

#[test]
#[should_panic(expected = "a token is left behind")]
fn planted_token_that_is_left_behind_is_found() {
    check("", PREEMPTIONS, Rules { consumes_the_token: false, ..PROTOCOL }, ONE);
}

#[test]
#[should_panic(expected = "a token is left behind")]
fn planted_mark_that_two_take_is_found() {
    check("", PREEMPTIONS, Rules { one_takes_the_mark: false, ..PROTOCOL }, TWO);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn planted_turn_that_does_not_release_is_found() {
    check("", PREEMPTIONS, Rules { begin: Relaxed, ..PROTOCOL }, ONE);
}

#[test]
#[should_panic(expected = "Causality violation")]
fn planted_look_that_does_not_acquire_is_found() {
    check("", PREEMPTIONS, Rules { look: Relaxed, ..PROTOCOL }, ONE);
}
