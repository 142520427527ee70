#include "core/proc/envelope.hpp"

#include <cstring>

#include "core/mem/alloc.hpp"
#include "core/proc/trampoline.hpp"

namespace rsp {

Envelope* envelope_new(EnvelopeKind kind) {
  void* const memory = mem_alloc(sizeof(Envelope));
  if (memory == nullptr) return nullptr;
  std::memset(memory, 0, sizeof(Envelope));
  Envelope* const envelope = static_cast<Envelope*>(memory);
  envelope->kind = kind;
  return envelope;
}

void envelope_drop_payload(Envelope* envelope) {
  if (envelope->has(envelope_flag::NATIVE)) {
    void* const payload = reinterpret_cast<void*>(envelope->term.data());
    if (envelope->native != nullptr && envelope->native->drop != nullptr)
      drop_guarded(envelope->native->drop, payload);
    envelope->flags &= static_cast<uint8_t>(~envelope_flag::NATIVE);
  } else {
    drop_term(envelope->term);
  }
  envelope->term = TermBits{};
}

void envelope_free(Envelope* envelope) {
  envelope_drop_payload(envelope);
  mem_free(envelope);
}

}  // namespace rsp
