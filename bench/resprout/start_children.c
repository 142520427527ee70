/* A dynamic supervisor has so many servers, and starts one more, which is then stopped. One operation is that start. */
#include "children.h"

static rsp_pid start_child(rsp_self* self, rsp_pid supervisor, const rsp_child_spec* child) {
  rsp_pid pid;
  CHECK(rsp_supervisor_start_child(self, &pid, NULL, supervisor, child, RSP_INFINITE));
  return pid;
}

static void run(rsp_self* self, const long* parameters, double scale, struct bench_figures* figures) {
  const long children = parameters[0];
  const long times = bench_scaled(parameters[1], scale);
  const rsp_supervisor_opts options = bench_supervisor(RSP_DYNAMIC);
  rsp_child_spec child = bench_child(1);
  child.restart = RSP_RESTART_TEMPORARY;
  CHECK(rsp_set_report_level(RSP_REPORT_NONE));
  rsp_pid supervisor;
  CHECK(rsp_supervisor_start(self, &supervisor, NULL, NULL, 0, &options, NULL));
  for (long i = 0; i < children; ++i) (void)start_child(self, supervisor, &child);
  for (long i = 0; i < times; ++i) {
    bench_begin(figures);
    const rsp_pid pid = start_child(self, supervisor, &child);
    bench_end(figures, 1);
    CHECK(rsp_supervisor_terminate_child(self, NULL, supervisor, rsp_term_pid(pid), RSP_INFINITE));
  }
  CHECK(rsp_stop(self, NULL, supervisor, bench_atom("shutdown"), RSP_INFINITE));
}

int main(int argc, char** argv) { return bench_main(argc, argv, 2, run); }
