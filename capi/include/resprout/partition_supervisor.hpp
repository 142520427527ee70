// Partitions: one process that everybody calls becomes several, each for a part of the keys. Elixir's PartitionSupervisor.
//
//     partition_supervisor counters("counters");
//     counters.of(server<counter>()).partitions(4).start();
//     counters.call("ada", 1);                                          // a request that is a term
//     server_ref<counter>(counters.whereis("ada")).call(counter::add{1});
//
// A key that is an integer belongs to the partition of its magnitude modulo their number; any other one to that of its hash, always the
// same one as long as the program runs. To find it asks no process. Thread: any. Rules: S-PART.
#pragma once

#include <utility>

#include "resprout/call.hpp"
#include "resprout/partition.h"
#include "resprout/supervisor.hpp"

namespace resprout {

/** A supervisor of partitions, by its name. Each function throws Error (RSP_ENONAME) where it says no other thing: no such supervisor
 * runs. */
class partition_supervisor {
 public:
  explicit partition_supervisor(const atom& name) noexcept : name_(name) {}
  const atom& name() const noexcept { return name_; }

  /** How to start it over copies of this child, as many as the runtime has workers unless supervisor::partitions says otherwise. It is
   * one_for_one; for another strategy of groups, give a named supervisor of one child its partitions. Not a child that
   * a function starts. */
  supervisor of(child_spec child) const {
    supervisor made(one_for_one);
    made.name(name_).child(std::move(child)).partitions(RSP_PARTITIONS_AS_WORKERS);
    return made;
  }

  /** How many there are. */
  result<uint64_t> try_count() const {
    uint64_t count = 0;
    const rsp_result code = rsp_partition_count(&count, name_.raw());
    if (code != RSP_OK) return Err{code};
    return Ok{count};
  }
  uint64_t count() const { return try_count().value(); }

  /** The partition of a key; no process: it has none just now. */
  result<pid> try_whereis(const term& key) const {
    rsp_pid out{0, 0, 0};
    const rsp_result code = rsp_partition_whereis(&out, name_.raw(), key.raw());
    if (code != RSP_OK) return Err{code};
    return Ok{pid(out)};
  }
  pid whereis(const term& key) const { return try_whereis(key).value(); }

  /** Sends a term to the partition of a key. Throws Error (RSP_ENONAME): it has no process. */
  result<void> try_send(const term& key, const term& message) const {
    return detail::check(rsp_partition_send(rsp_current(), name_.raw(), key.raw(), message.raw()));
  }
  void send(const term& key, const term& message) const { try_send(key, message).value(); }

  /** The same as a cast; that it has no process, or that no such supervisor runs, is no error. */
  result<void> try_cast(const term& key, const term& request) const {
    return detail::check(rsp_partition_cast(rsp_current(), name_.raw(), key.raw(), request.raw()));
  }
  void cast(const term& key, const term& request) const { try_cast(key, request).value(); }

  /** Calls the partition of a key. Throws call_exit ({noproc, …}: it has no process), call_timeout. */
  result<term> try_call(const term& key, const term& request, timeout within = call_time) const {
    return detail::call_as<term>([&](rsp_self* self, rsp_msg** out, rsp_term* reason) {
      return rsp_partition_call(self, out, reason, name_.raw(), key.raw(), request.raw(),
                                within.milliseconds());
    });
  }
  term call(const term& key, const term& request, timeout within = call_time) const {
    return try_call(key, request, within).value();
  }

 private:
  atom name_;
};

}  // namespace resprout
