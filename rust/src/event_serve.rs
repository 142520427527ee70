//! What the C side calls when a Rust event handler runs.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::ffi::{c_void, CString};
use std::mem;
use std::sync::{Mutex, PoisonError};

use resprout_sys as sys;

use crate::boundary::{drop_quietly, drop_state, guarded, Native, NATIVE_OPS};
use crate::event_handler::Step;
use crate::{Context, EventFlow, Exception, GenEvent, Payload, Peek, Result, Term};

/// A handler on its way to a manager.
pub(crate) struct New {
    pub(crate) raw: sys::rsp_event_handler,
    id: Term,
}

impl New {
    pub(crate) fn of<H: GenEvent>(handler: H, id: Term) -> Self {
        let ctx: *mut c_void = Box::into_raw(Box::new(Some(handler))).cast();
        let raw = sys::rsp_event_handler {
            ops: ops_of::<H>().0,
            id: id.as_raw(),
            ctx,
            ctx_free: Some(free_given::<H>),
            ..Default::default()
        };
        Self { raw, id }
    }

    /// The C API has taken the handler, unless it says that an argument is malformed.
    pub(crate) fn given(&mut self, result: sys::rsp_result) {
        if result != sys::RSP_EINVAL {
            self.raw.ctx_free = None;
        }
    }
}

impl Drop for New {
    fn drop(&mut self) {
        if let Some(free) = self.raw.ctx_free {
            // SAFETY: it was made by of, and nobody has taken it.
            unsafe { free(self.raw.ctx) }
        }
    }
}

/// The state of a handler, as the C side holds it.
struct Body<H> {
    handler: H,
    /// What it has put in its place, as the C side reads it, and its id. What it holds is the C side's.
    swap: Option<(Box<sys::rsp_event_handler>, Term)>,
}

#[derive(Clone, Copy)]
struct Ops(&'static sys::rsp_event_ops);

// SAFETY: it is never changed, and holds functions and a text that lives for ever.
unsafe impl Send for Ops {}

/// Of this type: made once, and kept for ever.
fn ops_of<H: GenEvent>() -> Ops {
    static TYPES: Mutex<BTreeMap<TypeId, Ops>> = Mutex::new(BTreeMap::new());

    let mut types = TYPES.lock().unwrap_or_else(PoisonError::into_inner);
    *types.entry(TypeId::of::<H>()).or_insert_with(|| {
        let name = CString::new(H::name()).unwrap_or_default();
        Ops(Box::leak(Box::new(sys::rsp_event_ops {
            size: size_of::<sys::rsp_event_ops>(),
            name: name.into_raw(),
            init: Some(init::<H>),
            handle_event: Some(handle_event::<H>),
            handle_call: Some(handle_call::<H>),
            handle_info: Some(handle_info::<H>),
            terminate: Some(terminate::<H>),
            free_state: Some(free_state::<H>),
            format_status: Some(format_status::<H>),
        })))
    })
}

unsafe extern "C" fn free_given<H>(ctx: *mut c_void) {
    // SAFETY: it was made by New::of, and is freed once.
    drop_quietly(unsafe { Box::from_raw(ctx.cast::<Option<H>>()) });
}

unsafe extern "C" fn free_state<H>(state: *mut c_void) {
    // SAFETY: a state was made by init, and is freed once, past the last callback.
    drop_state(unsafe { Box::from_raw(state.cast::<Body<H>>()) });
}

unsafe extern "C" fn format_status<H: GenEvent>(_: *mut sys::rsp_self, state: *mut c_void) -> sys::rsp_term {
    // SAFETY: a state was made by init, and callbacks of one manager never run at the same time.
    let body = unsafe { &*state.cast::<Body<H>>() };
    guarded(|| body.handler.format_status()).ok().flatten().unwrap_or_else(Term::nil).into_raw()
}

unsafe extern "C" fn init<H: GenEvent>(
    process: *mut sys::rsp_self,
    ctx: *mut c_void,
    args: sys::rsp_term,
    ret: *mut sys::rsp_event_return,
) -> sys::rsp_next {
    // SAFETY: the C API calls with what New::of gave it, once; ret and the term are its to lend.
    let (context, given, args, ret) =
        unsafe { (Context::new(process), &mut *ctx.cast::<Option<H>>(), Term::from_lent(args), &mut *ret) };
    let Some(mut handler) = given.take() else { return sys::RSP_NEXT_CONTINUE };
    match guarded(|| handler.init(&context, &args)) {
        Ok(Ok(())) => {
            ret.state = Box::into_raw(Box::new(Body { handler, swap: None })).cast();
            sys::RSP_NEXT_CONTINUE
        }
        Ok(Err(exception)) | Err(exception) => {
            drop_quietly(handler);
            exception.set_pending(process)
        }
    }
}

/// Says what a callback came to.
fn finish<H>(
    process: *mut sys::rsp_self,
    body: &mut Body<H>,
    ret: &mut sys::rsp_event_return,
    flow: Result<Result<EventFlow, Exception>, Exception>,
) -> sys::rsp_next {
    match flow {
        Ok(Ok(EventFlow(step))) => {
            match step {
                Step::GoOn => {}
                Step::Hibernate => ret.hibernate = true,
                Step::Remove => ret.action = sys::RSP_EVENT_REMOVE_HANDLER,
                Step::Swap(args, mut new) => {
                    ret.action = sys::RSP_EVENT_SWAP_HANDLER;
                    ret.args = args.into_raw();
                    let raw = Box::new(new.raw);
                    new.given(sys::RSP_OK);
                    let (kept, _) = body.swap.insert((raw, mem::replace(&mut new.id, Term::nil())));
                    ret.handler = &raw const **kept;
                }
            }
            sys::RSP_NEXT_CONTINUE
        }
        Ok(Err(exception)) | Err(exception) => exception.set_pending(process),
    }
}

unsafe extern "C" fn handle_event<H: GenEvent>(
    process: *mut sys::rsp_self,
    state: *mut c_void,
    event: *mut sys::rsp_msg,
    ret: *mut sys::rsp_event_return,
) -> sys::rsp_next {
    // SAFETY: the C API calls with a state that init made, one callback at a time; the rest is its to lend.
    let (context, body, event, ret) =
        unsafe { (Context::new(process), &mut *state.cast::<Body<H>>(), Peek::new(event), &mut *ret) };
    let flow = guarded(|| body.handler.handle_event(&context, event));
    finish(process, body, ret, flow)
}

unsafe extern "C" fn handle_info<H: GenEvent>(
    process: *mut sys::rsp_self,
    state: *mut c_void,
    message: *mut sys::rsp_msg,
    ret: *mut sys::rsp_event_return,
) -> sys::rsp_next {
    // SAFETY: as of handle_event.
    let (context, body, message, ret) =
        unsafe { (Context::new(process), &mut *state.cast::<Body<H>>(), Peek::new(message), &mut *ret) };
    let flow = guarded(|| body.handler.handle_info(&context, message));
    finish(process, body, ret, flow)
}

unsafe extern "C" fn handle_call<H: GenEvent>(
    process: *mut sys::rsp_self,
    state: *mut c_void,
    request: *mut sys::rsp_msg,
    ret: *mut sys::rsp_event_return,
) -> sys::rsp_next {
    // SAFETY: as of handle_event; a request is for this handler alone.
    let (context, body, request, ret) =
        unsafe { (Context::new(process), &mut *state.cast::<Body<H>>(), Payload::take(request), &mut *ret) };
    let flow = guarded(|| body.handler.handle_call(&context, request)).map(|answer| {
        answer.map(|(reply, flow)| {
            match reply {
                Payload::Term(term) => ret.reply = term.into_raw(),
                Payload::Native(value) => {
                    ret.reply_native = Native::boxed(value).into_raw();
                    ret.reply_ops = &raw const NATIVE_OPS;
                }
            }
            flow
        })
    });
    finish(process, body, ret, flow)
}

unsafe extern "C" fn terminate<H: GenEvent>(
    process: *mut sys::rsp_self,
    state: *mut c_void,
    args: sys::rsp_term,
    result: *mut sys::rsp_term,
) -> sys::rsp_next {
    // SAFETY: as of handle_event; the term is lent, the result is writable.
    let (context, body, args, result) = unsafe {
        (Context::new(process), &mut *state.cast::<Body<H>>(), Term::from_lent(args), &mut *result)
    };
    match guarded(|| body.handler.terminate(&context, &args)) {
        Ok(Ok(said)) => {
            *result = said.into_raw();
            sys::RSP_NEXT_CONTINUE
        }
        Ok(Err(exception)) | Err(exception) => exception.set_pending(process),
    }
}
