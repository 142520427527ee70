/* A process that wants to wake every millisecond, beside as many as there are cores that compute for so many
 * milliseconds without a call, again and again: how late it is. Its start counts too: it is due at once. */
#include "bench.h"

struct ticker {
  double end;
  double due;
  struct bench_samples late;
};

struct spinner {
  double end;
  double each;
};

static rsp_next spin(rsp_self* self, rsp_msg* message, void* state) {
  (void)message;
  const struct spinner* spinner = state;
  const double begin = bench_clock(CLOCK_MONOTONIC);
  if (begin > spinner->end) return RSP_NEXT_STOP;
  while (bench_clock(CLOCK_MONOTONIC) - begin < spinner->each) {
  }
  CHECK(rsp_send(self, rsp_self_pid(self), rsp_term_nil()));
  return RSP_NEXT_CONTINUE;
}

static rsp_next tick(rsp_self* self, rsp_msg* message, void* state) {
  struct ticker* ticker = state;
  const double now = bench_clock(CLOCK_MONOTONIC);
  (void)message;
  bench_sample(&ticker->late, (now - ticker->due) / 1e3);
  if (now > ticker->end) return RSP_NEXT_STOP;
  ticker->due = now + 1e6;
  rsp_ref timer;
  CHECK(rsp_start_timer(self, &timer, 1, rsp_self_pid(self), rsp_term_nil()));
  return RSP_NEXT_CONTINUE;
}

static void run(rsp_self* self, const long* parameters) {
  const double now = bench_clock(CLOCK_MONOTONIC);
  const double end = now + (double)parameters[1] * 1e6;
  rsp_runtime_stats stats = RSP_RUNTIME_STATS_INIT;
  CHECK(rsp_runtime_get_stats(&stats));
  struct spinner spinner = {end, (double)parameters[0] * 1e6};
  rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
  options.monitor = true;
  for (uint64_t i = 0; i < stats.workers; ++i) {
    rsp_pid pid;
    rsp_ref monitor;
    CHECK(rsp_spawn(self, &pid, &monitor, &options, spin, &spinner, NULL));
    CHECK(rsp_send(self, pid, rsp_term_nil()));
  }
  struct ticker ticker = {end, bench_clock(CLOCK_MONOTONIC), bench_samples(parameters[1] + 1)};
  options.start = tick;
  rsp_pid pid;
  rsp_ref monitor;
  CHECK(rsp_spawn(self, &pid, &monitor, &options, tick, &ticker, NULL));
  for (uint64_t i = 0; i < stats.workers + 1; ++i) {
    rsp_msg* down;
    CHECK(rsp_receive(self, &down, NULL));
    rsp_msg_free(down);
  }
  bench_figure("late us p50", bench_quantile(&ticker.late, 0.5));
  bench_figure("late us p99", bench_quantile(&ticker.late, 0.99));
}

int main(int argc, char** argv) { return bench_figures_main(argc, argv, 2, run); }
