//! The commands: examples/todo.md has them. It kills, waits and counts; what is started again the supervisors decide.

use std::error::Error as StdError;
use std::fmt;
use std::io::BufRead;
use std::time::Duration;

use resprout::prelude::*;
use resprout::{whereis, MessageKind, CALL_TIMEOUT};

use crate::database::{self, Request};
use crate::list::{Done, Job, Outcome};
use crate::system::{server_process, CACHE};

const PARTS: [&str; 2] = [database::NAME, CACHE];
const USES: [(&str, &str); 7] = [
    ("add", "add <list> <date> <title>"),
    ("entries", "entries <list> <date>"),
    ("delete", "delete <list> <number>"),
    ("database", "database on|off"),
    ("crash", "crash database|cache|<list>"),
    ("status", "status"),
    ("quit", "quit"),
];
const BLANK: [char; 4] = [' ', '\t', '\r', '\n'];

/// What ends a command, or all.
pub enum Stop {
    /// What is wrong with a line.
    BadCommand(String),
    /// The supervisor has given up.
    SystemEnded(Term),
    Failed(Box<dyn StdError>),
}

impl<E: StdError + 'static> From<E> for Stop {
    fn from(error: E) -> Self {
        Stop::Failed(Box::new(error))
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stop::BadCommand(text) => f.write_str(text),
            Stop::SystemEnded(reason) => write!(f, "the system has ended: {reason}"),
            Stop::Failed(error) => write!(f, "{error}"),
        }
    }
}

fn bad<T>(text: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::BadCommand(text.into()))
}

/// Who has a name now, and which incarnation that is.
struct Incarnation {
    name: String,
    pid: Pid,
    monitor: Ref,
    number: u32,
}

pub struct Shell<'a> {
    me: &'a Process,
    system: Pid,
    known: Vec<Incarnation>, // database, cache, and the lists as they came
}

impl<'a> Shell<'a> {
    pub fn new(me: &'a Process, system: Pid) -> Result<Self, Stop> {
        let mut shell = Shell { me, system, known: Vec::new() };
        for part in PARTS {
            let pid = me.wait_for_name(part, CALL_TIMEOUT)?;
            shell.meet(part, pid)?;
        }
        Ok(shell)
    }

    /// All commands, up to quit or the end.
    pub fn run(&mut self, mut commands: impl BufRead) -> Result<(), Stop> {
        let mut line = Vec::new();
        while commands.read_until(b'\n', &mut line)? > 0 {
            let text = String::from_utf8_lossy(&line).into_owned();
            line.clear();
            let command = text.trim_matches(BLANK);
            if command.is_empty() || command.starts_with('#') {
                continue;
            }
            println!("> {command}");
            if command == "quit" {
                break;
            }
            match self.obey(command) {
                Err(Stop::BadCommand(text)) => println!("error: {text}"),
                done => done?,
            }
        }
        Ok(())
    }

    fn obey(&mut self, command: &str) -> Result<(), Stop> {
        let fields = fields(command);
        let Some((_, usage)) = USES.iter().find(|(word, _)| *word == fields[0]) else {
            let words: Vec<_> = USES.iter().map(|(word, _)| *word).collect();
            return bad(format!("there is no command \"{}\": {}", fields[0], words.join(", ")));
        };
        match fields.as_slice() {
            ["add", name, date, title] => {
                check_list(name)?;
                check_date(date)?;
                self.work(name, Job::Add(format!("{date} {title}")), "")
            }
            ["entries", name, date] => {
                check_list(name)?;
                check_date(date)?;
                self.work(name, Job::Entries((*date).to_owned()), date)
            }
            ["delete", name, number] => {
                check_list(name)?;
                self.work(name, Job::Delete(checked_number(number)?), "")
            }
            ["database", state @ ("on" | "off")] => {
                self.ask_database(Request::Turn(*state == "on"))?;
                println!("the database is {state}");
                Ok(())
            }
            ["crash", name] => self.crash(name),
            ["status"] => {
                let state = if self.ask_database(Request::Available)? { "on" } else { "off" };
                println!("{}; the database is {state}", self.who()?);
                Ok(())
            }
            _ => bad(format!("use: {usage}")),
        }
    }

    // ---- lists ----

    /// Has a list do something, and says what came of it.
    fn work(&mut self, name: &str, job: Job, date: &str) -> Result<(), Stop> {
        let pid = server_process(self.me, self.at(CACHE).pid, name)?;
        if !self.known.iter().any(|each| each.name == name) {
            self.meet(name, pid)?;
        }
        let answer = self.me.call_native(pid, job, CALL_TIMEOUT)?;
        match answer.downcast::<Outcome>().map_err(|_| Stop::BadCommand("no outcome".into()))? {
            Ok(Done::Added(number)) => println!("{name}: entry {number}"),
            Ok(Done::Left(left)) => println!("{name}: {left} left"),
            Ok(Done::Entries { titles, cached }) => {
                println!("{name} {date}: {}{}", titles.len(), if cached { " (cached)" } else { "" });
                for (number, title) in titles {
                    println!("  {number} {title}");
                }
            }
            Err(refusal) => return bad(format!("{name}: {refusal}")),
        }
        Ok(())
    }

    fn ask_database(&self, request: Request) -> Result<bool, Stop> {
        let answer = self.me.call_native(self.at(database::NAME).pid, request, CALL_TIMEOUT)?;
        Ok(answer.to() == Some(true))
    }

    // ---- crashes ----

    fn crash(&mut self, name: &str) -> Result<(), Stop> {
        if !self.known.iter().any(|each| each.name == name) {
            return bad(format!("nobody is called \"{name}\": {}", self.names().join(", ")));
        }
        let before = self.count()?;
        let (lost, cache) = (self.at(name).pid, self.at(CACHE).pid);
        let is_part = PARTS.contains(&name);
        self.me.exit_signal(lost, Atom::new("kill"))?;
        self.say_end(name)?;
        let alone = !is_part && self.is_replaced(cache, lost)?;
        let healed = alone || self.is_replaced(self.system, if is_part { lost } else { cache })?;
        let mut others = if alone { Vec::new() } else { self.names() };
        // The database comes before the cache, and goes on without it.
        others.retain(|other| other != name && !(healed && other == database::NAME));
        for other in &others {
            self.say_end(other)?;
        }
        if !healed {
            return self.give_up();
        }
        self.meet_again(name)?;
        for other in &others {
            self.meet_again(other)?;
        }
        println!("again: {}, {before} before", self.who()?);
        Ok(())
    }

    /// Asks until the supervisor has dealt with the end of this child. False: it has ended itself.
    fn is_replaced(&self, supervisor: Pid, lost: Pid) -> Result<bool, Stop> {
        loop {
            match self.me.which_children(supervisor) {
                Ok(children) if children.iter().any(|each| each.is_restarting || each.pid == Some(lost)) => {}
                Ok(_) => return Ok(true),
                Err(Error::Exited) => return Ok(false),
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn say_end(&self, name: &str) -> Result<(), Stop> {
        let monitor = self.at(name).monitor;
        let is_it = |message: &resprout::Peek<'_>| {
            message.kind() == MessageKind::Down && message.reference() == Some(monitor)
        };
        if let Message::Down { reason, .. } = self.me.receive_matching(Duration::MAX, is_it)? {
            println!("{name} ended: {reason}");
        }
        Ok(())
    }

    fn give_up(&self) -> Result<(), Stop> {
        let is_it = |message: &resprout::Peek<'_>| {
            message.kind() == MessageKind::Exit && message.from() == self.system
        };
        let Message::Exit { reason, .. } = self.me.receive_matching(Duration::MAX, is_it)? else {
            unreachable!()
        };
        println!("system ended: {reason}");
        Err(Stop::SystemEnded(reason))
    }

    // ---- who is there ----

    fn at(&self, name: &str) -> &Incarnation {
        self.known.iter().find(|each| each.name == name).expect("it was met")
    }

    fn names(&self) -> Vec<String> {
        self.known.iter().map(|each| each.name.clone()).collect()
    }

    fn meet(&mut self, name: &str, pid: Pid) -> Result<(), Stop> {
        let monitor = self.me.monitor(pid)?;
        if let Some(each) = self.known.iter_mut().find(|each| each.name == name) {
            (each.pid, each.monitor, each.number) = (pid, monitor, each.number + 1);
        } else {
            self.known.push(Incarnation { name: name.to_owned(), pid, monitor, number: 1 });
        }
        Ok(())
    }

    fn meet_again(&mut self, name: &str) -> Result<(), Stop> {
        let pid = if PARTS.contains(&name) {
            self.me.wait_for_name(name, CALL_TIMEOUT)?
        } else {
            let cache = whereis(Atom::new(CACHE)).unwrap_or(self.at(CACHE).pid);
            server_process(self.me, cache, name)?
        };
        self.meet(name, pid)
    }

    fn who(&self) -> Result<String, Stop> {
        let names: Vec<_> = self.known.iter().map(|each| format!("{} {}", each.name, each.number)).collect();
        Ok(format!("{}; {} processes", names.join(", "), self.count()?))
    }

    fn count(&self) -> Result<usize, Stop> {
        let cache = self.me.count_children(self.at(CACHE).pid)?;
        Ok(1 + self.me.count_children(self.system)?.active + cache.active)
    }
}

/// Up to four, between blanks; the fourth is all that is left.
fn fields(command: &str) -> Vec<&str> {
    let blank = [' ', '\t'];
    let mut fields = Vec::new();
    let mut rest = command;
    while fields.len() < 3 {
        let Some((field, more)) = rest.split_once(blank) else {
            break;
        };
        fields.push(field);
        rest = more.trim_start_matches(blank);
    }
    fields.push(rest);
    fields
}

fn check_list(text: &str) -> Result<(), Stop> {
    let is_name = text.len() <= 31
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if is_name && !PARTS.contains(&text) {
        return Ok(());
    }
    bad(format!("\"{text}\" is no name of a list: a letter, then up to 30 of a-z, 0-9 and _"))
}

fn check_date(text: &str) -> Result<(), Stop> {
    let bytes = text.as_bytes();
    let shaped = bytes.len() == 10
        && bytes.iter().enumerate().all(
            |(at, c)| {
                if at == 4 || at == 7 {
                    *c == b'-'
                } else {
                    c.is_ascii_digit()
                }
            },
        );
    if shaped && ("01"..="12").contains(&&text[5..7]) && ("01"..="31").contains(&&text[8..]) {
        return Ok(());
    }
    bad(format!("\"{text}\" is no date: YYYY-MM-DD"))
}

fn checked_number(text: &str) -> Result<usize, Stop> {
    if text.len() > 9 || !text.chars().all(|c| c.is_ascii_digit()) {
        return bad(format!("\"{text}\" is no number of an entry"));
    }
    text.parse().or_else(|_| bad(format!("\"{text}\" is no number of an entry")))
}
