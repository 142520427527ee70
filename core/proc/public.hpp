// The same objects on both sides of the C ABI: a process is rsp_self, an envelope rsp_msg, a term rsp_term.
#pragma once

#include <bit>

#include "core/proc/process.hpp"
#include "core/term/term.hpp"
#include "resprout/message.h"

namespace rsp {

inline rsp_self* to_public(Process& process) { return reinterpret_cast<rsp_self*>(&process); }
inline rsp_msg* to_public(Envelope* envelope) { return reinterpret_cast<rsp_msg*>(envelope); }
inline Envelope* from_public(rsp_msg* message) { return reinterpret_cast<Envelope*>(message); }
inline const Envelope* from_public(const rsp_msg* message) {
  return reinterpret_cast<const Envelope*>(message);
}

/** Lent, on both sides. */
inline rsp_term to_public(TermBits term) { return rsp_term{term.meta(), term.data()}; }
inline TermBits from_public(rsp_term term) { return TermBits::from_raw(term.meta, term.data); }

/** Takes over what user code has put there, which may be anything: what is no term is dropped like nil. */
inline Term take_public(rsp_term& term) {
  const TermBits bits = from_public(term);
  term = rsp_term{0, 0};
  return bits.is_well_formed() ? Term::adopt(bits) : Term();
}

inline Next from_public(rsp_next next) { return static_cast<Next>(next); }

// NativeOps is rsp_native_ops; an envelope stores the pointer it was given.
static_assert(sizeof(NativeOps) == sizeof(rsp_native_ops));
static_assert(offsetof(NativeOps, size) == offsetof(rsp_native_ops, size));
static_assert(offsetof(NativeOps, drop) == offsetof(rsp_native_ops, drop));
static_assert(offsetof(NativeOps, describe) == offsetof(rsp_native_ops, describe));
inline const NativeOps* from_public(const rsp_native_ops* ops) {
  return reinterpret_cast<const NativeOps*>(ops);
}

}  // namespace rsp
