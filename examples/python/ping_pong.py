"""Two processes that play, and one that watches: send, receive, a monitor, an exit reason."""

import resprout as rsp


def player(name: str, misses: int) -> None:
    for _ in range(misses):
        sender, ball = rsp.receive()
        rsp.send(sender, (rsp.self_pid(), f"{ball}, {name}"))
    _, ball = rsp.receive()
    raise rsp.Exit(("missed", ball))


def main() -> None:
    with rsp.Runtime():
        pong, ref = rsp.spawn_monitor(player, "pong", 2)
        ping = rsp.spawn(player, "ping", 2)
        rsp.send(pong, (ping, "serve"))
        down = rsp.receive(match=ref)
        print(down.object == pong, down.reason)


if __name__ == "__main__":
    main()
