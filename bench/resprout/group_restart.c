/* One of a group of servers under one_for_all is killed. One operation is the stop and new start of one of them. */
#include "children.h"

static rsp_pid first_up(rsp_self* self, long children) {
  rsp_pid pid = {0, 0, 0};
  for (long i = 0; i < children; ++i) {
    rsp_msg* up;
    CHECK(rsp_receive(self, &up, NULL));
    if (i == 0) CHECK(rsp_term_get_pid(&pid, rsp_msg_term(up)));
    rsp_msg_free(up);
  }
  return pid;
}

static void run(rsp_self* self, const long* parameters, double scale, struct bench_figures* figures) {
  const long children = parameters[0];
  const long times = bench_scaled(parameters[1], scale);
  bench_driver = rsp_self_pid(self);
  CHECK(rsp_set_report_level(RSP_REPORT_NONE)); /* as in the peer's program */
  rsp_child_spec* specs = calloc((size_t)children, sizeof *specs);
  if (specs == NULL) abort();
  for (long i = 0; i < children; ++i) specs[i] = bench_child(i);
  const rsp_supervisor_opts options = bench_supervisor(RSP_ONE_FOR_ALL);
  rsp_pid supervisor;
  CHECK(rsp_supervisor_start(self, &supervisor, NULL, specs, (size_t)children, &options, NULL));
  free(specs);
  rsp_pid first = first_up(self, children);
  bench_begin(figures);
  for (long i = 0; i < times; ++i) {
    CHECK(rsp_exit_signal(self, first, bench_atom("kill")));
    first = first_up(self, children);
  }
  bench_end(figures, times * children);
  CHECK(rsp_stop(self, NULL, supervisor, bench_atom("shutdown"), RSP_INFINITE));
}

int main(int argc, char** argv) { return bench_main(argc, argv, 2, run); }
