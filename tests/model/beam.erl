%% An Erlang runtime for tests/model/beam.py. `erl -s beam main Module` reads Erlang terms from standard input, one after
%% another, and writes for each a line with what Module:answer(Term, State) answers, as a literal of Python. The end of its
%% input ends it.
-module(beam).
-export([main/1]).

main([Module]) ->
    logger:set_primary_config(level, none),  % reports would be among the answers
    serve(Module, Module:begin_run()).

serve(Module, State) ->
    case io:read('') of
        {ok, Asked} ->
            {Answer, After} = Module:answer(Asked, State),
            io:put_chars([literal(Answer), $\n]),
            serve(Module, After);
        eof ->
            init:stop()
    end.

literal(true) -> "True";
literal(false) -> "False";
literal(Atom) when is_atom(Atom) -> [$", atom_to_list(Atom), $"];
literal(Number) when is_integer(Number) -> integer_to_list(Number);
literal(List) when is_list(List) -> [$[, [[literal(Element), $,] || Element <- List], $]];
literal(Tuple) when is_tuple(Tuple) -> [$(, [[literal(Element), $,] || Element <- tuple_to_list(Tuple)], $)].
