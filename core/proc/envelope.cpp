#include "core/proc/envelope.hpp"

#include <cstring>

#include "core/mem/account.hpp"
#include "core/mem/alloc.hpp"
#include "core/proc/envelope_memory.hpp"
#include "core/proc/trampoline.hpp"

namespace rsp {

namespace {

/** The first `bytes` are zero. */
Envelope* blank(EnvelopeKind kind, size_t bytes) {
  void* const memory = take_envelope_memory();
  if (memory == nullptr) return nullptr;
  std::memset(memory, 0, bytes);
  Envelope* const envelope = static_cast<Envelope*>(memory);
  envelope->kind = kind;
  return envelope;
}

}  // namespace

Envelope* envelope_new(EnvelopeKind kind) { return blank(kind, sizeof(Envelope)); }

Envelope* envelope_new_plain(EnvelopeKind kind) { return blank(kind, ENVELOPE_FIRST_LINE); }

void envelope_drop_native(Envelope* envelope) {
  void* const payload = reinterpret_cast<void*>(envelope->term.data());
  if (envelope->native != nullptr && envelope->native->drop != nullptr)
    drop_guarded(envelope->native->drop, payload);
  envelope->flags &= static_cast<uint8_t>(~envelope_flag::NATIVE);
}

void envelope_free(Envelope* envelope) {
  envelope_drop_payload(envelope);
  give_envelope_memory(envelope);
}

void envelope_free_blank(Envelope* envelope) {
  if (envelope != nullptr) give_envelope_memory(envelope);
}

void envelope_lent(Envelope* envelope) {
  count_envelope_given();
  mem_lend(envelope);
}

void envelope_returned(Envelope* envelope) {
  count_envelope_taken();
  mem_return(envelope);
}

}  // namespace rsp
