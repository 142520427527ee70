//! The version.
#![doc = header!("version.h")]

use core::ffi::c_char;

/// Of the headers that these declarations are of.
pub const RSP_VERSION_MAJOR: u32 = 0;
/// Of the headers that these declarations are of.
pub const RSP_VERSION_MINOR: u32 = 1;
/// Of the headers that these declarations are of.
pub const RSP_VERSION_PATCH: u32 = 0;
/// All three in one number: 1.2.3 is `1_002_003`.
pub const RSP_VERSION_NUMBER: u32 = 1_000;

extern "C" {
    /// The library's version as [`RSP_VERSION_NUMBER`] writes it.
    ///
    /// # Safety
    /// None is asked for. Contract: [header](self#header).
    pub fn rsp_version_number() -> u32;

    /// The library's version as text, `1.2.3`.
    ///
    /// # Safety
    /// None is asked for. The text lives as long as the library. Contract: [header](self#header).
    pub fn rsp_version_string() -> *const c_char;
}
