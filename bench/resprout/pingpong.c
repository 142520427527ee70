/* Two processes send one atom to and fro. One operation is a round trip. */
#include "bench.h"

struct pinger {
  rsp_pid peer;
  rsp_term ball;
  long left;
  long count;
  struct bench_figures* figures;
};

static rsp_next pong(rsp_self* self, rsp_msg* message, void* state) {
  (void)state;
  CHECK(rsp_send(self, rsp_msg_from(message), rsp_msg_term(message)));
  return RSP_NEXT_CONTINUE;
}

static rsp_next ping(rsp_self* self, rsp_msg* message, void* state) {
  struct pinger* pinger = state;
  if (message == NULL) bench_begin(pinger->figures);
  if (pinger->left-- == 0) {
    bench_end(pinger->figures, pinger->count);
    return RSP_NEXT_STOP;
  }
  CHECK(rsp_send(self, pinger->peer, pinger->ball));
  return RSP_NEXT_CONTINUE;
}

static void run(rsp_self* self, const long* parameters, double scale, struct bench_figures* figures) {
  struct pinger pinger = {{0, 0, 0}, bench_atom("ping"), 0, bench_scaled(parameters[0], scale), figures};
  pinger.left = pinger.count;
  CHECK(rsp_spawn(self, &pinger.peer, NULL, NULL, pong, NULL, NULL));
  bench_run_process(self, ping, ping, &pinger);
  rsp_atom kill;
  CHECK(rsp_atom_intern(&kill, "kill", 4));
  CHECK(rsp_exit_signal(self, pinger.peer, rsp_term_atom(kill)));
}

int main(int argc, char** argv) { return bench_main(argc, argv, 1, run); }
