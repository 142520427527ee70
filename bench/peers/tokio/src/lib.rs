//! What every case shares: a warm-up of a tenth, one measured run, one line of JSON.

use std::future::Future;
use std::time::Instant;

/// What the part that counts has taken: [`timed`] measures it.
pub struct Figures {
    operations: u64,
    ns: f64,
    cpu_ns: f64,
}

/// Runs a case twice, each time as a task on a worker: `work` gets the parameters and the share of the work that is to be
/// done. Arguments of the program: cores, which is how many workers there are, and the parameters.
///
/// # Panics
///
/// Where the arguments are no numbers, or not as many.
pub fn run<const N: usize, F>(work: fn([u64; N], f64) -> F)
where
    F: Future<Output = Figures> + Send + 'static,
{
    let numbers: Vec<u64> =
        std::env::args().skip(1).map(|text| text.parse().expect("arguments are numbers")).collect();
    let (&cores, parameters) = numbers.split_first().expect("the first argument is the number of cores");
    let parameters: [u64; N] = parameters.try_into().expect("bench/run knows the parameters");
    let workers = usize::try_from(cores).expect("so many workers");
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(workers).build().expect("a runtime");
    // Not in block_on itself: its thread is no worker, and each message to it would wake it.
    let measured = |scale| runtime.block_on(runtime.spawn(work(parameters, scale))).expect("no panic");
    measured(0.1);
    let Figures { operations, ns, cpu_ns } = measured(1.0);
    #[allow(clippy::cast_precision_loss)]
    let count = operations as f64;
    println!(
        "{{\"ns\": {:.3}, \"cpu_ns\": {:.3}, \"ops\": {operations}, \"version\": \"{}\"}}",
        ns / count,
        cpu_ns / count,
        version()
    );
}

/// Wall time, and CPU time of the whole program, while `work` runs; it returns how many operations it has done.
pub async fn timed(work: impl Future<Output = u64>) -> Figures {
    let (start, cpu) = (Instant::now(), cpu_ns());
    let operations = work.await;
    Figures { operations, ns: start.elapsed().as_secs_f64() * 1e9, cpu_ns: cpu_ns() - cpu }
}

/// So much of `count`, one at least.
#[must_use]
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub fn scaled(count: u64, scale: f64) -> u64 {
    ((count as f64 * scale) as u64).max(1)
}

#[allow(clippy::cast_precision_loss)]
fn cpu_ns() -> f64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is writable and lives over the call.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut now) };
    assert_eq!(result, 0, "the CPU clock");
    now.tv_sec as f64 * 1e9 + now.tv_nsec as f64
}

/// Of the tokio that this was built with: the lock file says it, in the line behind the name.
fn version() -> String {
    let mut lines = include_str!("../Cargo.lock").lines();
    lines.find(|line| *line == "name = \"tokio\"").expect("tokio is locked");
    let version =
        lines.next().and_then(|line| line.split('"').nth(1)).expect("a name has a version behind it");
    format!("tokio {version}")
}
