//! A counter under a supervisor: asked for what it cannot do it ends, alone, and a fresh one takes its place.
//!
//! `cargo run --example counter`

use std::error::Error;
use std::io::{self, Write};
use std::time::Duration;

use resprout::prelude::*;

struct Counter {
    value: i64,
}

impl GenServer for Counter {
    type Args = ();

    fn init(_: &Context, (): &()) -> Result<Init<Self>, Exception> {
        Ok(Init::Ready(Counter { value: 0 }))
    }

    fn handle_call(&mut self, _: &Context, request: Payload, _: ReplyTo) -> Result<Reply<Self>, Exception> {
        let more: i64 =
            request.to().ok_or_else(|| Exception::error(("not a number", request.into_term())))?;
        self.value += more;
        Ok(Reply::now(self.value))
    }

    fn handle_info(&mut self, _: &Context, _: Message) -> Result<Flow<Self>, Exception> {
        Ok(Flow::go_on())
    }
}

fn ask(me: &Process, request: impl Into<Term>, out: &mut impl Write) -> io::Result<()> {
    match me.call("counter", request) {
        Ok(answer) => writeln!(out, "{}", answer.into_term()),
        Err(CallError::Exited(reason)) => {
            let why = reason.element(0).and_then(|exit| exit.element(0)).unwrap_or(reason);
            writeln!(out, "failed: {why}")
        }
        Err(other) => writeln!(out, "failed: {other}"),
    }
}

/// The program, with its output where a test can see it.
///
/// # Errors
///
/// What the runtime refuses, and what `out` does.
pub fn run(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let runtime = Runtime::start()?;
    let me = runtime.attach()?;
    Supervisor::one_for_one().child(ChildSpec::server::<Counter>(()).name("counter")).start()?;

    ask(&me, 20, out)?; // 20
    ask(&me, 22, out)?; // 42
    ask(&me, "seven", out)?; // not a number: the counter ends, and we hear why
    me.wait_for_name("counter", Duration::from_secs(5))?; // between the two nobody has the name
    ask(&me, 1, out)?; // 1: another counter, with a clean state
    Ok(())
}

#[allow(dead_code)] // in the test
fn main() -> Result<(), Box<dyn Error>> {
    run(&mut io::stdout())
}
