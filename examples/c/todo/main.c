/* A to-do list that survives its crashes: Saša Jurić's example, under one supervisor (examples/todo.md).
 *
 *     todo [--seconds S] DIRECTORY [COMMANDS]
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shell.h"
#include "system.h"
#include "terms.h"

static void complain(const char* what, rsp_result result, rsp_term reason) {
  char text[400];
  if (rsp_term_kind(reason) != RSP_KIND_NIL && rsp_term_format(text, sizeof text, NULL, reason) == RSP_OK) {
    fprintf(stderr, "todo: %s: %s\n", what, text);
  } else {
    fprintf(stderr, "todo: %s: %s\n", what, rsp_result_message(result));
  }
}

static int run(const char* directory, FILE* commands, long seconds) {
  rsp_self* self;
  rsp_pid system;
  rsp_term reason = rsp_term_nil();
  rsp_result result = rsp_runtime_start(NULL);
  if (result == RSP_OK) result = rsp_attach(&self); /* this thread is a process now: it may wait */
  if (result == RSP_OK) result = intern_words();
  if (result == RSP_OK) result = rsp_trap_exit(self, NULL, true); /* the system's end: a message to us */
  if (result == RSP_OK) result = start_system(self, &system, &reason, directory, 3, seconds * 1000);
  if (result != RSP_OK) {
    complain("not started", result, reason);
    return 1;
  }
  result = run_shell(self, &reason, system, commands);
  if (result != RSP_OK) complain("the system has ended", result, reason);
  rsp_term_free(reason);
  if (rsp_detach(self, rsp_term_nil()) != RSP_OK || rsp_runtime_stop(RSP_INFINITE) != RSP_OK) return 1;
  return result == RSP_OK ? 0 : 1; /* it gave up: the status that rsp_run gives to such an end */
}

int main(int argc, char** argv) {
  long seconds = 5;
  if (argc > 2 && strcmp(argv[1], "--seconds") == 0) {
    seconds = strtol(argv[2], NULL, 10);
    argc -= 2;
    argv += 2;
  }
  if (argc < 2 || argc > 3 || seconds < 1) {
    fprintf(stderr, "use: todo [--seconds S] DIRECTORY [COMMANDS]\n");
    return 2;
  }
  FILE* commands = argc == 3 ? fopen(argv[2], "r") : stdin;
  if (commands == NULL) {
    fprintf(stderr, "todo: %s: %s\n", argv[2], strerror(errno));
    return 2;
  }
  int status = run(argv[1], commands, seconds);
  if (commands != stdin) fclose(commands);
  return status;
}
