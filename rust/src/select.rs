//! Descriptors: a message when one is ready.

use std::ops::BitOr;
use std::os::fd::{AsFd, AsRawFd};

use resprout_sys as sys;

use crate::error::check;
use crate::{Context, Ref, Result};

/// What to wait for: [`READ`](Self::READ), [`WRITE`](Self::WRITE), or `READ | WRITE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Readiness(u32);

impl Readiness {
    /// There is something to read, or to accept; or the end of it.
    pub const READ: Self = Self(sys::RSP_SELECT_READ);
    /// There is room to write, or a connection is made.
    pub const WRITE: Self = Self(sys::RSP_SELECT_WRITE);
}

impl BitOr for Readiness {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl Context {
    /// Sends the caller one [`Message::Select`](crate::Message::Select) when a descriptor is ready, which ends the
    /// registration. One that is ready already is told of at once; a peer that hangs up, and an error, is readiness. The
    /// descriptor should be non-blocking: readiness may be gone when the message is read.
    ///
    /// With both directions the registration ends when either is ready. Of each descriptor and direction there is one at a
    /// time. It ends with its process. [Cancel](Self::cancel_select) it before the descriptor is closed: its number is given
    /// out again at once.
    ///
    /// # Examples
    ///
    /// ```
    /// use resprout::prelude::*;
    /// use resprout::Readiness;
    /// use std::io::{Read, Write};
    /// use std::os::unix::net::UnixStream;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let runtime = Runtime::start()?;
    /// let me = runtime.attach()?;
    /// let (mut ours, mut theirs) = UnixStream::pair()?;
    /// ours.set_nonblocking(true)?;
    /// let ready = me.select(&ours, Readiness::READ)?;
    /// theirs.write_all(b"hello")?;
    /// assert!(matches!(me.receive()?, Message::Select { registration, readable: true, .. } if registration == ready));
    /// let mut text = [0; 5];
    /// ours.read_exact(&mut text)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::BadArgument`](crate::Error::BadArgument) for what is always ready, such as a regular file;
    /// [`Error::Already`](crate::Error::Already), [`Error::Limit`](crate::Error::Limit),
    /// [`Error::Os`](crate::Error::Os), [`Error::Exiting`](crate::Error::Exiting).
    pub fn select(&self, descriptor: impl AsFd, readiness: Readiness) -> Result<Ref> {
        let fd = descriptor.as_fd().as_raw_fd();
        // SAFETY: raw is a process handle of this thread, the out is writable.
        self.reference(|raw, out| unsafe { sys::rsp_select(raw, out, fd, readiness.0) })
    }

    /// Ends a registration of the caller's: from here on no message of it arrives, also not one that has come and was not
    /// received. True: the descriptor was not ready yet.
    ///
    /// # Errors
    ///
    /// [`Error::Exiting`](crate::Error::Exiting).
    pub fn cancel_select(&self, registration: Ref) -> Result<bool> {
        let mut active = false;
        // SAFETY: raw is a process handle of this thread, the out is writable.
        check(unsafe { sys::rsp_cancel_select(self.raw(), &raw mut active, registration.0) })?;
        Ok(active)
    }
}
