/* A supervised server is killed; the next one tells that it is up, and answers a call. One operation is all of this. */
#include "children.h"

struct driver {
  long left;
  long count;
  struct bench_figures* figures;
};

static rsp_term kill_word;

static rsp_next answered(rsp_self* self, rsp_msg* answer, void* pid) {
  if (answer == NULL || rsp_msg_get_kind(answer) == RSP_MSG_DOWN) abort();
  rsp_pid child;
  memcpy(&child, pid, sizeof child);
  CHECK(rsp_exit_signal(self, child, kill_word));
  return RSP_NEXT_CONTINUE;
}

static rsp_next drive(rsp_self* self, rsp_msg* message, void* state) {
  static rsp_pid child; /* of the only driver */
  struct driver* driver = state;
  CHECK(rsp_term_get_pid(&child, rsp_msg_term(message)));
  if (driver->left == driver->count) bench_begin(driver->figures);
  if (driver->left-- == 0) {
    bench_end(driver->figures, driver->count);
    return RSP_NEXT_STOP;
  }
  rsp_ref request;
  CHECK(rsp_send_request(self, &request, child, rsp_term_int(1)));
  return rsp_await(self, request, RSP_INFINITE, answered, &child);
}

static void run(rsp_self* self, const long* parameters, double scale, struct bench_figures* figures) {
  kill_word = bench_atom("kill");
  struct driver driver = {0, bench_scaled(parameters[0], scale), figures};
  driver.left = driver.count;
  rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
  options.monitor = true;
  rsp_ref monitor;
  CHECK(rsp_set_report_level(RSP_REPORT_NONE)); /* as in the peer's program */
  CHECK(rsp_spawn(self, &bench_driver, &monitor, &options, drive, &driver, NULL));
  const rsp_child_spec child = bench_child(1);
  const rsp_supervisor_opts supervisor_options = bench_supervisor(RSP_ONE_FOR_ONE);
  rsp_pid supervisor;
  CHECK(rsp_supervisor_start(self, &supervisor, NULL, &child, 1, &supervisor_options, NULL));
  rsp_msg* down;
  CHECK(rsp_receive(self, &down, NULL));
  rsp_msg_free(down);
  CHECK(rsp_stop(self, NULL, supervisor, bench_atom("shutdown"), RSP_INFINITE));
}

int main(int argc, char** argv) { return bench_main(argc, argv, 1, run); }
