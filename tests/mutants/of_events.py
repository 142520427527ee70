"""Rules of core/otp, inverted: events and process groups."""

from __future__ import annotations

from .mutant import CONFORMANCE, EVENTS, GROUPS, RUST, Mutant

EVENT = "core/otp/gen_event.cpp"
PG = "core/otp/pg.cpp"

OF_EVENTS = [
    # ---- Events ----
    Mutant(
        "a new handler stands in front",
        EVENT,
        "manager.behind = nullptr;\n  if (request.supervised)",
        "manager.behind = manager.handlers.first;\n  if (request.supervised)",
        "Events.run_through_all_handlers_the_newest_first",
        f"{EVENTS}::test_events_go_through_all_handlers_the_newest_first",
        "events::events_go_through_all_handlers",
    ),
    Mutant(
        "a handler that fails is removed",
        EVENT,
        "remove_current(manager, std::move(args), std::move(what), true);",
        "manager.step = step_behind(manager);",
        "Events.a_handler_removes_itself_and_one_that_fails_is_removed_alone",
        f"{EVENTS}::test_a_handler_that_removes_itself_or_fails_goes_alone",
        "events::a_handler_that_fails_goes_alone_and_is_dropped_once",
    ),
    Mutant(
        "who has added a handler as its own hears that it went",
        EVENT,
        "if (!handler->supervisor.is_none()) tell_supervisor(self, manager, *handler, manager.why);",
        "if (handler->supervisor == self.pid()) tell_supervisor(self, manager, *handler, manager.why);",
        "Events.who_has_added_a_handler_as_its_own_hears_why_it_went",
        f"{EVENTS}::test_who_has_added_a_handler_as_its_own",
        "events::who_has_added_a_handler_as_its_own_hears_why_it_went",
        hangs=CONFORMANCE | RUST,
    ),
    # ---- Groups ----
    Mutant(
        "who is no member cannot leave",
        PG,
        "Term(count != 0 || pids.size() == 0 ? ATOM_OK : ATOM_NOT_JOINED)",
        "Term(count != 0 || pids.size() != 0 ? ATOM_OK : ATOM_NOT_JOINED)",
        "Groups.have_members_that_join_and_leave",
        f"{GROUPS}::test_members_join_and_leave",
        "events::groups_have_members_and_tell_who_watches",
    ),
    Mutant(
        "who watches a group is told who joins",
        PG,
        "tell(scope, ATOM_JOIN, group, pids.elements());",
        "tell(scope, ATOM_JOIN, group, pids.elements().first(0));",
        "Groups.tell_who_watches_them_of_each_change",
        f"{GROUPS}::test_changes_are_told",
        "events::groups_have_members_and_tell_who_watches",
        hangs=CONFORMANCE | RUST,
    ),
]
