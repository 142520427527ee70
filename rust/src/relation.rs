//! Links, monitors and aliases: how one is to be, and how a process makes and ends it.

use resprout_sys as sys;

use crate::error::check;
use crate::message::To;
use crate::{Atom, Context, Error, Pid, Ref, Result};

/// When an alias goes off by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Alias {
    /// Only by [`Context::unalias`](crate::Context::unalias).
    Explicit,
    /// With its monitor.
    Demonitor,
    /// With the first message through it, which ends the monitor too; or with the monitor.
    Reply,
}

pub(crate) fn alias_mode(mode: Option<Alias>) -> sys::rsp_alias_mode {
    match mode {
        None => sys::RSP_ALIAS_NONE,
        Some(Alias::Explicit) => sys::RSP_ALIAS_EXPLICIT,
        Some(Alias::Demonitor) => sys::RSP_ALIAS_DEMONITOR,
        Some(Alias::Reply) => sys::RSP_ALIAS_REPLY,
    }
}

/// Whether [`Context::demonitor`](crate::Context::demonitor) also removes a `Down` that is in the mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flush {
    /// It stays.
    No,
    /// It is removed.
    Yes,
}

/// Options of [`Context::monitor_with`](crate::Context::monitor_with).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct MonitorOptions {
    pub(crate) alias: Option<Alias>,
    pub(crate) tag: Option<Atom>,
}

impl MonitorOptions {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The monitor is an alias too.
    #[must_use]
    pub fn alias(mut self, mode: Alias) -> Self {
        self.alias = Some(mode);
        self
    }

    /// Stands in the place of `DOWN` in the message.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<Atom>) -> Self {
        self.tag = Some(tag.into());
        self
    }
}

impl Context {
    /// Links this process and `peer`: when one ends, the other gets an exit signal with its reason.
    ///
    /// # Examples
    ///
    /// ```
    /// use resprout::prelude::*;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let runtime = Runtime::start()?;
    /// let me = runtime.attach()?;
    /// me.trap_exit(true)?; // exit signals become messages
    ///
    /// let worker = me.spawn(|_, _| {})?;
    /// me.link(worker)?;
    /// me.exit_signal(worker, Atom::new("kill"))?;
    ///
    /// let Message::Exit { from, reason } = me.receive()? else { unreachable!() };
    /// assert_eq!((from, reason), (worker, Term::atom("killed")));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::NoProcess`](crate::Error::NoProcess) when `peer` is dead and this process does not trap exits; with trapping a message
    /// `Exit { reason: noproc }` follows. [`Error::Exiting`](crate::Error::Exiting).
    pub fn link(&self, peer: Pid) -> Result<()> {
        // SAFETY: raw is a process handle of this thread.
        check(unsafe { sys::rsp_link(self.raw(), peer.0) })
    }

    /// The same, but a dead peer is no error: the exit signal `noproc` follows, and ends a process that does not trap.
    ///
    /// # Errors
    ///
    /// [`Error::Exiting`](crate::Error::Exiting).
    pub fn link_async(&self, peer: Pid) -> Result<()> {
        // SAFETY: raw is a process handle of this thread.
        check(unsafe { sys::rsp_link_async(self.raw(), peer.0) })
    }

    /// Removes the link. It has no effect any more; an [`Message::Exit`](crate::Message::Exit) in the mailbox stays.
    ///
    /// # Errors
    ///
    /// [`Error::Exiting`](crate::Error::Exiting).
    pub fn unlink(&self, peer: Pid) -> Result<()> {
        // SAFETY: raw is a process handle of this thread.
        check(unsafe { sys::rsp_unlink(self.raw(), peer.0) })
    }

    /// Watches a process, or whoever has a name now. Its end, or its absence, arrives as exactly one [`Message::Down`](crate::Message::Down).
    ///
    /// # Examples
    ///
    /// ```
    /// use resprout::prelude::*;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let runtime = Runtime::start()?;
    /// let me = runtime.attach()?;
    /// let monitor = me.monitor("nobody")?;
    /// match me.receive()? {
    ///     Message::Down { monitor: fired, reason, .. } => {
    ///         assert_eq!((fired, reason), (monitor, Term::atom("noproc")));
    ///     }
    ///     other => unreachable!("{other:?}"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Exiting`](crate::Error::Exiting); [`Error::BadArgument`](crate::Error::BadArgument) for an alias.
    pub fn monitor(&self, target: impl Into<To>) -> Result<Ref> {
        self.monitor_with(target, &MonitorOptions::default())
    }

    /// The same with options.
    ///
    /// # Errors
    ///
    /// As [`monitor`](Self::monitor).
    pub fn monitor_with(&self, target: impl Into<To>, options: &MonitorOptions) -> Result<Ref> {
        let raw_options = sys::rsp_monitor_opts {
            alias: alias_mode(options.alias),
            tag: options.tag.map_or_else(Default::default, |tag| tag.0),
            ..Default::default()
        };
        match target.into() {
            To::Pid(pid) => {
                // SAFETY: raw is a process handle of this thread, the out is writable, the options are readable.
                self.reference(|raw, out| unsafe { sys::rsp_monitor(raw, out, pid.0, &raw_options) })
            }
            To::Name(name) => {
                // SAFETY: as above.
                self.reference(|raw, out| unsafe { sys::rsp_monitor_name(raw, out, name.0, &raw_options) })
            }
            To::Alias(_) => Err(Error::BadArgument),
        }
    }

    /// Ends a monitor: no [`Message::Down`](crate::Message::Down) of it will be delivered; one in the mailbox stays, unless it is flushed.
    /// Returns whether the monitor was active; with `flush`, false exactly when a `Down` was removed or the reference is
    /// unknown.
    ///
    /// # Errors
    ///
    /// [`Error::Exiting`](crate::Error::Exiting).
    pub fn demonitor(&self, monitor: Ref, flush: Flush) -> Result<bool> {
        let mut removed = false;
        // SAFETY: raw is a process handle of this thread, the out is writable.
        check(unsafe { sys::rsp_demonitor(self.raw(), &mut removed, monitor.0, flush == Flush::Yes) })?;
        Ok(removed)
    }

    /// A reference that works as a destination, until it is switched off or its owner ends.
    ///
    /// # Errors
    ///
    /// [`Error::Exiting`](crate::Error::Exiting); [`Error::BadArgument`](crate::Error::BadArgument) for [`Alias::Demonitor`].
    pub fn alias(&self, mode: Alias) -> Result<Ref> {
        // SAFETY: raw is a process handle of this thread, the out is writable.
        self.reference(|raw, out| unsafe { sys::rsp_alias(raw, out, alias_mode(Some(mode))) })
    }

    /// Switches an alias off: messages through it that were not received yet are dropped. False: it was off already, is
    /// unknown, or belongs to another process.
    ///
    /// # Errors
    ///
    /// [`Error::Exiting`](crate::Error::Exiting).
    pub fn unalias(&self, alias: Ref) -> Result<bool> {
        let mut was_on = false;
        // SAFETY: raw is a process handle of this thread, the out is writable.
        check(unsafe { sys::rsp_unalias(self.raw(), &mut was_on, alias.0) })?;
        Ok(was_on)
    }
}
