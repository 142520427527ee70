//! Servers and machines that go on without a message.

mod common;

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::Arc;

use common::*;
use resprout::prelude::*;
use resprout::{Event, EventType, GenStatem};

const MANY: i64 = 200_000;

/// Continues until it has done so `until` times.
struct Continuing {
    continues: Arc<AtomicI64>,
    until: i64,
}

impl GenServer for Continuing {
    type Args = (Arc<AtomicI64>, i64);

    fn init(_: &Context, (continues, until): &Self::Args) -> Result<Init<Self>, Exception> {
        Ok(Init::Ready(Self { continues: Arc::clone(continues), until: *until }))
    }

    fn handle_cast(&mut self, context: &Context, how: Payload) -> Result<Flow<Self>, Exception> {
        if how.to::<String>().as_deref() == Some("at once") {
            return Ok(Flow::continue_with(1));
        }
        let myself = context.send_request(dead(context)?, "nothing")?;
        Ok(Flow::wait_for(myself, PATIENCE, |_, _, _| Ok(Flow::continue_with(1))))
    }

    fn handle_call(&mut self, _: &Context, _: Payload, _: ReplyTo) -> Result<Reply<Self>, Exception> {
        Ok(Reply::now(self.continues.load(Ordering::SeqCst)))
    }

    fn handle_info(&mut self, _: &Context, _: Message) -> Result<Flow<Self>, Exception> {
        Ok(Flow::go_on())
    }

    fn handle_continue(&mut self, _: &Context, _: Term) -> Result<Flow<Self>, Exception> {
        let so_far = self.continues.fetch_add(1, Ordering::SeqCst) + 1;
        Ok(if so_far == self.until { Flow::go_on() } else { Flow::continue_with(1) })
    }
}

/// A process that answers nothing: it is over at once.
fn dead(context: &Context) -> Result<Pid, Exception> {
    let pid = context.spawn(|_, _| Next::Stop)?;
    context.send(pid, "stop")?;
    Ok(pid)
}

// S-SRV-46
#[test]
fn continues_are_any_number_also_behind_a_wait() {
    let me = attach();
    for how in ["at once", "behind a wait"] {
        let server = Continuing::start((Arc::default(), MANY)).unwrap();
        me.cast(server, how).unwrap();
        assert_eq!(me.call(server, "how many?").unwrap().to(), Some(MANY), "{how}");
    }
}

// S-SRV-46
#[test]
fn continues_for_ever_end_by_a_signal_and_hold_nobody_up() {
    let me = attach();
    for how in ["at once", "behind a wait"] {
        let continues: Arc<AtomicI64> = Arc::default();
        let endless: Vec<Pid> = (0..3) // more than there are workers
            .map(|_| Continuing::start((Arc::clone(&continues), 0)).unwrap())
            .collect();
        for server in &endless {
            me.cast(*server, how).unwrap();
        }
        while continues.load(Ordering::SeqCst) < MANY {
            std::thread::yield_now();
        }
        let other = Continuing::start((Arc::default(), 0)).unwrap();
        assert_eq!(me.call(other, "how many?").unwrap().to(), Some(0));
        for server in endless {
            me.suspend(server, PATIENCE).unwrap(); // it is between two of them
            me.resume(server).unwrap();
            let end = me.monitor(server).unwrap();
            me.exit_signal(server, "boom").unwrap();
            assert_eq!(expect_down(&me, end).as_str(), Some("boom"));
        }
    }
}

/// Repeats its state in its enter calls.
struct Repeating {
    entered: i64,
    throws: bool,
}

impl GenStatem for Repeating {
    type Args = bool;

    fn init(context: &Context, throws: &bool) -> Result<Init<Self>, Exception> {
        context.statem().next_state("a")?;
        context.statem().state_enter()?;
        Ok(Init::Ready(Self { entered: 0, throws: *throws }))
    }

    fn handle_event(&mut self, context: &Context, event: Event) -> Result<Reply<Self>, Exception> {
        if let EventType::Call(_) = event.event_type() {
            return Ok(Reply::now(self.entered));
        }
        self.entered += 1;
        if self.entered == MANY {
            return Ok(Flow::go_on().into());
        }
        if self.throws {
            return Err(Exception::throw(Term::atom("repeat_state_and_data")));
        }
        context.statem().repeat_state()?;
        Ok(Flow::go_on().into())
    }
}

// S-STM-17
#[test]
fn a_state_is_repeated_any_number_of_times() {
    let me = attach();
    for throws in [false, true] {
        let machine = Repeating::start(throws).unwrap();
        assert_eq!(me.call(machine, "how often?").unwrap().to(), Some(MANY));
    }
}
