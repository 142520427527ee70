//! What fails, and how far it gets: panics, errors, kills, drops, and handles of the dead.

mod common;

use std::sync::mpsc;
use std::time::Duration;

use common::*;
use resprout::exception::{self, Class};
use resprout::prelude::*;
use resprout::{Alias, Flush, Start};

// ---- Panics and errors are exit reasons ------------------------------------------------------------------------

// S-EXIT-5, S-ERR-6: case 298
#[test]
fn a_panic_is_an_exit_reason_with_type_text_and_place() {
    let line = line!() + 1;
    let reason = reason_of(|_, _| panic!("reactor {} is hot", 4));
    let (language, kind, text, frames) = exception_of(&reason);
    assert_eq!((language.as_str(), kind.as_str(), text.as_str()), ("rust", "panic", "reactor 4 is hot"));
    let frames: Frames = frames.to().unwrap();
    assert_eq!((frames[0].0.as_str(), frames[0].1), (file!(), i64::from(line)));
}

// S-EXIT-5: case 304
#[test]
fn a_division_by_zero_is_an_error_with_type_and_text() {
    let zero = std::hint::black_box(0);
    let caught = exception::catch(|| 1 / zero).unwrap_err();
    assert_eq!(caught.class(), Class::Error);
    assert_eq!(caught.value().element(2).unwrap().as_str(), Some("panic"));

    let (language, kind, text, _) = exception_of(&reason_of(move |_, _| {
        std::hint::black_box(1 / zero);
    }));
    assert_eq!((language.as_str(), kind.as_str()), ("rust", "panic"));
    assert_eq!(text, "attempt to divide by zero");
}

#[test]
fn a_panic_without_text_is_one_too() {
    let reason = reason_of(|_, _| std::panic::panic_any(7));
    assert_eq!(exception_of(&reason).2, "a value that is no text");
}

// S-EXIT-5
#[test]
fn an_error_that_is_handed_on_is_an_exit_reason_with_its_type_and_place() {
    let line = line!() + 2;
    let reason = reason_of(|_, _| -> Result<(), Exception> {
        "seven".parse::<i32>()?;
        Ok(())
    });
    let (language, kind, text, frames) = exception_of(&reason);
    assert_eq!((language.as_str(), kind.as_str()), ("rust", "core::num::error::ParseIntError"));
    assert_eq!(text, "invalid digit found in string");
    let frames: Frames = frames.to().unwrap();
    assert_eq!((frames[0].0.as_str(), frames[0].1), (file!(), i64::from(line)));
}

// S-ERR-1
#[test]
fn what_is_caught_can_be_passed_on_unchanged() {
    let (sender, caught) = mpsc::channel();
    let reason = reason_of(move |_, _| {
        let inner = exception::catch(|| exception::throw(Atom::new("ball"))).unwrap_err();
        sender.send(inner.clone()).unwrap();
        let again = exception::catch(|| inner.raise()).unwrap_err();
        sender.send(again.clone()).unwrap();
        again.raise()
    });
    let (first, again) = (caught.recv().unwrap(), caught.recv().unwrap());
    assert_eq!(first, again);
    assert_eq!(first.class(), Class::Throw);
    assert_eq!(reason, first.reason());
}

// S-ERR-5: a loop around a protected body
#[test]
fn a_protected_body_costs_no_stack() {
    let mut sum = 0_u64;
    for number in 0..10_000_u64 {
        sum += exception::catch(|| if number % 100 == 0 { exception::exit(()) } else { number }).unwrap_or(0);
    }
    assert_eq!(sum, (0..10_000).filter(|number| number % 100 != 0).sum());
}

// ---- A panic never crosses -------------------------------------------------------------------------------------

// S-ERR-6
#[test]
fn a_panic_in_any_callback_of_a_process_stays_in_it() {
    struct Start;
    impl Handler for Start {
        fn start(&mut self, _: &Context) -> Result<Next, Exception> {
            panic!("at the start")
        }

        fn handle(&mut self, _: &Context, _: Message) -> Result<Next, Exception> {
            unreachable!()
        }
    }

    let me = attach();
    let options = resprout::SpawnOptions::new().monitor();
    let spawned = me.spawn_with(&options, Start).unwrap();
    let reason = expect_down(&me, spawned.monitor.unwrap());
    assert_eq!(exception_of(&reason).2, "at the start");

    let (waiting, monitor) = me
        .spawn_monitor(|context, _| -> Result<Next, Exception> {
            let never = context.alias(Alias::Reply)?;
            Ok(Next::wait_for(never, Duration::ZERO, |_, _| panic!("in the continuation")))
        })
        .unwrap();
    me.send(waiting, "go").unwrap();
    assert_eq!(exception_of(&expect_down(&me, monitor)).2, "in the continuation");
}

// S-ERR-6
#[test]
fn a_panic_while_a_state_or_a_message_is_dropped_stays_there() {
    struct Bomb(mpsc::Sender<()>);
    impl Drop for Bomb {
        fn drop(&mut self) {
            self.0.send(()).unwrap();
            panic!("dropped");
        }
    }

    let me = attach();
    let (sender, dropped) = mpsc::channel();
    let bomb = Bomb(sender.clone());
    let (victim, monitor) = me
        .spawn_monitor(move |_, _| {
            let _ = &bomb;
            Next::Stop
        })
        .unwrap();
    me.send(victim, "stop").unwrap();
    assert_eq!(expect_down(&me, monitor), Atom::new("normal"));
    dropped.recv_timeout(PATIENCE).unwrap();

    me.send_native(dead_process(&me), Bomb(sender)).unwrap(); // dropped at once
    dropped.recv_timeout(PATIENCE).unwrap();
    me.checkpoint().unwrap();
}

#[test]
fn a_panic_while_a_message_is_looked_at_goes_on_in_the_thread() {
    let me = attach();
    me.send(me.pid(), 1).unwrap();
    me.send(me.pid(), 2).unwrap();
    let looked = exception::catch(|| me.receive_matching(PATIENCE, |_| panic!("what is this?")));
    assert_eq!(looked.unwrap_err().value().element(3).unwrap().as_str(), Some("what is this?"));
    assert_eq!(expect_term(&me).as_i64(), Some(2));
}

// ---- Drops -----------------------------------------------------------------------------------------------------

// S-NAT-4
#[test]
fn the_state_of_a_killed_handler_is_dropped_once() {
    let me = attach();
    let (witness, drops) = Witness::new();
    let (victim, monitor) = me
        .spawn_monitor(move |_, _| {
            let _ = &witness;
        })
        .unwrap();
    me.send(victim, "hello").unwrap();
    assert!(me.is_alive(victim).unwrap());
    drops.expect_none_so_far();
    me.exit_signal(victim, Atom::new("kill")).unwrap();
    assert_eq!(expect_down(&me, monitor), Atom::new("killed"));
    drops.expect_one();
}

// S-NAT-2, S-NAT-4
#[test]
fn a_handler_that_is_killed_in_the_middle_drops_what_it_holds_and_sends_nothing() {
    struct Farewell(Pid, #[allow(dead_code)] Witness);
    impl Drop for Farewell {
        fn drop(&mut self) {
            assert_eq!(resprout::send(self.0, "farewell"), Err(Error::Exiting));
        }
    }

    let me = attach();
    let parent = me.pid();
    let (on_stack, stack_drops) = Witness::new();
    let (in_state, state_drops) = Witness::new();
    let mut local = Some(Farewell(parent, on_stack));
    let state = Farewell(parent, in_state);
    let (victim, monitor) = me
        .spawn_monitor(move |context, _| -> Result<(), Exception> {
            let _ = &state;
            let _held = local.take();
            context.send(parent, "running")?;
            loop {
                context.checkpoint()?; // until it is killed
            }
        })
        .unwrap();
    me.send(victim, "go").unwrap();
    assert_eq!(expect_term(&me).as_str(), Some("running"));
    me.exit_signal(victim, Atom::new("kill")).unwrap();
    assert_eq!(expect_down(&me, monitor), Atom::new("killed"));
    stack_drops.expect_one();
    state_drops.expect_one();
    expect_nothing(&me);
}

// S-NAT-4: case 296
#[test]
fn a_thread_that_is_killed_while_it_waits_drops_what_it_holds_once_and_sends_nothing() {
    struct Farewell(Pid, #[allow(dead_code)] Witness);
    impl Drop for Farewell {
        fn drop(&mut self) {
            assert_eq!(resprout::send(self.0, "farewell"), Err(Error::Exiting));
        }
    }

    let me = attach();
    let parent = me.pid();
    let (witness, drops) = Witness::new();
    let thread = std::thread::spawn(move || -> resprout::Result<Message> {
        let process = attach();
        let _farewell = Farewell(parent, witness);
        process.send(parent, process.pid())?;
        process.receive()
    });
    let victim: Pid = expect_term(&me).to().unwrap();
    let monitor = me.monitor(victim).unwrap();
    drops.expect_none_so_far();
    me.exit_signal(victim, Atom::new("kill")).unwrap();
    assert_eq!(expect_down(&me, monitor), Atom::new("killed"));
    assert_eq!(thread.join().unwrap().unwrap_err(), Error::Exiting);
    drops.expect_one();
    expect_nothing(&me);
}

#[test]
fn a_continuation_that_never_runs_is_dropped_with_its_process() {
    let me = attach();
    let parent = me.pid();
    let (witness, drops) = Witness::new();
    let mut witness = Some(witness);
    let (victim, monitor) = me
        .spawn_monitor(move |context, _| -> Result<Next, Exception> {
            let held = witness.take();
            let never = context.alias(Alias::Reply)?;
            context.send(parent, "waiting")?;
            Ok(Next::wait_for(never, Duration::MAX, move |_, _| drop(held)))
        })
        .unwrap();
    me.send(victim, "go").unwrap();
    expect_term(&me);
    drops.expect_none_so_far();
    me.exit_signal(victim, "enough").unwrap();
    assert_eq!(expect_down(&me, monitor).as_str(), Some("enough"));
    drops.expect_one();
}

#[test]
fn a_rust_value_is_dropped_once_wherever_its_way_ends() {
    let me = attach();
    // Received and let go.
    let (witness, drops) = Witness::new();
    me.send_native(me.pid(), witness).unwrap();
    drops.expect_none_so_far();
    drop(receive(&me));
    drops.expect_one();
    // Sent to the dead.
    let (witness, drops) = Witness::new();
    me.send_native(dead_process(&me), witness).unwrap();
    drops.expect_one();
    // In the mailbox of one that dies.
    let (witness, drops) = Witness::new();
    let (victim, monitor) = me.spawn_monitor(|_, _| panic!("without a look at the rest")).unwrap();
    me.send(victim, "die").unwrap();
    me.send_native(victim, witness).unwrap();
    expect_down(&me, monitor);
    drops.expect_one();
    // Refused.
    let (witness, drops) = Witness::new();
    let result = exception::catch(|| {
        me.receive_matching(Duration::ZERO, |_| true).unwrap_err();
        me.call_native(me.pid(), witness, PATIENCE)
    });
    assert!(matches!(result.unwrap(), Err(CallError::CallingSelf(_))));
    drops.expect_one();
}

#[test]
fn what_a_start_was_given_is_dropped_once_whatever_comes_of_it() {
    struct Refuses;
    impl GenServer for Refuses {
        type Args = Witness;

        fn init(_: &Context, _: &Witness) -> Result<Init<Self>, Exception> {
            Ok(Init::Ignore)
        }

        fn handle_info(&mut self, _: &Context, _: Message) -> Result<Flow<Self>, Exception> {
            Ok(Flow::go_on())
        }
    }

    let me = attach();
    let (witness, drops) = Witness::new();
    assert_eq!(Refuses::start(witness).unwrap_err(), StartError::Ignored);
    drops.expect_one();

    let (witness, drops) = Witness::new();
    drop(Start::server::<Refuses>(witness)); // never started
    drops.expect_one();

    let (witness, drops) = Witness::new();
    let (asker, monitor) = me
        .spawn_monitor({
            let mut witness = Some(witness);
            move |_, _| -> Result<(), StartError> {
                let refused = Refuses::start(witness.take().unwrap()); // a handler cannot wait
                assert_eq!(refused, Err(StartError::Refused(Error::WouldBlock)));
                Ok(())
            }
        })
        .unwrap();
    me.send(asker, "go").unwrap();
    drops.expect_one();
    me.exit_signal(asker, "over").unwrap();
    assert_eq!(expect_down(&me, monitor).as_str(), Some("over"));
}

// ---- Handles of the dead ---------------------------------------------------------------------------------------

// S-NAT-8: case 300
#[test]
fn everything_can_be_done_with_the_pid_of_a_dead_process() {
    let me = attach();
    let pid = dead_process(&me);
    let elsewhere = std::thread::spawn(move || resprout::send(pid, "anybody?")); // a copy in another thread
    assert_eq!(elsewhere.join().unwrap(), Ok(()));
    me.send(pid, "anybody?").unwrap();
    me.send_native(pid, vec![1]).unwrap();
    me.cast(pid, "anybody?").unwrap();
    me.exit_signal(pid, Atom::new("kill")).unwrap();
    me.send_after(Duration::ZERO, pid, "anybody?").unwrap();
    assert_eq!(me.link(pid), Err(Error::NoProcess));
    me.unlink(pid).unwrap();
    assert!(!me.is_alive(pid).unwrap());
    assert_eq!(me.process_info(pid).unwrap(), None);
    assert_eq!(resprout::register("rust_test_dead", pid), Err(Error::NoProcess));
    let monitor = me.monitor(pid).unwrap();
    assert_eq!(expect_down(&me, monitor), Atom::new("noproc"));
    assert!(!me.demonitor(monitor, Flush::Yes).unwrap());
    let reason = me.call(pid, "anybody?").unwrap_err();
    assert_eq!(reason.reason().unwrap().element(0).unwrap(), Atom::new("noproc"));
    let stopped = me.stop(pid, Atom::new("normal"), PATIENCE).unwrap_err();
    assert_eq!(stopped.reason(), Some(&Term::atom("noproc")));
    assert!(me.which_children(pid).is_err());
    assert_eq!(Term::from(pid).as_pid(), Some(pid));
    expect_nothing(&me);
}

#[test]
fn what_an_error_says_names_no_function_of_c() {
    let all = [
        Error::BadArgument,
        Error::NoMemory,
        Error::Limit,
        Error::NoProcess,
        Error::Timeout,
        Error::WouldBlock,
        Error::Exiting,
        Error::NotProcess,
        Error::WrongThread,
        Error::Already,
        Error::Stopped,
        Error::NameTaken,
        Error::HasName,
        Error::NoName,
        Error::Exited,
        Error::CallingSelf,
        Error::NoMatch,
        Error::WrongType,
        Error::BadSpec,
        Error::Library,
        Error::Forked,
        Error::TwoCopies,
        Error::Raised,
        Error::Os,
        Error::Ignored,
    ];
    for error in all {
        let text = error.to_string();
        assert!(!text.is_empty() && !text.contains("rsp_"), "{error:?}: {text}");
    }
}

/// In C++ no other value is one of the enumeration's at all.
#[test]
fn a_code_outside_the_list_is_unknown() {
    for code in [32, 1000, u32::MAX] {
        // SAFETY: any number is allowed; both texts live for ever.
        let (name, message) = unsafe {
            let code = resprout::sys::rsp_result(code);
            let name = std::ffi::CStr::from_ptr(resprout::sys::rsp_result_name(code));
            (name, std::ffi::CStr::from_ptr(resprout::sys::rsp_result_message(code)))
        };
        assert_eq!(name.to_str(), Ok("RSP_UNKNOWN"));
        assert_eq!(message.to_str(), Ok("not a result code of this version of the library"));
    }
}
