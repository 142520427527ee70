// What the tests of the C API share: a runtime for a scope, attached threads, processes from lambdas,
// messages that free themselves. Only resprout/*.h is behind it.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "resprout/resprout.h"

// So that a failed expectation says RSP_EEXITING and not 7.
inline void PrintTo(rsp_result result, std::ostream* out) { *out << rsp_result_name(result); }

inline bool operator==(const rsp_pid& a, const rsp_pid& b) {
  return a.id == b.id && a.node == b.node && a.creation == b.creation;
}
inline bool operator==(const rsp_ref& a, const rsp_ref& b) { return std::memcmp(&a, &b, sizeof a) == 0; }

namespace capi_test {

constexpr rsp_pid NO_PID = {0, 0, 0};
constexpr rsp_term NIL = {0, 0};

inline rsp_atom atom(std::string_view text) {
  rsp_atom made = {0};
  EXPECT_EQ(rsp_atom_intern(&made, text.data(), text.size()), RSP_OK);
  return made;
}

inline rsp_term word(std::string_view text) { return rsp_term_atom(atom(text)); }

inline std::string show(rsp_term term) {
  size_t length = 0;
  EXPECT_EQ(rsp_term_format(nullptr, 0, &length, term), RSP_OK);
  std::string text(length + 1, '\0');
  EXPECT_EQ(rsp_term_format(text.data(), text.size(), nullptr, term), RSP_OK);
  text.resize(length);
  return text;
}

inline int64_t as_int(rsp_term term) {
  int64_t value = INT64_MIN;
  EXPECT_EQ(rsp_term_get_int(&value, term), RSP_OK) << show(term);
  return value;
}

inline rsp_pid as_pid(rsp_term term) {
  rsp_pid pid = NO_PID;
  EXPECT_EQ(rsp_term_get_pid(&pid, term), RSP_OK) << show(term);
  return pid;
}

/** A received message, or none. */
struct FreeMessage {
  void operator()(rsp_msg* message) const { rsp_msg_free(message); }
};
using Message = std::unique_ptr<rsp_msg, FreeMessage>;

inline std::string text_of(const Message& message) {
  return message == nullptr ? "(no message)" : show(rsp_msg_term(message.get()));
}

/** A runtime for as long as the object lives. */
class Runtime {
 public:
  explicit Runtime(uint32_t workers = 2) {
    rsp_runtime_opts options = RSP_RUNTIME_OPTS_INIT;
    options.workers = workers;
    EXPECT_EQ(rsp_runtime_start(&options), RSP_OK);
  }
  ~Runtime() {
    if (rsp_runtime_is_running()) {
      EXPECT_EQ(rsp_runtime_stop(0), RSP_OK);
    }
  }
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;
};

/** The calling thread as a process for as long as the object lives. */
class Attached {
 public:
  Attached() {
    EXPECT_EQ(rsp_attach(&self_), RSP_OK);
    pid_ = rsp_self_pid(self_);
  }
  ~Attached() {
    if (self_ != nullptr) {
      EXPECT_EQ(rsp_detach(self_, word("normal")), RSP_OK);
    }
  }
  Attached(const Attached&) = delete;
  Attached& operator=(const Attached&) = delete;

  // NOLINTNEXTLINE(google-explicit-constructor): it stands where a process's handle does
  operator rsp_self*() const { return self_; }
  rsp_self* self() const { return self_; }
  rsp_pid pid() const { return pid_; }

  /** The next message, waited for as long as it takes: a hang is the test's time limit. */
  Message receive() const { return receive_within(RSP_INFINITE); }

  Message receive_within(uint64_t timeout_ms) const {
    rsp_receive_opts options = RSP_RECEIVE_OPTS_INIT;
    options.timeout_ms = timeout_ms;
    rsp_msg* message = nullptr;
    const rsp_result result = rsp_receive(self_, &message, &options);
    if (result != RSP_OK) {
      EXPECT_EQ(result, RSP_ETIMEDOUT);
    }
    return Message(result == RSP_OK ? message : nullptr);
  }

  /** Whether a message waits already. */
  bool has_message() const { return receive_within(0) != nullptr; }

  rsp_ref monitor(rsp_pid pid) const {
    rsp_ref ref = {};
    EXPECT_EQ(rsp_monitor(self_, &ref, pid, nullptr), RSP_OK);
    return ref;
  }

  /** Waits for the end of a process, whatever else is in the mailbox, and says its reason: noproc if it had
   * ended before. */
  std::string end_of(rsp_pid pid) const {
    return end_after(pid, [] {});
  }

  /** Sends an exit signal and says the reason the process ended for. */
  std::string exit(rsp_pid pid, std::string_view reason) const {
    return end_after(pid, [&] { EXPECT_EQ(rsp_exit_signal(self_, pid, word(reason)), RSP_OK); });
  }

  /** Sends a message and says the reason the process ended for. */
  std::string end_by_message(rsp_pid pid) const {
    return end_after(pid, [&] { EXPECT_EQ(rsp_send(self_, pid, NIL), RSP_OK); });
  }

  /** What `deed` makes a process end for. */
  std::string end_after(rsp_pid pid, const std::function<void()>& deed) const {
    rsp_ref ref = monitor(pid);
    deed();
    rsp_receive_opts options = RSP_RECEIVE_OPTS_INIT;
    options.match = [](const rsp_msg* message, void* wanted) {
      return rsp_msg_get_kind(message) == RSP_MSG_DOWN &&
             rsp_msg_ref(message) == *static_cast<rsp_ref*>(wanted);
    };
    options.match_ctx = &ref;
    rsp_msg* message = nullptr;
    EXPECT_EQ(rsp_receive(self_, &message, &options), RSP_OK);
    return text_of(Message(message));
  }

 private:
  rsp_self* self_ = nullptr;
  rsp_pid pid_ = NO_PID;
};

/** Messages that wait for a process. */
inline int64_t queue_length(const Attached& me, rsp_pid pid) {
  rsp_term info = NIL;
  EXPECT_EQ(rsp_process_info(me, &info, pid, RSP_INFINITE), RSP_OK);
  rsp_term length = NIL;
  EXPECT_EQ(rsp_term_map_get(&length, info, word("message_queue_len")), RSP_OK);
  const int64_t value = as_int(length);
  rsp_term_free(info);
  return value;
}

/** The code of a process: called with the message, or with nullptr at its start. */
using Code = std::function<rsp_next(rsp_self*, rsp_msg*)>;

inline rsp_next run_code(rsp_self* self, rsp_msg* message, void* code) {
  return (*static_cast<Code*>(code))(self, message);
}
inline void free_code(void* code) { delete static_cast<Code*>(code); }

struct SpawnExtras {
  bool link = false;
  bool trap_exit = false;
  bool start = false;  // the code is called at the start too
};

inline rsp_pid spawn(rsp_self* self, Code code, SpawnExtras extras = {}) {
  rsp_spawn_opts options = RSP_SPAWN_OPTS_INIT;
  options.link = extras.link;
  options.trap_exit = extras.trap_exit;
  options.start = extras.start ? run_code : nullptr;
  Code* const state = new Code(std::move(code));
  rsp_pid pid = NO_PID;
  const rsp_result result = rsp_spawn(self, &pid, nullptr, &options, run_code, state, free_code);
  EXPECT_EQ(result, RSP_OK);
  if (result != RSP_OK) delete state;
  return pid;
}

/** A process that takes every message and does nothing with it. */
inline rsp_pid spawn_idle(rsp_self* self, SpawnExtras extras = {}) {
  return spawn(
      self, [](rsp_self*, rsp_msg*) { return RSP_NEXT_CONTINUE; }, extras);
}

/** A process that sends every term back to where it came from. */
inline rsp_pid spawn_echo(rsp_self* self) {
  return spawn(self, [](rsp_self* me, rsp_msg* message) {
    const rsp_result result = rsp_send(me, rsp_msg_from(message), rsp_msg_term(message));
    if (result != RSP_OK) {
      EXPECT_EQ(result, RSP_EXITING);
    }
    return RSP_NEXT_CONTINUE;
  });
}

/** Runs `code` once inside the callback of a process, and waits until it has. */
inline void in_callback(const Attached& me, std::function<void(rsp_self*)> code) {
  const rsp_pid pid = spawn(me, [code = std::move(code)](rsp_self* self, rsp_msg*) {
    code(self);
    return RSP_NEXT_STOP;
  });
  (void)me.end_by_message(pid);
}

/** A pid that was a process's and is not any more. */
inline rsp_pid dead_pid(const Attached& me) {
  const rsp_pid pid = spawn(me, [](rsp_self*, rsp_msg*) { return RSP_NEXT_STOP; });
  (void)me.end_by_message(pid);
  return pid;
}

/** The figures of the runtime. */
inline rsp_runtime_stats stats() {
  rsp_runtime_stats read = RSP_RUNTIME_STATS_INIT;
  EXPECT_EQ(rsp_runtime_get_stats(&read), RSP_OK);
  return read;
}

/** Waits until something is as wanted: a hang is the test's time limit. */
template <class Wanted>
void wait_until(Wanted wanted) {
  while (!wanted()) std::this_thread::yield();
}

}  // namespace capi_test
