// What every function of the C API does around its one call of the core: check what came from outside, and
// cross the border.
//
//     rsp_result rsp_verb(rsp_self* self, rsp_ref* out, rsp_pid pid) {
//       if (out == nullptr || !is_local(pid)) return RSP_EINVAL;
//       Call call(self);
//       if (call.refused()) return call.result();
//       ...one call of the core with call.self()...
//     }
//
// Arguments come first, then the caller: a call with a malformed argument changes nothing, whoever makes it.
#pragma once

#include <bit>
#include <cstddef>

#include "capi/src/caller_structs.hpp"
#include "core/base/ids.hpp"
#include "core/mem/account.hpp"
#include "core/proc/call.hpp"
#include "core/proc/deadline.hpp"
#include "core/proc/limits.hpp"
#include "core/proc/message.hpp"
#include "core/proc/public.hpp"
#include "core/term/atom.hpp"
#include "core/term/term.hpp"
#include "resprout/message.h"

namespace rsp::capi {

/** Who may be the caller where self is NULL. */
enum class Foreign { REFUSED, ALLOWED };

/** A call, from the caller's code to the core and back. */
class Call {
 public:
  explicit Call(rsp_self* self, Foreign foreign = Foreign::REFUSED)
      : self_(reinterpret_cast<Process*>(self)), result_(begin(self_, foreign)), visit_(self_ == nullptr) {}
  ~Call() {
    if (result_ == RSP_OK && self_ != nullptr) end_call(*self_);
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  [[nodiscard]] bool refused() const { return result_ != RSP_OK; }
  [[nodiscard]] rsp_result result() const { return result_; }
  /** The calling process. Not where a foreign thread may call: see self_or_null(). */
  Process& self() const { return *self_; }
  Process* self_or_null() const { return self_; }

 private:
  static rsp_result begin(Process* self, Foreign foreign) {
    if (self != nullptr) return begin_call(self);
    if (foreign == Foreign::REFUSED) return RSP_EINVAL;
    return is_forked() ? RSP_EFORKED : RSP_OK;
  }

  Process* self_;
  rsp_result result_;
  AccountVisit visit_;
};

/** The caller's options as ours. nullptr: the defaults. False: they cannot be read. */
template <class Options>
[[nodiscard]] bool read_options(const Options* options, Options defaults, Options* out) {
  *out = defaults;
  return options == nullptr || read_struct(out, *options);
}

inline bool is_native_ops(const rsp_native_ops* ops) { return ops != nullptr && is_readable(*ops); }

/** A process of this OS process, dead or alive. */
inline bool is_local(rsp_pid pid) { return pid.id != 0 && pid.node == 0 && pid.creation == 0; }

/** The same, or nobody: all zero. */
inline bool is_local_or_nobody(rsp_pid pid) {
  return is_local(pid) || (pid.id == 0 && pid.node == 0 && pid.creation == 0);
}

/** A reference made by a process of this OS process. */
inline bool is_local(const rsp_ref& ref) { return from_public(ref).is_local() && ref.creation == 0; }

inline bool is_term(rsp_term term) { return from_public(term).is_well_formed(); }

inline bool is_atom(rsp_atom atom) { return atom_exists(from_public(atom)); }

/** An atom that can be a name. */
inline bool is_name(rsp_atom atom) { return atom.id != 0 && is_atom(atom); }

/** A destination of replies as rsp_msg_from_call makes them. */
inline bool is_from(const rsp_from& from) {
  return is_local(from.pid) && is_local(from.ref) && from_public(from.ref).as_local().owner == from.pid.id;
}

static_assert(RSP_OVERFLOW_REFUSE == static_cast<int>(Overflow::REFUSE));
static_assert(RSP_OVERFLOW_DROP_NEWEST == static_cast<int>(Overflow::DROP_NEWEST));
static_assert(RSP_OVERFLOW_DROP_OLDEST == static_cast<int>(Overflow::DROP_OLDEST));
static_assert(RSP_OVERFLOW_EXIT == static_cast<int>(Overflow::EXIT));

inline bool is_alias_mode(rsp_alias_mode mode) { return static_cast<unsigned>(mode) <= RSP_ALIAS_REPLY; }

inline AliasMode alias_mode(rsp_alias_mode mode) { return static_cast<AliasMode>(mode); }
static_assert(RSP_ALIAS_NONE == static_cast<int>(AliasMode::NONE));
static_assert(RSP_ALIAS_EXPLICIT == static_cast<int>(AliasMode::EXPLICIT));
static_assert(RSP_ALIAS_DEMONITOR == static_cast<int>(AliasMode::DEMONITOR));
static_assert(RSP_ALIAS_REPLY == static_cast<int>(AliasMode::REPLY));

inline rsp_ref ref_to_public(LocalRef ref, uint32_t slot = 0) { return to_public(Ref::local(ref, slot)); }
inline LocalRef local_of(const rsp_ref& ref) { return from_public(ref).as_local(); }

inline Payload payload_of(rsp_term term) { return Payload{Term::share(from_public(term)), nullptr, nullptr}; }
inline Payload payload_of(void* payload, const rsp_native_ops* ops) {
  return Payload{Term(), payload, from_public(ops)};
}

/** A message becomes the user's, until rsp_msg_free or rsp_put_back. */
inline rsp_msg* lend(Envelope* message) {
  envelope_lent(message);
  return to_public(message);
}

/** The deadline of a wait; 0 looks once. */
inline uint64_t wait_deadline(uint64_t timeout_ms) {
  return timeout_ms == 0 ? 0 : deadline_in_ms(timeout_ms);
}

}  // namespace rsp::capi
