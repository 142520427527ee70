//! Model of `core/proc/registry.cpp`: the name word of a process and the table of names.
//!
//! A process's name word is (serial, state, name) with the states NONE, CLAIMED, NAMED, CLOSED; a table entry
//! is a pid or 0.
//! - register: NONE -> CLAIMED; put the pid into the table where the entry is free; CLAIMED -> NAMED. If that
//!   last step fails the process has exited: take the own entry out.
//! - unregister: NAMED -> CLAIMED; take the entry out; CLAIMED -> NONE.
//! - exit: exchange to CLOSED; take the entry out; only then may anybody learn of the death.
//! - An entry is free if it is 0, or its holder's word is CLOSED or carries another serial; whereis sees it
//!   when the word is NAMED.
//!
//! Properties: whoever knows that a process has exited never finds it under its name, and can give the name
//! away at once, even while a registrar is stalled half-way; a name has at most one live holder; nothing
//! stays in the table that nobody removes.
//!
//! The serial is part of the word: a stalled registrar's last step must not succeed on the next process of
//! the slot.

use std::sync::Arc;

use loom::sync::atomic::{AtomicBool, AtomicU64, Ordering::*};
use loom::thread;
use resprout_loom_models::{compare_exchange, explore};

const NONE: u64 = 0;
const CLAIMED: u64 = 1;
const NAMED: u64 = 2;
const CLOSED: u64 = 3;

#[derive(Clone, Copy)]
struct Rules {
    serial_in_word: bool,
    /// Exit closes the word; planted: it only looks whether there is a name to remove.
    close: bool,
    /// Exit removes the name before the death is known.
    names_go_first: bool,
    /// A registrar that comes too late removes its entry.
    clean_up: bool,
    /// A registrar that loses the race for an entry looks again; planted: it takes the name for taken.
    look_again: bool,
}

const PROTOCOL: Rules =
    Rules { serial_in_word: true, close: true, names_go_first: true, clean_up: true, look_again: true };

#[derive(Clone, Copy, PartialEq, Debug)]
struct Pid {
    index: usize,
    serial: u64,
}

const P: Pid = Pid { index: 0, serial: 0 };
const P_AGAIN: Pid = Pid { index: 0, serial: 1 };
const Q: Pid = Pid { index: 1, serial: 0 };

impl Pid {
    fn entry(self) -> u64 {
        self.serial << 32 | (self.index as u64 + 1)
    }

    fn from_entry(entry: u64) -> Pid {
        Pid { index: (entry & 0xffff_ffff) as usize - 1, serial: entry >> 32 }
    }
}

struct Slot {
    name_word: AtomicU64,
    serial: AtomicU64,
    dead: AtomicBool,
}

/// There is one name.
struct World {
    rules: Rules,
    slots: [Slot; 2],
    entry: AtomicU64,
}

impl World {
    fn new(rules: Rules) -> World {
        let slot = || Slot {
            name_word: AtomicU64::new(NONE),
            serial: AtomicU64::new(0),
            dead: AtomicBool::new(false),
        };
        World { rules, slots: [slot(), slot()], entry: AtomicU64::new(0) }
    }

    fn word(&self, pid: Pid, state: u64) -> u64 {
        if self.rules.serial_in_word {
            pid.serial << 32 | state
        } else {
            state
        }
    }

    fn step(&self, pid: Pid, from: u64, to: u64) -> bool {
        let slot = &self.slots[pid.index];
        compare_exchange(&slot.name_word, self.word(pid, from), self.word(pid, to), AcqRel, Relaxed).is_ok()
    }

    /// The pid of this entry and its holder's word, if the word is still that process's.
    fn holder(&self, entry: u64) -> Option<(Pid, u64)> {
        if entry == 0 {
            return None;
        }
        let pid = Pid::from_entry(entry);
        let slot = &self.slots[pid.index];
        let word = slot.name_word.load(Acquire);
        let same = match self.rules.serial_in_word {
            true => word >> 32 == pid.serial,
            false => slot.serial.load(Acquire) == pid.serial,
        };
        same.then_some((pid, word & 3))
    }

    fn is_taken(&self, entry: u64) -> bool {
        self.holder(entry).is_some_and(|(_, state)| state != CLOSED)
    }

    fn whereis(&self) -> Option<Pid> {
        let (pid, state) = self.holder(self.entry.load(Acquire))?;
        (state == NAMED).then_some(pid)
    }

    fn remove(&self, pid: Pid) {
        let _ = compare_exchange(&self.entry, pid.entry(), 0, AcqRel, Relaxed);
    }

    fn register(&self, pid: Pid) -> bool {
        if !self.step(pid, NONE, CLAIMED) {
            return false;
        }
        let mut seen = self.entry.load(Acquire);
        loop {
            if self.is_taken(seen) {
                self.step(pid, CLAIMED, NONE);
                return false;
            }
            match compare_exchange(&self.entry, seen, pid.entry(), AcqRel, Acquire) {
                Ok(_) => break,
                Err(now) if self.rules.look_again => seen = now,
                Err(_) => {
                    self.step(pid, CLAIMED, NONE);
                    return false;
                }
            }
        }
        if self.step(pid, CLAIMED, NAMED) {
            return true;
        }
        if self.rules.clean_up {
            self.remove(pid);
        }
        false
    }

    fn unregister(&self) -> bool {
        let entry = self.entry.load(Acquire);
        if entry == 0 {
            return false;
        }
        let pid = Pid::from_entry(entry);
        if !self.step(pid, NAMED, CLAIMED) {
            return false;
        }
        self.remove(pid);
        self.step(pid, CLAIMED, NONE);
        true
    }

    fn exit(&self, pid: Pid) {
        let slot = &self.slots[pid.index];
        if !self.rules.names_go_first {
            slot.dead.store(true, Release);
        }
        let before = match self.rules.close {
            true => slot.name_word.swap(self.word(pid, CLOSED), AcqRel),
            false => slot.name_word.load(Acquire),
        };
        assert_eq!(before >> 32, self.word(pid, 0) >> 32, "another process's word was closed");
        if before & 3 != NONE {
            self.remove(pid);
        }
        if self.rules.names_go_first {
            slot.dead.store(true, Release);
        }
    }

    /// The slot's next process.
    fn spawn_again(&self, pid: Pid) {
        let slot = &self.slots[pid.index];
        slot.serial.store(pid.serial, Release);
        // A store in core, where what is still under way fails on the serial. loom would let it be overtaken.
        slot.name_word.swap(self.word(pid, NONE), Release);
    }

    /// When nothing is under way: the entry and its holder's word agree.
    fn agrees(&self, expected: Option<Pid>) {
        assert_eq!(
            self.entry.load(Relaxed),
            expected.map_or(0, Pid::entry),
            "the table names another process"
        );
        if let Some(pid) = expected {
            let word = self.slots[pid.index].name_word.load(Relaxed);
            assert_eq!(word, self.word(pid, NAMED), "the holder's word does not agree with the table");
        }
    }
}

fn spawn<T: 'static>(
    world: &Arc<World>,
    body: impl FnOnce(&World) -> T + Send + 'static,
) -> thread::JoinHandle<T> {
    let world = Arc::clone(world);
    thread::spawn(move || body(&world))
}

/// Somebody registers P while it exits; its supervisor then gives the name to Q.
fn restart(name: &str, rules: Rules) {
    explore(name, move || {
        let world = Arc::new(World::new(rules));
        let registrar = spawn(&world, |w| w.register(P));
        let supervisor = spawn(&world, |w| {
            w.exit(P);
            assert_ne!(w.whereis(), Some(P), "a dead process was found by its name");
            assert!(w.register(Q), "a name was still taken after its holder's death");
            assert_eq!(w.whereis(), Some(Q));
        });
        registrar.join().unwrap();
        supervisor.join().unwrap();
        world.agrees(Some(Q));
    });
}

/// As above, but the name goes to the slot's next process.
fn reuse(name: &str, rules: Rules) {
    explore(name, move || {
        let world = Arc::new(World::new(rules));
        let registrar = spawn(&world, |w| w.register(P));
        let supervisor = spawn(&world, |w| {
            w.exit(P);
            w.spawn_again(P_AGAIN);
            assert_ne!(w.whereis(), Some(P), "a dead process was found by its name");
            assert!(w.register(P_AGAIN), "a name was still taken after its holder's death");
        });
        registrar.join().unwrap();
        supervisor.join().unwrap();
        world.agrees(Some(P_AGAIN));
    });
}

/// P has the name and exits; an observer that has seen the death looks for it.
fn observer(name: &str, rules: Rules) {
    explore(name, move || {
        let world = Arc::new(World::new(rules));
        assert!(world.register(P));
        let dying = spawn(&world, |w| w.exit(P));
        if world.slots[P.index].dead.load(Acquire) {
            assert_eq!(world.whereis(), None, "a dead process was found by its name");
        }
        dying.join().unwrap();
        world.agrees(None);
    });
}

/// Two registrars want one name for two processes, one of which exits.
fn rivals(name: &str, rules: Rules) {
    explore(name, move || {
        let world = Arc::new(World::new(rules));
        let p = spawn(&world, |w| w.register(P));
        let q = spawn(&world, |w| w.register(Q));
        world.exit(P);
        p.join().unwrap();
        let q = q.join().unwrap();
        world.agrees(q.then_some(Q));
    });
}

#[test]
fn a_name_is_free_before_its_holders_death_is_known() {
    restart("names: restart", PROTOCOL);
    observer("names: observer", PROTOCOL);
}

#[test]
fn a_stalled_registrar_does_no_harm_to_the_next_process_of_the_slot() {
    reuse("names: reuse", PROTOCOL);
}

#[test]
fn of_two_registrars_one_wins() {
    explore("names: two registrars", || {
        let world = Arc::new(World::new(PROTOCOL));
        let p = spawn(&world, |w| w.register(P));
        let q = world.register(Q);
        let p = p.join().unwrap();
        assert!(p != q, "a name has two holders, or none");
        world.agrees(Some(if p { P } else { Q }));
    });
}

#[test]
fn a_registrar_may_lose_to_a_process_that_exits_but_never_leaves_it_in_the_table() {
    rivals("names: two registrars and an exit", PROTOCOL);
}

#[test]
fn one_process_gets_one_name_from_two_registrars() {
    explore("names: two registrars of one process", || {
        let world = Arc::new(World::new(PROTOCOL));
        let other = spawn(&world, |w| w.register(P));
        let ours = world.register(P);
        assert!(other.join().unwrap() != ours, "a process was registered twice, or not at all");
        world.agrees(Some(P));
    });
}

#[test]
fn unregister_beside_exit_leaves_the_name_free() {
    explore("names: unregister and exit", || {
        let world = Arc::new(World::new(PROTOCOL));
        assert!(world.register(P));
        let other = spawn(&world, |w| w.unregister());
        let dying = spawn(&world, |w| {
            w.exit(P);
            assert!(w.register(Q), "a name was still taken after its holder's death");
        });
        let unregistered_late = world.unregister();
        let unregistered = other.join().unwrap();
        dying.join().unwrap();
        let q = world.slots[Q.index].name_word.load(Relaxed) == world.word(Q, NAMED);
        assert!(q || unregistered || unregistered_late, "a name vanished");
        world.agrees(q.then_some(Q));
    });
}

#[test]
#[should_panic(expected = "a name was still taken after its holder's death")]
fn planted_name_word_without_a_serial_is_found() {
    reuse("", Rules { serial_in_word: false, ..PROTOCOL });
}

#[test]
#[should_panic(expected = "a name was still taken after its holder's death")]
fn planted_exit_that_does_not_close_the_word_is_found() {
    restart("", Rules { close: false, ..PROTOCOL });
}

#[test]
#[should_panic(expected = "a dead process was found by its name")]
fn planted_death_that_is_known_before_the_name_is_gone_is_found() {
    observer("", Rules { names_go_first: false, ..PROTOCOL });
}

#[test]
#[should_panic(expected = "the table names another process")]
fn planted_late_registrar_that_leaves_its_entry_is_found() {
    rivals("", Rules { clean_up: false, ..PROTOCOL });
}

#[test]
#[should_panic(expected = "a name was still taken after its holder's death")]
fn planted_registrar_that_does_not_look_again_is_found() {
    restart("", Rules { look_again: false, ..PROTOCOL });
}
