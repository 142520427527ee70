%% So many timers for one process, due over so many milliseconds: how late each arrives.
-module(timer_lateness).
-export([main/1]).

main(Args) ->
    [Timers, SpanMs] = bench:integers(Args),
    bench:figures(fun() ->
        [begin
             Delay = 500 + (Number * 7919) rem SpanMs,
             Due = erlang:monotonic_time(nanosecond) + Delay * 1000000,
             erlang:start_timer(Delay, self(), Due)
         end || Number <- lists:seq(0, Timers - 1)],
        Late = late(Timers, []),
        [{"late us p50", bench:quantile(0.5, Late)}, {"late us p99", bench:quantile(0.99, Late)}]
    end).

late(0, Late) -> Late;
late(Left, Late) ->
    receive
        {timeout, _, Due} -> late(Left - 1, [(erlang:monotonic_time(nanosecond) - Due) / 1000 | Late])
    end.
