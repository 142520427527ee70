// The atoms that the runtime itself says or understands: one list feeds the constants, texts and numbers.
//
// X(NAME, "text") gives ATOM_NAME. Numbers are positions in the list: undefined is 0 (resprout/ids.h promises
// it), and false, true and nil follow because the terms of these names are the kinds BOOL and NIL
// (core/term/term.hpp). Below that the order is free, and numbers mean nothing outside this build.
#pragma once

#define RSP_ATOM_MAP(X)                                                   \
  X(UNDEFINED, "undefined")                                               \
  X(FALSE, "false")                                                       \
  X(TRUE, "true")                                                         \
  X(NIL, "nil")                                                           \
  /* Exit reasons. */                                                     \
  X(NORMAL, "normal")                                                     \
  X(KILL, "kill")                                                         \
  X(KILLED, "killed")                                                     \
  X(SHUTDOWN, "shutdown")                                                 \
  X(NOPROC, "noproc")                                                     \
  X(NOCATCH, "nocatch")                                                   \
  X(EXCEPTION, "exception")                                               \
  X(FAULT, "fault")                                                       \
  X(STACK_OVERFLOW, "stack_overflow")                                     \
  X(EXIT_STATUS, "exit_status")                                           \
  X(SIGNAL, "signal")                                                     \
  X(THREAD_ENDED, "thread_ended")                                         \
  X(LIMIT, "limit")                                                       \
  X(MAILBOX, "mailbox")                                                   \
  X(SYSTEM_LIMIT, "system_limit")                                         \
  X(OVERLOAD, "overload")                                                 \
  X(BADARG, "badarg")                                                     \
  X(UNDEF, "undef")                                                       \
  X(EXITING, "exiting")                                                   \
  X(SIGABRT, "SIGABRT")                                                   \
  X(SIGALRM, "SIGALRM")                                                   \
  X(SIGBUS, "SIGBUS")                                                     \
  X(SIGFPE, "SIGFPE")                                                     \
  X(SIGHUP, "SIGHUP")                                                     \
  X(SIGILL, "SIGILL")                                                     \
  X(SIGINT, "SIGINT")                                                     \
  X(SIGKILL, "SIGKILL")                                                   \
  X(SIGPIPE, "SIGPIPE")                                                   \
  X(SIGQUIT, "SIGQUIT")                                                   \
  X(SIGSEGV, "SIGSEGV")                                                   \
  X(SIGSYS, "SIGSYS")                                                     \
  X(SIGTERM, "SIGTERM")                                                   \
  X(SIGTRAP, "SIGTRAP")                                                   \
  X(SIGXCPU, "SIGXCPU")                                                   \
  X(SIGXFSZ, "SIGXFSZ")                                                   \
  /* Exception classes and languages. */                                  \
  X(ERROR, "error")                                                       \
  X(EXIT, "exit")                                                         \
  X(CPP, "cpp")                                                           \
  X(PYTHON, "python")                                                     \
  X(MODULE, "module")                                                     \
  X(TYPE, "type")                                                         \
  /* Messages that the runtime sends. */                                  \
  X(EXIT_TAG, "EXIT")                                                     \
  X(DOWN_TAG, "DOWN")                                                     \
  X(TIMEOUT, "timeout")                                                   \
  X(INFINITY, "infinity")                                                 \
  X(TRAP_EXIT, "trap_exit")                                               \
  /* Names, process_info and the start protocol. */                       \
  X(REGISTERED_NAME, "registered_name")                                   \
  X(LINKS, "links")                                                       \
  X(MONITORS, "monitors")                                                 \
  X(MONITORED_BY, "monitored_by")                                         \
  X(LABEL, "label")                                                       \
  X(DICTIONARY, "dictionary")                                             \
  X(MESSAGE_QUEUE_LEN, "message_queue_len")                               \
  X(TIMERS, "timers")                                                     \
  X(ALIASES, "aliases")                                                   \
  X(STATUS, "status")                                                     \
  X(WAITING, "waiting")                                                   \
  X(ALREADY_STARTED, "already_started")                                   \
  X(ALREADY_PRESENT, "already_present")                                   \
  X(OK, "ok")                                                             \
  X(IGNORE, "ignore")                                                     \
  X(PARENT, "parent")                                                     \
  X(ANCESTORS, "ancestors")                                               \
  X(INITIAL_CALL, "initial_call")                                         \
  /* Servers. */                                                          \
  X(CALL, "call")                                                         \
  X(REPLY, "reply")                                                       \
  X(NOREPLY, "noreply")                                                   \
  X(STOP, "stop")                                                         \
  X(INIT, "init")                                                         \
  X(TERMINATE, "terminate")                                               \
  X(HANDLE_CALL, "handle_call")                                           \
  X(HANDLE_CAST, "handle_cast")                                           \
  X(BAD_RETURN_VALUE, "bad_return_value")                                 \
  X(CALLING_SELF, "calling_self")                                         \
  X(SERVER, "server")                                                     \
  X(LAST_MESSAGE, "last_message")                                         \
  X(REASON, "reason")                                                     \
  /* Supervisors: flags and child specifications. */                      \
  X(SUPERVISOR, "supervisor")                                             \
  X(WORKER, "worker")                                                     \
  X(ID, "id")                                                             \
  X(RESTART, "restart")                                                   \
  X(PERMANENT, "permanent")                                               \
  X(TRANSIENT, "transient")                                               \
  X(TEMPORARY, "temporary")                                               \
  X(BRUTAL_KILL, "brutal_kill")                                           \
  X(START_SPEC, "start_spec")                                             \
  X(MISSING_ID, "missing_id")                                             \
  X(MISSING_START, "missing_start")                                       \
  X(INVALID_RESTART_TYPE, "invalid_restart_type")                         \
  X(INVALID_SHUTDOWN, "invalid_shutdown")                                 \
  X(INVALID_CHILD_TYPE, "invalid_child_type")                             \
  X(INVALID_WORKER, "invalid_worker")                                     \
  X(INVALID_VIA, "invalid_via")                                           \
  X(INVALID_PARTITIONS, "invalid_partitions")                             \
  X(MISSING_NAME, "missing_name")                                         \
  X(DUPLICATE_CHILD_NAME, "duplicate_child_name")                         \
  X(SUPERVISOR_DATA, "supervisor_data")                                   \
  X(INVALID_STRATEGY, "invalid_strategy")                                 \
  X(INVALID_INTENSITY, "invalid_intensity")                               \
  X(INVALID_PERIOD, "invalid_period")                                     \
  X(BAD_COMBINATION, "bad_combination")                                   \
  X(INVALID_SIGNIFICANT, "invalid_significant")                           \
  X(INVALID_AUTO_SHUTDOWN, "invalid_auto_shutdown")                       \
  X(AUTO_SHUTDOWN, "auto_shutdown")                                       \
  X(NEVER, "never")                                                       \
  X(SIGNIFICANT, "significant")                                           \
  X(BAD_RETURN, "bad_return")                                             \
  /* Supervisors: what they do, answer and report. */                     \
  X(FAILED_TO_START_CHILD, "failed_to_start_child")                       \
  X(REACHED_MAX_RESTART_INTENSITY, "reached_max_restart_intensity")       \
  X(CHILD_TERMINATED, "child_terminated")                                 \
  X(START_ERROR, "start_error")                                           \
  X(SHUTDOWN_ERROR, "shutdown_error")                                     \
  X(RESTARTING, "restarting")                                             \
  X(RUNNING, "running")                                                   \
  X(WHICH_CHILDREN, "which_children")                                     \
  X(NOT_FOUND, "not_found")                                               \
  X(COUNT_CHILDREN, "count_children")                                     \
  X(SPECS, "specs")                                                       \
  X(ACTIVE, "active")                                                     \
  X(SUPERVISORS, "supervisors")                                           \
  X(WORKERS, "workers")                                                   \
  X(GET_CHILDSPEC, "get_childspec")                                       \
  X(TERMINATE_CHILD, "terminate_child")                                   \
  X(RESTART_CHILD, "restart_child")                                       \
  X(DELETE_CHILD, "delete_child")                                         \
  X(START_CHILD, "start_child")                                           \
  X(SIMPLE_ONE_FOR_ONE, "simple_one_for_one")                             \
  X(DYNAMIC, "dynamic")                                                   \
  X(MAX_CHILDREN, "max_children")                                         \
  X(INVALID_MAX_CHILDREN, "invalid_max_children")                         \
  X(INVALID_EXTRA_ARGUMENTS, "invalid_extra_arguments")                   \
  X(INVALID_MFA, "invalid_mfa")                                           \
  X(INVALID_CHILD_SPEC, "invalid_child_spec")                             \
  X(BAD_START_SPEC, "bad_start_spec")                                     \
  X(START, "start")                                                       \
  X(PID, "pid")                                                           \
  X(OFFENDER, "offender")                                                 \
  X(ERROR_CONTEXT, "errorContext")                                        \
  /* Traces. */                                                           \
  X(TRACE_REPORT, "trace_report")                                         \
  X(EVENT, "event")                                                       \
  X(STATE_CHANGE, "state_change")                                         \
  X(FROM, "from")                                                         \
  X(TO, "to")                                                             \
  /* Reports, and other words. */                                         \
  X(GET, "get")                                                           \
  X(NAME, "name")                                                         \
  X(REPORT, "report")                                                     \
  X(CLASS, "class")                                                       \
  X(CLIENT, "client")                                                     \
  X(PROCESS_LABEL, "process_label")                                       \
  X(DICTIONARY_SIZE, "dictionary_size")                                   \
  X(STATE, "state")                                                       \
  X(MESSAGES, "messages")                                                 \
  X(DECISION, "decision")                                                 \
  X(NONE, "none")                                                         \
  X(THROW, "throw")                                                       \
  X(PROCESS_ERROR, "process_error")                                       \
  X(STALLED, "stalled")                                                   \
  X(STUCK_TURN, "stuck_turn")                                             \
  X(MILLISECONDS, "milliseconds")                                         \
  X(NATIVE_STACK, "native_stack")                                         \
  X(SYSTEM_CALL, "system_call")                                           \
  X(LIBRARY, "library")                                                   \
  X(UNEXPECTED_MESSAGE, "unexpected_message")                             \
  X(CRASH_REPORT, "crash_report")                                         \
  X(SERVER_REPORT, "server_report")                                       \
  X(SUPERVISOR_REPORT, "supervisor_report")                               \
  X(PROGRESS, "progress")                                                 \
  X(STARTED, "started")                                                   \
  /* The node. */                                                         \
  X(NONODE_AT_NOHOST, "nonode@nohost")                                    \
  /* What a server waits for. */                                          \
  X(HIBERNATE, "hibernate")                                               \
  X(CONTINUE, "continue")                                                 \
  X(WAIT, "wait")                                                         \
  /* Registries. */                                                       \
  X(REGISTER, "register")                                                 \
  X(UNREGISTER, "unregister")                                             \
  X(VIA, "via")                                                           \
  X(PARTITIONS, "partitions")                                             \
  X(ANY, "_")                                                             \
  /* What OTP has not. */                                                 \
  X(FATAL, "fatal")                                                       \
  X(INVALID_FATAL, "invalid_fatal")                                       \
  X(BACKOFF, "backoff")                                                   \
  X(INVALID_BACKOFF, "invalid_backoff")                                   \
  X(MIN, "min")                                                           \
  X(MAX, "max")                                                           \
  X(FACTOR, "factor")                                                     \
  X(JITTER, "jitter")                                                     \
  X(RESET_AFTER, "reset_after")                                           \
  /* Applications. */                                                     \
  X(APPLICATION, "application")                                           \
  X(APPLICATION_CONTROLLER, "application_controller")                     \
  X(APPLICATION_REPORT, "application_report")                             \
  X(WHICH_APPLICATIONS, "which_applications")                             \
  X(LOADED_APPLICATIONS, "loaded_applications")                           \
  X(ALREADY_LOADED, "already_loaded")                                     \
  X(NOT_LOADED, "not_loaded")                                             \
  X(NOT_STARTED, "not_started")                                           \
  X(UNLOAD, "unload")                                                     \
  X(EXITED, "exited")                                                     \
  X(CIRCULAR_DEPENDENCY, "circular_dependency")                           \
  /* Tasks. */                                                            \
  X(AWAIT, "await")                                                       \
  X(ASYNC_STREAM, "async_stream")                                         \
  X(SUSPENDED, "suspended")                                               \
  X(NEXT, "next")                                                         \
  X(INPUT, "input")                                                       \
  X(DONE, "done")                                                         \
  /* Event managers. */                                                   \
  X(EVENT_HANDLER_REPORT, "event_handler_report")                         \
  X(HANDLER, "handler")                                                   \
  X(REMOVE_HANDLER, "remove_handler")                                     \
  X(SWAP_HANDLER, "swap_handler")                                         \
  X(SWAPPED, "swapped")                                                   \
  X(GEN_EVENT_EXIT, "gen_event_EXIT")                                     \
  X(BAD_MODULE, "bad_module")                                             \
  X(MODULE_NOT_FOUND, "module_not_found")                                 \
  /* Process groups. */                                                   \
  X(PG, "pg")                                                             \
  X(JOIN, "join")                                                         \
  X(LEAVE, "leave")                                                       \
  X(NOT_JOINED, "not_joined")                                             \
  X(MONITOR, "monitor")                                                   \
  X(MONITOR_SCOPE, "monitor_scope")                                       \
  X(DEMONITOR, "demonitor")                                               \
  /* Tables. */                                                           \
  X(ETS_TRANSFER, "ETS-TRANSFER")                                         \
  X(OWNER, "owner")                                                       \
  X(HEIR, "heir")                                                         \
  X(SIZE, "size")                                                         \
  X(MEMORY, "memory")                                                     \
  X(PROTECTION, "protection")                                             \
  X(PROTECTED, "protected")                                               \
  X(PUBLIC, "public")                                                     \
  X(PRIVATE, "private")                                                   \
  /* State machines. */                                                   \
  X(CAST, "cast")                                                         \
  X(INFO, "info")                                                         \
  X(INTERNAL, "internal")                                                 \
  X(POSTPONE, "postpone")                                                 \
  X(NEXT_EVENT, "next_event")                                             \
  X(NEXT_STATE, "next_state")                                             \
  X(KEEP_STATE, "keep_state")                                             \
  X(KEEP_STATE_AND_DATA, "keep_state_and_data")                           \
  X(REPEAT_STATE, "repeat_state")                                         \
  X(REPEAT_STATE_AND_DATA, "repeat_state_and_data")                       \
  X(BAD_RETURN_FROM_INIT, "bad_return_from_init")                         \
  X(BAD_RETURN_FROM_STATE_FUNCTION, "bad_return_from_state_function")     \
  X(BAD_STATE_ENTER_RETURN, "bad_state_enter_return_from_state_function") \
  X(BAD_STATE_ENTER_ACTION, "bad_state_enter_action_from_state_function")
