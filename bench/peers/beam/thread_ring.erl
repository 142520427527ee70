%% A ring of processes; one token, a number that each lowers before it passes it on. One operation is a hop.
-module(thread_ring).
-export([main/1]).

main(Args) ->
    [Processes, Hops] = bench:integers(Args),
    bench:run(fun(Scale) ->
        Self = self(),
        First = spawn_link(fun() -> receive {next, Next} -> pass(Next, Self) end end),
        Last = lists:foldl(fun(_, Next) -> spawn_link(fun() -> pass(Next, Self) end) end, First,
                           lists:seq(2, Processes)),
        First ! {next, Last},
        Count = round(Hops * Scale),
        Result = bench:timed(fun() -> First ! Count, receive done -> Count end end),
        process_flag(trap_exit, true),
        exit(First, kill),
        Result
    end).

pass(Next, Told) ->
    receive
        0 -> Told ! done;
        Left -> Next ! Left - 1
    end,
    pass(Next, Told).
