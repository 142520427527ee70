%% In rounds: spawn `Alive` monitored children, tell each to end, take each DOWN.
%% One operation is a spawn with monitor, a message, an exit and a DOWN.
-module(spawn_exit).
-export([main/1]).

main(Args) ->
    [Spawns, Alive] = bench:integers(Args),
    bench:run(fun(Scale) ->
        Rounds = max(1, round(Spawns * Scale) div Alive),
        bench:timed(fun() -> rounds(Rounds, Alive), Rounds * Alive end)
    end).

rounds(0, _) -> ok;
rounds(Left, Alive) ->
    Children = [spawn_monitor(fun child/0) || _ <- lists:seq(1, Alive)],
    [Child ! stop || {Child, _} <- Children],
    [receive {'DOWN', Monitor, process, _, normal} -> ok end || {_, Monitor} <- Children],
    rounds(Left - 1, Alive).

child() -> receive stop -> ok end.
