%% So many watchers, each with so many monitors of one process, which ends. One operation is a DOWN. A watcher
%% that has all of its own tells the driver so, and ends.
-module(monitor_storm).
-export([main/1]).

main(Args) ->
    [Watchers, Each, Times] = bench:integers(Args),
    bench:run(fun(Scale) ->
        Storms = max(1, round(Times * Scale)),
        lists:foldl(fun(_, {Downs, Ns, Cpu}) ->
            {D, N, C} = storm(Watchers, Each),
            {Downs + D, Ns + N, Cpu + C}
        end, {0, 0, 0}, lists:seq(1, Storms))
    end).

storm(Watchers, Each) ->
    Self = self(),
    Watched = spawn(fun() -> receive stop -> ok end end),
    [spawn(fun() -> watch(Self, Watched, Each) end) || _ <- lists:seq(1, Watchers)],
    told(Watchers),
    bench:timed(fun() ->
        Watched ! stop,
        told(Watchers),
        Watchers * Each
    end).

watch(Told, Watched, Each) ->
    [monitor(process, Watched) || _ <- lists:seq(1, Each)],
    Told ! told,
    downs(Each),
    Told ! told.

downs(0) -> ok;
downs(Left) -> receive {'DOWN', _, process, _, _} -> downs(Left - 1) end.

told(0) -> ok;
told(Left) -> receive told -> told(Left - 1) end.
