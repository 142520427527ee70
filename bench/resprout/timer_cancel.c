/* So many timers are started, then cancelled in the same order, by a process: 1 is each by itself. One operation is a
 * start and a cancel. A turn has 100 of them: a longer one would be taken for stuck, and BEAM ends one by itself. */
#include "bench.h"

enum { IN_A_TURN = 100 };

struct user {
  long rounds;
  long at_once;
  long started; /* of this round */
  long cancelled;
  rsp_ref* timers;
  struct bench_figures* figures;
  long count;
};

static void start(rsp_self* self, struct user* user) {
  const long i = user->started++;
  CHECK(rsp_start_timer(self, &user->timers[i], 60000 + (uint64_t)(i % 1000), rsp_self_pid(self),
                        rsp_term_nil()));
}

static void cancel(rsp_self* self, struct user* user) {
  bool active;
  CHECK(rsp_cancel_timer(self, &active, NULL, user->timers[user->cancelled++]));
  if (!active) abort();
}

static rsp_next turn(rsp_self* self, rsp_msg* message, void* state) {
  struct user* user = state;
  if (message == NULL) bench_begin(user->figures);
  for (int i = 0; i < 2 * IN_A_TURN; ++i) {
    if (user->started < user->at_once) {
      start(self, user);
      continue;
    }
    cancel(self, user);
    if (user->cancelled < user->at_once) continue;
    user->started = user->cancelled = 0;
    if (--user->rounds > 0) continue;
    bench_end(user->figures, user->count);
    return RSP_NEXT_STOP;
  }
  CHECK(rsp_send(self, rsp_self_pid(self), rsp_term_nil()));
  return RSP_NEXT_CONTINUE;
}

static void run(rsp_self* self, const long* parameters, double scale, struct bench_figures* figures) {
  const long at_once = parameters[1];
  struct user user = {bench_scaled(parameters[0], scale) / at_once, at_once, 0, 0, NULL, figures, 0};
  if (user.rounds < 1) user.rounds = 1;
  user.count = user.rounds * at_once;
  user.timers = calloc((size_t)at_once, sizeof *user.timers);
  if (user.timers == NULL) abort();
  bench_run_process(self, turn, turn, &user);
  free(user.timers);
}

int main(int argc, char** argv) { return bench_main(argc, argv, 2, run); }
