//! The server of one list. It remembers what the database said last, and answers from that while there is none.

use std::fmt;

use resprout::prelude::*;
use resprout::CALL_TIMEOUT;

use crate::database::{self, Request, Stored};

pub enum Job {
    /// Those of one day.
    Entries(String),
    /// A line: the date, a space, the title.
    Add(String),
    /// By its number, from 1 on.
    Delete(usize),
}

pub enum Done {
    Entries { titles: Vec<(usize, String)>, cached: bool },
    Added(usize),
    Left(usize),
}

/// Why nothing was done.
pub enum Refusal {
    Unavailable,
    NoEntry,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refusal::Unavailable => "unavailable",
            Refusal::NoEntry => "no_entry",
        })
    }
}

/// What a `Job` is answered with.
pub type Outcome = Result<Done, Refusal>;

pub struct List {
    name: String,
    lines: Option<Vec<String>>, // None: nothing is known yet
}

impl GenServer for List {
    type Args = String;

    fn init(_: &Context, name: &String) -> Result<Init<Self>, Exception> {
        Ok(Init::Ready(List { name: name.clone(), lines: None }))
    }

    /// Asks the database, and goes on when it has answered; one that ends meanwhile takes this server with it.
    fn handle_call(
        &mut self,
        ctx: &Context,
        request: Payload,
        from: ReplyTo,
    ) -> Result<Reply<Self>, Exception> {
        let job = request.downcast().map_err(|other| Exception::error(("bad_request", other.into_term())))?;
        let asked = ctx.send_request_native(database::NAME, Request::Load(self.name.clone()))?;
        let wait = Flow::wait_for(asked, CALL_TIMEOUT, move |list: &mut Self, ctx, answer| {
            list.go_on(ctx, job, from, stored(answer?)?)
        });
        Ok(wait.into())
    }

    fn handle_info(&mut self, _: &Context, _: Message) -> Result<Flow<Self>, Exception> {
        Ok(Flow::go_on())
    }
}

impl List {
    fn go_on(
        &mut self,
        ctx: &Context,
        job: Job,
        from: ReplyTo,
        kept: Stored,
    ) -> Result<Flow<Self>, Exception> {
        let cached = kept.is_err();
        if let Ok(lines) = kept {
            self.lines = Some(lines);
        }
        let outcome = match (job, &self.lines) {
            (Job::Entries(date), Some(lines)) => Ok(Done::Entries { titles: titles(lines, &date), cached }),
            (Job::Add(line), Some(lines)) if !cached => {
                return self.save(ctx, from, [lines.as_slice(), &[line]].concat(), Done::Added);
            }
            (Job::Delete(number), Some(lines)) if !cached => {
                if (1..=lines.len()).contains(&number) {
                    let left = [&lines[..number - 1], &lines[number..]].concat();
                    return self.save(ctx, from, left, Done::Left);
                }
                Err(Refusal::NoEntry)
            }
            _ => Err(Refusal::Unavailable),
        };
        from.reply_native(outcome)?;
        Ok(Flow::go_on())
    }

    fn save(
        &self,
        ctx: &Context,
        from: ReplyTo,
        lines: Vec<String>,
        done: fn(usize) -> Done,
    ) -> Result<Flow<Self>, Exception> {
        let asked = ctx.send_request_native(database::NAME, Request::Save(self.name.clone(), lines))?;
        Ok(Flow::wait_for(asked, CALL_TIMEOUT, move |list: &mut Self, _, answer| {
            let outcome = match stored(answer?)? {
                Ok(lines) => Ok(done(list.lines.insert(lines).len())),
                Err(_) => Err(Refusal::Unavailable),
            };
            from.reply_native(outcome)?;
            Ok(Flow::go_on())
        }))
    }
}

fn stored(answer: Payload) -> Result<Stored, Exception> {
    answer.downcast().map_err(|other| Exception::error(("bad_answer", other.into_term())))
}

fn titles(lines: &[String], date: &str) -> Vec<(usize, String)> {
    let day = format!("{date} ");
    let numbered = lines.iter().enumerate();
    numbered.filter_map(|(at, line)| Some((at + 1, line.strip_prefix(&day)?.to_owned()))).collect()
}
