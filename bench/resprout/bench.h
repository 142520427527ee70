/* What the programs of this directory share: a run of a tenth to warm up, then the one that counts; time and
 * CPU time of it as a line.
 *
 * What is no time of an operation is a figure with a name: bench_figures_main, bench_figure.
 *
 * A case is a driver process: it does the work, and calls bench_begin and bench_end around the part that
 * counts.
 */
#ifndef RESPROUT_BENCH_H
#define RESPROUT_BENCH_H

#define _POSIX_C_SOURCE 200809L

#include <resprout/resprout.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct bench_figures {
  double ns;
  double cpu_ns;
  double ops;
};

static inline double bench_clock(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static inline void bench_begin(struct bench_figures* figures) {
  figures->ns -= bench_clock(CLOCK_MONOTONIC);
  figures->cpu_ns -= bench_clock(CLOCK_PROCESS_CPUTIME_ID);
}

static inline void bench_end(struct bench_figures* figures, long ops) {
  figures->ns += bench_clock(CLOCK_MONOTONIC);
  figures->cpu_ns += bench_clock(CLOCK_PROCESS_CPUTIME_ID);
  figures->ops += (double)ops;
}

static inline void bench_check(rsp_result result, const char* what) {
  if (result == RSP_OK) return;
  fprintf(stderr, "%s: %s\n", what, rsp_result_message(result));
  exit(1);
}

#define CHECK(call) bench_check(call, #call)

static inline long bench_scaled(long count, double scale) {
  const long scaled = (long)((double)count * scale);
  return scaled < 1 ? 1 : scaled;
}

static inline rsp_term bench_atom(const char* text) {
  rsp_atom atom;
  CHECK(rsp_atom_intern(&atom, text, strlen(text)));
  return rsp_term_atom(atom);
}

static inline rsp_next bench_ignore(rsp_self* self, rsp_msg* message, void* state) {
  (void)self;
  (void)message;
  (void)state;
  return RSP_NEXT_CONTINUE;
}

/** Runs a process to its end. */
static inline void bench_run_process(rsp_self* self, rsp_handler start, rsp_handler handler, void* state) {
  rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
  options.start = start;
  options.monitor = true;
  rsp_pid pid;
  rsp_ref monitor;
  CHECK(rsp_spawn(self, &pid, &monitor, &options, handler, state, NULL));
  rsp_msg* down;
  CHECK(rsp_receive(self, &down, NULL));
  rsp_msg_free(down);
}

typedef void (*bench_case)(rsp_self* self, const long* parameters, double scale,
                           struct bench_figures* figures);

static inline void bench_start(int argc, char** argv, int parameter_count, long* parameters,
                               rsp_self** self) {
  if (argc != parameter_count + 2) {
    fprintf(stderr, "usage: %s CORES and %d parameters; bench/run knows them\n", argv[0], parameter_count);
    exit(2);
  }
  rsp_runtime_opts options = RSP_RUNTIME_OPTS_INIT;
  options.workers = (uint32_t)strtoul(argv[1], NULL, 10);
  for (int i = 0; i < parameter_count; ++i) parameters[i] = strtol(argv[i + 2], NULL, 10);
  CHECK(rsp_runtime_start(&options));
  CHECK(rsp_attach(self));
}

static inline int bench_main(int argc, char** argv, int parameter_count, bench_case run) {
  rsp_self* self;
  long parameters[4] = {0};
  bench_start(argc, argv, parameter_count, parameters, &self);
  struct bench_figures warm_up = {0, 0, 0};
  run(self, parameters, 0.1, &warm_up);
  struct bench_figures figures = {0, 0, 0};
  run(self, parameters, 1.0, &figures);
  CHECK(rsp_detach(self, rsp_term_nil()));
  CHECK(rsp_runtime_stop(10000));
  printf("{\"ns\": %.3f, \"cpu_ns\": %.3f, \"ops\": %.0f, \"all_ops\": %.0f, \"version\": \"0.1\"}\n",
         figures.ns / figures.ops, figures.cpu_ns / figures.ops, figures.ops, warm_up.ops + figures.ops);
  return 0;
}

/* ---- Figures that are no time of an operation ---- */

struct bench_samples {
  double* values;
  long count;
  long capacity;
};

static inline struct bench_samples bench_samples(long capacity) {
  struct bench_samples samples = {malloc((size_t)capacity * sizeof(double)), 0, capacity};
  if (samples.values == NULL) abort();
  return samples;
}

static inline void bench_sample(struct bench_samples* samples, double value) {
  if (samples->count < samples->capacity) samples->values[samples->count++] = value;
}

static inline int bench_compare(const void* left, const void* right) {
  const double a = *(const double*)left, b = *(const double*)right;
  return (a > b) - (a < b);
}

/** The value that this share of all does not exceed. */
static inline double bench_quantile(struct bench_samples* samples, double share) {
  if (samples->count == 0) abort();
  qsort(samples->values, (size_t)samples->count, sizeof(double), bench_compare);
  long place = (long)(share * (double)samples->count);
  return samples->values[place < samples->count ? place : samples->count - 1];
}

static inline void bench_figure(const char* name, double value) {
  static int count;
  printf("%s\"%s\": %.3f", count++ == 0 ? "{\"figures\": {" : ", ", name, value);
}

static inline double bench_resident_bytes(void) {
  long size, resident;
  FILE* file = fopen("/proc/self/statm", "r");
  if (file == NULL || fscanf(file, "%ld %ld", &size, &resident) != 2) abort();
  fclose(file);
  return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

/** No warm-up: the first time is what such a figure is about. */
static inline int bench_figures_main(int argc, char** argv, int parameter_count,
                                     void (*run)(rsp_self* self, const long* parameters)) {
  rsp_self* self;
  long parameters[4];
  bench_start(argc, argv, parameter_count, parameters, &self);
  run(self, parameters);
  printf("}, \"version\": \"0.1\"}\n");
  CHECK(rsp_detach(self, rsp_term_nil()));
  CHECK(rsp_runtime_stop(10000));
  return 0;
}

#endif
