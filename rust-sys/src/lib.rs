//! Raw bindings to libresprout: every function, type and constant of its C headers, under their C names.
//!
//! Write programs with the safe crate, `resprout`. This one is for what that does not cover, and for other bindings.
//!
//! A module is a header, and its page holds the header's text: the contract of each function (who may call it, whether it
//! blocks, what it returns, who owns what). Everything is re-exported here. The declarations are compared with the headers,
//! by the C compiler, in this crate's tests.
//!
//! # Safety
//!
//! What a `# Safety` section means by:
//!
//! - **a process handle of this thread**: the `self` that was given to the callback that is running on this thread, or
//!   what [`rsp_attach`] gave to this thread and [`rsp_detach`] did not end yet. Most functions tell other handles by an
//!   [`RSP_EWRONGTHREAD`]; one that was detached, or is made up, is undefined behaviour.
//! - **a live term**: one that a function returned and nobody freed, or lent from such a one. Terms made without memory
//!   (nil, booleans, integers, floats, atoms, pids) live for ever.
//! - **null or writable**: an out-parameter. Null is refused with [`RSP_EINVAL`] where the header does not allow it.
//! - **a message at hand**: one that was lent to the callback that is running, or that a receive returned and nobody freed.
//!   Null is harmless.
//!
//! Functions that are given as callbacks must not unwind.
//!
//! # Where the library comes from
#![doc = include_str!("../README.md")]
#![no_std]
#![allow(non_camel_case_types)]
#![warn(missing_docs)]

// Supplies the mi_* that the C++ side calls.
extern crate libmimalloc_sys as _;

/// The page of a header: what it says, word for word.
macro_rules! header {
    ($name:literal) => {
        concat!(
            "\n\n# Header\n\n```c\n",
            include_str!(concat!("../native/capi/include/resprout/", $name)),
            "\n```"
        )
    };
}

pub mod agent;
pub mod api;
pub mod application;
pub mod await_;
pub mod dictionary;
pub mod ets;
pub mod event;
pub mod exception;
pub mod ids;
pub mod lane;
pub mod message;
pub mod name;
pub mod partition;
pub mod pg;
pub mod process;
pub mod registry;
pub mod relation;
pub mod report;
pub mod request;
pub mod resource;
pub mod result;
pub mod run;
mod runtime;
pub mod select;
pub mod server;
pub mod statem;
pub mod supervisor;
pub mod sys;
pub mod task;
pub mod term;
pub mod timer;
pub mod version;

pub use agent::*;
pub use api::*;
pub use application::*;
pub use await_::*;
pub use dictionary::*;
pub use ets::*;
pub use event::*;
pub use exception::*;
pub use ids::*;
pub use lane::*;
pub use message::*;
pub use name::*;
pub use partition::*;
pub use pg::*;
pub use process::*;
pub use registry::*;
pub use relation::*;
pub use report::*;
pub use request::*;
pub use resource::*;
pub use result::*;
pub use run::*;
pub use runtime::*;
pub use select::*;
pub use server::*;
pub use statem::*;
pub use supervisor::*;
pub use sys::*;
pub use task::*;
pub use term::*;
pub use timer::*;
pub use version::*;
