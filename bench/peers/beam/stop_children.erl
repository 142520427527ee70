%% A supervisor with so many servers that were started one by one is stopped. One operation is the stop of a child.
-module(stop_children).
-export([main/1]).

main(Args) ->
    [Children, Times] = bench:integers(Args),
    bench:run(fun(Scale) ->
        lists:foldl(fun(_, {Stops, Ns, Cpu}) ->
            {S, N, C} = stop(Children),
            {Stops + S, Ns + N, Cpu + C}
        end, {0, 0, 0}, lists:seq(1, max(1, round(Times * Scale))))
    end).

stop(Children) ->
    Spec = #{id => 1, start => {children, start_link, [none]}, shutdown => 5000},
    Supervisor = children:supervisor(simple_one_for_one, [Spec]),
    [{ok, _} = supervisor:start_child(Supervisor, []) || _ <- lists:seq(1, Children)],
    bench:timed(fun() -> children:stop(Supervisor), Children end).
