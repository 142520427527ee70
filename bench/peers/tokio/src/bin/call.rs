//! A task asks another by a channel; each request has a channel for its one reply. Neither monitor nor timeout. One
//! operation is a call.

use resprout_bench_tokio::{run, scaled, timed, Figures};
use tokio::sync::{mpsc, oneshot};

type Request = oneshot::Sender<()>;

fn main() {
    run(call);
}

async fn call([calls]: [u64; 1], scale: f64) -> Figures {
    let count = scaled(calls, scale);
    let (server, requests) = mpsc::unbounded_channel();
    tokio::spawn(serve(requests));
    timed(async {
        for _ in 0..count {
            let (from, reply) = oneshot::channel();
            server.send(from).expect("the server lives");
            reply.await.expect("the server replies");
        }
        count
    })
    .await
}

async fn serve(mut requests: mpsc::UnboundedReceiver<Request>) {
    while let Some(from) = requests.recv().await {
        from.send(()).expect("the caller waits");
    }
}
