/* A ring of processes; one token, a number that each lowers before it passes it on. One operation is a hop. */
#include "bench.h"

struct place {
  rsp_pid next;
  rsp_pid told;
};

static rsp_next pass(rsp_self* self, rsp_msg* message, void* state) {
  const struct place* place = state;
  int64_t left;
  CHECK(rsp_term_get_int(&left, rsp_msg_term(message)));
  CHECK(rsp_send(self, left == 0 ? place->told : place->next, rsp_term_int(left - 1)));
  return RSP_NEXT_CONTINUE;
}

static void run(rsp_self* self, const long* parameters, double scale, struct bench_figures* figures) {
  const long processes = parameters[0];
  const long hops = bench_scaled(parameters[1], scale);
  struct place* places = calloc((size_t)processes, sizeof *places);
  rsp_pid* pids = calloc((size_t)processes, sizeof *pids);
  if (places == NULL || pids == NULL) abort();
  for (long i = 0; i < processes; ++i) CHECK(rsp_spawn(self, &pids[i], NULL, NULL, pass, &places[i], NULL));
  for (long i = 0; i < processes; ++i) {
    places[i].next = pids[(i + 1) % processes];
    places[i].told = rsp_self_pid(self);
  }
  bench_begin(figures);
  CHECK(rsp_send(self, pids[0], rsp_term_int(hops)));
  rsp_msg* done;
  CHECK(rsp_receive(self, &done, NULL));
  bench_end(figures, hops);
  rsp_msg_free(done);
  for (long i = 0; i < processes; ++i) {
    rsp_ref monitor;
    CHECK(rsp_monitor(self, &monitor, pids[i], NULL));
    CHECK(rsp_exit_signal(self, pids[i], bench_atom("kill")));
    CHECK(rsp_receive(self, &done, NULL));
    rsp_msg_free(done);
  }
  free(places);
  free(pids);
}

int main(int argc, char** argv) { return bench_main(argc, argv, 2, run); }
