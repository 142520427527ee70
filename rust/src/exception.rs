//! Exceptions: error, exit and throw, and the panics that become one of them.
//!
//! Code of a process fails in three ways, and each can be caught inside the process:
//!
//! - a panic, or an error that `?` hands on, is an *error*: a bug, or a broken assumption;
//! - [`exit`] says that the process wants to stop, with a reason;
//! - [`throw`] is a return from far below, for who catches it.
//!
//! Uncaught, it ends the process, alone, and its reason says what it was. A panic's is `{{exception, rust, panic, Message},
//! Frames}`, an error's `{{exception, rust, Type, Message}, Frames}`, an exit's its reason.
//!
//! ```
//! use resprout::exception::{self, Class};
//!
//! let caught = exception::catch(|| {
//!     exception::throw(7);
//! });
//! let exception = caught.unwrap_err();
//! assert_eq!(exception.class(), Class::Throw);
//! assert_eq!(exception.value().as_i64(), Some(7));
//! ```

use std::any::{type_name, Any};
use std::error::Error as StdError;
use std::fmt;
use std::panic::{self, AssertUnwindSafe, Location};

use resprout_sys as sys;

use crate::boundary::{self, Unwinding};
use crate::{Atom, CallError, Term};

/// The class of an exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// A bug, or a broken assumption.
    Error,
    /// The process wants to stop.
    Exit,
    /// A return from far below.
    Throw,
}

impl Class {
    fn to_raw(self) -> sys::rsp_class {
        match self {
            Self::Error => sys::RSP_CLASS_ERROR,
            Self::Exit => sys::RSP_CLASS_EXIT,
            Self::Throw => sys::RSP_CLASS_THROW,
        }
    }
}

/// An exception: a class, a value, and where it came from.
///
/// Returned from the code of a process as `Err`, it ends that process. Each [`std::error::Error`] becomes one by `?`, a
/// [`CallError`] an exit with its reason, as in OTP.
#[derive(Clone, Debug, PartialEq)]
pub struct Exception {
    class: Class,
    value: Term,
    frames: Term,
}

impl Exception {
    fn new(class: Class, value: Term, frames: Term) -> Self {
        Self { class, value, frames }
    }

    /// An error with this value. The place of the call is its frame.
    #[must_use]
    #[track_caller]
    pub fn error(value: impl Into<Term>) -> Self {
        Self::new(Class::Error, value.into(), frames(Location::caller().file(), Location::caller().line()))
    }

    /// An exit with this reason.
    #[must_use]
    pub fn exit(reason: impl Into<Term>) -> Self {
        Self::new(Class::Exit, reason.into(), Term::nil())
    }

    /// A throw of this value. The place of the call is its frame.
    #[must_use]
    #[track_caller]
    pub fn throw(value: impl Into<Term>) -> Self {
        Self::new(Class::Throw, value.into(), frames(Location::caller().file(), Location::caller().line()))
    }

    /// Its class.
    #[must_use]
    pub fn class(&self) -> Class {
        self.class
    }

    /// Its value: of an exit the reason, of a panic `{exception, rust, panic, Message}`.
    #[must_use]
    pub fn value(&self) -> &Term {
        &self.value
    }

    /// Where it came from, as far as that is known: a list of `{File, Line, Function}`, or nil.
    #[must_use]
    pub fn frames(&self) -> &Term {
        &self.frames
    }

    /// Raises it: unwinds to whoever catches it, or to the end of the process. Rethrows a caught one unchanged.
    pub fn raise(self) -> ! {
        // Not a panic: the hook that reports panics does not run.
        boundary::note_unwinding(Unwinding::Exception(self.clone()));
        panic::resume_unwind(Box::new(self))
    }

    /// The exit reason of a process that it ends.
    #[must_use]
    pub fn reason(&self) -> Term {
        let raw = sys::rsp_exception {
            exception_class: self.class.to_raw(),
            value: self.value.as_raw(),
            frames: self.frames.as_raw(),
            ..Default::default()
        };
        // SAFETY: the out is writable, the exception is readable and its terms are live.
        Term::try_build(|out| unsafe { sys::rsp_exception_reason(out, &raw) }).unwrap_or_default()
    }

    /// Of what a caught unwinding carried.
    pub(crate) fn from_panic(payload: Box<dyn Any + Send>) -> Self {
        let noted = boundary::take_unwinding();
        match payload.downcast::<Self>() {
            Ok(exception) => *exception,
            Err(payload) => {
                let place = match &noted {
                    Some(Unwinding::Panic { file, line, .. }) => Some((file.as_str(), *line)),
                    _ => None,
                };
                let exception = Self::of_panic(boundary::panic_text(&*payload), place);
                boundary::drop_quietly(payload);
                exception
            }
        }
    }

    /// Of what unwinds this thread at the moment.
    pub(crate) fn of_this_panic() -> Self {
        match boundary::unwinding() {
            Some(Unwinding::Exception(exception)) => exception,
            Some(Unwinding::Panic { message, file, line }) => Self::of_panic(&message, Some((&file, line))),
            None => Self::of_panic("", None),
        }
    }

    fn of_panic(message: &str, place: Option<(&str, u32)>) -> Self {
        let frames = place.map_or(Term::nil(), |(file, line)| frames(file, line));
        Self::new(Class::Error, language_value("panic", message), frames)
    }

    /// Makes it the pending exception of the process whose callback this is.
    pub(crate) fn set_pending(self, process: *mut sys::rsp_self) -> sys::rsp_next {
        // SAFETY: the callers are callbacks, and this is their process; the terms are live.
        unsafe { sys::rsp_raise(process, self.class.to_raw(), self.value.as_raw(), self.frames.as_raw()) }
    }
}

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let class = match self.class {
            Class::Error => "error",
            Class::Exit => "exit",
            Class::Throw => "throw",
        };
        write!(f, "{class}: {}", self.value)
    }
}

impl<E: StdError + 'static> From<E> for Exception {
    #[track_caller]
    fn from(error: E) -> Self {
        if let Some(reason) = (&error as &dyn Any).downcast_ref::<CallError>().and_then(CallError::reason) {
            return Self::exit(reason);
        }
        let value = language_value(type_name::<E>(), &error.to_string());
        Self::new(Class::Error, value, frames(Location::caller().file(), Location::caller().line()))
    }
}

/// `{exception, rust, Type, Message}`; nil without memory, for this runs where a panic would be fatal.
fn language_value(kind: &str, message: &str) -> Term {
    let Ok(language) = Atom::try_new("rust") else { return Term::nil() };
    Term::try_build(|out| {
        // SAFETY: the out is writable, the texts are readable for their lengths, nil is a live term.
        unsafe {
            sys::rsp_exception_term(
                out,
                language.0,
                kind.as_ptr().cast(),
                kind.len(),
                message.as_ptr().cast(),
                message.len(),
                Term::nil().as_raw(),
            )
        }
    })
    .unwrap_or_default()
}

/// One frame; nil without memory. The function is not known: Rust says where, not in what.
fn frames(file: &str, line: u32) -> Term {
    let build = || {
        let frame = Term::try_tuple(&[Term::try_string(file)?, line.into(), Term::try_string("")?])?;
        Term::try_list(&[frame])
    };
    build().unwrap_or_default()
}

/// Runs `body`, and catches what leaves it: panics, and what [`exit`], [`throw`] and [`Exception::raise`] raise.
///
/// What `body` was changing when it was left may be half changed.
///
/// # Errors
///
/// What was caught. To pass it on, [`raise`](Exception::raise) it again.
///
/// # Examples
///
/// ```
/// use resprout::exception;
///
/// assert_eq!(exception::catch(|| 1 + 1).unwrap(), 2);
///
/// let exception = exception::catch(|| "x".parse::<i32>().unwrap()).unwrap_err();
/// assert_eq!(exception.value().element(2).unwrap().as_str(), Some("panic"));
/// ```
pub fn catch<T>(body: impl FnOnce() -> T) -> Result<T, Exception> {
    boundary::note_panics();
    panic::catch_unwind(AssertUnwindSafe(body)).map_err(Exception::from_panic)
}

/// Raises an exit: the calling process wants to stop for `reason`.
pub fn exit(reason: impl Into<Term>) -> ! {
    Exception::exit(reason).raise()
}

/// Raises a throw, for who catches it.
#[track_caller]
pub fn throw(value: impl Into<Term>) -> ! {
    Exception::throw(value).raise()
}
