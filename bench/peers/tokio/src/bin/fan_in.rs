//! Many senders, one receiver that counts. One operation is a message. The channel is unbounded, as the mailboxes of the
//! others are.

use resprout_bench_tokio::{run, scaled, timed, Figures};
use tokio::sync::mpsc::unbounded_channel;

fn main() {
    run(fan_in);
}

async fn fan_in([senders, each, times]: [u64; 3], scale: f64) -> Figures {
    let rounds = scaled(times, scale);
    timed(async {
        for _ in 0..rounds {
            round(senders, each).await;
        }
        rounds * senders * each
    })
    .await
}

async fn round(senders: u64, each: u64) {
    let (to, mut messages) = unbounded_channel();
    for _ in 0..senders {
        let to = to.clone();
        tokio::spawn(async move {
            for _ in 0..each {
                to.send(()).expect("the receiver lives");
            }
        });
    }
    for _ in 0..senders * each {
        messages.recv().await.expect("a sender of this has `to`");
    }
}
