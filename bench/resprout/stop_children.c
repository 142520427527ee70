/* A dynamic supervisor with so many servers is stopped. One operation is the stop of a child. */
#include "children.h"

static void run(rsp_self* self, const long* parameters, double scale, struct bench_figures* figures) {
  const long children = parameters[0];
  const long times = bench_scaled(parameters[1], scale);
  const rsp_supervisor_opts options = bench_supervisor(RSP_DYNAMIC);
  const rsp_child_spec child = bench_child(1);
  CHECK(rsp_set_report_level(RSP_REPORT_NONE)); /* as in the peer's program */
  for (long i = 0; i < times; ++i) {
    rsp_pid supervisor;
    CHECK(rsp_supervisor_start(self, &supervisor, NULL, NULL, 0, &options, NULL));
    for (long j = 0; j < children; ++j) {
      rsp_pid pid;
      CHECK(rsp_supervisor_start_child(self, &pid, NULL, supervisor, &child, RSP_INFINITE));
    }
    bench_begin(figures);
    CHECK(rsp_stop(self, NULL, supervisor, bench_atom("shutdown"), RSP_INFINITE));
    bench_end(figures, children);
  }
}

int main(int argc, char** argv) { return bench_main(argc, argv, 2, run); }
