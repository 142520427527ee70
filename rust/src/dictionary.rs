//! What a process keeps for itself, and says of itself.

use resprout_sys as sys;

use crate::error::check;
use crate::{Context, Result, Term};

impl Context {
    // ---- Label ----

    /// Says what this process is, for people who look at it: `label` in what [`process_info`](crate::Process::process_info)
    /// says, `process_label` in reports. Nil takes it away.
    ///
    /// # Errors
    ///
    /// [`Error::NoMemory`](crate::Error::NoMemory), [`Error::Exiting`](crate::Error::Exiting).
    pub fn set_label(&self, label: impl Into<Term>) -> Result<()> {
        // SAFETY: raw is a process handle of this thread, the term is live.
        check(unsafe { sys::rsp_set_label(self.raw(), label.into().as_raw()) })
    }

    /// The label of this process.
    ///
    /// # Errors
    ///
    /// [`Error::Exiting`](crate::Error::Exiting).
    pub fn get_label(&self) -> Result<Option<Term>> {
        // SAFETY: raw is a process handle of this thread, the out is writable.
        self.optional(|raw, out| unsafe { sys::rsp_get_label(raw, out) })
    }

    // ---- Dictionary ----

    /// Sets the value of a key in the dictionary of this process, and gives back the one before. What is there is this
    /// process's own in all its callbacks, and goes with it.
    ///
    /// # Examples
    ///
    /// ```
    /// use resprout::prelude::*;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let runtime = Runtime::start()?;
    /// let me = runtime.attach()?;
    /// assert_eq!(me.put("trace", 7)?, None);
    /// assert_eq!(me.put("trace", 8)?, Some(Term::from(7)));
    /// assert_eq!(me.get("trace")?, Some(Term::from(8)));
    /// assert_eq!(me.get_keys()?, [Term::from("trace")]);
    /// assert_eq!(me.erase("trace")?, Some(Term::from(8)));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::NoMemory`](crate::Error::NoMemory), [`Error::Exiting`](crate::Error::Exiting).
    pub fn put(&self, key: impl Into<Term>, value: impl Into<Term>) -> Result<Option<Term>> {
        let (key, value) = (key.into(), value.into());
        // SAFETY: raw is a process handle of this thread, the out is writable, the terms are live.
        self.optional(|raw, out| unsafe { sys::rsp_put(raw, out, key.as_raw(), value.as_raw()) })
    }

    /// The value of a key. None: there is none, or it is nil.
    ///
    /// # Errors
    ///
    /// [`Error::Exiting`](crate::Error::Exiting).
    pub fn get(&self, key: impl Into<Term>) -> Result<Option<Term>> {
        let key = key.into();
        // SAFETY: raw is a process handle of this thread, the out is writable, the term is live.
        self.optional(|raw, out| unsafe { sys::rsp_get(raw, out, key.as_raw()) })
    }

    /// Takes a key out, and gives back its value.
    ///
    /// # Errors
    ///
    /// [`Error::Exiting`](crate::Error::Exiting).
    pub fn erase(&self, key: impl Into<Term>) -> Result<Option<Term>> {
        let key = key.into();
        // SAFETY: raw is a process handle of this thread, the out is writable, the term is live.
        self.optional(|raw, out| unsafe { sys::rsp_erase(raw, out, key.as_raw()) })
    }

    /// All keys of the dictionary, in no order.
    ///
    /// # Errors
    ///
    /// [`Error::NoMemory`](crate::Error::NoMemory), [`Error::Exiting`](crate::Error::Exiting).
    pub fn get_keys(&self) -> Result<Vec<Term>> {
        // SAFETY: raw is a process handle of this thread, the out is writable.
        let keys = self.owned(|raw, out| unsafe { sys::rsp_get_keys(raw, out) })?;
        Ok(keys.elements().collect())
    }

    /// The term that a call writes, which is the caller's.
    fn owned(
        &self,
        call: impl FnOnce(*mut sys::rsp_self, &mut sys::rsp_term) -> sys::rsp_result,
    ) -> Result<Term> {
        let mut term = Term::nil().into_raw();
        check(call(self.raw(), &mut term))?;
        // SAFETY: the caller owns it.
        Ok(unsafe { Term::from_raw(term) })
    }

    /// The same; nil is none.
    fn optional(
        &self,
        call: impl FnOnce(*mut sys::rsp_self, &mut sys::rsp_term) -> sys::rsp_result,
    ) -> Result<Option<Term>> {
        let term = self.owned(call)?;
        Ok((!term.is_nil()).then_some(term))
    }
}
