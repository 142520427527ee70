//! Identities: values that are never freed.
#![doc = header!("ids.h")]

/// A process. All zero is no process.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct rsp_pid {
    /// Serial number in the upper half, index in the lower.
    pub id: u64,
    /// 0 is this OS process.
    pub node: u32,
    /// The incarnation of the node.
    pub creation: u32,
}

/// A reference. `len` 0 is no reference.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct rsp_ref {
    /// 0 is this OS process.
    pub node: u32,
    /// The incarnation of the node.
    pub creation: u32,
    /// The identity.
    pub words: [u32; 5],
    /// How many of the words count.
    pub len: u32,
}

/// An atom. 0 is `undefined`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct rsp_atom {
    /// Its number in this OS process.
    pub id: u32,
}
