/* Spawn with monitor, a message, a normal end, DOWN; so many alive at a time. One operation is a process. */
#include "bench.h"

struct parent {
  long rounds;
  long alive;
  long downs;
  long ops;
  rsp_term stop;
  rsp_pid* children;
  struct bench_figures* figures;
};

static rsp_next child(rsp_self* self, rsp_msg* message, void* state) {
  (void)self;
  (void)message;
  (void)state;
  return RSP_NEXT_STOP;
}

static void begin_round(rsp_self* self, struct parent* parent) {
  rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
  options.monitor = true;
  for (long i = 0; i < parent->alive; ++i) {
    rsp_ref monitor;
    CHECK(rsp_spawn(self, &parent->children[i], &monitor, &options, child, NULL, NULL));
  }
  for (long i = 0; i < parent->alive; ++i) CHECK(rsp_send(self, parent->children[i], parent->stop));
  parent->downs = 0;
}

static rsp_next on_message(rsp_self* self, rsp_msg* message, void* state) {
  struct parent* parent = state;
  if (message == NULL) {
    bench_begin(parent->figures);
    begin_round(self, parent);
    return RSP_NEXT_CONTINUE;
  }
  if (++parent->downs < parent->alive) return RSP_NEXT_CONTINUE;
  parent->ops += parent->alive;
  if (--parent->rounds > 0) {
    begin_round(self, parent);
    return RSP_NEXT_CONTINUE;
  }
  bench_end(parent->figures, parent->ops);
  return RSP_NEXT_STOP;
}

static void run(rsp_self* self, const long* parameters, double scale, struct bench_figures* figures) {
  const long alive = parameters[1];
  struct parent parent = {
      bench_scaled(parameters[0], scale) / alive, alive, 0, 0, bench_atom("stop"), NULL, figures};
  if (parent.rounds < 1) parent.rounds = 1;
  parent.children = calloc((size_t)alive, sizeof *parent.children);
  if (parent.children == NULL) abort();
  bench_run_process(self, on_message, on_message, &parent);
  free(parent.children);
}

int main(int argc, char** argv) { return bench_main(argc, argv, 2, run); }
