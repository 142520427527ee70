%% A process that wants to wake every millisecond, beside as many as there are cores that compute for so many
%% milliseconds, again and again: how late it is. Its start counts too: it is due at once.
-module(ticker_beside_spinners).
-export([main/1]).

main(Args) ->
    [EachMs, ForMs] = bench:integers(Args),
    bench:figures(fun() ->
        End = erlang:monotonic_time(millisecond) + ForMs,
        [spawn_link(fun() -> spin(EachMs, End) end) || _ <- lists:seq(1, erlang:system_info(schedulers_online))],
        Self = self(),
        Due = erlang:monotonic_time(nanosecond),
        spawn_link(fun() -> Self ! {late, tick(End, [(erlang:monotonic_time(nanosecond) - Due) / 1000])} end),
        Late = receive {late, Times} -> Times end,
        [{"late us p50", bench:quantile(0.5, Late)}, {"late us p99", bench:quantile(0.99, Late)}]
    end).

spin(EachMs, End) ->
    Begin = erlang:monotonic_time(millisecond),
    case Begin > End of
        true -> ok;
        false ->
            compute(Begin + EachMs),
            self() ! nil,
            receive nil -> spin(EachMs, End) end
    end.

compute(Until) ->
    case erlang:monotonic_time(millisecond) < Until of
        true -> compute(Until);
        false -> ok
    end.

tick(End, Late) ->
    case erlang:monotonic_time(millisecond) > End of
        true -> Late;
        false ->
            Due = erlang:monotonic_time(nanosecond) + 1000000,
            erlang:start_timer(1, self(), nil),
            receive
                {timeout, _, nil} -> tick(End, [(erlang:monotonic_time(nanosecond) - Due) / 1000 | Late])
            end
    end.
