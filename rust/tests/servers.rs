//! Servers: start, call, cast, info, continue, stop, waiting for others.

mod common;

use std::time::Duration;

use common::*;
use resprout::prelude::*;
use resprout::{exception, Start, StartOptions};

/// Does what it is told, by words.
struct Puppet {
    master: Pid,
    witness: Option<Witness>,
}

enum Begin {
    Well,
    WithContinue,
    Ignore,
    Stop,
    Fail,
    Panic,
    Trapping,
}

impl GenServer for Puppet {
    type Args = (Pid, Begin);

    fn name() -> &'static str {
        "puppet"
    }

    fn init(context: &Context, (master, begin): &Self::Args) -> Result<Init<Self>, Exception> {
        let puppet = Puppet { master: *master, witness: None };
        Ok(match begin {
            Begin::Well => Init::Ready(puppet),
            Begin::WithContinue => Init::ReadyThen(puppet, Term::from("first")),
            Begin::Ignore => Init::Ignore,
            Begin::Stop => Init::Stop("stopped".into()),
            Begin::Fail => Init::Fail("failed".into()),
            Begin::Panic => panic!("in init"),
            Begin::Trapping => {
                context.trap_exit(true)?;
                Init::Ready(puppet)
            }
        })
    }

    fn handle_call(
        &mut self,
        context: &Context,
        request: Payload,
        from: ReplyTo,
    ) -> Result<Reply<Self>, Exception> {
        let request = match request.downcast::<Witness>() {
            Ok(witness) => {
                self.witness = Some(witness);
                return Ok(Reply::native(42_u8));
            }
            Err(request) => request.to::<String>().expect("a word"),
        };
        Ok(match request.as_str() {
            "echo" => Reply::now(request),
            "then" => Reply::now(1).and(Flow::continue_with("then")),
            "later" => {
                context.send(self.master, from.pid())?;
                context.send_after(Duration::ZERO, context.pid(), "answer")?;
                context.send_native(context.pid(), from)?;
                Reply::later()
            }
            "last" => Reply::now("last words").and(Flow::stop("done")),
            "stop" => Flow::stop("stopped").into(),
            "throw" => exception::throw((Term::atom("reply"), "thrown", ())),
            "wait" => {
                let asked = context.send_request(self.master, "help")?;
                Flow::wait_for(asked, PATIENCE, move |puppet: &mut Self, context, answer| {
                    context.send(puppet.master, "helped")?;
                    from.reply(answer?.into_term())?;
                    Ok(Flow::continue_with("waited"))
                })
                .into()
            }
            "answer and wait" => {
                let asked = context.send_request(self.master, "help")?;
                Reply::now("answered")
                    .and(Flow::wait_for(asked, PATIENCE, |_, _, answer| Ok(Flow::stop(answer?.into_term()))))
            }
            other => panic!("{other}?"),
        })
    }

    fn handle_cast(&mut self, context: &Context, request: Payload) -> Result<Flow<Self>, Exception> {
        context.send(self.master, (Atom::new("cast"), request.into_term()))?;
        Ok(Flow::go_on())
    }

    fn handle_info(&mut self, context: &Context, message: Message) -> Result<Flow<Self>, Exception> {
        match message {
            Message::Native { value, .. } => {
                let from = value.downcast::<ReplyTo>().expect("whom to answer");
                from.reply("late")?;
            }
            Message::Term { term, .. } => context.send(self.master, (Atom::new("info"), term))?,
            Message::Exit { reason, .. } => context.send(self.master, (Atom::new("exit"), reason))?,
            other => panic!("{other:?}"),
        }
        Ok(Flow::go_on())
    }

    fn handle_continue(&mut self, context: &Context, argument: Term) -> Result<Flow<Self>, Exception> {
        context.send(self.master, (Atom::new("continue"), argument))?;
        Ok(Flow::go_on())
    }

    fn terminate(&mut self, context: &Context, reason: &Term) -> Result<(), Exception> {
        context.send(self.master, (Atom::new("terminate"), reason))?;
        Ok(())
    }
}

fn start(me: &Process, begin: Begin) -> Result<(Pid, Ref), StartError> {
    Start::server::<Puppet>((me.pid(), begin)).start_monitor()
}

#[track_caller]
fn expect_told(me: &Process, what: &str, value: &str) {
    assert_eq!(expect_term(me).to(), Some((Atom::new(what), value.to_owned())));
}

// S-SRV-1..4, S-SRV-6, S-START-3
#[test]
fn a_start_ends_as_init_says() {
    let me = attach();
    let (pid, _) = start(&me, Begin::Well).unwrap();
    assert!(me.is_alive(pid).unwrap());
    start(&me, Begin::WithContinue).unwrap();
    expect_told(&me, "continue", "first");
    assert_eq!(start(&me, Begin::Ignore), Err(StartError::Ignored));
    assert_eq!(start(&me, Begin::Stop), Err(StartError::Failed("stopped".into())));
    assert_eq!(start(&me, Begin::Fail), Err(StartError::Failed("failed".into())));
    let Err(StartError::Failed(reason)) = start(&me, Begin::Panic) else { panic!("it started") };
    assert_eq!(exception_of(&reason).2, "in init");
    expect_nothing(&me);
}

// S-NAME-7
#[test]
fn a_name_is_started_once() {
    let me = attach();
    let named = || Start::server::<Puppet>((me.pid(), Begin::Well)).name("rust_test_puppet");
    let pid = named().start().unwrap();
    assert_eq!(named().start(), Err(StartError::AlreadyStarted(pid)));
    assert_eq!(resprout::whereis("rust_test_puppet"), Some(pid));
    me.exit_signal(pid, Atom::new("kill")).unwrap();
}

// S-START-4
#[test]
fn a_start_that_takes_too_long_is_given_up() {
    struct Slow;
    impl GenServer for Slow {
        type Args = ();

        fn init(context: &Context, (): &()) -> Result<Init<Self>, Exception> {
            loop {
                context.checkpoint()?; // until it is killed
            }
        }

        fn handle_info(&mut self, _: &Context, _: Message) -> Result<Flow<Self>, Exception> {
            Ok(Flow::go_on())
        }
    }

    let _me = attach();
    let options = StartOptions { timeout: Duration::from_millis(1), ..Default::default() };
    assert_eq!(Start::server::<Slow>(()).start_with(&options), Err(StartError::Timeout));
}

// S-SRV-9, S-SRV-14, S-SRV-17, S-SRV-18
#[test]
fn a_server_answers_now_or_later() {
    let me = attach();
    let (pid, _) = start(&me, Begin::Well).unwrap();
    assert_eq!(me.call(pid, "echo").unwrap().to::<String>().as_deref(), Some("echo"));
    assert_eq!(me.call(pid, "then").unwrap().to(), Some(1));
    expect_told(&me, "continue", "then");
    assert_eq!(me.call(pid, "later").unwrap().to::<String>().as_deref(), Some("late"));
    assert_eq!(expect_term(&me).to(), Some(me.pid()));
    expect_told(&me, "info", "answer");

    let (witness, drops) = Witness::new();
    assert_eq!(me.call_native(pid, witness, PATIENCE).unwrap().downcast::<u8>().unwrap(), 42);
    drops.expect_none_so_far();
    me.exit_signal(pid, Atom::new("kill")).unwrap();
    drops.expect_one();
}

// S-SRV-7, S-SRV-13
#[test]
fn casts_other_messages_and_throws_are_handled() {
    let me = attach();
    let (pid, _) = start(&me, Begin::Well).unwrap();
    me.cast(pid, "news").unwrap();
    expect_told(&me, "cast", "news");
    me.send(pid, "hello").unwrap();
    expect_told(&me, "info", "hello");
    assert_eq!(me.call(pid, "throw").unwrap().to::<String>().as_deref(), Some("thrown"));
}

// S-SRV-20, S-SRV-21, S-SRV-23
#[test]
fn terminate_runs_before_an_orderly_end() {
    let me = attach();
    let (pid, end) = start(&me, Begin::Well).unwrap();
    assert_eq!(me.call(pid, "last").unwrap().to::<String>().as_deref(), Some("last words"));
    expect_told(&me, "terminate", "done");
    assert_eq!(expect_down(&me, end).as_str(), Some("done"));

    let (pid, end) = start(&me, Begin::Well).unwrap();
    let failed = me.call(pid, "stop").unwrap_err();
    assert_eq!(failed.reason().unwrap().element(0).unwrap().as_str(), Some("stopped"));
    expect_told(&me, "terminate", "stopped");
    expect_down(&me, end);

    let (pid, end) = start(&me, Begin::Well).unwrap();
    me.call(pid, "nonsense").unwrap_err();
    let told: (Atom, Term) = expect_term(&me).to().unwrap();
    let reason = expect_down(&me, end);
    assert_eq!(told, (Atom::new("terminate"), reason.clone()));
    assert_eq!(exception_of(&reason).2, "nonsense?");
}

// S-SRV-25, S-SRV-26, S-SRV-28
#[test]
fn a_server_is_stopped_from_outside() {
    let me = attach();
    let (pid, end) = start(&me, Begin::Well).unwrap();
    me.stop(pid, "enough", PATIENCE).unwrap();
    expect_told(&me, "terminate", "enough");
    assert_eq!(expect_down(&me, end).as_str(), Some("enough"));

    let (pid, end) = start(&me, Begin::Trapping).unwrap();
    me.exit_signal(pid, "not my parent").unwrap();
    expect_told(&me, "exit", "not my parent");
    me.exit_signal(pid, Atom::new("kill")).unwrap();
    assert_eq!(expect_down(&me, end), Atom::new("killed"));
    expect_nothing(&me);
}

#[test]
fn a_server_waits_for_another_without_blocking() {
    let me = attach();
    let (pid, end) = start(&me, Begin::Well).unwrap();
    let request = me.send_request(pid, "wait").unwrap();
    let Message::Call { from, .. } = receive(&me) else { panic!("it asks nothing") };
    me.send(pid, "meanwhile").unwrap();
    from.reply(7).unwrap();
    assert_eq!(expect_term(&me).as_str(), Some("helped"));
    assert_eq!(me.receive_response(request, PATIENCE).unwrap().to(), Some(7));
    expect_told(&me, "continue", "waited");
    expect_told(&me, "info", "meanwhile");

    let request = me.send_request(pid, "answer and wait").unwrap();
    assert_eq!(me.receive_response(request, PATIENCE).unwrap().to::<String>().as_deref(), Some("answered"));
    let Message::Call { from, .. } = receive(&me) else { panic!("it asks nothing") };
    from.reply("stop then").unwrap();
    expect_told(&me, "terminate", "stop then");
    assert_eq!(expect_down(&me, end).as_str(), Some("stop then"));
}

// S-SRV-10
#[test]
fn a_server_that_waits_in_vain_hands_the_failure_on() {
    let me = attach();
    let dead = dead_process(&me);
    let (pid, end) = Start::server::<Puppet>((dead, Begin::Well)).start_monitor().unwrap();
    let failed = me.call(pid, "wait").unwrap_err();
    assert_eq!(failed.reason().unwrap().element(0).unwrap(), Atom::new("noproc"));
    assert_eq!(expect_down(&me, end), Atom::new("noproc"));
}

#[test]
fn a_callback_that_a_type_does_not_have_is_an_error() {
    struct Bare;
    impl GenServer for Bare {
        type Args = ();

        fn init(_: &Context, (): &()) -> Result<Init<Self>, Exception> {
            Ok(Init::Ready(Bare))
        }

        fn handle_info(&mut self, _: &Context, _: Message) -> Result<Flow<Self>, Exception> {
            Ok(Flow::go_on())
        }
    }

    let me = attach();
    let (pid, end) = Start::server::<Bare>(()).start_monitor().unwrap();
    me.cast(pid, 1).unwrap();
    let ((undef, callback), _frames): ((Atom, Atom), Term) = expect_down(&me, end).to().unwrap();
    assert_eq!((undef.name(), callback.name()), ("undef", "handle_cast"));
    let pid = Bare::start(()).unwrap();
    me.call(pid, 1).unwrap_err();
}

// S-START-5
#[test]
fn a_linked_server_ends_with_its_parent() {
    let me = attach();
    let parent = std::thread::spawn(|| {
        let process = attach();
        Puppet::start_link((process.pid(), Begin::Well)).unwrap()
    });
    let server = parent.join().unwrap(); // ended with `normal`
    assert!(me.is_alive(server).unwrap());
    me.exit_signal(server, Atom::new("kill")).unwrap();

    let (sender, pid) = std::sync::mpsc::channel();
    let parent = std::thread::spawn(move || {
        let process = attach();
        sender.send(Puppet::start_link((process.pid(), Begin::Well)).unwrap()).unwrap();
        process.receive().unwrap();
        process.exit("bye");
    });
    let server = pid.recv().unwrap();
    let end = me.monitor(server).unwrap();
    let links: Vec<Pid> =
        me.process_info(server).unwrap().unwrap().get(Atom::new("links")).unwrap().to().unwrap();
    me.send(links[0], "go").unwrap();
    parent.join().unwrap();
    assert_eq!(expect_down(&me, end).as_str(), Some("bye"));
}

/// How a server waits for its next message: each callback as the request says.
struct Idler(Pid);

const WHILE: Duration = Duration::from_millis(5);

fn idle(how: &str) -> Flow<Idler> {
    match how {
        "timeout" => Flow::timeout(WHILE),
        "hibernate" => Flow::hibernate(),
        "for ever" => Flow::timeout(Duration::MAX),
        _ => Flow::go_on(),
    }
}

impl GenServer for Idler {
    type Args = (Pid, &'static str);

    fn init(_: &Context, (master, how): &Self::Args) -> Result<Init<Self>, Exception> {
        let idler = Idler(*master);
        Ok(if *how == "timeout" { Init::ReadyTimeout(idler, WHILE) } else { Init::ReadyHibernate(idler) })
    }

    fn handle_call(&mut self, context: &Context, how: Payload, _: ReplyTo) -> Result<Reply<Self>, Exception> {
        let how = how.to::<String>().expect("a word");
        if let Some(how) = how.strip_prefix("after a wait ").map(str::to_owned) {
            let asked = context.send_request(self.0, "help")?;
            let wait = Flow::wait_for(asked, PATIENCE, move |_: &mut Self, _, answer| {
                answer?;
                Ok(idle(&how))
            });
            return Ok(Reply::now("waits").and(wait));
        }
        Ok(Reply::now(how.as_str()).and(idle(&how)))
    }

    fn handle_info(&mut self, context: &Context, message: Message) -> Result<Flow<Self>, Exception> {
        let Message::Term { term, .. } = message else { panic!("{message:?}") };
        context.send(self.0, term)?;
        Ok(Flow::go_on())
    }
}

// S-SRV-15
#[test]
fn a_server_hears_that_no_message_came() {
    let me = attach();
    let idler = Idler::start((me.pid(), "timeout")).unwrap();
    assert_eq!(expect_term(&me), Term::atom("timeout"));
    me.call(idler, "timeout").unwrap();
    assert_eq!(expect_term(&me), Term::atom("timeout"));
    me.call(idler, "after a wait timeout").unwrap();
    let Ok(Message::Call { from, .. }) = me.receive() else { panic!("no request") };
    from.reply("helped").unwrap();
    assert_eq!(expect_term(&me), Term::atom("timeout"));
    me.call(idler, "for ever").unwrap();
    expect_nothing(&me);
}

// S-SRV-31
#[test]
fn a_server_that_hibernates_wakes_with_a_message() {
    let me = attach();
    let idler = Idler::start((me.pid(), "hibernate")).unwrap();
    me.call(idler, "hibernate").unwrap();
    me.call(idler, "after a wait hibernate").unwrap();
    let Ok(Message::Call { from, .. }) = me.receive() else { panic!("no request") };
    from.reply("helped").unwrap();
    me.send(idler, "wake").unwrap();
    assert_eq!(expect_term(&me).to(), Some("wake".to_owned()));
    expect_nothing(&me);
}

/// Is ready when it is told, and asks what it may not.
struct Warming;

impl GenServer for Warming {
    type Args = ();

    fn init(context: &Context, _: &()) -> Result<Init<Self>, Exception> {
        assert_eq!(context.init_ack().unwrap_err(), Error::BadArgument);
        context.init_ack_later()?;
        Ok(Init::ReadyThen(Warming, "warm".into()))
    }

    fn handle_info(&mut self, _: &Context, _: Message) -> Result<Flow<Self>, Exception> {
        Ok(Flow::go_on())
    }

    fn handle_continue(&mut self, context: &Context, _: Term) -> Result<Flow<Self>, Exception> {
        context.init_ack()?;
        assert_eq!(context.init_ack().unwrap_err(), Error::Already);
        assert_eq!(context.init_ack_later().unwrap_err(), Error::BadArgument);
        Ok(Flow::go_on())
    }

    // After handle_continue, of which an error would have ended it.
    fn handle_call(&mut self, _: &Context, _: Payload, _: ReplyTo) -> Result<Reply<Self>, Exception> {
        Ok(Reply::now("warm"))
    }
}

// S-START-10
#[test]
fn a_server_may_be_started_later_than_its_init_is_done() {
    let me = attach();
    let server = Warming::start(()).unwrap();
    assert_eq!(me.call(server, "are you up?").unwrap().to(), Some("warm".to_owned()));
    assert_eq!(me.init_ack().unwrap_err(), Error::BadArgument);
}
