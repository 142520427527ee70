/* Resident memory of a program where nothing runs, and what a process adds that has handled a message and waits. */
#include "bench.h"

static void run(rsp_self* self, const long* parameters) {
  const long processes = parameters[0];
  rsp_pid* pids = calloc((size_t)processes, sizeof *pids);
  if (pids == NULL) abort();
  for (long i = 0; i < processes; ++i) pids[i] = rsp_self_pid(self); /* its pages are there before */
  const double before = bench_resident_bytes();
  for (long i = 0; i < processes; ++i) {
    CHECK(rsp_spawn(self, &pids[i], NULL, NULL, bench_ignore, NULL, NULL));
    CHECK(rsp_send(self, pids[i], rsp_term_nil()));
  }
  for (long i = 0; i < processes; ++i) {
    bool alive;
    CHECK(rsp_is_alive(self, &alive, pids[i], RSP_INFINITE)); /* has handled what came before */
    if (!alive) abort();
  }
  const double after = bench_resident_bytes();
  bench_figure("KiB of an idle program", before / 1024);
  bench_figure("bytes of a process", (after - before) / (double)processes);
  free(pids);
}

int main(int argc, char** argv) { return bench_figures_main(argc, argv, 1, run); }
