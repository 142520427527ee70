%% The supervisor of tests/model/supervisor.py, as OTP has it, under a parent that ends when it is told to. What it is asked
%% for:
%%
%%   {start, Flags, Specs}      started | {refused, Reason}
%%   {plan, Id, Outcomes}       what the next starts of this child come to
%%   {child_ends, Id, Reason}   by itself, or killed
%%   {exit_signal, Reason}      to the supervisor, from a stranger
%%   {stop, Reason}             from outside
%%   {parent_ends, Reason}      the parent leaves its supervisor so
%%   over                       nothing is left of them
%%   {start_child, Spec}, {restart_child, Id}, {terminate_child, Id}, {delete_child, Id}
%%                              started | ignored | ok | {refused, Reason}
%%   look                       {what the children have lived through since the last look,
%%                               {rows of which_children, numbers of count_children} | {ended, Reason}}
-module(beam_supervisors).
-behaviour(gen_server).
-export([begin_run/0, answer/2]).
-export([start_child/1, init/1, handle_call/3, handle_cast/2, terminate/2]).

-record(run, {parent, parent_end, supervisor, its_end, ended = no}).

begin_run() ->
    ets:new(plans, [named_table, public]),
    register(journal, self()),
    #run{}.

answer({start, Flags, Specs}, _) ->
    Test = self(),
    {Parent, ParentEnd} = spawn_monitor(fun() -> parent(Test, Flags, Specs) end),
    receive
        {Parent, {ok, Pid}} ->
            {started, #run{parent = Parent, parent_end = ParentEnd, supervisor = Pid, its_end = monitor(process, Pid)}};
        {Parent, {error, Reason}} ->
            {{refused, Reason}, #run{parent = Parent, parent_end = ParentEnd, ended = {yes, Reason}}}
    end;
answer({plan, Id, Outcomes}, Run) ->
    ets:insert(plans, {Id, Outcomes}),
    {ok, Run};
answer({child_ends, Id, Reason}, Run) ->
    {Id, Pid, _, _} = lists:keyfind(Id, 1, supervisor:which_children(Run#run.supervisor)),
    Ref = monitor(process, Pid),
    case Reason of
        kill -> exit(Pid, kill);
        _ -> ending = gen_server:call(Pid, Reason)
    end,
    await_down(Ref),
    {ok, Run};
answer({exit_signal, Reason}, Run) ->
    {_, Ref} = spawn_monitor(fun() -> exit(Run#run.supervisor, Reason) end),
    await_down(Ref),
    {ok, Run};
answer({stop, Reason}, Run) ->
    gen_server:stop(Run#run.supervisor, Reason, infinity),
    {ok, Run};
answer({parent_ends, Reason}, Run) ->
    Run#run.parent ! {leave, Reason},
    {ok, Run};
answer(over, Run) ->
    Run#run.parent ! {leave, shutdown},
    await_down(Run#run.parent_end),
    Run#run.ended =:= no andalso await_down(Run#run.its_end),
    lived(),
    ets:delete_all_objects(plans),
    {ok, #run{}};
answer({start_child, Spec}, Run) ->
    {case supervisor:start_child(Run#run.supervisor, spec(Spec)) of
         {error, {already_started, _}} -> {refused, already_started};
         {error, {Reason, _Child}} -> {refused, Reason};
         Answer -> said(Answer)
     end, Run};
answer({Call, Id}, Run) when Call =:= restart_child; Call =:= terminate_child; Call =:= delete_child ->
    {said(supervisor:Call(Run#run.supervisor, Id)), Run};
answer(look, #run{ended = no, its_end = Ref} = Run) ->
    receive
        {'DOWN', Ref, process, _, Reason} -> answer(look, Run#run{ended = {yes, Reason}})
    after 0 ->
        try {rows(Run#run.supervisor), counts(Run#run.supervisor)} of
            Found -> {{lived(), Found}, Run}
        catch
            exit:_ -> {{lived(), ending}, Run}  % its DOWN comes
        end
    end;
answer(look, #run{ended = {yes, Reason}} = Run) -> {{lived(), {ended, Reason}}, Run}.

said({ok, Pid}) when is_pid(Pid) -> started;
said({ok, undefined}) -> ignored;
said(ok) -> ok;
said({error, Reason}) -> {refused, Reason}.

await_down(Ref) -> receive {'DOWN', Ref, process, _, _} -> ok end.

%% ---- The supervisor and its parent --------------------------------------------------------------------------------

parent(Test, Flags, Specs) ->
    process_flag(trap_exit, true),
    Test ! {self(), supervisor:start_link(?MODULE, {supervisor, Flags, Specs})},
    receive {leave, Reason} -> exit(Reason) end.

spec({Id, Restart, Shutdown, Type, Significant}) ->
    #{id => Id, start => {?MODULE, start_child, [Id]}, restart => Restart, shutdown => Shutdown, type => Type,
      significant => Significant}.

rows(Supervisor) ->
    [{Id, case is_pid(Pid) of true -> up; false -> Pid end, Type}
     || {Id, Pid, Type, _} <- lists:reverse(supervisor:which_children(Supervisor))].

counts(Supervisor) ->
    Counts = supervisor:count_children(Supervisor),
    list_to_tuple([proplists:get_value(Of, Counts) || Of <- [specs, active, supervisors, workers]]).

%% ---- A child that writes down what it lives through ---------------------------------------------------------------

start_child(Id) -> gen_server:start_link(?MODULE, {child, Id}, []).

init({supervisor, {Strategy, Intensity, Period, AutoShutdown}, Specs}) ->
    {ok, {#{strategy => Strategy, intensity => Intensity, period => Period, auto_shutdown => AutoShutdown},
          [spec(Spec) || Spec <- Specs]}};
init({child, Id}) ->
    process_flag(trap_exit, true),
    case planned(Id) of
        fail ->
            write({failed, Id}),
            {stop, nope};
        ignore ->
            write({declined, Id}),
            ignore;
        up ->
            write({up, Id}),
            {ok, Id}
    end.

handle_call(Reason, _, Id) -> {stop, Reason, ending, Id}.

handle_cast(_, Id) -> {noreply, Id}.

terminate(Reason, Id) -> write({down, Id, Reason}).

planned(Id) ->
    case ets:lookup(plans, Id) of
        [{Id, [Outcome | Others]}] ->
            ets:insert(plans, {Id, Others}),
            Outcome;
        _ -> up
    end.

write(Entry) -> journal ! {lived, Entry}.

lived() ->
    receive
        {lived, Entry} -> [Entry | lived()]
    after 0 -> []
    end.
