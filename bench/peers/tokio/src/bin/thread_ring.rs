//! A ring of tasks; one token, a number that each lowers before it passes it on. One operation is a hop.

use resprout_bench_tokio::{run, scaled, timed, Figures};
use tokio::sync::mpsc::{unbounded_channel, UnboundedReceiver, UnboundedSender};

fn main() {
    run(thread_ring);
}

async fn thread_ring([tasks, hops]: [u64; 2], scale: f64) -> Figures {
    let count = scaled(hops, scale);
    let (told, mut done) = unbounded_channel();
    let (first, at_first) = unbounded_channel();
    let mut next = first.clone();
    let mut ring = Vec::new();
    for _ in 1..tasks {
        let (sender, receiver) = unbounded_channel();
        ring.push(tokio::spawn(pass(receiver, next, told.clone())));
        next = sender;
    }
    ring.push(tokio::spawn(pass(at_first, next, told)));
    let figures = timed(async {
        first.send(count).expect("the ring lives");
        done.recv().await.expect("the ring lives");
        count
    })
    .await;
    for task in ring {
        task.abort();
    }
    figures
}

async fn pass(mut tokens: UnboundedReceiver<u64>, next: UnboundedSender<u64>, told: UnboundedSender<()>) {
    while let Some(left) = tokens.recv().await {
        // Whoever is gone is so because the ring is being taken down.
        let _ = if left == 0 { told.send(()).ok() } else { next.send(left - 1).ok() };
    }
}
