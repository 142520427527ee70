#include "core/proc/report.hpp"

#include <unistd.h>

#include "core/base/assert.hpp"
#include "core/env/atomic.hpp"
#include "core/mem/alloc.hpp"
#include "core/proc/blocking.hpp"
#include "core/proc/report_text.hpp"
#include "core/term/reason.hpp"

namespace rsp {
namespace {

struct Sink {
  rsp_report_sink function;  // nullptr: the default
  void* context;
  const Sink* before;  // R2
};

env::Atomic<Sink*>& current_sink() {
  static env::Atomic<Sink*> sink{nullptr};
  return sink;
}

// Relaxed throughout: R4.

env::Atomic<uint32_t>& least_level() {
  static env::Atomic<uint32_t> level{RSP_REPORT_NOTICE};
  return level;
}

env::Atomic<uint64_t>& contents_shown() {
  static env::Atomic<uint64_t> contents{RSP_REPORT_NO_CONTENTS};
  return contents;
}

constexpr size_t MAX_TEXT = 8192;

/** In one write, so that reports of several workers do not mix. */
void write_text(rsp_report_level level, std::span<const TermPair> pairs) {
  char text[MAX_TEXT];
  const size_t length = format_report(text, level, pairs);
  // Nobody can be told that standard error is closed or full.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text, length);
}

/** Whether there is leave to show what stands under this key. */
bool may_show(TermBits key) {
  if (key.is(ATOM_LAST_MESSAGE) || key.is(ATOM_MESSAGES)) return reports_show(RSP_REPORT_MESSAGES);
  if (key.is(ATOM_STATE) || key.is(ATOM_DICTIONARY)) return reports_show(RSP_REPORT_STATES);
  return true;
}

}  // namespace

void set_report_sink(rsp_report_sink function, void* context) {
  Sink* const sink = static_cast<Sink*>(mem_alloc_forever(sizeof(Sink)));
  if (sink == nullptr) return;
  Sink* before = current_sink().load(env::ACQUIRE);  // pairs with the CAS below
  do {
    *sink = Sink{function, context, before};
    // R1. Release: pairs with the load in report.
  } while (!current_sink().compare_exchange_weak(before, sink, env::ACQ_REL, env::ACQUIRE));
}

void set_report_level(rsp_report_level level) { least_level().store(level, env::RELAXED); }

bool is_reported(rsp_report_level level) { return level >= least_level().load(env::RELAXED); }

void set_report_contents(uint64_t contents) { contents_shown().store(contents, env::RELAXED); }

bool reports_show(rsp_report_contents contents) {
  return (contents_shown().load(env::RELAXED) & uint64_t(contents)) != 0;
}

void report(rsp_report_level level, Atom kind, std::span<const TermPair> pairs) {
  RSP_ASSERT(pairs.size() <= MAX_REPORT_PAIRS);
  if (!is_reported(level)) return;
  TermPair shown[MAX_REPORT_PAIRS + 1];
  size_t count = 0;
  shown[count++] = TermPair{ATOM_REPORT, TermBits(kind)};
  Term reason;
  for (const TermPair& pair : pairs) {
    if (!may_show(pair.key)) continue;
    shown[count] = pair;
    if (pair.key.is(ATOM_REASON) && !reports_show(RSP_REPORT_MESSAGES)) {
      if (without_requests(&reason, pair.value) != RSP_OK) return;
      shown[count].value = reason;
    }
    ++count;
  }
  const std::span<const TermPair> all(shown, count);
  const Sink* const sink = current_sink().load(env::ACQUIRE);  // pairs with set_report_sink
  if (sink == nullptr || sink->function == nullptr) return write_text(level, all);
  Term map;
  if (make_map(&map, all) != RSP_OK) return;
  const SectionLimit limit;
  sink->function(sink->context, level, rsp_term{map.meta(), map.data()});
}

}  // namespace rsp
