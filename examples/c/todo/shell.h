/* The commands: examples/todo.md has them. It kills, waits and counts; what is started again the supervisors decide. */
#ifndef EXAMPLE_SHELL_H
#define EXAMPLE_SHELL_H

#include <resprout/resprout.h>
#include <stdio.h>

/* Obeys all commands, up to quit or the end. RSP_EEXITED: the system has ended, with *reason_out. */
rsp_result run_shell(rsp_self* self, rsp_term* reason_out, rsp_pid system, FILE* commands);

#endif
