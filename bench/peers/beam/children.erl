%% Children of the benchmarks with supervisors: servers that tell the driver that they are up, and answer. And the
%% supervisor over them.
-module(children).
-behaviour(gen_server).
-export([supervisor/2, stop/1, start_link/1, init/1, handle_call/3, handle_cast/2]).

%% A supervisor that never gives up, over so many children. Nothing that ends here is reported.
supervisor(Strategy, Specs) ->
    logger:set_primary_config(level, none),
    {ok, Supervisor} = supervisor:start_link(?MODULE, {supervisor, Strategy, Specs}),
    Supervisor.

stop(Supervisor) ->
    process_flag(trap_exit, true),
    exit(Supervisor, shutdown),
    receive {'EXIT', Supervisor, shutdown} -> process_flag(trap_exit, false) end.

start_link(Driver) -> gen_server:start_link(?MODULE, Driver, []).

init({supervisor, Strategy, Specs}) ->
    {ok, {#{strategy => Strategy, intensity => 1000000000, period => 5}, Specs}};
init(Driver) ->
    Driver =/= none andalso (Driver ! {up, self()}),
    {ok, nil}.

handle_call(Request, _From, State) -> {reply, Request, State}.
handle_cast(_, State) -> {noreply, State}.
