//! Requests that are collected later: waited for again, under labels, from several nodes.

use std::ptr;
use std::time::Duration;

use resprout_sys as sys;

use crate::anywhere::current;
use crate::boundary::milliseconds;
use crate::error::check;
use crate::message::{take_answer, Answer, Payload, To};
use crate::process::Received;
use crate::{Atom, Context, Message, Process, Ref, Result, Term};

/// Whether a request is out of its collection once its answer was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Delete {
    /// It stays in, though nothing of it comes any more: of such requests alone a wait lasts until its time is over.
    No,
    /// It is out.
    Yes,
}

/// What came of one request of a collection.
#[derive(Debug)]
pub struct Response {
    /// The request.
    pub request: Ref,
    /// Its label.
    pub label: Term,
    /// The reply, or [`CallError::Exited`](crate::CallError::Exited).
    pub answer: Answer,
}

/// Requests of one process, each under a label. Dropped in the code of that process it gives up all that is in it, and
/// nothing of them comes later; dropped anywhere else it gives up nothing.
///
/// # Examples
///
/// ```
/// use resprout::prelude::*;
/// use resprout::{Delete, RequestIds};
/// use std::time::Duration;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let runtime = Runtime::start()?;
/// let me = runtime.attach()?;
/// let mut ids = RequestIds::new(&me)?;
/// for number in 1..=3 {
///     let doubler = me.spawn(|_, message| {
///         let Message::Call { from, request } = message else { return };
///         from.reply(request.to::<i64>().unwrap() * 2).unwrap();
///     })?;
///     ids.send_request(&me, doubler, number, number)?;
/// }
/// let mut sum = 0;
/// while let Some(response) = ids.receive_response(&me, Duration::from_secs(5), Delete::Yes)? {
///     assert_eq!(response.answer.as_ref().unwrap().to(), Some(response.label.as_i64().unwrap() * 2));
///     sum += response.label.as_i64().unwrap();
/// }
/// assert_eq!(sum, 6);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct RequestIds {
    raw: *mut sys::rsp_reqids,
}

// SAFETY: the C API takes a collection from any thread, one at a time. Its waits take the process beside it, and refuse one
// that it is not of.
unsafe impl Send for RequestIds {}

type Wait = unsafe extern "C" fn(
    *mut sys::rsp_self,
    *mut *mut sys::rsp_msg,
    *mut sys::rsp_term,
    *mut sys::rsp_reqids,
    bool,
    u64,
) -> sys::rsp_result;

impl RequestIds {
    /// An empty collection of the caller's.
    ///
    /// # Errors
    ///
    /// [`Error::Exiting`](crate::Error::Exiting), [`Error::NoMemory`](crate::Error::NoMemory).
    pub fn new(context: &Context) -> Result<Self> {
        let mut raw = ptr::null_mut();
        // SAFETY: the handle is of this thread, the out is writable.
        check(unsafe { sys::rsp_reqids_new(context.raw(), &mut raw) })?;
        Ok(Self { raw })
    }

    /// Puts a request of [`Context::send_request`] in.
    ///
    /// # Errors
    ///
    /// [`Error::BadArgument`](crate::Error::BadArgument) for a request of another process, [`Error::Already`](crate::Error::Already) for one that is in,
    /// [`Error::NoMemory`](crate::Error::NoMemory).
    pub fn add(&mut self, request: Ref, label: impl Into<Term>) -> Result<()> {
        let label = label.into();
        // SAFETY: the collection and the term are live.
        check(unsafe { sys::rsp_reqids_add(self.raw, request.0, label.as_raw()) })
    }

    /// Sends a request as [`Context::send_request`] does, and puts it in.
    ///
    /// # Errors
    ///
    /// [`Error::BadArgument`](crate::Error::BadArgument) for a context of another process, [`Error::NoMemory`](crate::Error::NoMemory), [`Error::Exiting`](crate::Error::Exiting).
    pub fn send_request(
        &mut self,
        context: &Context,
        to: impl Into<To>,
        request: impl Into<Term>,
        label: impl Into<Term>,
    ) -> Result<Ref> {
        let request = context.send_request(to, request)?;
        if let Err(error) = self.add(request, label) {
            context.abandon_request(request)?;
            return Err(error);
        }
        Ok(request)
    }

    /// How many requests are in it.
    #[must_use]
    pub fn len(&self) -> usize {
        // SAFETY: the collection is live.
        unsafe { sys::rsp_reqids_size(self.raw) }
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is in it, in the order it was put in.
    #[must_use]
    pub fn to_list(&self) -> Vec<(Ref, Term)> {
        let mut requests = vec![sys::rsp_ref::default(); self.len()];
        let mut labels = vec![Term::nil().into_raw(); self.len()];
        // SAFETY: there is room for as many, and the collection is live.
        unsafe {
            sys::rsp_reqids_to_list(requests.as_mut_ptr(), labels.as_mut_ptr(), requests.len(), self.raw);
        }
        // SAFETY: the collection lends the labels, which are kept by references of their own.
        let pair = |(request, label)| (Ref(request), unsafe { Term::from_lent(label) });
        requests.into_iter().zip(labels).map(pair).collect()
    }

    /// Waits for an answer to any of them, and takes the oldest; `None` when it is empty. When the time is over all of them
    /// are given up, and it is empty.
    ///
    /// # Errors
    ///
    /// [`Error::Timeout`](crate::Error::Timeout), [`Error::BadArgument`](crate::Error::BadArgument) for another process than the one it is of, [`Error::Exiting`](crate::Error::Exiting).
    pub fn receive_response(
        &mut self,
        process: &Process,
        timeout: Duration,
        delete: Delete,
    ) -> Result<Option<Response>> {
        self.wait(sys::rsp_reqids_receive_response, process, timeout, delete)
    }

    /// The same, but all of them are kept when the time is over.
    ///
    /// # Errors
    ///
    /// As [`receive_response`](Self::receive_response).
    pub fn wait_response(
        &mut self,
        process: &Process,
        timeout: Duration,
        delete: Delete,
    ) -> Result<Option<Response>> {
        self.wait(sys::rsp_reqids_wait_response, process, timeout, delete)
    }

    fn wait(
        &mut self,
        wait: Wait,
        process: &Process,
        timeout: Duration,
        delete: Delete,
    ) -> Result<Option<Response>> {
        let (mut msg, mut label) = (ptr::null_mut(), Term::nil().into_raw());
        // SAFETY: the handle is of this thread, the outs are writable, the collection is live.
        let result = unsafe {
            wait(process.raw(), &mut msg, &mut label, self.raw, delete == Delete::Yes, milliseconds(timeout))
        };
        match result {
            sys::RSP_OK | sys::RSP_EEXITED => {
                let received = Received(msg);
                // SAFETY: a message that was received is at hand until it is freed; the label is the caller's.
                unsafe {
                    let request = Ref(sys::rsp_msg_ref(received.0));
                    let label = Term::from_raw(label);
                    Ok(Some(Response { request, label, answer: take_answer(received.0) }))
                }
            }
            sys::RSP_ENOREQUEST => Ok(None),
            other => check(other).map(|()| None),
        }
    }

    /// What came of one of them, if this message is its answer.
    ///
    /// # Errors
    ///
    /// The message itself, if it is something else.
    pub fn check_response(&mut self, message: Message, delete: Delete) -> Result<Response, Message> {
        let Some(request) = message.response_to() else { return Err(message) };
        let mut label = Term::nil().into_raw();
        // SAFETY: the out is writable, the collection is live.
        let found = unsafe { sys::rsp_reqids_get(&mut label, self.raw, request.0, delete == Delete::Yes) };
        if found != sys::RSP_OK {
            return Err(message);
        }
        // SAFETY: it is the caller's.
        let label = unsafe { Term::from_raw(label) };
        Ok(Response { request, label, answer: message.check_response(request)? })
    }
}

impl Drop for RequestIds {
    fn drop(&mut self) {
        // Where a state is dropped its process has no say any more, and nothing to give up.
        let process = current().unwrap_or(ptr::null_mut());
        // SAFETY: the process is null or one of this thread; the collection is live, and is not used afterwards.
        unsafe { sys::rsp_reqids_free(process, self.raw) };
    }
}

/// The name of this node: `nonode@nohost`, as long as it is not one of several.
#[must_use]
pub fn node() -> Atom {
    // SAFETY: nothing is asked for.
    Atom(unsafe { sys::rsp_node() })
}

/// What came of [`Process::multi_call`].
#[derive(Debug)]
pub struct MultiCall {
    /// The reply of each node that gave one.
    pub replies: Vec<(Atom, Payload)>,
    /// The others.
    pub bad_nodes: Vec<Atom>,
}

impl Process {
    /// Waits for the answer to a request of [`Context::send_request`], and keeps the request when the time is over: it may be
    /// waited for again, and its answer may come as a message meanwhile.
    ///
    /// # Errors
    ///
    /// [`CallError::Exited`](crate::CallError::Exited) with the server's reason, [`CallError::Timeout`](crate::CallError::Timeout), or the call is refused; so it is when the
    /// request is over ([`Error::BadArgument`](crate::Error::BadArgument)).
    pub fn wait_response(&self, request: Ref, timeout: Duration) -> Answer {
        // SAFETY: the handle is of this thread, the out is writable.
        Self::response(|msg| unsafe {
            sys::rsp_wait_response(self.raw(), msg, request.0, milliseconds(timeout))
        })
    }

    /// Calls whoever has the name, on each of these nodes ([`node()`](crate::node): no other one can be reached), and waits
    /// for all of them. A node where nobody has it, that gives no reply in time or cannot be reached is a bad one. Late
    /// replies are dropped.
    ///
    /// # Errors
    ///
    /// [`Error::NoMemory`](crate::Error::NoMemory), [`Error::Exiting`](crate::Error::Exiting).
    pub fn multi_call(
        &self,
        nodes: &[Atom],
        name: impl Into<Atom>,
        request: impl Into<Term>,
        timeout: Duration,
    ) -> Result<MultiCall> {
        let (name, request) = (name.into(), request.into());
        let raw_nodes: Vec<sys::rsp_atom> = nodes.iter().map(|node| node.0).collect();
        let mut messages = vec![ptr::null_mut(); nodes.len()];
        // SAFETY: the handle is of this thread, there are as many nodes and places, the term is live.
        check(unsafe {
            sys::rsp_multi_call(
                self.raw(),
                messages.as_mut_ptr(),
                raw_nodes.as_ptr(),
                raw_nodes.len(),
                name.0,
                request.as_raw(),
                milliseconds(timeout),
            )
        })?;
        let mut done = MultiCall { replies: Vec::new(), bad_nodes: Vec::new() };
        for (node, message) in nodes.iter().zip(messages) {
            if message.is_null() {
                done.bad_nodes.push(*node);
                continue;
            }
            let received = Received(message);
            // SAFETY: a message that was received is at hand until it is freed.
            done.replies.push((*node, unsafe { Payload::take(received.0) }));
        }
        Ok(done)
    }
}

impl Context {
    /// Sends a request without an answer to whoever has the name, on each of these nodes. Nothing says whom it reaches.
    ///
    /// # Errors
    ///
    /// [`Error::Exiting`](crate::Error::Exiting).
    pub fn abcast(&self, nodes: &[Atom], name: impl Into<Atom>, request: impl Into<Term>) -> Result<()> {
        let (name, request) = (name.into(), request.into());
        let raw_nodes: Vec<sys::rsp_atom> = nodes.iter().map(|node| node.0).collect();
        // SAFETY: the handle is of this thread, there are as many nodes, the term is live.
        check(unsafe {
            sys::rsp_abcast(self.raw(), raw_nodes.as_ptr(), raw_nodes.len(), name.0, request.as_raw())
        })
    }
}
