//! The tree.
//!
//! ```text
//! system        rest_for_one: the lists have what the database said, so they begin anew when it does
//!   database
//!   cache       a dynamic supervisor
//!     bob       the server of a list, from the first time that somebody asks for it
//! ```

use std::path::PathBuf;
use std::time::Duration;

use resprout::prelude::*;
use resprout::whereis;

use crate::database::{self, Database};
use crate::list::List;

pub const CACHE: &str = "cache";

/// Starts all of it, linked to the caller.
pub fn start_link(directory: PathBuf, restarts: u32, period: Duration) -> Result<Pid, StartError> {
    let cache = Supervisor::dynamic().name(CACHE).max_restarts(restarts, period);
    Supervisor::rest_for_one()
        .name("system")
        .max_restarts(restarts, period)
        .child(ChildSpec::server::<Database>(directory).name(database::NAME))
        .child(ChildSpec::from(cache).id(CACHE))
        .start_link()
}

/// The server of a list: the one that there is, or a new one.
pub fn server_process(me: &Process, cache: Pid, name: &str) -> Result<Pid, StartError> {
    let registered = format!("list {name}");
    if let Some(pid) = whereis(Atom::new(&registered)) {
        return Ok(pid);
    }
    let list = ChildSpec::server::<List>(name.to_owned()).name(Atom::new(&registered));
    me.start_child(cache, list)?.ok_or(StartError::Ignored)
}
