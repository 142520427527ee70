//! How a monitor or an alias is to be.

use resprout_sys as sys;

use crate::Atom;

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
