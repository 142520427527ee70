//! Programs, one after another: each has the runtime for itself.

use resprout::prelude::*;
use resprout::{init_stop, run, RunOptions};

/// Asks for the end as soon as it runs.
struct Asks(u8);

impl Handler for Asks {
    fn start(&mut self, _: &Context) -> Result<Next, Exception> {
        init_stop(self.0)?;
        Ok(Next::Continue)
    }

    fn handle(&mut self, _: &Context, _: Message) -> Result<Next, Exception> {
        Ok(Next::Continue)
    }
}

/// Ends as soon as it runs.
struct Crashes;

impl Handler for Crashes {
    fn start(&mut self, _: &Context) -> Result<Next, Exception> {
        Err(Exception::exit("boom"))
    }

    fn handle(&mut self, _: &Context, _: Message) -> Result<Next, Exception> {
        Ok(Next::Continue)
    }
}

struct Fails;

impl GenServer for Fails {
    type Args = ();

    fn init(_: &Context, (): &()) -> Result<Init<Self>, Exception> {
        Ok(Init::Stop("no disk".into()))
    }

    fn handle_call(&mut self, _: &Context, _: Payload, _: ReplyTo) -> Result<Reply<Self>, Exception> {
        Ok(Flow::go_on().into())
    }

    fn handle_info(&mut self, _: &Context, _: Message) -> Result<Flow<Self>, Exception> {
        Ok(Flow::go_on())
    }
}

#[test]
fn a_program_ends_as_it_is_asked_or_as_its_top_does() {
    // S-RUN-1, S-RUN-2, S-RUN-4
    resprout::report::set_sink(|_, _| {}); // the failures are meant
    assert_eq!(init_stop(0), Err(Error::Stopped));

    let asks = Supervisor::one_for_one().child(ChildSpec::from(Start::handler(|| Asks(7))));
    let ended = run(asks, &RunOptions::default()).expect("it runs");
    assert_eq!((ended.status, ended.reason), (7, Term::from(Atom::new("shutdown"))));

    let gives_up = Supervisor::one_for_one().child(ChildSpec::from(Start::handler(|| Crashes)));
    let ended = run(gives_up, &RunOptions { stop_timeout: None, ..RunOptions::default() }).expect("it runs");
    assert_eq!((ended.status, ended.reason), (1, Term::from(Atom::new("shutdown"))));

    let fails = Supervisor::one_for_one().child(ChildSpec::server::<Fails>(()).name("fails"));
    let error = run(fails, &RunOptions { handle_signals: false, ..RunOptions::default() }).unwrap_err();
    assert!(matches!(&error, StartError::Failed(_)), "{error}");
    assert!(error.to_string().contains("no disk"), "{error}");
}
