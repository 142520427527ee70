/* So many watchers, each with so many monitors of one process, which ends. One operation is a DOWN. A watcher
 * that has all of its own tells the driver so, and ends. */
#include "bench.h"

struct driver {
  long watchers;
  long each;
  long storms;
  long left;
  bool is_watched;
  rsp_pid watched;
  rsp_term told;
  struct watcher* states;
  struct bench_figures* figures;
};

struct watcher {
  const struct driver* driver;
  rsp_pid tells;
  long left;
};

static rsp_next watched(rsp_self* self, rsp_msg* message, void* state) {
  (void)self;
  (void)message;
  (void)state;
  return RSP_NEXT_STOP;
}

static rsp_next watch(rsp_self* self, rsp_msg* message, void* state) {
  struct watcher* it = state;
  if (message == NULL) {
    rsp_ref monitor;
    for (long i = 0; i < it->left; ++i) CHECK(rsp_monitor(self, &monitor, it->driver->watched, NULL));
  } else {
    if (rsp_msg_get_kind(message) != RSP_MSG_DOWN) abort();
    if (--it->left > 0) return RSP_NEXT_CONTINUE;
  }
  // Behind the last of these the state may be the next storm's.
  const bool is_done = message != NULL;
  CHECK(rsp_send(self, it->tells, it->driver->told));
  return is_done ? RSP_NEXT_STOP : RSP_NEXT_CONTINUE;
}

static void begin_storm(rsp_self* self, struct driver* driver) {
  CHECK(rsp_spawn(self, &driver->watched, NULL, NULL, watched, NULL, NULL));
  driver->is_watched = false;
  driver->left = driver->watchers;
  rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
  options.start = watch;
  for (long i = 0; i < driver->watchers; ++i) {
    driver->states[i] = (struct watcher){driver, rsp_self_pid(self), driver->each};
    rsp_pid pid;
    CHECK(rsp_spawn(self, &pid, NULL, &options, watch, &driver->states[i], NULL));
  }
}

static rsp_next drive(rsp_self* self, rsp_msg* message, void* state) {
  struct driver* driver = state;
  if (message == NULL) {
    begin_storm(self, driver);
    return RSP_NEXT_CONTINUE;
  }
  if (--driver->left > 0) return RSP_NEXT_CONTINUE;
  if (!driver->is_watched) {
    driver->is_watched = true;
    driver->left = driver->watchers;
    bench_begin(driver->figures);
    CHECK(rsp_send(self, driver->watched, driver->told));
    return RSP_NEXT_CONTINUE;
  }
  bench_end(driver->figures, driver->watchers * driver->each);
  if (--driver->storms == 0) return RSP_NEXT_STOP;
  begin_storm(self, driver);
  return RSP_NEXT_CONTINUE;
}

static void run(rsp_self* self, const long* parameters, double scale, struct bench_figures* figures) {
  struct driver driver = {.watchers = parameters[0],
                          .each = parameters[1],
                          .storms = bench_scaled(parameters[2], scale),
                          .told = bench_atom("told"),
                          .figures = figures};
  driver.states = calloc((size_t)driver.watchers, sizeof *driver.states);
  if (driver.states == NULL) abort();
  bench_run_process(self, drive, drive, &driver);
  free(driver.states);
}

int main(int argc, char** argv) { return bench_main(argc, argv, 3, run); }
