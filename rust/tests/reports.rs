//! What reports say of a server that ends, and what they leave out unless asked. One test: the sink is the program's.

use std::sync::{Arc, Mutex};

use resprout::prelude::*;
use resprout::report::{self, Contents, Level};

struct Account {
    balance: i64,
}

impl GenServer for Account {
    type Args = ();

    fn name() -> &'static str {
        "account"
    }

    fn init(_: &Context, (): &()) -> Result<Init<Self>, Exception> {
        Ok(Init::Ready(Account { balance: 100 }))
    }

    fn handle_call(&mut self, _: &Context, _: Payload, _: ReplyTo) -> Result<Reply<Self>, Exception> {
        Err(Exception::exit("overdrawn"))
    }

    fn handle_cast(&mut self, _: &Context, _: Payload) -> Result<Flow<Self>, Exception> {
        Ok(Flow::go_on())
    }

    fn handle_info(&mut self, _: &Context, _: Message) -> Result<Flow<Self>, Exception> {
        Ok(Flow::go_on())
    }

    fn format_status(&self) -> Option<Term> {
        assert!(self.balance > 0);
        Some(Term::from(self.balance))
    }
}

/// The reports of one server's end, by a call.
fn reports_of_an_end(me: &Process, collected: &Mutex<Vec<Term>>) -> (Pid, Term, Term) {
    let server = Account::start(()).expect("a server");
    let monitor = me.monitor(server).expect("a monitor");
    me.call(server, "work").expect_err("it ends");
    assert!(matches!(me.receive().expect("its DOWN"), Message::Down { monitor: it, .. } if it == monitor));
    let mut all = std::mem::take(&mut *collected.lock().expect("the reports"));
    let of_crash = all.pop().expect("a crash report");
    let of_server = all.pop().expect("a server report");
    assert!(all.is_empty());
    (server, of_server, of_crash)
}

#[test]
fn reports_say_who_why_and_whose_call_and_more_only_where_asked() {
    // S-REP-1..3, S-REP-6, S-REP-7
    let collected = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&collected);
    report::set_sink(move |level, report| {
        let is_progress = report.get(Atom::new("report")) == Some(Term::atom("progress"));
        assert_eq!(level, if is_progress { Level::Info } else { Level::Error });
        sink.lock().expect("the reports").push(report.clone());
    });
    let runtime = Runtime::builder().workers(2).start().expect("a runtime");
    let me = runtime.attach().expect("a process");

    let (server, of_server, of_crash) = reports_of_an_end(&me, &collected);
    let key = |report: &Term, key: &str| report.get(Atom::new(key));
    assert_eq!(key(&of_server, "pid"), Some(Term::from(server)));
    assert_eq!(key(&of_server, "client"), Some(Term::from(me.pid())));
    assert_eq!(key(&of_server, "reason"), Some(Term::from("overdrawn")));
    assert_eq!((key(&of_server, "last_message"), key(&of_server, "state")), (None, None));
    assert_eq!(key(&of_crash, "class"), Some(Term::from(Atom::new("exit"))));

    report::set_contents(Contents { messages: true, states: true });
    let (_, of_server, _) = reports_of_an_end(&me, &collected);
    assert_eq!(key(&of_server, "last_message"), Some(Term::from("work")));
    assert_eq!(key(&of_server, "state"), Some(Term::from(100)));

    // S-REP-6
    report::set_level(None);
    let server = Account::start(()).expect("a server");
    let monitor = me.monitor(server).expect("a monitor");
    me.call(server, "work").expect_err("it ends");
    assert!(matches!(me.receive().expect("its DOWN"), Message::Down { monitor: it, .. } if it == monitor));
    assert!(collected.lock().expect("the reports").is_empty());
    report::set_level(Some(Level::Error));
    reports_of_an_end(&me, &collected);
    report::set_contents(Contents::default());

    // S-REP-7: not by default.
    report::set_level(Some(Level::Notice));
    let one = || Supervisor::one_for_one().child(ChildSpec::server::<Account>(()).id("one"));
    one().start().expect("a supervisor");
    assert!(collected.lock().expect("the reports").is_empty());
    report::set_level(Some(Level::Info));
    let supervisor = one().start().expect("a supervisor");
    report::set_level(Some(Level::Notice));
    let of_progress = collected.lock().expect("the reports").pop().expect("a progress report");
    assert_eq!(key(&of_progress, "supervisor"), Some(Term::from(supervisor)));
    let child = me.which_children(supervisor).expect("its children").remove(0);
    let started = key(&of_progress, "started").expect("the child");
    assert_eq!(key(&started, "pid"), child.pid.map(Term::from));
}
