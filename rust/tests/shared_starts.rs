//! What many children of one type cost: a program of its own, whose memory nobody else's tests touch.

use std::fs;

use resprout::prelude::*;

const CHILDREN: usize = 50_000;

struct Idle;

impl GenServer for Idle {
    type Args = ();

    fn init(_: &Context, (): &()) -> Result<Init<Self>, Exception> {
        Ok(Init::Ready(Self))
    }

    fn handle_call(&mut self, _: &Context, _: Payload, _: ReplyTo) -> Result<Reply<Self>, Exception> {
        Ok(Reply::now(()))
    }

    fn handle_info(&mut self, _: &Context, _: Message) -> Result<Flow<Self>, Exception> {
        Ok(Flow::go_on())
    }
}

/// What of this program is in memory.
fn resident_bytes() -> usize {
    let status = fs::read_to_string("/proc/self/status").expect("there is one");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("it says how much");
    line.split_whitespace().nth(1).and_then(|kilobytes| kilobytes.parse::<usize>().ok()).expect("a number")
        * 1024
}

#[test]
fn children_without_args_share_their_specification() {
    // docs/adr/0023-children-share-what-they-start-from.md: one of its own is 224 bytes more
    let runtime = Runtime::start().expect("none runs");
    let me = runtime.attach().expect("this thread is no process");
    let top = Supervisor::dynamic().start_link().expect("it starts");
    let grow = |many: usize| {
        let before = resident_bytes();
        for _ in 0..many {
            me.start_child(top, ChildSpec::server::<Idle>(())).expect("it starts");
        }
        (resident_bytes() - before) / many
    };
    grow(1_000); // what is there once
    let bytes = grow(CHILDREN);
    assert!(bytes < 1_080, "a child takes {bytes} bytes");
}
