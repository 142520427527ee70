%% One of a group of servers under one_for_all is killed. One operation is the stop and new start of one of them.
-module(group_restart).
-export([main/1]).

main(Args) ->
    [Children, Times] = bench:integers(Args),
    bench:run(fun(Scale) ->
        Count = max(1, round(Times * Scale)),
        Specs = [#{id => Id, start => {children, start_link, [self()]}} || Id <- lists:seq(1, Children)],
        Supervisor = children:supervisor(one_for_all, Specs),
        First = first_up(Children),
        Result = bench:timed(fun() -> restarts(First, Children, Count), Count * Children end),
        children:stop(Supervisor),
        Result
    end).

restarts(_, _, 0) -> ok;
restarts(First, Children, Left) ->
    exit(First, kill),
    restarts(first_up(Children), Children, Left - 1).

first_up(Children) ->
    [First | _] = [receive {up, Child} -> Child end || _ <- lists:seq(1, Children)],
    First.
