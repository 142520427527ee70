//! What the C side calls when a state machine in Rust runs.

use std::ffi::c_void;

use resprout_sys as sys;

use crate::serve::{give, run, Serve};
use crate::server::Step;
use crate::statem::GenStatem;
use crate::{Context, Event, Exception, Flow, Init, ReplyTo, Restart, Result, Shutdown, Term};

/// A state machine as what is served.
pub(crate) struct Machine<G>(G);

fn lift<G: GenStatem>(flow: Flow<G>) -> Flow<Machine<G>> {
    Flow(match flow.0 {
        Step::GoOn => Step::GoOn,
        Step::Timeout(timeout) => Step::Timeout(timeout),
        Step::Hibernate => Step::Hibernate,
        Step::ContinueWith(argument) => Step::ContinueWith(argument),
        Step::Stop(reason) => Step::Stop(reason),
        Step::Wait(what, then) => Step::Wait(
            what,
            Box::new(move |machine: &mut Machine<G>, context, come| {
                then(&mut machine.0, context, come).map(lift)
            }),
        ),
    })
}

impl<G: GenStatem> Serve for Machine<G> {
    type Args = G::Args;
    const RESTART: Restart = G::RESTART;
    const SHUTDOWN: Shutdown = G::SHUTDOWN;

    fn name() -> &'static str {
        G::name()
    }

    fn set_callbacks(ops: &mut sys::rsp_server_ops) {
        ops.handle_event = Some(handle_event::<G>);
    }

    fn init(context: &Context, args: &Self::Args, more: &[Term]) -> Result<Init<Self>, Exception> {
        Ok(match G::init_with(context, args, more)? {
            Init::Ready(data) => Init::Ready(Self(data)),
            Init::ReadyThen(data, argument) => Init::ReadyThen(Self(data), argument),
            Init::ReadyTimeout(data, timeout) => Init::ReadyTimeout(Self(data), timeout),
            Init::ReadyHibernate(data) => Init::ReadyHibernate(Self(data)),
            Init::ReadyWith(data, flow) => Init::ReadyWith(Self(data), lift(flow)),
            Init::Ignore => Init::Ignore,
            Init::Stop(reason) => Init::Stop(reason),
            Init::Fail(reason) => Init::Fail(reason),
        })
    }

    fn terminate(&mut self, context: &Context, reason: &Term) -> Result<Flow<Self>, Exception> {
        self.0.terminate_with(context, reason).map(lift)
    }

    fn format_status(&self) -> Option<Term> {
        self.0.format_status()
    }
}

unsafe extern "C" fn handle_event<G: GenStatem>(
    process: *mut sys::rsp_self,
    data: *mut c_void,
    event: *const sys::rsp_event,
    ret: *mut sys::rsp_server_return,
) -> sys::rsp_next {
    // SAFETY: the C API calls with the state that init gave it, one callback at a time; the event is lent until the return,
    // and so is ret.
    unsafe {
        run::<Machine<G>>(process, data, ret, |machine, context| {
            let event = &*event;
            let from = ReplyTo(event.from);
            let reply = machine.0.handle_event(context, Event::new(event))?;
            // What answers nobody's call means nothing, and the machine ends by it.
            give(reply, from, &mut *ret).map(lift)
        })
    }
}
