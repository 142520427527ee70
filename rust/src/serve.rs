//! What the C side calls when a Rust server runs.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::ffi::{c_void, CString};
use std::ptr;
use std::sync::{Mutex, PoisonError};

use resprout_sys as sys;

use crate::boundary::{drop_quietly, drop_state, guarded, milliseconds, NATIVE_OPS};
use crate::server::{Continuation, Given, Step};
use crate::wait::{Come, Resume};
use crate::{
    Context, Exception, Flow, GenServer, Init, Message, Payload, Pid, Reply, ReplyTo, Restart, Result,
    Shutdown, Term,
};

/// What runs as a server: a [`GenServer`], a handler as a child, or a [`GenStatem`](crate::GenStatem).
pub(crate) trait Serve: Sized + Send + 'static {
    type Args: Send + Sync + 'static;
    const RESTART: Restart;
    const SHUTDOWN: Shutdown;

    fn name() -> &'static str;
    /// Puts in what a message comes to.
    fn set_callbacks(ops: &mut sys::rsp_server_ops);
    fn init(context: &Context, args: &Self::Args, more: &[Term]) -> Result<Init<Self>, Exception>;
    fn terminate(&mut self, context: &Context, reason: &Term) -> Result<Flow<Self>, Exception>;
    fn format_status(&self) -> Option<Term>;
}

/// What has a callback for each kind of message.
pub(crate) trait Requests: Serve {
    fn on_call(
        &mut self,
        context: &Context,
        request: Payload,
        from: ReplyTo,
    ) -> Result<Reply<Self>, Exception>;
    fn on_cast(&mut self, context: &Context, from: Pid, request: Payload) -> Result<Flow<Self>, Exception>;
    fn on_info(&mut self, context: &Context, message: Message) -> Result<Flow<Self>, Exception>;
    fn on_continue(&mut self, context: &Context, argument: Term) -> Result<Flow<Self>, Exception>;
}

/// The callbacks of what has one for each kind of message.
pub(crate) fn set_requests<S: Requests>(ops: &mut sys::rsp_server_ops) {
    ops.handle_call = Some(handle_call::<S>);
    ops.handle_cast = Some(handle_cast::<S>);
    ops.handle_info = Some(handle_info::<S>);
    ops.handle_continue = Some(handle_continue::<S>);
}

impl<G: GenServer> Serve for G {
    type Args = G::Args;
    const RESTART: Restart = G::RESTART;
    const SHUTDOWN: Shutdown = G::SHUTDOWN;

    fn name() -> &'static str {
        G::name()
    }

    fn set_callbacks(ops: &mut sys::rsp_server_ops) {
        set_requests::<Self>(ops);
    }

    fn init(context: &Context, args: &Self::Args, more: &[Term]) -> Result<Init<Self>, Exception> {
        G::init_with(context, args, more)
    }

    fn terminate(&mut self, context: &Context, reason: &Term) -> Result<Flow<Self>, Exception> {
        GenServer::terminate_with(self, context, reason)
    }

    fn format_status(&self) -> Option<Term> {
        GenServer::format_status(self)
    }
}

impl<G: GenServer> Requests for G {
    fn on_call(
        &mut self,
        context: &Context,
        request: Payload,
        from: ReplyTo,
    ) -> Result<Reply<Self>, Exception> {
        self.handle_call(context, request, from)
    }

    fn on_cast(&mut self, context: &Context, _from: Pid, request: Payload) -> Result<Flow<Self>, Exception> {
        self.handle_cast(context, request)
    }

    fn on_info(&mut self, context: &Context, message: Message) -> Result<Flow<Self>, Exception> {
        self.handle_info(context, message)
    }

    fn on_continue(&mut self, context: &Context, argument: Term) -> Result<Flow<Self>, Exception> {
        self.handle_continue(context, argument)
    }
}

/// The state of a server, as the C side holds it.
struct Body<S> {
    server: S,
    /// Set while the server waits.
    waits: Option<Waits<S>>,
}

/// A callback that waits.
struct Waits<S> {
    then: Continuation<S>,
    /// The callback's, until its last continuation has returned; null in terminate.
    ret: *mut sys::rsp_server_return,
}

/// The callbacks of a type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ops(pub(crate) &'static sys::rsp_server_ops);

// SAFETY: it is never changed, and holds functions and a text that lives for ever.
unsafe impl Send for Ops {}
// SAFETY: as above.
unsafe impl Sync for Ops {}

/// Of this type: made once, and kept for ever.
pub(crate) fn ops_of<S: Serve>() -> Ops {
    static TYPES: Mutex<BTreeMap<TypeId, Ops>> = Mutex::new(BTreeMap::new());

    let mut types = TYPES.lock().unwrap_or_else(PoisonError::into_inner);
    *types.entry(TypeId::of::<S>()).or_insert_with(|| {
        let name = CString::new(S::name()).unwrap_or_default();
        let (shutdown, shutdown_ms) = S::SHUTDOWN.to_raw();
        let ops = Box::leak(Box::new(sys::rsp_server_ops {
            init: Some(init::<S>),
            terminate: Some(terminate::<S>),
            free_state: Some(free_state::<S>),
            restart: S::RESTART.to_raw(),
            shutdown,
            shutdown_ms,
            format_status: Some(format_status::<S>),
            ..sys::rsp_server_ops::new(name.into_raw())
        }));
        S::set_callbacks(ops);
        Ops(ops)
    })
}

unsafe extern "C" fn init<S: Serve>(
    process: *mut sys::rsp_self,
    args: *mut c_void,
    more: sys::rsp_term,
    ret: *mut sys::rsp_server_return,
) -> sys::rsp_next {
    // SAFETY: the C API calls with what Start::server gave it, which lives during the call; ret is its to lend.
    let (context, args, ret) = unsafe { (Context::new(process), &*args.cast::<S::Args>(), &mut *ret) };
    // SAFETY: the term is lent for the call.
    let more: Vec<Term> = unsafe { Term::from_lent(more) }.elements().collect();
    let (server, flow) = match guarded(|| S::init(&context, args, &more)).and_then(|init| init) {
        Ok(Init::Ready(server)) => (server, Flow::go_on()),
        Ok(Init::ReadyThen(server, argument)) => (server, Flow(Step::ContinueWith(argument))),
        Ok(Init::ReadyTimeout(server, timeout)) => (server, Flow::timeout(timeout)),
        Ok(Init::ReadyHibernate(server)) => (server, Flow::hibernate()),
        Ok(Init::ReadyWith(server, flow)) => (server, flow),
        Ok(Init::Ignore) => return no_server(ret, sys::RSP_SERVER_IGNORE, Term::nil()),
        Ok(Init::Stop(reason)) => return no_server(ret, sys::RSP_SERVER_STOP, reason),
        Ok(Init::Fail(reason)) => return no_server(ret, sys::RSP_SERVER_ERROR, reason),
        Err(exception) => return exception.set_pending(process),
    };
    let body = Box::into_raw(Box::new(Body { server, waits: None }));
    ret.action = sys::RSP_SERVER_NOREPLY;
    ret.state = body.cast();
    // SAFETY: nobody else has it before init has returned.
    let next = tell(process, unsafe { &mut *body }, ret, Ok(flow));
    if next == sys::RSP_NEXT_RAISE {
        // It cannot wait; what an init that raises has made is its own.
        ret.state = ptr::null_mut();
        // SAFETY: as above.
        drop_quietly(unsafe { Box::from_raw(body) });
    }
    next
}

fn no_server(
    ret: &mut sys::rsp_server_return,
    action: sys::rsp_server_action,
    reason: Term,
) -> sys::rsp_next {
    ret.action = action;
    ret.reason = reason.into_raw();
    sys::RSP_NEXT_CONTINUE
}

/// Runs one callback, and says to the C API what came of it.
///
/// # Safety
///
/// `process` is the handle of the running callback, `state` the Body<S> of that process, used by nobody else meanwhile, and
/// `ret` is writable.
pub(crate) unsafe fn run<S: Serve>(
    process: *mut sys::rsp_self,
    state: *mut c_void,
    ret: *mut sys::rsp_server_return,
    callback: impl FnOnce(&mut S, &Context) -> Result<Flow<S>, Exception>,
) -> sys::rsp_next {
    // SAFETY: as the caller says.
    let (body, context, ret) = unsafe { (&mut *state.cast::<Body<S>>(), Context::new(process), &mut *ret) };
    let said = guarded(|| callback(&mut body.server, &context)).and_then(|said| said);
    tell(process, body, ret, said)
}

/// Says to the C API what a callback has come to so far. `ret` is null in terminate, which nothing follows.
fn tell<S: Serve>(
    process: *mut sys::rsp_self,
    body: &mut Body<S>,
    ret: *mut sys::rsp_server_return,
    said: Result<Flow<S>, Exception>,
) -> sys::rsp_next {
    let step = match said {
        Ok(Flow(Step::Wait(what, then))) => {
            body.waits = Some(Waits { then, ret });
            // SAFETY: the callers are callbacks of this process, and return the result; the state lives as long as it has code
            // that runs.
            let next = unsafe { what.begin::<Body<S>>(process, ptr::from_mut(body).cast()) };
            if next != sys::RSP_NEXT_AWAIT {
                drop_quietly(body.waits.take());
            }
            return next;
        }
        Ok(Flow(step)) => step,
        Err(exception) => return exception.set_pending(process),
    };
    // SAFETY: it is the callback's, which is not over, and nobody else uses it.
    let Some(ret) = (unsafe { ret.as_mut() }) else { return sys::RSP_NEXT_CONTINUE };
    match step {
        Step::GoOn | Step::Wait(..) => {}
        Step::Timeout(timeout) => {
            ret.wait = sys::RSP_SERVER_WAIT_TIMEOUT;
            ret.timeout_ms = milliseconds(timeout);
        }
        Step::Hibernate => ret.wait = sys::RSP_SERVER_WAIT_HIBERNATE,
        Step::ContinueWith(argument) => {
            ret.has_continue = true;
            ret.continue_term = argument.into_raw();
        }
        Step::Stop(reason) => {
            let answers = ret.action == sys::RSP_SERVER_REPLY;
            ret.action = if answers { sys::RSP_SERVER_STOP_REPLY } else { sys::RSP_SERVER_STOP };
            ret.reason = reason.into_raw();
        }
    }
    sys::RSP_NEXT_CONTINUE
}

impl<S: Serve> Resume for Body<S> {
    unsafe fn resume(process: *mut sys::rsp_self, state: *mut c_void, come: Come) -> sys::rsp_next {
        // SAFETY: it is the state that tell gave, used by nobody else meanwhile.
        let (body, context) = unsafe { (&mut *state.cast::<Self>(), Context::new(process)) };
        let Some(Waits { then, ret }) = body.waits.take() else { return sys::RSP_NEXT_CONTINUE };
        let said = guarded(|| then(&mut body.server, &context, come)).and_then(|said| said);
        tell(process, body, ret, said)
    }
}

unsafe extern "C" fn handle_call<S: Requests>(
    process: *mut sys::rsp_self,
    state: *mut c_void,
    msg: *mut sys::rsp_msg,
    from: sys::rsp_from,
    ret: *mut sys::rsp_server_return,
) -> sys::rsp_next {
    let from = ReplyTo(from);
    // SAFETY: the C API calls with the state that init gave it, one callback at a time; the message is lent until the
    // return, and so is ret.
    unsafe {
        run::<S>(process, state, ret, |server, context| {
            let reply = server.on_call(context, Payload::take(msg), from)?;
            give(reply, from, &mut *ret)
        })
    }
}

/// Answers as a callback has said, and says what it does then.
pub(crate) fn give<S>(
    reply: Reply<S>,
    from: ReplyTo,
    ret: &mut sys::rsp_server_return,
) -> Result<Flow<S>, Exception> {
    match reply.answer {
        Given::Nothing => {}
        // What stands in ret counts when a wait is over; the caller has its answer before.
        Given::Term(term) if reply.flow.waits() => from.reply(term)?,
        Given::Native(native) if reply.flow.waits() => from.give(native)?,
        Given::Term(term) => {
            ret.action = sys::RSP_SERVER_REPLY;
            ret.reply = term.into_raw();
        }
        Given::Native(native) => {
            ret.action = sys::RSP_SERVER_REPLY;
            ret.reply_native = native.into_raw();
            ret.reply_ops = &raw const NATIVE_OPS;
        }
    }
    Ok(reply.flow)
}

unsafe extern "C" fn handle_cast<S: Requests>(
    process: *mut sys::rsp_self,
    state: *mut c_void,
    msg: *mut sys::rsp_msg,
    ret: *mut sys::rsp_server_return,
) -> sys::rsp_next {
    // SAFETY: as of handle_call.
    unsafe {
        run::<S>(process, state, ret, |server, context| {
            let from = Pid(sys::rsp_msg_from(msg));
            server.on_cast(context, from, Payload::take(msg))
        })
    }
}

unsafe extern "C" fn handle_info<S: Requests>(
    process: *mut sys::rsp_self,
    state: *mut c_void,
    msg: *mut sys::rsp_msg,
    ret: *mut sys::rsp_server_return,
) -> sys::rsp_next {
    // SAFETY: as of handle_call.
    unsafe { run::<S>(process, state, ret, |server, context| server.on_info(context, Message::take(msg))) }
}

unsafe extern "C" fn handle_continue<S: Requests>(
    process: *mut sys::rsp_self,
    state: *mut c_void,
    argument: sys::rsp_term,
    ret: *mut sys::rsp_server_return,
) -> sys::rsp_next {
    // SAFETY: as of handle_call; the argument is lent.
    unsafe {
        run::<S>(process, state, ret, |server, context| {
            server.on_continue(context, Term::from_lent(argument))
        })
    }
}

unsafe extern "C" fn terminate<S: Serve>(
    process: *mut sys::rsp_self,
    state: *mut c_void,
    reason: sys::rsp_term,
) -> sys::rsp_next {
    // SAFETY: as of handle_call; the reason is lent.
    let (body, context, reason) =
        unsafe { (&mut *state.cast::<Body<S>>(), Context::new(process), Term::from_lent(reason)) };
    let said = guarded(|| body.server.terminate(&context, &reason)).and_then(|said| said);
    tell(process, body, ptr::null_mut(), said)
}

unsafe extern "C" fn format_status<S: Serve>(_: *mut sys::rsp_self, state: *mut c_void) -> sys::rsp_term {
    // SAFETY: as of handle_call.
    let body = unsafe { &*state.cast::<Body<S>>() };
    guarded(|| body.server.format_status()).ok().flatten().map_or_else(Term::nil, |term| term).into_raw()
}

unsafe extern "C" fn free_state<S: Serve>(state: *mut c_void) {
    // SAFETY: the C API calls it once, after the last callback.
    drop_state(unsafe { Box::from_raw(state.cast::<Body<S>>()) });
}
