%% Resident memory of an emulator where nothing runs, and what a process adds that has handled a message and waits.
-module(idle_memory).
-export([main/1]).

main(Args) ->
    [Processes] = bench:integers(Args),
    bench:figures(fun() ->
        Before = resident_bytes(),
        Self = self(),
        [spawn_link(fun() -> receive first -> Self ! handled, receive stop -> ok end end end) ! first
         || _ <- lists:seq(1, Processes)],
        [receive handled -> ok end || _ <- lists:seq(1, Processes)],
        After = resident_bytes(),
        [{"KiB of an idle program", Before / 1024}, {"bytes of a process", (After - Before) / Processes}]
    end).

resident_bytes() ->
    {ok, File} = file:open("/proc/self/statm", [read, raw]),
    {ok, Line} = file:read(File, 200),
    ok = file:close(File),
    [_, Pages | _] = string:lexemes(Line, " "),
    list_to_integer(Pages) * 4096.
