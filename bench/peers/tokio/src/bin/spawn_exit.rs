//! In rounds: spawn `alive` tasks, tell each to end, await each handle. One operation is a spawn, a message, an end and what
//! the handle says of it.

use resprout_bench_tokio::{run, scaled, timed, Figures};
use tokio::sync::oneshot;

fn main() {
    run(spawn_exit);
}

async fn spawn_exit([spawns, alive]: [u64; 2], scale: f64) -> Figures {
    let rounds = (scaled(spawns, scale) / alive).max(1);
    timed(async {
        for _ in 0..rounds {
            round(alive).await;
        }
        rounds * alive
    })
    .await
}

async fn round(alive: u64) {
    let mut stops = Vec::new();
    let mut ends = Vec::new();
    for _ in 0..alive {
        let (stop, told) = oneshot::channel::<()>();
        ends.push(tokio::spawn(told));
        stops.push(stop);
    }
    for stop in stops {
        stop.send(()).expect("the task waits");
    }
    for end in ends {
        end.await.expect("no panic").expect("it was told");
    }
}
