//! Pids, references, atoms: plain values.

use std::ffi::c_char;
use std::fmt;
use std::ptr;
use std::slice;
use std::str;

use resprout_sys as sys;

use crate::error::check;
use crate::{Error, Result, Term};

/// A process: one incarnation of it, for ever. A plain value; one of a dead process is harmless everywhere.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Pid(pub(crate) sys::rsp_pid);

impl Pid {
    pub(crate) fn from_raw(raw: sys::rsp_pid) -> Option<Self> {
        (raw != sys::rsp_pid::default()).then_some(Self(raw))
    }

    /// The identity as the C API has it.
    #[must_use]
    pub fn to_raw(self) -> sys::rsp_pid {
        self.0
    }
}

impl fmt::Display for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Term::from(*self).fmt(f)
    }
}

impl fmt::Debug for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A reference: names a monitor, an alias, a timer or a request. Unique in the run.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ref(pub(crate) sys::rsp_ref);

impl Ref {
    pub(crate) fn from_raw(raw: sys::rsp_ref) -> Option<Self> {
        (raw.len != 0).then_some(Self(raw))
    }

    /// The identity as the C API has it.
    #[must_use]
    pub fn to_raw(self) -> sys::rsp_ref {
        self.0
    }
}

impl fmt::Display for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Term::from(*self).fmt(f)
    }
}

impl fmt::Debug for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An atom: a word that is compared by number. The tags of messages, exit reasons and names are atoms.
///
/// ```
/// use resprout::Atom;
///
/// assert_eq!(Atom::new("shutdown"), Atom::new("shutdown"));
/// assert_eq!(Atom::new("shutdown").name(), "shutdown");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Atom(pub(crate) sys::rsp_atom);

impl Atom {
    /// The atom of this text. Atoms are never freed, and there can be 1,048,576 of them: make them from words of the
    /// program, not from its input.
    ///
    /// # Panics
    ///
    /// When the text has more than 255 characters, or there are no more atoms. [`try_new`](Self::try_new) returns it.
    #[must_use]
    #[track_caller]
    pub fn new(text: &str) -> Self {
        match Self::try_new(text) {
            Ok(atom) => atom,
            Err(error) => panic!("no atom from {} bytes of text: {error}", text.len()),
        }
    }

    /// The atom of this text.
    ///
    /// # Errors
    ///
    /// [`Error::BadArgument`] when it has more than 255 characters, [`Error::Limit`] when there are no more atoms,
    /// [`Error::NoMemory`].
    pub fn try_new(text: &str) -> Result<Self, Error> {
        let mut atom = sys::rsp_atom::default();
        // SAFETY: the text is readable for its length.
        check(unsafe { sys::rsp_atom_intern(&mut atom, text.as_ptr().cast(), text.len()) })?;
        Ok(Self(atom))
    }

    /// Its text.
    #[must_use]
    pub fn name(self) -> &'static str {
        let mut text: *const c_char = ptr::null();
        let mut len = 0;
        // SAFETY: both outs are writable.
        if check(unsafe { sys::rsp_atom_name(&mut text, &mut len, self.0) }).is_err() {
            return "";
        }
        // SAFETY: the text of an atom is UTF-8 and lives as long as the library, which is never unloaded.
        unsafe { str::from_utf8_unchecked(slice::from_raw_parts(text.cast(), len)) }
    }
}

impl From<&str> for Atom {
    /// # Panics
    ///
    /// As [`Atom::new`].
    #[track_caller]
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl fmt::Display for Atom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Atom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Term::from(*self), f)
    }
}
