%% What every case shares: a warm-up, one measured run in a fresh process, one line of JSON.
-module(bench).
-export([run/1, timed/1, integers/1, figures/1, quantile/2]).

%% Calls Work(Scale) with a tenth of the work and then with all of it, each in a process of its own with the
%% default heap, so that start-up and code loading are not counted. Work returns what timed/1 returns, around
%% the part that counts.
run(Work) ->
    _ = in_fresh_process(fun() -> Work(0.1) end),
    {Operations, Ns, CpuMs} = in_fresh_process(fun() -> Work(1.0) end),
    io:format("{\"ns\":~.1f,\"cpu_ns\":~.1f,\"ops\":~b,\"version\":\"OTP ~s, ERTS ~s, ~s\"}~n",
              [Ns / Operations, CpuMs * 1.0e6 / Operations, Operations, erlang:system_info(otp_release),
               erlang:system_info(version), erlang:system_info(emu_flavor)]).

%% {Operations, wall time in ns, CPU time of the whole emulator in ms}; Work returns the operations.
timed(Work) ->
    {Cpu0, _} = erlang:statistics(runtime),
    Start = erlang:monotonic_time(nanosecond),
    Operations = Work(),
    Ns = erlang:monotonic_time(nanosecond) - Start,
    {Cpu1, _} = erlang:statistics(runtime),
    {Operations, Ns, Cpu1 - Cpu0}.

%% Calls Work in a fresh process and prints what it returns, [{Name, Value}]: figures that are no time of an operation.
figures(Work) ->
    Figures = in_fresh_process(Work),
    io:format("{\"figures\":{~s},\"version\":\"OTP ~s, ERTS ~s, ~s\"}~n",
              [lists:join(",", [io_lib:format("\"~s\":~.3f", [Name, Value * 1.0]) || {Name, Value} <- Figures]),
               erlang:system_info(otp_release), erlang:system_info(version), erlang:system_info(emu_flavor)]).

%% The value that this share of all does not exceed.
quantile(Share, Values) ->
    Count = length(Values),
    lists:nth(min(Count, trunc(Share * Count) + 1), lists:sort(Values)).

integers(Strings) -> [list_to_integer(S) || S <- Strings].

in_fresh_process(Fun) ->
    {Pid, Monitor} = spawn_monitor(fun() -> exit({result, Fun()}) end),
    receive
        {'DOWN', Monitor, process, Pid, {result, Result}} -> Result;
        {'DOWN', Monitor, process, Pid, Reason} -> erlang:error(Reason)
    end.
