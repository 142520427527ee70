%% Two processes send one atom to and fro. One operation is a round trip.
-module(pingpong).
-export([main/1]).

main(Args) ->
    [RoundTrips] = bench:integers(Args),
    bench:run(fun(Scale) ->
        Self = self(),
        Ponger = spawn_link(fun() -> pong(Self) end),
        Result = bench:timed(fun() -> ping(Ponger, round(RoundTrips * Scale)) end),
        Ponger ! stop,
        Result
    end).

ping(Ponger, Count) -> ping(Ponger, Count, Count).

ping(_, 0, Count) -> Count;
ping(Ponger, Left, Count) ->
    Ponger ! ping,
    receive pong -> ping(Ponger, Left - 1, Count) end.

pong(Pinger) ->
    receive
        ping -> Pinger ! pong, pong(Pinger);
        stop -> ok
    end.
