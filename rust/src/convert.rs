//! Rust values as terms, and terms as Rust values.

use std::collections::{BTreeMap, HashMap};

use resprout_sys as sys;

use crate::term::built;
use crate::{Atom, Kind, Pid, Ref, Result, Term};

// ---- From Rust values ------------------------------------------------------------------------------------------

macro_rules! from_integers {
    ($($integer:ty),+) => {$(
        impl From<$integer> for Term {
            fn from(value: $integer) -> Self {
                // SAFETY: nothing is asked for.
                unsafe { Self::from_raw(sys::rsp_term_int(value.into())) }
            }
        }

        impl FromTerm for $integer {
            fn from_term(term: &Term) -> Option<Self> {
                term.as_i64()?.try_into().ok()
            }
        }
    )+};
}

from_integers!(i8, i16, i32, i64, u8, u16, u32);

macro_rules! try_from_integers {
    ($($integer:ty),+) => {$(
        impl TryFrom<$integer> for Term {
            type Error = std::num::TryFromIntError;

            /// # Errors
            ///
            /// When it is greater than [`i64::MAX`].
            fn try_from(value: $integer) -> Result<Self, Self::Error> {
                i64::try_from(value).map(Self::from)
            }
        }

        impl FromTerm for $integer {
            fn from_term(term: &Term) -> Option<Self> {
                term.as_i64()?.try_into().ok()
            }
        }
    )+};
}

try_from_integers!(u64, usize);

macro_rules! from_plain {
    ($($(#[$meta:meta])* $value:ty => |$it:ident| $make:expr;)+) => {$(
        impl From<$value> for Term {
            $(#[$meta])*
            fn from($it: $value) -> Self {
                $make
            }
        }
    )+};
}

from_plain! {
    // SAFETY: nothing is asked for.
    bool => |value| unsafe { Self::from_raw(sys::rsp_term_bool(value)) };
    // SAFETY: nothing is asked for.
    f64 => |value| unsafe { Self::from_raw(sys::rsp_term_float(value)) };
    // SAFETY: every value is allowed.
    Atom => |atom| unsafe { Self::from_raw(sys::rsp_term_atom(atom.0)) };
    // SAFETY: every value is allowed.
    Pid => |pid| unsafe { Self::from_raw(sys::rsp_term_pid(pid.0)) };
    // SAFETY: the out is writable.
    #[track_caller]
    Ref => |reference| built(Self::try_build(|out| unsafe { sys::rsp_term_ref(out, reference.0) }));
    #[track_caller]
    &str => |text| built(Self::try_string(text));
    #[track_caller]
    String => |text| text.as_str().into();
    #[track_caller]
    &String => |text| text.as_str().into();
    () => |_nothing| Self::nil();
    &Term => |term| term.clone();
}

impl<T: Into<Term>> From<Option<T>> for Term {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::nil(), Into::into)
    }
}

impl<T: Into<Term>> From<Vec<T>> for Term {
    fn from(elements: Vec<T>) -> Self {
        Self::list(elements.into_iter().map(Into::into))
    }
}

impl<T: Into<Term>, const N: usize> From<[T; N]> for Term {
    fn from(elements: [T; N]) -> Self {
        Self::list(elements.into_iter().map(Into::into))
    }
}

impl<K: Into<Term>, V: Into<Term>, S> From<HashMap<K, V, S>> for Term {
    fn from(map: HashMap<K, V, S>) -> Self {
        Self::map(map.into_iter().map(|(key, value)| (key.into(), value.into())))
    }
}

impl<K: Into<Term>, V: Into<Term>> From<BTreeMap<K, V>> for Term {
    fn from(map: BTreeMap<K, V>) -> Self {
        Self::map(map.into_iter().map(|(key, value)| (key.into(), value.into())))
    }
}

// ---- To Rust values --------------------------------------------------------------------------------------------

/// Rust values that can be read from a term.
pub trait FromTerm: Sized {
    /// The value, if the term is one.
    fn from_term(term: &Term) -> Option<Self>;
}

macro_rules! from_term {
    ($($value:ty => |$term:ident| $read:expr;)+) => {$(
        impl FromTerm for $value {
            fn from_term($term: &Term) -> Option<Self> {
                $read
            }
        }
    )+};
}

from_term! {
    Term => |term| Some(term.clone());
    bool => |term| term.as_bool();
    f64 => |term| term.as_f64();
    Atom => |term| term.as_atom();
    Pid => |term| term.as_pid();
    Ref => |term| term.as_reference();
    String => |term| term.as_str().map(str::to_owned);
    () => |term| term.is_nil().then_some(());
}

impl<T: FromTerm> FromTerm for Option<T> {
    fn from_term(term: &Term) -> Option<Self> {
        if term.is_nil() {
            Some(None)
        } else {
            T::from_term(term).map(Some)
        }
    }
}

impl<T: FromTerm> FromTerm for Vec<T> {
    /// Of a list.
    fn from_term(term: &Term) -> Option<Self> {
        if term.kind() != Kind::List {
            return None;
        }
        term.elements().map(|element| T::from_term(&element)).collect()
    }
}

impl<K: FromTerm + Ord, V: FromTerm> FromTerm for BTreeMap<K, V> {
    fn from_term(term: &Term) -> Option<Self> {
        if term.kind() != Kind::Map {
            return None;
        }
        term.pairs().map(|(key, value)| Some((K::from_term(&key)?, V::from_term(&value)?))).collect()
    }
}

macro_rules! tuples {
    ($(($($name:ident $index:tt),+))+) => {$(
        impl<$($name: Into<Term>),+> From<($($name,)+)> for Term {
            fn from(tuple: ($($name,)+)) -> Self {
                Self::tuple([$(tuple.$index.into()),+])
            }
        }

        impl<$($name: FromTerm),+> FromTerm for ($($name,)+) {
            fn from_term(term: &Term) -> Option<Self> {
                const LEN: usize = [$($index),+].len();
                if term.kind() != Kind::Tuple || term.len() != Some(LEN) {
                    return None;
                }
                Some(($($name::from_term(&term.element($index)?)?,)+))
            }
        }
    )+};
}

tuples! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
}
