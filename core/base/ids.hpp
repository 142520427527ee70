// Identities in core form: Pid, Ref, Atom. Plain integers by value, layouts equal to the public structs of
// resprout/ids.h, so the boundary converts by copying bits.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "resprout/ids.h"

namespace rsp {

/// One incarnation of one process. `id` is serial:32 | index:32; node 0 is this OS process. All zero is none.
struct Pid {
  uint64_t id = 0;
  uint32_t node = 0;
  uint32_t creation = 0;

  static constexpr Pid local(uint32_t index, uint32_t serial) noexcept {
    return {uint64_t{serial} << 32 | index, 0, 0};
  }
  constexpr uint32_t index() const noexcept { return static_cast<uint32_t>(id); }
  constexpr uint32_t serial() const noexcept { return static_cast<uint32_t>(id >> 32); }
  constexpr bool is_none() const noexcept { return id == 0 && node == 0; }
  constexpr bool is_local() const noexcept { return node == 0; }
  friend constexpr bool operator==(const Pid&, const Pid&) noexcept = default;
};

/// What a reference of this node is made of: a number unique in the run and the id of the process that made
/// it (where an alias leads).
struct LocalRef {
  uint64_t number = 0;
  uint64_t owner = 0;
  friend constexpr bool operator==(const LocalRef&, const LocalRef&) noexcept = default;
};

/// A reference, unique in the run and across connected nodes; names a monitor, an alias, a timer, a request.
/// `len` words count, the others are zero. `len` 0 is no reference. A local one has five words: number (low,
/// high), owner (index, serial), and a hint to the slot of what it names (core/proc/timer_slots.hpp).
struct Ref {
  static constexpr uint32_t WORDS = 5;

  uint32_t node = 0;
  uint32_t creation = 0;
  uint32_t words[WORDS] = {};
  uint32_t len = 0;

  static constexpr Ref local(LocalRef ref, uint32_t slot_hint) noexcept {
    return {0,
            0,
            {static_cast<uint32_t>(ref.number), static_cast<uint32_t>(ref.number >> 32),
             static_cast<uint32_t>(ref.owner), static_cast<uint32_t>(ref.owner >> 32), slot_hint},
            WORDS};
  }
  constexpr bool is_none() const noexcept { return len == 0; }
  constexpr bool is_local() const noexcept { return node == 0 && len == WORDS; }
  constexpr LocalRef as_local() const noexcept {
    return {uint64_t{words[1]} << 32 | words[0], uint64_t{words[3]} << 32 | words[2]};
  }
  constexpr uint32_t slot_hint() const noexcept { return words[4]; }

  /// Words past `len` do not count.
  friend constexpr bool operator==(const Ref& a, const Ref& b) noexcept {
    if (a.node != b.node || a.creation != b.creation || a.len != b.len) return false;
    for (uint32_t i = 0; i < a.len && i < WORDS; ++i) {
      if (a.words[i] != b.words[i]) return false;
    }
    return true;
  }
};

/// A word known to the whole OS process by a number; 0 is `undefined`. See core/term/atom.hpp.
struct Atom {
  uint32_t id = 0;
  friend constexpr bool operator==(const Atom&, const Atom&) noexcept = default;
};

static_assert(sizeof(Pid) == sizeof(rsp_pid) && alignof(Pid) == alignof(rsp_pid));
static_assert(offsetof(Pid, id) == offsetof(rsp_pid, id));
static_assert(offsetof(Pid, node) == offsetof(rsp_pid, node));
static_assert(offsetof(Pid, creation) == offsetof(rsp_pid, creation));
static_assert(sizeof(Ref) == sizeof(rsp_ref) && alignof(Ref) == alignof(rsp_ref));
static_assert(offsetof(Ref, node) == offsetof(rsp_ref, node));
static_assert(offsetof(Ref, creation) == offsetof(rsp_ref, creation));
static_assert(offsetof(Ref, words) == offsetof(rsp_ref, words));
static_assert(offsetof(Ref, len) == offsetof(rsp_ref, len));
static_assert(sizeof(Atom) == sizeof(rsp_atom) && offsetof(Atom, id) == offsetof(rsp_atom, id));
static_assert(std::is_trivially_copyable_v<Pid>);
static_assert(std::is_trivially_copyable_v<Ref>);
static_assert(std::is_trivially_copyable_v<Atom>);

constexpr rsp_pid to_public(Pid pid) noexcept { return std::bit_cast<rsp_pid>(pid); }
constexpr rsp_ref to_public(const Ref& ref) noexcept { return std::bit_cast<rsp_ref>(ref); }
constexpr rsp_atom to_public(Atom atom) noexcept { return std::bit_cast<rsp_atom>(atom); }
constexpr Pid from_public(rsp_pid pid) noexcept { return std::bit_cast<Pid>(pid); }
constexpr Ref from_public(const rsp_ref& ref) noexcept { return std::bit_cast<Ref>(ref); }
constexpr Atom from_public(rsp_atom atom) noexcept { return std::bit_cast<Atom>(atom); }

}  // namespace rsp
