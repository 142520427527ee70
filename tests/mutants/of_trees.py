"""Applications, progress and restarts with a delay, their rules inverted: some of C and the core alone."""

from __future__ import annotations

from .mutant import ALL, APPLICATIONS, CONFORMANCE, RUST, Mutant

CONTROLLER = "core/otp/application_controller.cpp"
MASTER = "core/otp/application_master.cpp"
RESTART = "core/otp/supervisor_restart.cpp"
STOP = "core/otp/supervisor_stop.cpp"

OF_TREES = [
    # ---- Applications ----
    Mutant(
        "an application whose need is only loaded does not start",
        CONTROLLER,
        "if (needed == nullptr || needed->state != State::RUNNING)",
        "if (needed == nullptr)",
        413,
        f"{APPLICATIONS}::test_start_starts_nothing_that_is_needed",
        "applications::what_is_needed_is_started_first",
    ),
    Mutant(
        "prep_stop runs before the top stops",
        MASTER,
        "run_and(self, master, master.prep_stop, &stop_top)",
        "run_and(self, master, Pid{}, &stop_top)",
        283,
        f"{APPLICATIONS}::test_stop_runs_both_callbacks_around_the_end_of_the_tree",
        "applications::stop_runs_both_callbacks_around_the_end_of_the_tree",
    ),
    Mutant(
        "what a transient application ends with matters",
        CONTROLLER,
        "(app.type.id == ATOM_TRANSIENT.id && reason.is(ATOM_NORMAL))",
        "app.type.id == ATOM_TRANSIENT.id",
        414,
        f"{APPLICATIONS}::test_one_that_is_transient_may_end_with_normal",
        "applications_end::the_end_of_a_top_means_what_the_type_says",
        hangs=CONFORMANCE | RUST,
    ),
    Mutant(
        "the last application stops first",
        CONTROLLER,
        "  Application* app = controller.last;\n",
        "  Application* app = controller.first;\n",
        414,
        f"{APPLICATIONS}::test_one_that_is_permanent_takes_all_along",
        hangs=CONFORMANCE,
    ),
    Mutant(
        "a stop that meets the end of the top is a stop",
        CONTROLLER,
        "const bool is_expected = app.is_told || ",
        "const bool is_expected = ",
        414,
    ),
    Mutant(
        "what another call has asked for runs on",
        CONTROLLER,
        "    note_ask(*app, call);\n    return refuse(",
        "    return refuse(",
        413,
    ),
    Mutant(
        "what another application needs runs on",
        CONTROLLER,
        "app->asks == nullptr && !is_needed(controller, *app);",
        "app->asks == nullptr && (is_needed(controller, *app) || true);",
        413,
    ),
    Mutant(
        "the tree of a master that is killed is waited for",
        CONTROLLER,
        "if (was_killed && !app->top.is_none() &&",
        "if (!was_killed && !app->top.is_none() &&",
        416,
    ),
    # ---- Progress ----
    Mutant(
        "a child that is up is reported",
        "core/otp/supervisor_start.cpp",
        "if (!is_dynamic(sup)) report_progress(",
        "if (is_dynamic(sup)) report_progress(",
        450,
        "test_reports.py::test_progress_is_reported_where_it_is_asked_for",
        "reports::reports_say_who_why_and_whose_call_and_more_only_where_asked",
    ),
    # ---- Asked for in callbacks ----
    Mutant(
        "a child that nobody waits for any more is started all the same",
        "core/otp/supervisor_calls.cpp",
        "if (call.native != &child_request_ops()) return",
        "if (call.native != &child_request_ops() || (call.number & 1) == 0) return",
        463,
        rust="child_requests::a_request_that_is_given_up_is_served_all_the_same",
    ),
    # ---- Delays ----
    Mutant(
        "a child with a backoff waits for its restart",
        RESTART,
        "return restart(self, sup, child, child->backoff != nullptr);",
        "return restart(self, sup, child, false);",
        401,
        "test_backoff.py::test_a_supervisor_does_everything_else_while_a_restart_is_delayed",
        "backoff::a_supervisor_does_everything_else_while_a_restart_is_delayed",
        hangs=ALL,
    ),
    Mutant(
        "the group of a delayed child starts without it",
        RESTART,
        "if (!is_group(sup)) return Next::CONTINUE;",
        "if (is_group(sup)) return Next::CONTINUE;",
        405,
    ),
    Mutant(
        "a child of the group that runs already is left alone",
        RESTART,
        "&child == sup.left_out || !child.pid.is_none() ||",
        "&child == sup.left_out ||",
        405,
    ),
    # ---- Fatal children ----
    Mutant(
        "a fatal child that had ended before its group was stopped is fatal",
        STOP,
        "sup.had_ended && sup.current->fatal &&",
        "!sup.had_ended && sup.current->fatal &&",
        407,
        hangs=CONFORMANCE,
    ),
]
