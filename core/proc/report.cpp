#include "core/proc/report.hpp"

#include <unistd.h>

#include <cstring>
#include <string_view>

#include "core/env/atomic.hpp"
#include "core/mem/alloc.hpp"
#include "core/proc/blocking.hpp"
#include "core/term/format.hpp"

namespace rsp {
namespace {

struct Sink {
  rsp_report_sink function;  // nullptr: the default
  void* context;
  const Sink*
      before;  // never freed: another thread may be using it. Sinks are set a few times in a program's life.
};

env::Atomic<Sink*>& current_sink() {
  static env::Atomic<Sink*> sink{nullptr};
  return sink;
}

constexpr size_t MAX_PAIRS = 16;
constexpr size_t MAX_LINE = 4096;

/** One line, in one write, so that lines of several workers do not mix. */
void write_line(rsp_report_level level, TermBits report) {
  static const char* const LEVELS[] = {"info", "warning", "error"};
  char line[MAX_LINE];
  size_t length = 0;
  for (const std::string_view part : {"resprout ", LEVELS[level], ": "}) {
    std::memcpy(line + length, part.data(), part.size());
    length += part.size();
  }
  const size_t room = MAX_LINE - length - 1;
  length += format_bounded(line + length, room, report);
  line[length++] = '\n';
  // Nobody can be told that standard error is closed or full.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line, length);
}

}  // namespace

void set_report_sink(rsp_report_sink function, void* context) {
  Sink* const sink = static_cast<Sink*>(mem_alloc_forever(sizeof(Sink)));
  if (sink == nullptr) return;
  Sink* before = current_sink().load(env::ACQUIRE);
  do {
    *sink = Sink{function, context, before};
    // Release: pairs with the load in report.
  } while (!current_sink().compare_exchange_weak(before, sink, env::ACQ_REL, env::ACQUIRE));
}

void report(rsp_report_level level, Atom kind, std::initializer_list<TermPair> pairs) {
  TermPair all[MAX_PAIRS];
  size_t count = 0;
  all[count++] = TermPair{ATOM_REPORT, TermBits(kind)};
  for (const TermPair& pair : pairs) {
    if (count < MAX_PAIRS) all[count++] = pair;
  }
  Term map;
  if (make_map(&map, std::span<const TermPair>(all, count)) != RSP_OK) return;
  const Sink* const sink = current_sink().load(env::ACQUIRE);
  if (sink == nullptr || sink->function == nullptr) {
    write_line(level, map);
  } else {
    const SectionLimit limit;
    sink->function(sink->context, level, rsp_term{map.meta(), map.data()});
  }
}

}  // namespace rsp
