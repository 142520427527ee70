"""Rules of core/proc, inverted: exit signals, links, monitors, aliases, names."""

from __future__ import annotations

from .mutant import (
    CONFORMANCE,
    DICTIONARY_TESTS,
    LINKS,
    PROCESSES,
    PYTHON,
    RULES,
    RUST,
    SERVERS,
    SIGNALS,
    TABLES,
    Mutant,
)

SIGNAL = "core/proc/signal.cpp"
LINK = "core/proc/link.cpp"
MONITOR = "core/proc/monitor.cpp"
EXIT = "core/proc/exit.cpp"
REGISTRY = "core/proc/registry.cpp"
ETS = "core/proc/ets.cpp"
ETS_OWNER = "core/proc/ets_owner.cpp"
DICTIONARY = "core/proc/dictionary.cpp"
KILL_TEST = "if (!by_link && signal->term.is(ATOM_KILL)) {"
NORMAL_TEST = "if (is_normal(signal->term) && (by_link || signal->from != self.id())) {"
EXIT_LINK_REASON = """EnvelopeKind::EXIT_LINK;
      record->term = Term::share(self.reason).release();"""
DOWN_REASON = """to = record->from;
      record->kind = EnvelopeKind::MONITOR_DOWN;
      record->term = Term::share(self.reason).release();"""

OF_PROC = [
    # ---- Exit signals ----
    Mutant(
        "who traps exits gets a message and lives",
        SIGNAL,
        "if (traps) {",
        "if (traps && false) {",
        29,
        f"{LINKS}::test_what_an_exit_signal_does[other-True-None]",
        "relations::a_trapping_process_is_told_of_the_death_of_who_it_is_linked_to",
        hangs=CONFORMANCE,
    ),
    Mutant(
        "kill cannot be trapped",
        SIGNAL,
        KILL_TEST,
        "if (!by_link && !traps && signal->term.is(ATOM_KILL)) {",
        30,
        f"{LINKS}::test_what_an_exit_signal_does[kill-True-killed]",
        "servers::a_server_is_stopped_from_outside",
        hangs=CONFORMANCE | PYTHON,
    ),
    Mutant(
        "kill becomes killed",
        SIGNAL,
        "condemn(self, Term(ATOM_KILLED));",
        "condemn(self, Term(ATOM_KILL));",
        42,
        f"{LINKS}::test_what_an_exit_signal_does[kill-False-killed]",
        "relations::a_trapping_process_is_told_of_the_death_of_who_it_is_linked_to",
    ),
    Mutant(
        "kill that comes by a link is a reason as any",
        SIGNAL,
        KILL_TEST,
        "if (signal->term.is(ATOM_KILL)) {",
        32,
        f"{RULES}::test_a_neighbour_that_exits_kill_ends_with_kill_and_can_be_trapped",
        "rules::a_neighbour_that_exits_kill_ends_with_kill_and_can_be_trapped",
    ),
    Mutant(
        "normal does not spread through a link",
        SIGNAL,
        NORMAL_TEST,
        "if (is_normal(signal->term) && !by_link && signal->from != self.id()) {",
        44,
        f"{LINKS}::test_a_normal_end_does_not_spread",
        "rules::normal_ends_nobody_but_who_sends_it_to_itself",
        hangs=CONFORMANCE,
    ),
    Mutant(
        "an exit signal normal ends nobody else",
        SIGNAL,
        NORMAL_TEST,
        "if (is_normal(signal->term) && by_link) {",
        27,
        f"{LINKS}::test_what_an_exit_signal_does[normal-False-None]",
        "rules::normal_ends_nobody_but_who_sends_it_to_itself",
        hangs=CONFORMANCE,
    ),
    Mutant(
        "an exit signal normal to oneself ends it",
        SIGNAL,
        NORMAL_TEST,
        "if (is_normal(signal->term)) {",
        35,
        f"{LINKS}::test_an_exit_signal_to_oneself_ends_it_before_the_next_statement",
        "rules::normal_ends_nobody_but_who_sends_it_to_itself",
        hangs=CONFORMANCE,
    ),
    # ---- Links ----
    Mutant(
        "a link brings the reason of the end",
        EXIT,
        EXIT_LINK_REASON,
        "EnvelopeKind::EXIT_LINK;\n      record->term = Term(ATOM_SHUTDOWN).release();",
        49,
        f"{LINKS}::test_spawn_link_and_spawn_monitor_are_atomic",
        "relations::a_trapping_process_is_told_of_the_death_of_who_it_is_linked_to",
    ),
    Mutant(
        "unlinked is not told",
        LINK,
        "if (record == nullptr || !record->has(envelope_flag::ACTIVE)) {",
        "if (record == nullptr || record->has(envelope_flag::ACTIVE)) {",
        57,
        f"{SIGNALS}::test_signals_come_to_what_the_model_allows",
        "relations::an_unlinked_neighbour_may_die",
    ),
    Mutant(
        "an EXIT that has come stays after unlink",
        LINK,
        "if (record == nullptr || !record->has(envelope_flag::ACTIVE)) {",
        "if (record == nullptr) (void)forget_link(self, peer, nullptr);\n"
        "  if (record == nullptr || !record->has(envelope_flag::ACTIVE)) {",
        55,
        f"{LINKS}::test_an_exit_in_the_mailbox_stays_after_unlink",
        "rules::what_has_come_of_a_link_stays_and_what_has_come_of_a_monitor_can_be_flushed",
        hangs=CONFORMANCE | RUST,
    ),
    Mutant(
        "linking to the dead is an error, to who traps a message",
        LINK,
        "if (self.has(process_flag::TRAP_EXIT)) {",
        "if (!self.has(process_flag::TRAP_EXIT)) {",
        52,
        f"{LINKS}::test_link_to_the_dead",
        "relations::linking_to_a_dead_process_says_noproc",
    ),
    # ---- Monitors and aliases ----
    Mutant(
        "a monitor brings the reason of the end",
        EXIT,
        DOWN_REASON,
        "to = record->from;\n      record->kind = EnvelopeKind::MONITOR_DOWN;\n"
        "      record->term = Term(ATOM_NORMAL).release();",
        64,
        f"{LINKS}::test_each_monitor_tells_once",
        "processes::the_reason_says_how_a_process_ended",
    ),
    Mutant(
        "a monitor of the dead says noproc",
        "core/proc/post.cpp",
        "case EnvelopeKind::MONITOR:\n      envelope->kind = EnvelopeKind::MONITOR_DOWN;\n"
        "      envelope->term = Term(ATOM_NOPROC).release();",
        "case EnvelopeKind::MONITOR:\n      envelope->kind = EnvelopeKind::MONITOR_DOWN;\n"
        "      envelope->term = Term(ATOM_NORMAL).release();",
        65,
        f"{LINKS}::test_monitors_of_the_dead_and_of_names",
        "relations::a_monitor_tells_once_or_not_at_all",
    ),
    Mutant(
        "demonitor says that the monitor was on",
        MONITOR,
        "    *removed = true;\n",
        "    *removed = false;\n",
        73,
        f"{LINKS}::test_demonitor_and_flush",
        "relations::a_monitor_tells_once_or_not_at_all",
    ),
    Mutant(
        "demonitor with flush takes the DOWN that has come",
        MONITOR,
        "if (flush) *flushed = flush_down(self, ref.number);",
        "if (!flush) *flushed = flush_down(self, ref.number);",
        72,
        f"{LINKS}::test_demonitor_and_flush",
        "rules::what_has_come_of_a_link_stays_and_what_has_come_of_a_monitor_can_be_flushed",
    ),
    Mutant(
        "an alias that is off takes nothing",
        SIGNAL,
        "if (record == nullptr || record->alias == AliasMode::NONE) return false;",
        "if (record == nullptr || record->alias == AliasMode::NONE) return true;",
        81,
        f"{PROCESSES}::test_an_alias_that_is_off_takes_nothing",
        "relations::an_alias_works_until_it_is_off",
    ),
    Mutant(
        "a reply alias takes one message",
        SIGNAL,
        "if (record->alias != AliasMode::REPLY) return true;",
        "if (record->alias != AliasMode::NONE) return true;",
        83,
        f"{PROCESSES}::test_an_alias_that_is_off_takes_nothing",
        "relations::an_alias_works_until_it_is_off",
    ),
    # ---- Names ----
    Mutant(
        "a name is free before anybody hears of its holder's end",
        EXIT,
        "if (!names_last) close_name(self);",
        "",
        9,
        f"{PROCESSES}::test_a_name_belongs_to_one_live_process",
        "relations::a_name_stands_for_its_holder",
    ),
    Mutant(
        "a name that is held is refused",
        REGISTRY,
        "if (is_taken(holder)) {",
        "if (is_taken(holder) && false) {",
        107,
        f"{PROCESSES}::test_a_name_belongs_to_one_live_process",
        "relations::a_name_stands_for_its_holder",
    ),
    Mutant(
        "a process has one name",
        REGISTRY,
        "RSP_ENOPROC : RSP_EHASNAME;",
        "RSP_ENOPROC : RSP_OK;",
        108,
        f"{PROCESSES}::test_a_name_belongs_to_one_live_process",
        "relations::a_name_stands_for_its_holder",
    ),
    # ---- Exceptions and requests ----
    Mutant(
        "an uncaught throw is nocatch",
        "core/proc/exception.cpp",
        "reason_nocatch(&reason,",
        "reason_error(&reason,",
        4,
        "test_exit_reasons.py::test_error_and_throw_carry_a_value_and_frames",
        "processes::the_reason_says_how_a_process_ended",
    ),
    Mutant(
        "a reply that is late never arrives",
        "core/proc/message.cpp",
        "envelope->flags |= envelope_flag::THROUGH_ALIAS;",
        "envelope->flags |= 0;",
        132,
        f"{SERVERS}::test_a_call_ends_in_one_way",
        "rules::a_reply_that_is_late_never_arrives",
    ),
    # ---- Tables ----
    Mutant(
        "a table goes to its heir",
        ETS_OWNER,
        "if (table.heir_message == nullptr || !claim_for(table.heir.id)) return false;",
        "if (table.slot != UINT32_MAX || !claim_for(table.heir.id)) return false;",
        320,
        f"{TABLES}::test_a_table_outlives_its_owner_with_its_heir",
        "ets::a_table_outlives_its_owner_with_its_heir",
        hangs=CONFORMANCE | PYTHON,
    ),
    Mutant(
        "a protected table is written by its owner alone",
        ETS,
        "if (table.access == EtsAccess::PROTECTED && need == Need::READ) return RSP_OK;",
        "if (table.access == EtsAccess::PROTECTED && need <= Need::WRITE) return RSP_OK;",
        324,
        f"{TABLES}::test_who_reads_and_who_writes",
        "ets::who_reads_and_who_writes",
    ),
    Mutant(
        "a new key does not take the place of another",
        ETS,
        "} else if (replace) {",
        "} else if (replace || inserted != nullptr) {",
        325,
        f"{TABLES}::test_operations_on_one_key",
        "ets::operations_and_walks",
    ),
    Mutant(
        "a name is one table's",
        ETS_OWNER,
        "if (name != nullptr && name->table.load(env::RELAXED) != nullptr) {",
        "if (name != nullptr && name->table.load(env::RELAXED) == table) {",
        327,
        f"{TABLES}::test_one_name_is_one_tables",
        "ets::operations_and_walks",
    ),
    # ---- Suspension ----
    Mutant(
        "who is suspended runs no code",
        "core/proc/suspend.cpp",
        "if (is_suspended) {",
        "if (is_suspended && self.has(process_flag::CONDEMNED)) {",
        "Suspend.keeps_messages_until_it_is_resumed",
        f"{PROCESSES}::test_a_suspended_process_runs_again_when_it_is_resumed",
        "processes::a_suspended_process_runs_again_when_it_is_resumed",
        hangs=CONFORMANCE | PYTHON | RUST,
    ),
    # ---- What a process keeps for itself, and says of itself ----
    Mutant(
        "put gives back the value before",
        DICTIONARY,
        "*previous = Term::adopt(slot->value);",
        "*previous = Term::share(value);",
        "Dictionary.is_read_and_changed_by_its_process_in_a_callback_and_on_a_thread",
        f"{DICTIONARY_TESTS}::test_the_dictionary_is_the_process_s_own",
        "dictionary::the_dictionary_is_the_process_s_own",
    ),
    Mutant(
        "process_info shows the dictionary",
        "core/proc/info.cpp",
        "mine == nullptr ? RSP_OK : mine->pairs(&pairs, UINT64_MAX);",
        "mine == nullptr ? RSP_OK : mine->keys(&pairs);",
        "Dictionary.outlasts_a_callback_and_is_shown_to_others",
        f"{DICTIONARY_TESTS}::test_a_server_keeps_it_until_it_is_started_anew",
        "dictionary::a_server_keeps_it_until_it_is_started_anew",
    ),
    Mutant(
        "process_info shows the label",
        "core/proc/info.cpp",
        "{ATOM_LABEL, label_of(self)},",
        "{ATOM_LABEL, TermBits(name_of(self))},",
        "Dictionary.apart_from_it_a_process_has_a_label",
        f"{DICTIONARY_TESTS}::test_a_server_keeps_it_until_it_is_started_anew",
        "dictionary::a_server_keeps_it_until_it_is_started_anew",
    ),
]
