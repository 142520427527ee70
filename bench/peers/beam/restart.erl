%% A supervised server is killed; the next one tells that it is up, and answers a call. One operation is all of this.
-module(restart).
-export([main/1]).

main(Args) ->
    [Restarts] = bench:integers(Args),
    bench:run(fun(Scale) ->
        Count = round(Restarts * Scale),
        Spec = #{id => 1, start => {children, start_link, [self()]}},
        Supervisor = children:supervisor(one_for_one, [Spec]),
        First = up(),
        Result = bench:timed(fun() -> restarts(First, Count), Count end),
        children:stop(Supervisor),
        Result
    end).

restarts(_, 0) -> ok;
restarts(Child, Left) ->
    1 = gen_server:call(Child, 1, infinity),
    exit(Child, kill),
    restarts(up(), Left - 1).

up() -> receive {up, Child} -> Child end.
