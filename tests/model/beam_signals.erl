%% The programs of tests/model/signals.py on the real thing. What it is asked for:
%%
%%   {play, Traps, Programs}    starts a process for each program, all at once
%%   look                       what they have come to so far: a tuple with, for each process, {Reason} of one that has
%%                              ended, or {Mailbox, Answers, Links}
%%   done                       ends what is left of them
-module(beam_signals).
-export([begin_run/0, answer/2]).

begin_run() -> [].

answer({play, Traps, Programs}, _) -> {ok, play(Traps, Programs)};
answer(look, Players) -> look(Players);
answer(done, Players) ->
    [exit(Pid, kill) || {_, Pid, _, _} <- Players],
    [receive {'DOWN', Ref, process, _, _} -> ok end || {_, _, Ref, living} <- Players],
    {ok, []}.

play(Traps, Programs) ->
    Test = self(),
    Numbers = lists:seq(0, length(Programs) - 1),
    Started = [{Number, spawn_monitor(fun() -> begin_player(Test, Number, Trap) end)}
               || {Number, Trap} <- lists:zip(Numbers, Traps)],
    [receive {ready, Number} -> ok end || Number <- Numbers],
    Pids = list_to_tuple([Pid || {_, {Pid, _}} <- Started]),
    [Pid ! {play, Pids, Program} || {{_, {Pid, _}}, Program} <- lists:zip(Started, Programs)],
    [{Number, Pid, Ref, living} || {Number, {Pid, Ref}} <- Started].

look(Players) ->
    [Pid ! report || {_, Pid, _, living} <- Players],
    After = [look_at(Player) || Player <- Players],
    Found = [case End of
                 {ended, Reason} -> {Reason};
                 _ -> Said
             end || {{_, _, _, End}, Said} <- After],
    {list_to_tuple(Found), [Player || {Player, _} <- After]}.

look_at({_, _, _, {ended, _}} = Player) -> {Player, none};
look_at({Number, Pid, Ref, living}) ->
    receive
        {report, Number, Said} -> {{Number, Pid, Ref, living}, Said};
        {'DOWN', Ref, process, Pid, Reason} -> {{Number, Pid, Ref, {ended, Reason}}, none}
    end.

%% ---- A process of a run -------------------------------------------------------------------------------------------

-record(player, {test, number, pids, refs = [], answers = [], mailbox = []}).

begin_player(Test, Number, Trap) ->
    process_flag(trap_exit, Trap),
    Test ! {ready, Number},
    loop(#player{test = Test, number = Number}).

loop(P) ->
    receive
        {play, Pids, Program} -> loop(lists:foldl(fun do/2, P#player{pids = Pids}, Program));
        report ->
            P#player.test ! {report, P#player.number, outcome(P)},
            loop(P);
        Message -> loop(P#player{mailbox = [Message | P#player.mailbox]})
    end.

do({link, Peer}, P) ->
    try link(pid(Peer, P)) of
        true -> P
    catch
        error:noproc -> said(noproc, P)
    end;
do({unlink, Peer}, P) ->
    unlink(pid(Peer, P)),
    P;
do({monitor, Peer, Name}, P) ->
    Ref = monitor(process, pid(Peer, P)),
    P#player{refs = [{Ref, Name} | P#player.refs]};
do({demonitor, Name}, P) ->
    {Ref, Name} = lists:keyfind(Name, 2, P#player.refs),
    said(demonitor(Ref, [flush, info]), P);
do({exit, Peer, Reason}, P) ->
    exit(pid(Peer, P), Reason),
    P;
do({trap, On}, P) ->
    process_flag(trap_exit, On),
    P;
do({leave, Reason}, _) -> exit(Reason);
do({pause}, P) ->
    receive never -> P after 2 -> P end.

pid(Number, P) -> element(Number + 1, P#player.pids).

said(Answer, P) -> P#player{answers = [Answer | P#player.answers]}.

outcome(P) ->
    {links, Links} = process_info(self(), links),
    {list_to_tuple([message(M, P) || M <- lists:reverse(P#player.mailbox)]),
     list_to_tuple(lists:reverse(P#player.answers)),
     list_to_tuple([number(Pid, P) || Pid <- Links])}.

message({'EXIT', Pid, Reason}, P) -> {exit, number(Pid, P), Reason};
message({'DOWN', Ref, process, Pid, Reason}, P) ->
    {Ref, Name} = lists:keyfind(Ref, 1, P#player.refs),
    {down, number(Pid, P), Name, Reason}.

number(Pid, P) -> number(Pid, tuple_to_list(P#player.pids), 0).
number(Pid, [Pid | _], Number) -> Number;
number(Pid, [_ | Others], Number) -> number(Pid, Others, Number + 1).
