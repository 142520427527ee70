//! Terms and atoms.
#![doc = header!("term.h")]

use core::ffi::{c_char, c_int, c_uint, c_void};

use crate::{rsp_atom, rsp_pid, rsp_ref, rsp_result};

/// A term. The fields are private. All zero is nil.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct rsp_term {
    /// Private.
    pub meta: u64,
    /// Private.
    pub data: u64,
}

/// What a term is.
#[repr(transparent)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct rsp_kind(pub c_uint);

/// No value.
pub const RSP_KIND_NIL: rsp_kind = rsp_kind(0);
/// `true` or `false`.
pub const RSP_KIND_BOOL: rsp_kind = rsp_kind(1);
/// A 64-bit integer.
pub const RSP_KIND_INT: rsp_kind = rsp_kind(2);
/// A double.
pub const RSP_KIND_FLOAT: rsp_kind = rsp_kind(3);
/// An atom.
pub const RSP_KIND_ATOM: rsp_kind = rsp_kind(4);
/// A pid.
pub const RSP_KIND_PID: rsp_kind = rsp_kind(5);
/// A reference.
pub const RSP_KIND_REF: rsp_kind = rsp_kind(6);
/// Bytes.
pub const RSP_KIND_BINARY: rsp_kind = rsp_kind(7);
/// UTF-8 text.
pub const RSP_KIND_STRING: rsp_kind = rsp_kind(8);
/// A tuple.
pub const RSP_KIND_TUPLE: rsp_kind = rsp_kind(9);
/// A list.
pub const RSP_KIND_LIST: rsp_kind = rsp_kind(10);
/// A map.
pub const RSP_KIND_MAP: rsp_kind = rsp_kind(11);
/// Not a term.
pub const RSP_KIND_INVALID: rsp_kind = rsp_kind(255);

/// One entry of a map to be built.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct rsp_term_pair {
    /// The key.
    pub key: rsp_term,
    /// The value.
    pub value: rsp_term,
}

extern "C" {
    /// The atom of this text.
    ///
    /// # Safety
    /// `out` is null or writable, `len` bytes at `text` are readable. Contract: [header](self#header).
    pub fn rsp_atom_intern(out: *mut rsp_atom, text: *const c_char, len: usize) -> rsp_result;

    /// The text of an atom.
    ///
    /// # Safety
    /// `out` and `len_out` are null or writable. Contract: [header](self#header).
    pub fn rsp_atom_name(out: *mut *const c_char, len_out: *mut usize, atom: rsp_atom) -> rsp_result;

    /// The term nil.
    ///
    /// # Safety
    /// None is asked for. Contract: [header](self#header).
    pub fn rsp_term_nil() -> rsp_term;

    /// A boolean.
    ///
    /// # Safety
    /// None is asked for. Contract: [header](self#header).
    pub fn rsp_term_bool(value: bool) -> rsp_term;

    /// An integer.
    ///
    /// # Safety
    /// None is asked for. Contract: [header](self#header).
    pub fn rsp_term_int(value: i64) -> rsp_term;

    /// A double.
    ///
    /// # Safety
    /// None is asked for. Contract: [header](self#header).
    pub fn rsp_term_float(value: f64) -> rsp_term;

    /// The term of an atom.
    ///
    /// # Safety
    /// None is asked for: every value is allowed. Contract: [header](self#header).
    pub fn rsp_term_atom(atom: rsp_atom) -> rsp_term;

    /// The term of a pid.
    ///
    /// # Safety
    /// None is asked for: every value is allowed. Contract: [header](self#header).
    pub fn rsp_term_pid(pid: rsp_pid) -> rsp_term;

    /// The term of a reference.
    ///
    /// # Safety
    /// `out` is null or writable. Contract: [header](self#header).
    pub fn rsp_term_ref(out: *mut rsp_term, ref_: rsp_ref) -> rsp_result;

    /// Bytes.
    ///
    /// # Safety
    /// `out` is null or writable, `len` bytes at `bytes` are readable. Contract: [header](self#header).
    pub fn rsp_term_binary(out: *mut rsp_term, bytes: *const c_void, len: usize) -> rsp_result;

    /// Text.
    ///
    /// # Safety
    /// `out` is null or writable, `len` bytes at `text` are readable. Contract: [header](self#header).
    pub fn rsp_term_string(out: *mut rsp_term, text: *const c_char, len: usize) -> rsp_result;

    /// A tuple.
    ///
    /// # Safety
    /// `out` is null or writable, at `elements` are `count` live terms. Contract: [header](self#header).
    pub fn rsp_term_tuple(out: *mut rsp_term, elements: *const rsp_term, count: usize) -> rsp_result;

    /// A list.
    ///
    /// # Safety
    /// `out` is null or writable, at `elements` are `count` live terms. Contract: [header](self#header).
    pub fn rsp_term_list(out: *mut rsp_term, elements: *const rsp_term, count: usize) -> rsp_result;

    /// A map.
    ///
    /// # Safety
    /// `out` is null or writable, at `pairs` are `count` pairs of live terms. Contract: [header](self#header).
    pub fn rsp_term_map(out: *mut rsp_term, pairs: *const rsp_term_pair, count: usize) -> rsp_result;

    /// A further reference to a term.
    ///
    /// # Safety
    /// `term` is a live term. Contract: [header](self#header).
    pub fn rsp_term_copy(term: rsp_term) -> rsp_term;

    /// Gives one reference back.
    ///
    /// # Safety
    /// `term` is a live term that the caller owns, and does not use afterwards. Contract: [header](self#header).
    pub fn rsp_term_free(term: rsp_term);

    /// What the term is.
    ///
    /// # Safety
    /// `term` is a live term. Contract: [header](self#header).
    pub fn rsp_term_kind(term: rsp_term) -> rsp_kind;

    /// The value of a boolean.
    ///
    /// # Safety
    /// `out` is null or writable, `term` a live term. Contract: [header](self#header).
    pub fn rsp_term_get_bool(out: *mut bool, term: rsp_term) -> rsp_result;

    /// The value of an integer.
    ///
    /// # Safety
    /// `out` is null or writable, `term` a live term. Contract: [header](self#header).
    pub fn rsp_term_get_int(out: *mut i64, term: rsp_term) -> rsp_result;

    /// The value of a float.
    ///
    /// # Safety
    /// `out` is null or writable, `term` a live term. Contract: [header](self#header).
    pub fn rsp_term_get_float(out: *mut f64, term: rsp_term) -> rsp_result;

    /// The atom of an atom, a boolean or nil.
    ///
    /// # Safety
    /// `out` is null or writable, `term` a live term. Contract: [header](self#header).
    pub fn rsp_term_get_atom(out: *mut rsp_atom, term: rsp_term) -> rsp_result;

    /// The pid of a pid term.
    ///
    /// # Safety
    /// `out` is null or writable, `term` a live term. Contract: [header](self#header).
    pub fn rsp_term_get_pid(out: *mut rsp_pid, term: rsp_term) -> rsp_result;

    /// The reference of a reference term.
    ///
    /// # Safety
    /// `out` is null or writable, `term` a live term. Contract: [header](self#header).
    pub fn rsp_term_get_ref(out: *mut rsp_ref, term: rsp_term) -> rsp_result;

    /// The bytes of a binary or a string, lent.
    ///
    /// # Safety
    /// `out` and `len_out` are null or writable, `term` is a live term and outlives the use of the bytes.
    /// Contract: [header](self#header).
    pub fn rsp_term_get_bytes(out: *mut *const c_char, len_out: *mut usize, term: rsp_term) -> rsp_result;

    /// Elements, pairs or bytes.
    ///
    /// # Safety
    /// `out` is null or writable, `term` a live term. Contract: [header](self#header).
    pub fn rsp_term_size(out: *mut usize, term: rsp_term) -> rsp_result;

    /// One element of a tuple or list, lent.
    ///
    /// # Safety
    /// `out` is null or writable, `term` a live term that outlives the use of the element.
    /// Contract: [header](self#header).
    pub fn rsp_term_element(out: *mut rsp_term, term: rsp_term, index: usize) -> rsp_result;

    /// The value of a key, lent.
    ///
    /// # Safety
    /// `out` is null or writable, `map` and `key` are live terms, and `map` outlives the use of the value.
    /// Contract: [header](self#header).
    pub fn rsp_term_map_get(out: *mut rsp_term, map: rsp_term, key: rsp_term) -> rsp_result;

    /// One pair of a map, lent.
    ///
    /// # Safety
    /// `key_out` and `value_out` are null or writable, `map` is a live term that outlives the use of the pair.
    /// Contract: [header](self#header).
    pub fn rsp_term_map_pair(
        key_out: *mut rsp_term,
        value_out: *mut rsp_term,
        map: rsp_term,
        index: usize,
    ) -> rsp_result;

    /// Whether two terms are exactly equal.
    ///
    /// # Safety
    /// `a` and `b` are live terms. Contract: [header](self#header).
    pub fn rsp_term_equal(a: rsp_term, b: rsp_term) -> bool;

    /// The order of terms by value.
    ///
    /// # Safety
    /// `out` is null or writable, `a` and `b` are live terms. Contract: [header](self#header).
    pub fn rsp_term_compare(out: *mut c_int, a: rsp_term, b: rsp_term) -> rsp_result;

    /// Readable text in Erlang's notation.
    ///
    /// # Safety
    /// `capacity` bytes at `out` are writable, `len_out` is null or writable, `term` is a live term.
    /// Contract: [header](self#header).
    pub fn rsp_term_format(
        out: *mut c_char,
        capacity: usize,
        len_out: *mut usize,
        term: rsp_term,
    ) -> rsp_result;
}
