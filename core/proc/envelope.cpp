#include "core/proc/envelope.hpp"

#include <cstring>

#include "core/mem/account.hpp"
#include "core/mem/alloc.hpp"
#include "core/proc/envelope_memory.hpp"
#include "core/proc/trampoline.hpp"

namespace rsp {

namespace {

/** The first `bytes` are zero. */
Envelope* blank(void* memory, EnvelopeKind kind, size_t bytes) {
  if (memory == nullptr) return nullptr;
  std::memset(memory, 0, bytes);
  Envelope* const envelope = static_cast<Envelope*>(memory);
  envelope->kind = kind;
  return envelope;
}

}  // namespace

Envelope* envelope_new(EnvelopeKind kind) {
  return blank(take_envelope_memory().block, kind, sizeof(Envelope));
}

Envelope* envelope_new_plain(EnvelopeKind kind) {
  const TakenMemory memory = take_envelope_memory();
  Envelope* const envelope = blank(memory.block, kind, ENVELOPE_FIRST_LINE);
  if (envelope != nullptr) envelope->ahead = memory.earlier;
  return envelope;
}

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
