/* So many processes linked to one that ends abnormally. One operation is a death; each millisecond it is
 * looked whether all are gone. */
#include "bench.h"

struct hub {
  long links;
  rsp_pid told;
  rsp_term ready;
};

static uint64_t living(void) {
  rsp_runtime_stats stats = RSP_RUNTIME_STATS_INIT;
  CHECK(rsp_runtime_get_stats(&stats));
  return stats.processes;
}

static rsp_next hub(rsp_self* self, rsp_msg* message, void* state) {
  struct hub* it = state;
  if (message != NULL) return rsp_exit(self, bench_atom("storm"));
  rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
  options.link = true;
  for (long i = 0; i < it->links; ++i) {
    rsp_pid pid;
    CHECK(rsp_spawn(self, &pid, NULL, &options, bench_ignore, NULL, NULL));
  }
  CHECK(rsp_send(self, it->told, it->ready));
  return RSP_NEXT_CONTINUE;
}

static void storm(rsp_self* self, long links, struct bench_figures* figures) {
  const uint64_t before = living();
  struct hub state = {links, rsp_self_pid(self), bench_atom("ready")};
  rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
  options.start = hub;
  rsp_pid pid;
  CHECK(rsp_spawn(self, &pid, NULL, &options, hub, &state, NULL));
  rsp_msg* ready;
  CHECK(rsp_receive(self, &ready, NULL));
  rsp_msg_free(ready);
  bench_begin(figures);
  CHECK(rsp_send(self, pid, bench_atom("stop")));
  const struct timespec millisecond = {0, 1000000};
  while (living() > before) nanosleep(&millisecond, NULL);
  bench_end(figures, links);
}

static void run(rsp_self* self, const long* parameters, double scale, struct bench_figures* figures) {
  const long storms = bench_scaled(parameters[1], scale);
  for (long i = 0; i < storms; ++i) storm(self, parameters[0], figures);
}

int main(int argc, char** argv) { return bench_main(argc, argv, 2, run); }
