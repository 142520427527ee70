//! The process that has the files: one for each list, a line for each entry.

use std::fs;
use std::io::{ErrorKind, Result as IoResult};
use std::path::{Path, PathBuf};

use resprout::prelude::*;

pub const NAME: &str = "database";

/// A disk that refuses is to be expected, and no reason to die: it is an answer.
#[derive(Clone, Copy)]
pub struct Unavailable;

pub enum Request {
    /// Answered with `Stored`.
    Load(String),
    /// Puts a whole file in the place of the one before. Answered with `Stored`.
    Save(String, Vec<String>),
    /// As if the disk were lost, or there again.
    Turn(bool),
    /// Answered with whether it is on.
    Available,
}

/// The lines of a list, as they are kept now.
pub type Stored = Result<Vec<String>, Unavailable>;

pub struct Database {
    directory: PathBuf,
    is_on: bool,
}

impl GenServer for Database {
    type Args = PathBuf;

    fn init(ctx: &Context, directory: &PathBuf) -> Result<Init<Self>, Exception> {
        match ctx.blocking(|| fs::create_dir(directory))? {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                Ok(Init::Stop(error.to_string().into()))
            }
            _ => Ok(Init::Ready(Database { directory: directory.clone(), is_on: true })),
        }
    }

    fn handle_call(&mut self, ctx: &Context, request: Payload, _: ReplyTo) -> Result<Reply<Self>, Exception> {
        let request =
            request.downcast().map_err(|other| Exception::error(("bad_request", other.into_term())))?;
        Ok(match request {
            Request::Load(name) => Reply::native(self.stored(ctx, |place| load(&place.join(name)))?),
            Request::Save(name, lines) => Reply::native(self.stored(ctx, |place| save(place, &name, lines))?),
            Request::Turn(on) => {
                self.is_on = on;
                Reply::now(on)
            }
            Request::Available => Reply::now(self.is_on),
        })
    }

    fn handle_info(&mut self, _: &Context, _: Message) -> Result<Flow<Self>, Exception> {
        Ok(Flow::go_on())
    }
}

impl Database {
    /// What the disk says, which may take its time: other processes run meanwhile.
    fn stored(
        &self,
        ctx: &Context,
        work: impl FnOnce(&Path) -> IoResult<Vec<String>>,
    ) -> Result<Stored, Exception> {
        if !self.is_on {
            return Ok(Err(Unavailable));
        }
        Ok(ctx.blocking(|| work(&self.directory))?.map_err(|_| Unavailable))
    }
}

fn load(file: &Path) -> IoResult<Vec<String>> {
    match fs::read_to_string(file) {
        Ok(text) => Ok(text.lines().map(String::from).collect()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn save(place: &Path, name: &str, lines: Vec<String>) -> IoResult<Vec<String>> {
    let new = place.join(format!("{name}.new"));
    let ended: Vec<_> = lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect();
    fs::write(&new, ended.concat())?;
    fs::rename(new, place.join(name))?;
    Ok(lines)
}
