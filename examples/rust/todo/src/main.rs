//! A to-do list that survives its crashes: Saša Jurić's example, under one supervisor (examples/todo.md).
//!
//! `cargo run -p todo -- [--seconds S] DIRECTORY [COMMANDS]`

mod database;
mod list;
mod shell;
mod system;

use std::env;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::process::ExitCode;
use std::time::Duration;

use resprout::Runtime;

use shell::{Shell, Stop};

struct Options {
    period: Duration,
    directory: String,
    commands: Box<dyn BufRead>,
}

fn options() -> Result<Options, String> {
    let mut period = Duration::from_secs(5);
    let mut places = Vec::new();
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--seconds" {
            let seconds = arguments.next().and_then(|text| text.parse().ok());
            period = Duration::from_secs(seconds.ok_or("--seconds wants a number")?);
        } else {
            places.push(argument);
        }
    }
    let (directory, commands): (String, Box<dyn BufRead>) = match places.as_slice() {
        [directory] => (directory.clone(), Box::new(BufReader::new(io::stdin()))),
        [directory, file] => {
            let opened = File::open(file).map_err(|error| format!("{file}: {error}"))?;
            (directory.clone(), Box::new(BufReader::new(opened)))
        }
        _ => return Err("use: todo [--seconds S] DIRECTORY [COMMANDS]".into()),
    };
    Ok(Options { period, directory, commands })
}

fn run(options: Options) -> Result<(), Stop> {
    let runtime = Runtime::start()?;
    let me = runtime.attach()?;
    me.trap_exit(true)?; // the end of the system is a message to us, and not our own
    let system = system::start_link(options.directory.into(), 3, options.period)?;
    Shell::new(&me, system)?.run(options.commands)
}

fn main() -> ExitCode {
    let options = match options() {
        Ok(options) => options,
        Err(text) => {
            eprintln!("todo: {text}");
            return ExitCode::from(2);
        }
    };
    match run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => {
            eprintln!("todo: {stop}"); // it gave up: the status that resprout::run gives to such an end
            ExitCode::FAILURE
        }
    }
}
