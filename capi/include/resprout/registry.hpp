// Registries: processes by keys that are any terms, and with values. Elixir's Registry.
//
//     registry rooms("rooms");
//     supervisor(one_for_one).child(rooms.spec()).child<lobby>("lobby").start(rt);
//     …in a process…   rooms.register_key("blue", 7);
//     …anywhere…       pid who = rooms.whereis("blue");
//
// Thread: any reads; a process registers itself. A registry comes before its users in their supervisor. Rules: S-REG.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "resprout/child_spec.hpp"
#include "resprout/registry.h"
#include "resprout/supervisor.hpp"

namespace resprout {

// NOLINTBEGIN(readability-identifier-naming): words of OTP, written as they are
/** Whether a key belongs to one process, or to any number of them. */
enum class registry_keys { unique = RSP_REGISTRY_UNIQUE, duplicate = RSP_REGISTRY_DUPLICATE };
// NOLINTEND(readability-identifier-naming)

namespace detail {

/** A registry as what is started. */
class registry_code final : public start_code {
 public:
  registry_code(const atom& name, registry_keys keys, std::vector<atom> listeners)
      : name_(name), keys_(keys), listeners_(std::move(listeners)) {}

  rsp_result fill(rsp_start_spec* out) const override {
    const std::vector<rsp_atom> names = raw_atoms(listeners_);
    rsp_registry_opts opts = RSP_REGISTRY_OPTS_INIT;
    opts.name = name_.raw();
    opts.keys = static_cast<rsp_registry_kind>(keys_);
    opts.listeners = names.data();
    opts.listener_count = names.size();
    return rsp_registry_spec(out, &opts);
  }

 private:
  atom name_;
  registry_keys keys_;
  std::vector<atom> listeners_;
};

}  // namespace detail

/** A registry, by its name. Each function throws Error (RSP_ENONAME): no such registry runs. */
class registry {
 public:
  struct entry {
    pid process;
    term value;
  };

  explicit registry(const atom& name) noexcept : name_(name) {}
  const atom& name() const noexcept { return name_; }

  /** Says how to start it: as a child, or by itself. Listeners are names of processes that are told of each key. */
  child_spec spec(registry_keys keys = registry_keys::unique, std::vector<atom> listeners = {}) const {
    child_spec made(std::make_shared<const detail::registry_code>(name_, keys, std::move(listeners)));
    return made.id(name_);
  }

  /** Gives the calling process a key, until it ends or gives it back. Throws Error (RSP_ENAMETAKEN): a unique key is taken. */
  result<void> try_register_key(const term& key, const term& value = {}) const {
    return detail::act([&](rsp_self* self) {
      return rsp_registry_register(self, nullptr, name_.raw(), key.raw(), value.raw());
    });
  }
  void register_key(const term& key, const term& value = {}) const { try_register_key(key, value).value(); }

  /** Takes a key from the calling process, however often it has it. */
  result<void> try_unregister_key(const term& key) const {
    return detail::act([&](rsp_self* self) { return rsp_registry_unregister(self, name_.raw(), key.raw()); });
  }
  void unregister_key(const term& key) const { try_unregister_key(key).value(); }

  /** Gives a unique key of the calling process another value; what it was. */
  result<term> try_update_value(const term& key, const term& value) const {
    const result<rsp_self*> self = detail::current();
    if (!self) return Err{self.error()};
    return read([&](rsp_term* out) {
      return rsp_registry_update_value(*self, out, name_.raw(), key.raw(), value.raw());
    });
  }
  term update_value(const term& key, const term& value) const { return try_update_value(key, value).value(); }

  /** Who has a key, and with which values, in the order in which they registered. */
  result<std::vector<entry>> try_lookup(const term& key) const {
    return entries([&](rsp_term* out) { return rsp_registry_lookup(out, name_.raw(), key.raw()); });
  }
  std::vector<entry> lookup(const term& key) const { return try_lookup(key).value(); }

  /** The same, but only those with a value that fits: itself, the atom `_`, or a tuple with `_` among its elements. */
  result<std::vector<entry>> try_match(const term& key, const term& pattern) const {
    return entries(
        [&](rsp_term* out) { return rsp_registry_match(out, name_.raw(), key.raw(), pattern.raw()); });
  }
  std::vector<entry> match(const term& key, const term& pattern) const {
    return try_match(key, pattern).value();
  }

  /** The process that has a unique key; no process: nobody. */
  result<pid> try_whereis(const term& key) const {
    rsp_pid out{0, 0, 0};
    const rsp_result code = rsp_registry_whereis(&out, name_.raw(), key.raw());
    if (code != RSP_OK) return Err{code};
    return Ok{pid(out)};
  }
  pid whereis(const term& key) const { return try_whereis(key).value(); }

  /** The keys of a process, in the order in which it registered them. */
  result<std::vector<term>> try_keys(pid of) const {
    const result<term> list =
        read([&](rsp_term* out) { return rsp_registry_keys(out, name_.raw(), of.raw()); });
    if (!list) return Err{list.error()};
    return list->try_to<std::vector<term>>();
  }
  std::vector<term> keys(pid of) const { return try_keys(of).value(); }

  result<uint64_t> try_count() const {
    uint64_t count = 0;
    const rsp_result code = rsp_registry_count(&count, name_.raw());
    if (code != RSP_OK) return Err{code};
    return Ok{count};
  }
  uint64_t count() const { return try_count().value(); }

  /** What was put down with the registry itself. Throws Error (RSP_EMISMATCH): nothing of this key. */
  result<term> try_meta(const term& key) const {
    return read([&](rsp_term* out) { return rsp_registry_meta(out, name_.raw(), key.raw()); });
  }
  term meta(const term& key) const { return try_meta(key).value(); }
  result<void> try_put_meta(const term& key, const term& value) const {
    return detail::check(rsp_registry_put_meta(name_.raw(), key.raw(), value.raw()));
  }
  void put_meta(const term& key, const term& value) const { try_put_meta(key, value).value(); }
  result<void> try_delete_meta(const term& key) const {
    return detail::check(rsp_registry_delete_meta(name_.raw(), key.raw()));
  }
  void delete_meta(const term& key) const { try_delete_meta(key).value(); }

  /** Sends a term to whoever has a unique key now. Throws Error (RSP_ENONAME): nobody. */
  result<void> try_send(const term& key, const term& message) const {
    return detail::check(rsp_send_via(rsp_current(), name_.raw(), key.raw(), message.raw()));
  }
  void send(const term& key, const term& message) const { try_send(key, message).value(); }

  /** The same as a cast; nobody is no error. */
  result<void> try_cast(const term& key, const term& request) const {
    return detail::check(rsp_cast_via(rsp_current(), name_.raw(), key.raw(), request.raw()));
  }
  void cast(const term& key, const term& request) const { try_cast(key, request).value(); }

  /** Calls whoever has a unique key now. Throws call_exit, call_timeout. */
  result<term> try_call(const term& key, const term& request, timeout within = call_time) const {
    return detail::call_as<term>([&](rsp_self* self, rsp_msg** out, rsp_term* reason) {
      return rsp_call_via(self, out, reason, name_.raw(), key.raw(), request.raw(), within.milliseconds());
    });
  }
  term call(const term& key, const term& request, timeout within = call_time) const {
    return try_call(key, request, within).value();
  }

 private:
  template <class Read>
  static result<term> read(Read&& from) {
    rsp_term raw{0, 0};
    const rsp_result code = from(&raw);
    if (code != RSP_OK) return Err{code};
    return Ok{term::adopt(raw)};
  }
  template <class Read>
  static result<std::vector<entry>> entries(Read&& from) {
    const result<term> list = read(std::forward<Read>(from));
    if (!list) return Err{list.error()};
    std::vector<entry> found;
    for (auto& [process, value] : list->to<std::vector<std::pair<pid, term>>>())
      found.push_back(entry{process, std::move(value)});
    return Ok{std::move(found)};
  }

  atom name_;
};

inline child_spec& child_spec::via(const registry& in, term key) {
  via_registry_ = in.name();
  via_key_ = std::move(key);
  return *this;
}

}  // namespace resprout
