// Hours of failures under supervision, and whether anything grows: `make soak`, `make soak MINUTES=5`.
//
//     build/dev/tests/resprout_soak MINUTES [SEED]
//
// Servers under a supervisor are called, killed, made to raise and to block; handlers are spawned in chains of links
// and die together; timers fire and are cancelled; pipes are opened, waited for, and closed with their process. What
// happens when is drawn from the seed, which is printed. From time to time nothing is asked any more, and when all that
// was asked is over, what the program holds is counted: resident memory, processes, blocks of the runtime, descriptors,
// threads. After the start has settled (the first quarter), the mean of the last quarter of the samples may differ
// from that of the second by one in a hundred. Half a minute is too short for it.
//
// What a program holds at its busiest stays with its allocator and, of threads, with the runtime, and chance alone would
// make it a little busier for ever. So no more than DEEDS_AT_ONCE are under way, and the worst of them come first: all
// children block, each deed is a chain, each is timers.
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "core/mem/alloc.hpp"
#include "resprout/resprout.h"
#include "tests/support/held_by_program.hpp"

namespace {

using Clock = std::chrono::steady_clock;

constexpr int CHILDREN = 32;
constexpr int CHAIN = 20;
constexpr int TIMERS = 50;
constexpr uint64_t LONGEST_TIMER_MS = 20;
constexpr uint64_t DEEDS_AT_ONCE = 500;
constexpr size_t SAMPLES = 200;

void check(rsp_result result, const char* what) {
  if (result == RSP_OK) return;
  std::fprintf(stderr, "soak: %s: %s\n", what, rsp_result_message(result));
  std::exit(1);
}
#define CHECK(call) check(call, #call)

rsp_term word(const char* text) {
  rsp_atom atom;
  CHECK(rsp_atom_intern(&atom, text, std::strlen(text)));
  return rsp_term_atom(atom);
}

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 0x9E37'79B9'7F4A'7C15ULL + 1) {}
  uint64_t below(uint64_t bound) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_ % bound;
  }

 private:
  uint64_t state_;
};

// ---- What runs ----

std::atomic<int> blocked{0};

void wait_until_all_block() {
  blocked.fetch_add(1);
  blocked.notify_all();
  for (int now = blocked.load(); now < CHILDREN; now = blocked.load()) blocked.wait(now);
}

// A child's requests: 0 answers, 1 raises, 2 blocks for a moment, 3 blocks until all children do.
rsp_next handle(rsp_self* self, rsp_term request) {
  int64_t what = 0;
  if (rsp_term_get_int(&what, request) != RSP_OK) return RSP_NEXT_CONTINUE;
  if (what == 1) return rsp_error(self, word("soaked"));
  if ((what == 2 || what == 3) && rsp_blocking_begin(self) == RSP_OK) {
    if (what == 3)
      wait_until_all_block();
    else
      std::this_thread::sleep_for(std::chrono::milliseconds(1));  // a call of somebody's that takes its time
    if (rsp_blocking_end(self) != RSP_OK) return RSP_NEXT_STOP;
  }
  return RSP_NEXT_CONTINUE;
}

rsp_server_ops make_ops() {
  rsp_server_ops ops = {};
  ops.size = sizeof ops;
  ops.name = "soaked";
  ops.init = [](rsp_self*, void*, rsp_term, rsp_server_return*) { return RSP_NEXT_CONTINUE; };
  ops.handle_call = [](rsp_self* self, void*, rsp_msg* message, rsp_from, rsp_server_return* out) {
    out->action = RSP_SERVER_REPLY;
    out->reply = word("done");
    return handle(self, rsp_msg_term(message));
  };
  ops.handle_cast = [](rsp_self* self, void*, rsp_msg* message, rsp_server_return*) {
    return handle(self, rsp_msg_term(message));
  };
  return ops;
}
const rsp_server_ops OPS = make_ops();

rsp_next ignore(rsp_self*, rsp_msg*, void*) { return RSP_NEXT_CONTINUE; }

// A process that is the first of a chain of links: at its start it makes the next, with one less to make.
void free_length(void* length) { delete static_cast<int*>(length); }

rsp_result spawn_chain(rsp_self* self, rsp_pid* out, rsp_ref* monitor_out, int length);

rsp_next chain(rsp_self* self, rsp_msg* message, void* length) {
  const int after = *static_cast<int*>(length) - 1;
  rsp_pid pid;
  if (message != nullptr || after == 0) return RSP_NEXT_CONTINUE;
  return spawn_chain(self, &pid, nullptr, after) == RSP_OK ? RSP_NEXT_CONTINUE : RSP_NEXT_STOP;
}

// Monitored, or linked.
rsp_result spawn_chain(rsp_self* self, rsp_pid* out, rsp_ref* monitor_out, int length) {
  rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
  options.monitor = monitor_out != nullptr;
  options.link = monitor_out == nullptr;
  options.start = chain;
  int* const state = new int(length);
  const rsp_result result = rsp_spawn(self, out, monitor_out, &options, chain, state, free_length);
  if (result != RSP_OK) free_length(state);
  return result;
}

struct Program {
  rsp_self* self = nullptr;
  rsp_pid supervisor = {};
  rsp_pid idle = {};
  uint64_t processes = 0;  // when nothing is under way
  uint64_t deeds = 0;
};

rsp_atom name_of_child(uint64_t number) {
  char name[32];
  std::snprintf(name, sizeof name, "soaked_%" PRIu64, number);
  rsp_atom atom;
  CHECK(rsp_atom_intern(&atom, name, std::strlen(name)));
  return atom;
}

uint64_t processes() {
  rsp_runtime_stats stats = RSP_RUNTIME_STATS_INIT;
  CHECK(rsp_runtime_get_stats(&stats));
  return stats.processes;
}

void start(Program* program) {
  CHECK(rsp_attach(&program->self));
  std::vector<rsp_child_spec> children(CHILDREN, rsp_child_spec RSP_CHILD_SPEC_INIT);
  for (int i = 0; i < CHILDREN; ++i) {
    children[static_cast<size_t>(i)].id = rsp_term_int(i);
    children[static_cast<size_t>(i)].start.ops = &OPS;
    children[static_cast<size_t>(i)].start.name = name_of_child(static_cast<uint64_t>(i));
  }
  rsp_supervisor_opts options = RSP_SUPERVISOR_OPTS_INIT;
  options.max_restarts = 100'000;
  options.period_ms = 1000;
  CHECK(rsp_supervisor_start(program->self, &program->supervisor, nullptr, children.data(), children.size(),
                             &options, nullptr));
  CHECK(rsp_spawn(program->self, &program->idle, nullptr, nullptr, ignore, nullptr, nullptr));
  program->processes = processes();
}

void call(Program& program, uint64_t child, int64_t request) {
  rsp_msg* answer = nullptr;
  rsp_term reason = rsp_term_nil();
  const rsp_result result =
      rsp_call_name(program.self, &answer, &reason, name_of_child(child), rsp_term_int(request), 5000);
  if (result == RSP_OK) rsp_msg_free(answer);
  rsp_term_free(reason);  // of a child that was killed, or is being started anew
}

// Kills a process that the program watches, before its start has run, or after, or in the middle of it.
void kill_at_some_time(Program& program, Random& random, rsp_pid pid) {
  bool alive;
  if (random.below(2) == 0) CHECK(rsp_is_alive(program.self, &alive, pid, RSP_INFINITE));
  CHECK(rsp_exit_signal(program.self, pid, word("kill")));
  rsp_msg* down;
  CHECK(rsp_receive(program.self, &down, nullptr));
  rsp_msg_free(down);
}

void chain_of_links(Program& program, Random& random) {
  rsp_pid pid;
  rsp_ref monitor;
  CHECK(spawn_chain(program.self, &pid, &monitor, CHAIN));
  kill_at_some_time(program, random, pid);
}

// A process with a pipe, which waits for what is written to it, and is killed: its descriptors are closed with it.
struct Pipe {
  int ends[2];
  ~Pipe() {
    for (const int end : ends) close(end);
  }
};

rsp_next open_pipe(rsp_self* self, rsp_msg* message, void* is_written) {
  if (message != nullptr) return RSP_NEXT_CONTINUE;  // it is ready
  auto made = std::make_unique<Pipe>();
  if (pipe(made->ends) != 0) return RSP_NEXT_STOP;
  const auto release = [](void* own) { delete static_cast<Pipe*>(own); };
  if (rsp_resource_add(self, nullptr, release, made.get()) != RSP_OK) return RSP_NEXT_STOP;
  const Pipe& own = *made.release();
  rsp_ref ref;
  if (rsp_select(self, &ref, own.ends[0], RSP_SELECT_READ) != RSP_OK) return RSP_NEXT_STOP;
  if (is_written != nullptr && write(own.ends[1], "x", 1) != 1) return RSP_NEXT_STOP;
  return RSP_NEXT_CONTINUE;
}

void descriptors(Program& program, Random& random) {
  static char written;
  rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
  options.monitor = true;
  options.start = open_pipe;
  rsp_pid pid;
  rsp_ref monitor;
  CHECK(rsp_spawn(program.self, &pid, &monitor, &options, open_pipe,
                  random.below(2) == 0 ? &written : nullptr, nullptr));
  kill_at_some_time(program, random, pid);
}

void timers(Program& program, Random& random) {
  for (int i = 0; i < TIMERS; ++i) {
    rsp_ref timer;
    CHECK(rsp_send_after(program.self, &timer, random.below(LONGEST_TIMER_MS), program.idle, word("tick")));
    bool active;
    if (random.below(2) == 0) CHECK(rsp_cancel_timer(program.self, &active, nullptr, timer));
  }
}

void deed(Program& program, Random& random) {
  const uint64_t child = random.below(CHILDREN);
  ++program.deeds;
  switch (random.below(9)) {
    case 0:
      if (const rsp_pid pid = rsp_whereis(name_of_child(child)); pid.id != 0) {
        CHECK(rsp_exit_signal(program.self, pid, word(random.below(2) == 0 ? "kill" : "bored")));
      }
      break;
    case 1:
      return call(program, child, 1);
    case 2: {
      const rsp_pid pid = rsp_whereis(name_of_child(child));
      if (pid.id != 0) CHECK(rsp_cast(program.self, pid, rsp_term_int(2)));
      break;
    }
    case 3:
      return timers(program, random);
    case 4:
      return chain_of_links(program, random);
    case 5:
      return descriptors(program, random);
    default:
      return call(program, child, 0);
  }
}

// Until all that was asked is over: children that are being started anew, chains that die, timers that fire.
void settle(Program& program) {
  const auto nap = [] { std::this_thread::sleep_for(std::chrono::milliseconds(1)); };
  for (uint64_t child = 0; child < CHILDREN; ++child) {
    while (rsp_whereis(name_of_child(child)).id == 0) nap();
  }
  while (processes() != program.processes) nap();
  rsp_ref last;
  CHECK(rsp_send_after(program.self, &last, LONGEST_TIMER_MS, rsp_self_pid(program.self), word("last")));
  rsp_msg* message;
  CHECK(rsp_receive(program.self, &message, nullptr));
  rsp_msg_free(message);
}

void do_the_worst(Program& program, Random& random) {
  for (uint64_t child = 0; child < CHILDREN; ++child) {
    CHECK(rsp_cast(program.self, rsp_whereis(name_of_child(child)), rsp_term_int(3)));
  }
  std::vector<rsp_pid> chains(DEEDS_AT_ONCE);
  for (rsp_pid& pid : chains) {
    rsp_ref monitor;
    CHECK(spawn_chain(program.self, &pid, &monitor, CHAIN));
  }
  while (processes() < program.processes + DEEDS_AT_ONCE * CHAIN) std::this_thread::yield();
  for (const rsp_pid pid : chains) CHECK(rsp_exit_signal(program.self, pid, word("kill")));
  for (size_t i = 0; i < chains.size(); ++i) {
    rsp_msg* down;
    CHECK(rsp_receive(program.self, &down, nullptr));
    rsp_msg_free(down);
  }
  for (uint64_t i = 0; i < DEEDS_AT_ONCE; ++i) timers(program, random);
  settle(program);
}

// ---- What is counted ----

constexpr const char* NAMES[] = {"resident KiB", "processes", "blocks", "descriptors", "threads"};
constexpr size_t FIGURES = sizeof NAMES / sizeof NAMES[0];
struct Sample {
  double figures[FIGURES];
};

double entries_of(const char* directory) { return static_cast<double>(rsp::test::entries_of(directory)); }

double resident_kib() {
  const int64_t bytes = rsp::test::resident_bytes();
  if (bytes == 0) std::exit(1);  // what is not known has not been seen not to grow
  return static_cast<double>(bytes) / 1024;
}

Sample count(Program& program) {
  settle(program);
  return {{resident_kib(), static_cast<double>(processes()), static_cast<double>(rsp::mem_live_blocks()),
           entries_of("/proc/self/fd"), entries_of("/proc/self/task")}};
}

double mean(const std::vector<Sample>& samples, size_t figure, size_t from, size_t to) {
  double sum = 0;
  for (size_t i = from; i < to; ++i) sum += samples[i].figures[figure];
  return sum / static_cast<double>(to - from);
}

bool judge(const std::vector<Sample>& samples) {
  const size_t quarter = samples.size() / 4;
  bool good = true;
  std::printf("\n%-14s %12s %12s\n", "mean of", "2nd quarter", "4th quarter");
  for (size_t figure = 0; figure < FIGURES; ++figure) {
    const double second = mean(samples, figure, quarter, 2 * quarter);
    const double last = mean(samples, figure, samples.size() - quarter, samples.size());
    const bool moved = std::abs(last - second) > second * 0.01;
    std::printf("%-14s %12.1f %12.1f%s\n", NAMES[figure], second, last, moved ? "  <- not the same" : "");
    good = good && !moved;
  }
  return good;
}

}  // namespace

int main(int argc, char** argv) {
  const double minutes = argc > 1 ? std::strtod(argv[1], nullptr) : 60;
  const uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10)
                                 : static_cast<uint64_t>(Clock::now().time_since_epoch().count()) % 1'000'000;
  if (!(minutes > 0)) {
    std::fprintf(stderr, "usage: %s MINUTES [SEED]\n", argv[0]);
    return 2;
  }
  std::printf("soak: %g minutes, seed %" PRIu64 "\n", minutes, seed);
  rsp_set_report_sink([](void*, rsp_report_level, rsp_term) {}, nullptr);  // each death would be a line
  rsp_runtime_opts options = RSP_RUNTIME_OPTS_INIT;
  options.workers = 4;
  CHECK(rsp_runtime_start(&options));
  Program program;
  start(&program);

  Random random(seed);
  do_the_worst(program, random);
  std::vector<Sample> samples;
  samples.reserve(SAMPLES);
  const auto begin = Clock::now();
  const auto each = std::chrono::duration<double>(minutes * 60 / SAMPLES);
  for (size_t i = 1; i <= SAMPLES; ++i) {
    while (Clock::now() - begin < each * static_cast<double>(i)) {
      for (uint64_t k = 0; k < DEEDS_AT_ONCE; ++k) deed(program, random);
      settle(program);
    }
    samples.push_back(count(program));
    if (i % (SAMPLES / 20) != 0) continue;
    std::printf("%3zu %%  %12" PRIu64 " deeds", i * 100 / SAMPLES, program.deeds);
    for (size_t figure = 0; figure < FIGURES; ++figure)
      std::printf("  %s %.0f", NAMES[figure], samples.back().figures[figure]);
    std::printf("\n");
    std::fflush(stdout);
  }
  CHECK(rsp_detach(program.self, rsp_term_nil()));
  CHECK(rsp_runtime_stop(10'000));
  const bool good = judge(samples);
  const uint64_t left = rsp::mem_live_blocks();
  if (left != 0) std::printf("blocks left after the stop: %" PRIu64 "\n", left);
  std::printf("%s (seed %" PRIu64 ")\n", good && left == 0 ? "nothing moved" : "FAILED", seed);
  return good && left == 0 ? 0 : 1;
}
