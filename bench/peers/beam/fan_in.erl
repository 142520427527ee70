%% Many senders, one receiver that counts. One operation is a message.
-module(fan_in).
-export([main/1]).

main(Args) ->
    [Senders, Each, Times] = bench:integers(Args),
    bench:run(fun(Scale) ->
        Rounds = max(1, round(Times * Scale)),
        bench:timed(fun() -> rounds(Rounds, Senders, Each), Rounds * Senders * Each end)
    end).

rounds(0, _, _) -> ok;
rounds(Left, Senders, Each) ->
    Self = self(),
    [spawn_link(fun() -> send(Self, Each) end) || _ <- lists:seq(1, Senders)],
    count(Senders * Each),
    rounds(Left - 1, Senders, Each).

send(_, 0) -> ok;
send(To, Left) -> To ! message, send(To, Left - 1).

count(0) -> ok;
count(Left) -> receive message -> count(Left - 1) end.
