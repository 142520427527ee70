//! Programs, one after another: each has the runtime for itself.

use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::thread;

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

/// Is up, until it is told to end.
struct Waits;

impl Handler for Waits {
    fn handle(&mut self, _: &Context, _: Message) -> Result<Next, Exception> {
        Ok(Next::Continue)
    }
}

/// Is told to end, and stays until it is killed.
struct Stubborn;

impl GenServer for Stubborn {
    type Args = ();

    fn init(me: &Context, (): &()) -> Result<Init<Self>, Exception> {
        me.trap_exit(true)?;
        Ok(Init::Ready(Self))
    }

    fn handle_call(&mut self, _: &Context, _: Payload, _: ReplyTo) -> Result<Reply<Self>, Exception> {
        Ok(Flow::go_on().into())
    }

    fn handle_info(&mut self, _: &Context, _: Message) -> Result<Flow<Self>, Exception> {
        Ok(Flow::go_on())
    }

    fn terminate(&mut self, me: &Context, _: &Term) -> Result<(), Exception> {
        send_signal("TERM"); // the second one
        loop {
            me.checkpoint()?;
        }
    }
}

fn send_signal(name: &str) {
    let me = std::process::id().to_string();
    let sent = Command::new("kill").args(["-s", name, &me]).status().expect("there is a kill");
    assert!(sent.success());
}

/// The socket of a service manager, which the environment names as long as this lives.
struct Manager(UnixDatagram);

impl Manager {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("resprout-{}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let socket = UnixDatagram::bind(&path).expect("a socket");
        std::env::set_var("NOTIFY_SOCKET", &path);
        std::env::set_var("WATCHDOG_USEC", "20000");
        Self(socket)
    }

    /// What it is told next.
    fn next(&self) -> String {
        let mut text = [0; 64];
        let length = self.0.recv(&mut text).expect("it is told something");
        String::from_utf8_lossy(&text[..length]).into_owned()
    }

    /// What it is told until it is told this.
    fn until(&self, last: &str) -> Vec<String> {
        let mut told = vec![self.next()];
        while told.last().map(String::as_str) != Some(last) {
            told.push(self.next());
        }
        told
    }

    /// Whether there is nothing that it was told.
    fn was_told_nothing(&self) -> bool {
        self.0.set_nonblocking(true).expect("it is a socket");
        self.0.recv(&mut [0; 64]).is_err()
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(std::env::var("NOTIFY_SOCKET").expect("it is set"));
        std::env::remove_var("NOTIFY_SOCKET");
        std::env::remove_var("WATCHDOG_USEC");
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

/// What each test holds.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

#[test]
fn a_program_ends_as_it_is_asked_or_as_its_top_does() {
    // S-RUN-1, S-RUN-2, S-RUN-4
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
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

#[test]
fn a_program_hears_signals_and_tells_its_service_manager() {
    // S-RUN-3, S-RUN-5, S-RUN-6, S-RUN-7
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let manager = Manager::new();
    let options = RunOptions { notify: true, ..RunOptions::default() };

    let waits = Supervisor::one_for_one().child(ChildSpec::from(Start::handler(|| Waits)));
    let ended = thread::scope(|scope| {
        let program = scope.spawn(|| run(waits, &options));
        manager.until("READY=1");
        manager.until("WATCHDOG=1");
        send_signal("TERM");
        manager.until("STOPPING=1");
        program.join().expect("it does not panic").expect("it runs")
    });
    assert_eq!((ended.status, ended.reason), (0, Term::from(Atom::new("shutdown"))));

    resprout::report::set_sink(|_, _| {}); // of who did not end as it was told
    let stubborn = ChildSpec::server::<Stubborn>(()).shutdown(Shutdown::Infinity);
    let stubborn = Supervisor::one_for_one().child(stubborn);
    let ended = thread::scope(|scope| {
        let program = scope.spawn(|| run(stubborn, &RunOptions { stop_timeout: None, ..options.clone() }));
        manager.until("READY=1");
        send_signal("TERM");
        program.join().expect("it does not panic").expect("it runs")
    });
    assert_eq!(ended.status, 128 + 15);

    manager.until("STOPPING=1");
    let asks = Supervisor::one_for_one().child(ChildSpec::from(Start::handler(|| Asks(0))));
    assert_eq!(run(asks, &RunOptions::default()).expect("it runs").status, 0);
    assert!(manager.was_told_nothing(), "it is not to");
}
