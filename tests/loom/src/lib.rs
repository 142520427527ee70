//! What every model shares: how it is explored, and what loom leaves out that C11 has.
//!
//! A model is a closure that builds a small world, starts its threads and joins them. loom runs it once for
//! each interleaving *and* each value a load may return under the C11 orders. A model fails by an assertion,
//! by a data race on a `loom::cell::UnsafeCell`, or by loom's "deadlock" when a thread sleeps that nobody
//! will wake.
//!
//! Two rules for whoever writes one:
//!
//! 1. The state of the *test* (how often an item ran, who is asleep) lives in `std` types. loom does not see
//!    them, so they neither add interleavings nor lend the protocol an ordering that it does not have by
//!    itself. They are safe, because loom runs one thread at a time.
//! 2. A decision taken on a failed compare-exchange goes through [`compare_exchange`].

use std::sync::atomic::{AtomicUsize, Ordering as StdOrdering};
use std::sync::Arc;
use std::time::Instant;

use loom::model::Builder;
use loom::sync::atomic::{fence, AtomicU64, Ordering};

/// Forced thread switches per run, unless a model chooses; `LOOM_MAX_PREEMPTIONS` overrides both.
pub const PREEMPTIONS: usize = 3;

/// Explores `model` and prints how many interleavings that took (`cargo test -- --nocapture` shows it).
pub fn explore<F>(name: &str, model: F)
where
    F: Fn() + Send + Sync + 'static,
{
    explore_within(name, PREEMPTIONS, model);
}

/// As [`explore`], with at most `preemptions` forced thread switches per run.
pub fn explore_within<F>(name: &str, preemptions: usize, model: F)
where
    F: Fn() + Send + Sync + 'static,
{
    let mut builder = Builder::new();
    builder.preemption_bound.get_or_insert(preemptions);
    builder.max_branches = 5_000;

    let runs = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let counter = Arc::clone(&runs);
    builder.check(move || {
        counter.fetch_add(1, StdOrdering::Relaxed);
        model();
    });
    println!(
        "{name}: {} interleavings, {} ms",
        runs.load(StdOrdering::Relaxed),
        started.elapsed().as_millis()
    );
}

/// A strong compare-exchange as C11 has it: when it fails it is only a load, and may return an old value.
///
/// loom's own returns the newest one, which would hide a protocol that trusts a failure to be news.
pub fn compare_exchange(
    word: &AtomicU64,
    expected: u64,
    desired: u64,
    success: Ordering,
    failure: Ordering,
) -> Result<u64, u64> {
    let seen = word.load(Ordering::Relaxed);
    if seen != expected {
        // The fence, not an acquire load above: a success must get its ordering from `success` alone.
        if failure != Ordering::Relaxed {
            fence(failure);
        }
        return Err(seen);
    }
    word.compare_exchange(expected, desired, success, failure)
}
