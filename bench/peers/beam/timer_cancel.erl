%% So many timers are started, then cancelled in the same order: 1 is each by itself. One operation is a start and a
%% cancel.
-module(timer_cancel).
-export([main/1]).

main(Args) ->
    [Timers, AtOnce] = bench:integers(Args),
    bench:run(fun(Scale) ->
        Rounds = max(1, round(Timers * Scale) div AtOnce),
        bench:timed(fun() -> rounds(Rounds, AtOnce), Rounds * AtOnce end)
    end).

rounds(0, _) -> ok;
rounds(Left, 1) ->
    cancel(start(0)),
    rounds(Left - 1, 1);
rounds(Left, AtOnce) ->
    Started = [start(Number) || Number <- lists:seq(1, AtOnce)],
    [cancel(Timer) || Timer <- Started],
    rounds(Left - 1, AtOnce).

start(Number) -> erlang:start_timer(60000 + Number rem 1000, self(), nil).

cancel(Timer) -> true = is_integer(erlang:cancel_timer(Timer)).
