/* Resident memory of a program where nothing runs, and what a process adds that has handled a message and waits. */
#include "bench.h"

static double resident_bytes(void) {
  long size, resident;
  FILE* file = fopen("/proc/self/statm", "r");
  if (file == NULL || fscanf(file, "%ld %ld", &size, &resident) != 2) abort();
  fclose(file);
  return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

static void run(rsp_self* self, const long* parameters) {
  const long processes = parameters[0];
  rsp_pid* pids = calloc((size_t)processes, sizeof *pids);
  if (pids == NULL) abort();
  for (long i = 0; i < processes; ++i) pids[i] = rsp_self_pid(self); /* its pages are there before */
  const double before = resident_bytes();
  for (long i = 0; i < processes; ++i) {
    CHECK(rsp_spawn(self, &pids[i], NULL, NULL, bench_ignore, NULL, NULL));
    CHECK(rsp_send(self, pids[i], rsp_term_nil()));
  }
  for (long i = 0; i < processes; ++i) {
    bool alive;
    CHECK(rsp_is_alive(self, &alive, pids[i], RSP_INFINITE)); /* has handled what came before */
    if (!alive) abort();
  }
  const double after = resident_bytes();
  bench_figure("KiB of an idle program", before / 1024);
  bench_figure("bytes of a process", (after - before) / (double)processes);
  free(pids);
}

int main(int argc, char** argv) { return bench_figures_main(argc, argv, 1, run); }
