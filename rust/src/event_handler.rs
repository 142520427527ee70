//! Event handlers: what an event manager holds, and what becomes of it.

use std::any::type_name;
use std::fmt;

use crate::event_serve::New;
use crate::server::undefined;
use crate::{Context, Exception, Payload, Peek, Result, Term};

/// An event handler: a value that an event manager holds, beside others, and that gets what the manager is notified of.
///
/// Its callbacks run in the manager, on a worker, and must not block. One that panics or returns an [`Exception`] removes the
/// handler; the manager and its other handlers go on.
///
/// Mirrors the behaviour `gen_event`.
///
/// # Examples
///
/// ```
/// use resprout::prelude::*;
/// use resprout::{EventFlow, EventManager, GenEvent, Peek};
///
/// struct Counter(i64);
///
/// impl GenEvent for Counter {
///     fn name() -> &'static str {
///         "counter"
///     }
///     fn handle_event(&mut self, _: &Context, event: Peek<'_>) -> Result<EventFlow, Exception> {
///         self.0 += event.term().to::<i64>().unwrap_or(0);
///         Ok(EventFlow::go_on())
///     }
///     fn handle_call(&mut self, _: &Context, _: Payload) -> Result<(Payload, EventFlow), Exception> {
///         Ok((Payload::Term(self.0.into()), EventFlow::go_on()))
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let runtime = Runtime::start()?;
/// let me = runtime.attach()?;
/// Supervisor::one_for_one().child(Start::event_manager().name("alarms")).start_link()?;
///
/// let alarms = EventManager::at("alarms");
/// alarms.add_handler(&me, Counter(40))?;
/// alarms.notify(1)?;
/// alarms.sync_notify(&me, 1)?;
/// assert_eq!(alarms.call(&me, Term::atom("counter"), "how many?")?.to(), Some(42));
/// # Ok(())
/// # }
/// ```
pub trait GenEvent: Sized + Send + 'static {
    /// What handlers of this type are known as.
    #[must_use]
    fn name() -> &'static str {
        type_name::<Self>()
    }

    /// Runs in the manager when it is added. `args` is nil, or of a swap `{Args, Result}`: its own, nil, and what the
    /// [`terminate`](Self::terminate) of the other returned; `error` if there was none.
    ///
    /// # Errors
    ///
    /// An exception: the handler is not added.
    fn init(&mut self, context: &Context, args: &Term) -> Result<(), Exception> {
        let _ = (context, args);
        Ok(())
    }

    /// Takes an event, which is lent to all handlers.
    ///
    /// # Errors
    ///
    /// An exception removes the handler.
    fn handle_event(&mut self, context: &Context, event: Peek<'_>) -> Result<EventFlow, Exception>;

    /// Answers a call of this handler.
    ///
    /// # Errors
    ///
    /// An exception removes the handler, and the caller hears of it.
    fn handle_call(
        &mut self,
        context: &Context,
        request: Payload,
    ) -> Result<(Payload, EventFlow), Exception> {
        let _ = (context, request);
        Err(undefined("handle_call"))
    }

    /// Takes any other message of the manager, which is lent to all handlers.
    ///
    /// # Errors
    ///
    /// An exception removes the handler.
    fn handle_info(&mut self, context: &Context, message: Peek<'_>) -> Result<EventFlow, Exception> {
        let _ = (context, message);
        Ok(EventFlow::go_on())
    }

    /// Runs before the handler goes: `args` are those of [`EventManager::delete_handler`] or of a swap, or `remove_handler`,
    /// `stop` (the manager ends), `{stop, Reason}` (who has added it with [`EventManager::add_sup_handler`] has ended),
    /// `{error, _}` (it has failed).
    ///
    /// [`EventManager::delete_handler`]: crate::EventManager::delete_handler
    /// [`EventManager::add_sup_handler`]: crate::EventManager::add_sup_handler
    ///
    /// # Errors
    ///
    /// An exception is the result, as `{'EXIT', Reason}`.
    fn terminate(&mut self, context: &Context, args: &Term) -> Result<Term, Exception> {
        let _ = (context, args);
        Ok(Term::atom("ok"))
    }

    /// Says what the state is, for [`Sys`](crate::Sys) and for reports that show states, as
    /// [`GenServer::format_status`](crate::GenServer::format_status).
    fn format_status(&self) -> Option<Term> {
        None
    }
}

/// What becomes of an event handler after a callback.
pub struct EventFlow(pub(crate) Step);

pub(crate) enum Step {
    GoOn,
    Hibernate,
    Remove,
    Swap(Term, New),
}

impl EventFlow {
    /// It goes on.
    #[must_use]
    pub fn go_on() -> Self {
        Self(Step::GoOn)
    }

    /// It goes on, and the manager gives back what memory it can until the next message.
    #[must_use]
    pub fn hibernate() -> Self {
        Self(Step::Hibernate)
    }

    /// It is removed.
    #[must_use]
    pub fn remove_handler() -> Self {
        Self(Step::Remove)
    }

    /// Another one comes in its place. Its own terminate gets `args`.
    #[must_use]
    pub fn swap_handler<H: GenEvent>(args: impl Into<Term>, handler: H) -> Self {
        Self(Step::Swap(args.into(), New::of(handler, Term::nil())))
    }
}

impl fmt::Debug for EventFlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EventFlow")
    }
}
