/* What a child of a dynamic supervisor that waits adds to the resident memory of a program. */
#include "children.h"

static void run(rsp_self* self, const long* parameters) {
  const long children = parameters[0];
  const rsp_supervisor_opts options = bench_supervisor(RSP_DYNAMIC);
  const rsp_child_spec child = bench_child(1);
  rsp_pid supervisor;
  CHECK(rsp_supervisor_start(self, &supervisor, NULL, NULL, 0, &options, NULL));
  const double before = bench_resident_bytes();
  for (long i = 0; i < children; ++i) {
    rsp_pid pid;
    CHECK(rsp_supervisor_start_child(self, &pid, NULL, supervisor, &child, RSP_INFINITE));
  }
  bench_figure("bytes of a child", (bench_resident_bytes() - before) / (double)children);
  CHECK(rsp_stop(self, NULL, supervisor, bench_atom("shutdown"), RSP_INFINITE));
}

int main(int argc, char** argv) { return bench_figures_main(argc, argv, 1, run); }
