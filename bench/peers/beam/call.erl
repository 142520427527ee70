%% gen_server:call with its default timeout, by a plain process to a server that replies at once. One
%% operation is a call.
-module(call).
-behaviour(gen_server).
-export([main/1, init/1, handle_call/3, handle_cast/2]).

main(Args) ->
    [Calls] = bench:integers(Args),
    bench:run(fun(Scale) ->
        {ok, Server} = gen_server:start_link(?MODULE, [], []),
        Result = bench:timed(fun() -> calls(Server, round(Calls * Scale)) end),
        gen_server:stop(Server),
        Result
    end).

calls(Server, Count) -> calls(Server, Count, Count).

calls(_, 0, Count) -> Count;
calls(Server, Left, Count) ->
    pong = gen_server:call(Server, ping),
    calls(Server, Left - 1, Count).

init([]) -> {ok, nil}.
handle_call(ping, _From, State) -> {reply, pong, State}.
handle_cast(_, State) -> {noreply, State}.
