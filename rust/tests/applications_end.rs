//! Applications whose end is that of all, and of the program.

use std::time::Duration;

use resprout::application::{self, Application, ApplicationType};
use resprout::prelude::*;
use resprout::{report, run, whereis, RunOptions};

/// An application whose top ends for the reason that it is sent.
struct Ending(&'static str);

impl Application for Ending {
    fn name(&self) -> Atom {
        Atom::new(self.0)
    }

    fn top(&self) -> ChildSpec {
        ChildSpec::function(self.0, || {
            |_: &Context, message| -> Result<(), Exception> {
                match message {
                    Message::Term { term, .. } => Err(Exception::exit(term)),
                    _ => Ok(()),
                }
            }
        })
        .name(self.0)
    }
}

fn await_end_of(name: &str) {
    while whereis(name).is_some() || application::which().unwrap().iter().any(|(each, _)| each.name() == name)
    {
        std::thread::yield_now();
    }
}

// S-APP-6, S-APP-7, S-RUN-2; in one test, since all applications end
#[test]
fn the_end_of_a_top_means_what_the_type_says() {
    report::set_sink(|_, _| {});
    let runtime = Runtime::start().unwrap();
    for name in ["other", "temporary", "transient", "permanent"] {
        application::load(Ending(name)).unwrap();
    }
    application::start("other", ApplicationType::Temporary).unwrap();
    let end = |name: &str, kind, reason: &str| {
        application::start(name, kind).unwrap();
        resprout::send(name, Atom::new(reason)).unwrap();
        await_end_of(name);
    };
    end("temporary", ApplicationType::Temporary, "crash");
    end("transient", ApplicationType::Transient, "normal");
    assert!(whereis("other").is_some());
    end("transient", ApplicationType::Transient, "crash");
    await_end_of("other");
    application::start("other", ApplicationType::Temporary).unwrap();
    end("permanent", ApplicationType::Permanent, "normal");
    await_end_of("other");
    runtime.stop(Duration::from_secs(60)).unwrap();

    let opener = std::thread::spawn(|| {
        while whereis("idle").is_none() {
            std::thread::yield_now();
        }
        application::load(Ending("shop")).unwrap();
        application::start("shop", ApplicationType::Permanent).unwrap();
        resprout::send("shop", (Atom::new("exit_status"), 7)).unwrap();
    });
    let idle = ChildSpec::function("idle", || |_: &Context, _| {}).name("idle");
    let ended = run(Supervisor::one_for_one().child(idle), &RunOptions::default()).unwrap();
    assert_eq!(ended.status, 7);
    assert_eq!(ended.reason, Term::from((Atom::new("exit_status"), 7)));
    opener.join().unwrap();
}
