/* So many timers for one process, due over so many milliseconds: how late each arrives. */
#include "bench.h"

struct receiver {
  long timers;
  long span_ms;
  long arrived;
  double* due;
  struct bench_samples late;
};

static rsp_next on_message(rsp_self* self, rsp_msg* message, void* state) {
  struct receiver* receiver = state;
  if (message != NULL) {
    const double now = bench_clock(CLOCK_MONOTONIC);
    int64_t number;
    CHECK(rsp_term_get_int(&number, rsp_msg_term(message)));
    bench_sample(&receiver->late, (now - receiver->due[number]) / 1e3);
    return ++receiver->arrived == receiver->timers ? RSP_NEXT_STOP : RSP_NEXT_CONTINUE;
  }
  for (long i = 0; i < receiver->timers; ++i) {
    /* The first is due when all are started. */
    const uint64_t delay = 500 + (uint64_t)((i * 7919) % receiver->span_ms);
    rsp_ref timer;
    receiver->due[i] = bench_clock(CLOCK_MONOTONIC) + (double)delay * 1e6;
    CHECK(rsp_start_timer(self, &timer, delay, rsp_self_pid(self), rsp_term_int(i)));
  }
  return RSP_NEXT_CONTINUE;
}

static void run(rsp_self* self, const long* parameters) {
  struct receiver receiver = {.timers = parameters[0], .span_ms = parameters[1]};
  receiver.due = calloc((size_t)receiver.timers, sizeof *receiver.due);
  if (receiver.due == NULL) abort();
  receiver.late = bench_samples(receiver.timers);
  bench_run_process(self, on_message, on_message, &receiver);
  bench_figure("late us p50", bench_quantile(&receiver.late, 0.5));
  bench_figure("late us p99", bench_quantile(&receiver.late, 0.99));
}

int main(int argc, char** argv) { return bench_figures_main(argc, argv, 2, run); }
