// The lists behind RSP_SOMETIMES and RSP_PLANTED_BUG.
#include <algorithm>
#include <cstring>
#include <vector>

#include "core/base/assert.hpp"
#include "core/env/controlled/planted_bug.hpp"
#include "core/env/controlled/sometimes.hpp"

namespace rsp::env::control {
namespace {

// Filled while static objects of other files are constructed.
constinit SometimesCounter* g_counters = nullptr;
constinit PlantedBugSwitch* g_bugs = nullptr;

}  // namespace

SometimesCounter::SometimesCounter(const char* name) noexcept : name_(name), next_(g_counters) {
  g_counters = this;
}

const SometimesCounter* first_sometimes_counter() noexcept { return g_counters; }

uint64_t sometimes_hits(const char* name) noexcept {
  for (const SometimesCounter* counter = g_counters; counter != nullptr; counter = counter->next()) {
    if (strcmp(counter->name(), name) == 0) return counter->hits();
  }
  return 0;
}

std::string sometimes_report() {
  std::vector<const SometimesCounter*> counters;
  for (const SometimesCounter* counter = g_counters; counter != nullptr; counter = counter->next()) {
    counters.push_back(counter);
  }
  std::sort(counters.begin(), counters.end(), [](const SometimesCounter* a, const SometimesCounter* b) {
    return strcmp(a->name(), b->name()) < 0;
  });
  std::string text;
  for (const SometimesCounter* counter : counters) {
    std::string hits = std::to_string(counter->hits());
    text += std::string(hits.size() < 12 ? 12 - hits.size() : 0, ' ') + hits + "  " + counter->name() + "\n";
  }
  return text;
}

PlantedBugSwitch::PlantedBugSwitch(const char* name) noexcept : name_(name), next_(g_bugs) { g_bugs = this; }

PlantedBugSwitch* first_planted_bug() noexcept { return g_bugs; }

PlantedBugScope::PlantedBugScope(const char* name) noexcept : bug_(g_bugs) {
  while (bug_ != nullptr && strcmp(bug_->name(), name) != 0) bug_ = bug_->next();
  RSP_ASSERT(bug_ != nullptr);
  RSP_ASSERT(!bug_->is_on());
  bug_->set(true);
}

PlantedBugScope::~PlantedBugScope() { bug_->set(false); }

}  // namespace rsp::env::control
