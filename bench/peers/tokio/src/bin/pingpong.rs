//! Two tasks send one small message to and fro. One operation is a round trip.

use resprout_bench_tokio::{run, scaled, timed, Figures};
use tokio::sync::mpsc::{unbounded_channel, UnboundedReceiver, UnboundedSender};

fn main() {
    run(pingpong);
}

async fn pingpong([round_trips]: [u64; 1], scale: f64) -> Figures {
    let count = scaled(round_trips, scale);
    let (there, balls) = unbounded_channel();
    let (back, mut returned) = unbounded_channel();
    tokio::spawn(pong(balls, back));
    timed(async {
        for _ in 0..count {
            there.send(()).expect("the ponger lives");
            returned.recv().await.expect("the ponger lives");
        }
        count
    })
    .await
}

async fn pong(mut balls: UnboundedReceiver<()>, back: UnboundedSender<()>) {
    while let Some(ball) = balls.recv().await {
        back.send(ball).expect("the pinger lives");
    }
}
