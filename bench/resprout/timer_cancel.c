/* So many timers are started, then cancelled in the same order, by a process: 1 is each by itself. One operation is a
 * start and a cancel. */
#include "bench.h"

struct user {
  long rounds;
  long at_once;
  rsp_ref* timers;
  struct bench_figures* figures;
};

static rsp_next begin(rsp_self* self, rsp_msg* message, void* state) {
  (void)message;
  struct user* user = state;
  bench_begin(user->figures);
  for (long round = 0; round < user->rounds; ++round) {
    for (long i = 0; i < user->at_once; ++i) {
      CHECK(rsp_start_timer(self, &user->timers[i], 60000 + (uint64_t)(i % 1000), rsp_self_pid(self),
                            rsp_term_nil()));
    }
    for (long i = 0; i < user->at_once; ++i) {
      bool active;
      CHECK(rsp_cancel_timer(self, &active, NULL, user->timers[i]));
      if (!active) abort();
    }
  }
  bench_end(user->figures, user->rounds * user->at_once);
  return RSP_NEXT_STOP;
}

static void run(rsp_self* self, const long* parameters, double scale, struct bench_figures* figures) {
  const long at_once = parameters[1];
  struct user user = {bench_scaled(parameters[0], scale) / at_once, at_once, NULL, figures};
  if (user.rounds < 1) user.rounds = 1;
  user.timers = calloc((size_t)at_once, sizeof *user.timers);
  if (user.timers == NULL) abort();
  bench_run_process(self, begin, bench_ignore, &user);
  free(user.timers);
}

int main(int argc, char** argv) { return bench_main(argc, argv, 2, run); }
