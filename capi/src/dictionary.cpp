// resprout/dictionary.h over core/proc/dictionary.hpp.
#include "resprout/dictionary.h"

#include "capi/src/caller.hpp"
#include "core/proc/belongings.hpp"

using namespace rsp;
using namespace rsp::capi;

extern "C" {

rsp_result rsp_put(rsp_self* self, rsp_term* previous_out, rsp_term key, rsp_term value) {
  if (!is_term(key) || !is_term(value)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  Belongings* const mine = belongings_of(call.self());
  if (mine == nullptr) return RSP_ENOMEM;
  Term previous;
  const rsp_result result = mine->dictionary.put(from_public(key), from_public(value), &previous);
  if (result == RSP_OK) give(previous_out, std::move(previous));
  return result;
}

rsp_result rsp_get(rsp_self* self, rsp_term* out, rsp_term key) {
  if (out == nullptr || !is_term(key)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  const Dictionary* const mine = dictionary_of(call.self());
  give(out, mine == nullptr ? Term() : Term::share(mine->get(from_public(key))));
  return RSP_OK;
}

rsp_result rsp_erase(rsp_self* self, rsp_term* previous_out, rsp_term key) {
  if (!is_term(key)) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  Belongings* const mine = call.self().belongings;
  give(previous_out, mine == nullptr ? Term() : mine->dictionary.erase(from_public(key)));
  return RSP_OK;
}

rsp_result rsp_get_keys(rsp_self* self, rsp_term* out) {
  if (out == nullptr) return RSP_EINVAL;
  Call call(self);
  if (call.refused()) return call.result();
  Term keys = Term::empty(Kind::LIST);
  const Dictionary* const mine = dictionary_of(call.self());
  const rsp_result result = mine == nullptr ? RSP_OK : mine->keys(&keys);
  if (result == RSP_OK) give(out, std::move(keys));
  return result;
}

}  // extern "C"
