%% One process is linked to `Links` others and ends; all of them die of it. One operation is a death. The
%% clock runs from the order to end until the emulator counts no more processes than before, looked at every
%% millisecond.
-module(link_storm).
-export([main/1]).

main(Args) ->
    [Links, Times] = bench:integers(Args),
    bench:run(fun(Scale) ->
        Storms = max(1, round(Times * Scale)),
        lists:foldl(fun(_, {Deaths, Ns, Cpu}) ->
            {D, N, C} = storm(Links),
            {Deaths + D, Ns + N, Cpu + C}
        end, {0, 0, 0}, lists:seq(1, Storms))
    end).

storm(Links) ->
    Before = erlang:system_info(process_count),
    Self = self(),
    Hub = spawn(fun() ->
        [spawn_link(fun() -> receive after infinity -> ok end end) || _ <- lists:seq(1, Links)],
        Self ! ready,
        receive stop -> exit(storm) end
    end),
    receive ready -> ok end,
    bench:timed(fun() ->
        Hub ! stop,
        until_gone(Before),
        Links
    end).

until_gone(Before) ->
    case erlang:system_info(process_count) > Before of
        true -> receive after 1 -> until_gone(Before) end;
        false -> ok
    end.
