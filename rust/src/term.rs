//! Terms: the values that messages and exit reasons are made of.

use std::cmp::Ordering;
use std::ffi::c_int;
use std::fmt;
use std::mem::ManuallyDrop;
use std::ptr;
use std::slice;
use std::str;

use resprout_sys as sys;

use crate::error::check;
use crate::{Atom, FromTerm, Pid, Ref, Result};

/// An immutable value, the same in every language: nil, boolean, integer, float, atom, pid, reference, binary, string,
/// tuple, list or map. Cheap to clone; may be sent between threads.
///
/// Rust values become terms by [`From`], and terms become Rust values by [`Term::to`]:
///
/// ```
/// use resprout::{Atom, Term};
///
/// let term = Term::from((Atom::new("point"), 3, 4.5));
/// assert_eq!(term.to_string(), "{point,3,4.5}");
///
/// let (tag, x, y): (Atom, i64, f64) = term.to().expect("it is a point");
/// assert_eq!((tag.name(), x, y), ("point", 3, 4.5));
/// assert_eq!(term.to::<String>(), None);
/// ```
///
/// Building a term panics when memory is short, as other allocations of Rust programs do.
#[repr(transparent)]
pub struct Term(sys::rsp_term);

// SAFETY: terms are immutable, and their count of references is atomic: the C API allows any thread to use and free them.
unsafe impl Send for Term {}
// SAFETY: as above; threads that only read need no lock.
unsafe impl Sync for Term {}

/// What a term is.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// No value.
    Nil,
    /// `true` or `false`.
    Bool,
    /// A 64-bit integer.
    Int,
    /// A double.
    Float,
    /// An atom.
    Atom,
    /// A pid.
    Pid,
    /// A reference.
    Ref,
    /// Bytes.
    Binary,
    /// Text.
    String,
    /// A tuple.
    Tuple,
    /// A list.
    List,
    /// A map.
    Map,
}

impl Term {
    // ---- Making ----

    /// The term nil: no value.
    #[must_use]
    pub const fn nil() -> Self {
        Self(sys::rsp_term { meta: 0, data: 0 })
    }

    /// The term of an atom.
    ///
    /// # Panics
    ///
    /// As [`Atom::new`].
    #[must_use]
    #[track_caller]
    pub fn atom(text: &str) -> Self {
        Atom::new(text).into()
    }

    /// Bytes. (Text becomes a term by [`From`].)
    ///
    /// # Panics
    ///
    /// When memory is short, or there are more than 4,294,967,294 bytes.
    #[must_use]
    #[track_caller]
    pub fn binary(bytes: impl AsRef<[u8]>) -> Self {
        let bytes = bytes.as_ref();
        // SAFETY: the bytes are readable for their length.
        built(Self::try_build(|out| unsafe { sys::rsp_term_binary(out, bytes.as_ptr().cast(), bytes.len()) }))
    }

    /// A tuple of any length; Rust's tuples become one by [`From`].
    ///
    /// # Panics
    ///
    /// When memory is short.
    #[must_use]
    #[track_caller]
    pub fn tuple(elements: impl IntoIterator<Item = Term>) -> Self {
        let elements: Vec<Term> = elements.into_iter().collect();
        built(Self::try_tuple(&elements))
    }

    /// A list.
    ///
    /// # Panics
    ///
    /// When memory is short.
    #[must_use]
    #[track_caller]
    pub fn list(elements: impl IntoIterator<Item = Term>) -> Self {
        let elements: Vec<Term> = elements.into_iter().collect();
        built(Self::try_list(&elements))
    }

    /// A map. Of equal keys the last pair counts.
    ///
    /// # Panics
    ///
    /// When memory is short.
    #[must_use]
    #[track_caller]
    pub fn map(pairs: impl IntoIterator<Item = (Term, Term)>) -> Self {
        let pairs: Vec<(Term, Term)> = pairs.into_iter().collect();
        let raw: Vec<_> =
            pairs.iter().map(|(key, value)| sys::rsp_term_pair { key: key.0, value: value.0 }).collect();
        // SAFETY: the pairs are live terms, held by `pairs`.
        built(Self::try_build(|out| unsafe { sys::rsp_term_map(out, raw.as_ptr(), raw.len()) }))
    }

    /// Of a constructor that the caller owns the result of.
    pub(crate) fn try_build(make: impl FnOnce(*mut sys::rsp_term) -> sys::rsp_result) -> Result<Self> {
        let mut term = Self::nil();
        check(make(&mut term.0))?;
        Ok(term)
    }

    pub(crate) fn try_string(text: &str) -> Result<Self> {
        // SAFETY: the text is readable for its length.
        Self::try_build(|out| unsafe { sys::rsp_term_string(out, text.as_ptr().cast(), text.len()) })
    }

    pub(crate) fn try_tuple(elements: &[Term]) -> Result<Self> {
        // SAFETY: a Term is laid out as an rsp_term, and all of them are live.
        Self::try_build(|out| unsafe { sys::rsp_term_tuple(out, raw_terms(elements), elements.len()) })
    }

    pub(crate) fn try_list(elements: &[Term]) -> Result<Self> {
        // SAFETY: a Term is laid out as an rsp_term, and all of them are live.
        Self::try_build(|out| unsafe { sys::rsp_term_list(out, raw_terms(elements), elements.len()) })
    }

    // ---- The C side of it ----

    /// The term as the C API has it, lent: it lives as long as `self`.
    #[must_use]
    pub fn as_raw(&self) -> sys::rsp_term {
        self.0
    }

    /// Gives the reference away.
    #[must_use]
    pub fn into_raw(self) -> sys::rsp_term {
        ManuallyDrop::new(self).0
    }

    /// Takes a reference over.
    ///
    /// # Safety
    ///
    /// The caller owns the reference, and gives it up.
    #[must_use]
    pub unsafe fn from_raw(raw: sys::rsp_term) -> Self {
        Self(raw)
    }

    /// A further reference to a term that is lent.
    ///
    /// # Safety
    ///
    /// The term is live.
    #[must_use]
    pub unsafe fn from_lent(raw: sys::rsp_term) -> Self {
        // SAFETY: the caller says that it is live.
        Self(unsafe { sys::rsp_term_copy(raw) })
    }

    // ---- Reading ----

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        // SAFETY: self is live.
        match unsafe { sys::rsp_term_kind(self.0) } {
            sys::RSP_KIND_BOOL => Kind::Bool,
            sys::RSP_KIND_INT => Kind::Int,
            sys::RSP_KIND_FLOAT => Kind::Float,
            sys::RSP_KIND_ATOM => Kind::Atom,
            sys::RSP_KIND_PID => Kind::Pid,
            sys::RSP_KIND_REF => Kind::Ref,
            sys::RSP_KIND_BINARY => Kind::Binary,
            sys::RSP_KIND_STRING => Kind::String,
            sys::RSP_KIND_TUPLE => Kind::Tuple,
            sys::RSP_KIND_LIST => Kind::List,
            sys::RSP_KIND_MAP => Kind::Map,
            _ => Kind::Nil,
        }
    }

    fn read<T: Default>(
        &self,
        get: unsafe extern "C" fn(*mut T, sys::rsp_term) -> sys::rsp_result,
    ) -> Option<T> {
        let mut value = T::default();
        // SAFETY: the out is writable and self is live.
        check(unsafe { get(&mut value, self.0) }).ok()?;
        Some(value)
    }

    /// Whether it is nil.
    #[must_use]
    pub fn is_nil(&self) -> bool {
        self.kind() == Kind::Nil
    }

    /// The value of a boolean.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        self.read(sys::rsp_term_get_bool)
    }

    /// The value of an integer.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        self.read(sys::rsp_term_get_int)
    }

    /// The value of a float; an integer is not converted.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        self.read(sys::rsp_term_get_float)
    }

    /// The atom of an atom; `true`, `false` and `nil` are atoms too.
    #[must_use]
    pub fn as_atom(&self) -> Option<Atom> {
        self.read(sys::rsp_term_get_atom).map(Atom)
    }

    /// The pid of a pid.
    #[must_use]
    pub fn as_pid(&self) -> Option<Pid> {
        self.read(sys::rsp_term_get_pid).map(Pid)
    }

    /// The reference of a reference.
    #[must_use]
    pub fn as_reference(&self) -> Option<Ref> {
        self.read(sys::rsp_term_get_ref).map(Ref)
    }

    /// The bytes of a binary or a string.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&[u8]> {
        let mut bytes = ptr::null();
        let mut len = 0;
        // SAFETY: the outs are writable and self is live.
        check(unsafe { sys::rsp_term_get_bytes(&mut bytes, &mut len, self.0) }).ok()?;
        // SAFETY: the bytes live as long as the term, and are not null.
        Some(unsafe { slice::from_raw_parts(bytes.cast(), len) })
    }

    /// The text of a string, or of a binary that is UTF-8.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        str::from_utf8(self.as_bytes()?).ok()
    }

    /// Elements of a tuple or list, pairs of a map, bytes of a binary or string; `None` of others.
    #[must_use]
    #[allow(clippy::len_without_is_empty)] // most terms have no length
    pub fn len(&self) -> Option<usize> {
        self.read(sys::rsp_term_size)
    }

    /// One element of a tuple or list, counted from 0.
    #[must_use]
    pub fn element(&self, index: usize) -> Option<Term> {
        let mut lent = sys::rsp_term::default();
        // SAFETY: the out is writable and self is live.
        check(unsafe { sys::rsp_term_element(&mut lent, self.0, index) }).ok()?;
        // SAFETY: it is lent by self, which lives.
        Some(unsafe { Self::from_lent(lent) })
    }

    /// The elements of a tuple or list; none of others.
    pub fn elements(&self) -> impl Iterator<Item = Term> + '_ {
        let len = if matches!(self.kind(), Kind::Tuple | Kind::List) { self.len().unwrap_or(0) } else { 0 };
        (0..len).filter_map(|index| self.element(index))
    }

    /// The value of a key of a map.
    #[must_use]
    pub fn get(&self, key: impl Into<Term>) -> Option<Term> {
        let key = key.into();
        let mut lent = sys::rsp_term::default();
        // SAFETY: the out is writable, self and key are live.
        check(unsafe { sys::rsp_term_map_get(&mut lent, self.0, key.0) }).ok()?;
        // SAFETY: it is lent by self, which lives.
        Some(unsafe { Self::from_lent(lent) })
    }

    /// The pairs of a map in the order of their keys; none of others.
    pub fn pairs(&self) -> impl Iterator<Item = (Term, Term)> + '_ {
        let len = if self.kind() == Kind::Map { self.len().unwrap_or(0) } else { 0 };
        (0..len).filter_map(|index| {
            let (mut key, mut value) = (sys::rsp_term::default(), sys::rsp_term::default());
            // SAFETY: the outs are writable and self is live.
            check(unsafe { sys::rsp_term_map_pair(&mut key, &mut value, self.0, index) }).ok()?;
            // SAFETY: both are lent by self, which lives.
            Some(unsafe { (Self::from_lent(key), Self::from_lent(value)) })
        })
    }

    /// The Rust value of it, if it is one: tuples become tuples, lists become vectors, maps become maps, nil `None`.
    #[must_use]
    pub fn to<T: FromTerm>(&self) -> Option<T> {
        T::from_term(self)
    }

    /// The order of terms by value: number < atom < reference < pid < tuple < map < list < binary and string. 1 and 1.0
    /// compare as equal, which `==` does not say of them.
    #[must_use]
    pub fn compare(&self, other: &Term) -> Ordering {
        let mut order: c_int = 0;
        // SAFETY: the out is writable, both terms are live. It refuses only what is no term.
        let _ = check(unsafe { sys::rsp_term_compare(&mut order, self.0, other.0) });
        order.cmp(&0)
    }
}

/// For those who take the lack of memory as every allocation of a Rust program takes it.
#[track_caller]
pub(crate) fn built(term: Result<Term>) -> Term {
    match term {
        Ok(term) => term,
        Err(error) => panic!("no term: {error}"),
    }
}

/// The terms as the C API takes them.
fn raw_terms(terms: &[Term]) -> *const sys::rsp_term {
    const {
        assert!(size_of::<Term>() == size_of::<sys::rsp_term>());
    }
    terms.as_ptr().cast()
}

impl Clone for Term {
    fn clone(&self) -> Self {
        // SAFETY: self is live.
        unsafe { Self::from_lent(self.0) }
    }
}

impl Drop for Term {
    fn drop(&mut self) {
        // SAFETY: self is live, owned, and not used afterwards.
        unsafe { sys::rsp_term_free(self.0) }
    }
}

impl Default for Term {
    /// nil.
    fn default() -> Self {
        Self::nil()
    }
}

impl PartialEq for Term {
    /// Exactly equal: 1 is not 1.0, a binary is not a string.
    fn eq(&self, other: &Self) -> bool {
        // SAFETY: both terms are live.
        unsafe { sys::rsp_term_equal(self.0, other.0) }
    }
}

impl Eq for Term {}

impl PartialEq<Atom> for Term {
    fn eq(&self, other: &Atom) -> bool {
        self.as_atom() == Some(*other)
    }
}

impl fmt::Display for Term {
    /// Erlang's notation. Control characters are escaped, and what is nested more than 64 levels deep reads `...`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut len = 0;
        // SAFETY: with no capacity nothing is written but the length; self is live.
        check(unsafe { sys::rsp_term_format(ptr::null_mut(), 0, &mut len, self.0) })
            .map_err(|_| fmt::Error)?;
        let mut text = vec![0u8; len + 1];
        // SAFETY: the text has room for as many bytes as it says; self is live.
        check(unsafe { sys::rsp_term_format(text.as_mut_ptr().cast(), text.len(), &mut len, self.0) })
            .map_err(|_| fmt::Error)?;
        f.pad(&String::from_utf8_lossy(&text[..len]))
    }
}

impl fmt::Debug for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
