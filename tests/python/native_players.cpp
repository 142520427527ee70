// Native children for the tests of the interpreter's lock: two that play ping-pong for ever, and one that
// says how often it was started. The counters are read by the test itself, through ctypes, so that nothing of
// Python runs in between.
#include <time.h>

#include <atomic>
#include <cstdint>
#include <cstring>

#include "resprout/api.h"

namespace {

std::atomic<const rsp_api*> table;
std::atomic<uint64_t> rounds;        // of the ping-pong
std::atomic<uint64_t> incarnations;  // of the phoenix
std::atomic<uint64_t> phoenix_pid;   // the latest one's id
std::atomic<uint64_t> messages;      // that the drain has handled
std::atomic<uint64_t> spinning;      // casts of spinners that have not returned
std::atomic<bool> released;          // the spinners

const rsp_api& rsp() { return *table.load(std::memory_order_acquire); }

rsp_atom atom(const char* text) {
  rsp_atom made = {0};
  (void)!rsp().atom_intern(&made, text, std::strlen(text));
  return made;
}

/** A child whose state is nothing. */
rsp_next begin(rsp_self*, void*, rsp_term, rsp_server_return*) { return RSP_NEXT_CONTINUE; }

/** The ball is the pid of who played it. */
rsp_next play(rsp_self* self, rsp_msg* message) {
  rsp_pid other = {0, 0, 0};
  if (rsp().term_get_pid(&other, rsp().msg_term(message)) != RSP_OK) return RSP_NEXT_STOP;
  rounds.fetch_add(1, std::memory_order_relaxed);
  (void)!rsp().send(self, other, rsp().term_pid(rsp().self_pid(self)));
  return RSP_NEXT_CONTINUE;
}

rsp_next player_info(rsp_self* self, void*, rsp_msg* message, rsp_server_return*) {
  return play(self, message);
}

/** Serves to whoever has the name `ping`. */
rsp_next server_init(rsp_self* self, void*, rsp_term, rsp_server_return*) {
  (void)!rsp().send(self, rsp().whereis(atom("ping")), rsp().term_pid(rsp().self_pid(self)));
  return RSP_NEXT_CONTINUE;
}

rsp_next phoenix_init(rsp_self* self, void*, rsp_term, rsp_server_return*) {
  phoenix_pid.store(rsp().self_pid(self).id, std::memory_order_relaxed);
  incarnations.fetch_add(1, std::memory_order_release);
  return RSP_NEXT_CONTINUE;
}

rsp_next drain_info(rsp_self*, void*, rsp_msg*, rsp_server_return*) {
  messages.fetch_add(1, std::memory_order_relaxed);
  return RSP_NEXT_CONTINUE;
}

/** Computes without a call until it is released. */
rsp_next spinner_cast(rsp_self*, void*, rsp_msg*, rsp_server_return*) {
  spinning.fetch_add(1, std::memory_order_relaxed);
  while (!released.load(std::memory_order_acquire)) {
  }
  spinning.fetch_sub(1, std::memory_order_relaxed);
  return RSP_NEXT_CONTINUE;
}

/** Answers a call with the request as it is. */
rsp_next echo_call(rsp_self*, void*, rsp_msg* message, rsp_from, rsp_server_return* ret) {
  ret->action = RSP_SERVER_REPLY;
  ret->reply = rsp().term_copy(rsp().msg_term(message));
  return RSP_NEXT_CONTINUE;
}

template <class Fill>
rsp_server_ops make_ops(const char* name, Fill&& fill) {
  rsp_server_ops ops = {};
  ops.size = sizeof(ops);
  ops.name = name;
  ops.init = begin;
  fill(ops);
  return ops;
}

const rsp_server_ops PING = make_ops("ping", [](rsp_server_ops& ops) { ops.handle_info = player_info; });
const rsp_server_ops PONG = make_ops("pong", [](rsp_server_ops& ops) {
  ops.init = server_init;
  ops.handle_info = player_info;
});
const rsp_server_ops PHOENIX = make_ops("phoenix", [](rsp_server_ops& ops) { ops.init = phoenix_init; });
const rsp_server_ops DRAIN = make_ops("drain", [](rsp_server_ops& ops) { ops.handle_info = drain_info; });
const rsp_server_ops SPINNER =
    make_ops("spinner", [](rsp_server_ops& ops) { ops.handle_cast = spinner_cast; });
const rsp_server_ops ECHO = make_ops("echo", [](rsp_server_ops& ops) { ops.handle_call = echo_call; });

const rsp_server_ops* with_table(const rsp_api* api, const rsp_server_ops& ops) {
  table.store(api, std::memory_order_release);
  return &ops;
}

struct Seen {
  uint64_t rounds;
  uint64_t incarnations;
  uint64_t phoenix;
};

Seen look() {
  const uint64_t born = incarnations.load(std::memory_order_acquire);
  return {rounds.load(std::memory_order_relaxed), born, phoenix_pid.load(std::memory_order_relaxed)};
}

void sleep_s(int64_t seconds) {
  timespec left = {seconds, 0};
  while (nanosleep(&left, &left) != 0) {
  }
}

}  // namespace

extern "C" {

RSP_API const rsp_server_ops* ping(const rsp_api* api) { return with_table(api, PING); }
RSP_API const rsp_server_ops* pong(const rsp_api* api) { return with_table(api, PONG); }
RSP_API const rsp_server_ops* phoenix(const rsp_api* api) { return with_table(api, PHOENIX); }
RSP_API const rsp_server_ops* drain(const rsp_api* api) { return with_table(api, DRAIN); }
RSP_API const rsp_server_ops* spinner(const rsp_api* api) { return with_table(api, SPINNER); }
RSP_API const rsp_server_ops* echo(const rsp_api* api) { return with_table(api, ECHO); }

/** Called through ctypes.PyDLL, which keeps the interpreter's lock: holds it for so long, kills the phoenix
 * as it begins, and writes what the counters showed at the begin and at the end: {rounds, incarnations,
 * phoenix} twice. */
RSP_API void hold_the_lock(int64_t seconds, uint64_t* out) {
  const Seen before = look();
  (void)!rsp().exit_signal(nullptr, rsp_pid{before.phoenix, 0, 0}, rsp().term_atom(atom("kill")));
  sleep_s(seconds);
  const Seen after = look();
  const uint64_t seen[] = {before.rounds, before.incarnations, before.phoenix,
                           after.rounds,  after.incarnations,  after.phoenix};
  std::memcpy(out, seen, sizeof seen);
}

RSP_API uint64_t rounds_played(void) { return rounds.load(std::memory_order_relaxed); }
RSP_API uint64_t spinners(void) { return spinning.load(std::memory_order_relaxed); }
RSP_API void release_spinners(bool on) { released.store(on, std::memory_order_release); }
RSP_API uint64_t messages_drained(void) { return messages.load(std::memory_order_relaxed); }

}  // extern "C"
