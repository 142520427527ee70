// The process dictionary: keys and values, terms both, that a process keeps for its own code, in a server's callbacks as in
// those of a bare process. It goes with the process: a server that is started anew has an empty one. Rules: S-DICT.
//
// Threads: any that is a process.
#pragma once

#include "resprout/dictionary.h"
#include "resprout/process.hpp"

namespace resprout {

/** Sets the value of a key; the value before, nil if there was none. */
inline result<term> try_put(const term& key, const term& value) {
  return detail::ask_term(
      [&](rsp_self* self, rsp_term* out) { return rsp_put(self, out, key.raw(), value.raw()); });
}
inline term put(const term& key, const term& value) { return try_put(key, value).value(); }

/** The value of a key; nil: there is none. */
inline result<term> try_get(const term& key) {
  return detail::ask_term([&](rsp_self* self, rsp_term* out) { return rsp_get(self, out, key.raw()); });
}
inline term get(const term& key) { return try_get(key).value(); }

/** Takes a key out; its value, nil if there was none. */
inline result<term> try_erase(const term& key) {
  return detail::ask_term([&](rsp_self* self, rsp_term* out) { return rsp_erase(self, out, key.raw()); });
}
inline term erase(const term& key) { return try_erase(key).value(); }

/** All keys, a list in no order. */
inline result<term> try_get_keys() { return detail::ask_term(&rsp_get_keys); }
inline term get_keys() { return try_get_keys().value(); }

}  // namespace resprout
