#include "core/env/controlled/report.hpp"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "core/env/controlled/engine.hpp"

namespace rsp::env::control {
namespace {

const char* op_name(Op op) noexcept {
  switch (op) {
    case Op::BEGIN:
      return "begin";
    case Op::LOAD:
      return "load";
    case Op::STORE:
      return "store";
    case Op::EXCHANGE:
      return "exchange";
    case Op::COMPARE_EXCHANGE:
      return "compare-exchange";
    case Op::FETCH:
      return "fetch-modify";
    case Op::STORE_THEN:
      return "store, barrier elsewhere";
    case Op::WAIT:
      return "wait";
    case Op::WAKE:
      return "wake";
    case Op::START_THREAD:
      return "start thread";
    case Op::JOIN:
      return "join";
    case Op::YIELD:
      return "yield";
    case Op::QUEUE:
      return "queue";
    case Op::END:
      return "end";
    case Op::TIME:
      return "time moves";
  }
  return "unknown";
}

// Addresses differ from run to run; the order in which objects first appear does not.
class ObjectNumbers {
 public:
  std::string name(const void* object) {
    if (object == nullptr) return "";
    const auto found = std::find(seen_.begin(), seen_.end(), object);
    const size_t number = static_cast<size_t>(found - seen_.begin()) + 1;
    if (found == seen_.end()) seen_.push_back(object);
    return "#" + std::to_string(number);
  }

 private:
  std::vector<const void*> seen_;
};

std::string thread_name(const Engine& engine, uint32_t thread) {
  if (thread >= MAX_THREADS) return "";
  return std::to_string(thread) + " " + engine.thread(thread).name;
}

std::string thread_standing(const Engine& engine, uint32_t slot, ObjectNumbers* objects) {
  const Coroutine& thread = engine.thread(slot);
  std::string text;
  switch (thread.state) {
    case ThreadState::FREE:
      return "";
    case ThreadState::RUNNABLE:
      text = "can run";
      break;
    case ThreadState::WAITING:
      text = thread.object == nullptr ? "sleeps" : "waits on " + objects->name(thread.object);
      if (thread.deadline_ns != NO_DEADLINE) text += " until " + std::to_string(thread.deadline_ns) + " ns";
      break;
    case ThreadState::JOINING:
      text = "waits for the end of thread " + std::to_string(thread.joins);
      break;
    case ThreadState::FINISHED:
      text = "has finished";
      break;
  }
  return "  thread " + thread_name(engine, slot) + " " + text + "\n";
}

}  // namespace

std::string describe_run(uint64_t max_steps_shown) {
  const Engine& engine = g_engine;
  const uint64_t end = engine.steps();
  const uint64_t shown = std::min({end, max_steps_shown, static_cast<uint64_t>(STEPS_KEPT)});
  std::string text;
  if (shown < end) text += "  (" + std::to_string(end - shown) + " earlier steps not shown)\n";
  ObjectNumbers objects;
  for (uint64_t n = end - shown; n < end; ++n) {
    const Step& step = engine.step_taken(n);
    char line[256];
    snprintf(line, sizeof line, "  %6llu  %-18s %-17s %-5s ", static_cast<unsigned long long>(n),
             thread_name(engine, step.thread).c_str(), op_name(step.op), objects.name(step.object).c_str());
    text += line;
    if (step.where.file != nullptr) {
      text += step.where.file;
      text += ":" + std::to_string(step.where.line);
    }
    text += "\n";
  }
  for (uint32_t slot = 0; slot < MAX_THREADS; ++slot) text += thread_standing(engine, slot, &objects);
  return text + "  virtual time " + std::to_string(engine.now_ns()) + " ns\n";
}

}  // namespace rsp::env::control
