#include "core/proc/belongings.hpp"

#include "core/base/assert.hpp"
#include "core/env/atomic.hpp"
#include "core/mem/account.hpp"
#include "core/mem/alloc.hpp"
#include "core/proc/numbers.hpp"
#include "core/proc/trampoline.hpp"

namespace rsp {

namespace {

using Release = void (*)(void*);

// Processes of which something was left to their threads.
constinit env::Atomic<uint32_t> g_left{0};

/** Out of the list, and freed. */
void take_out(Edges& resources, Envelope* record) {
  const AccountVisit visit;  // of a thread whose process is dead
  resources.remove(record);
  envelope_returned(record);
  envelope_free_blank(record);
}

}  // namespace

Belongings* belongings_of(Process& self) {
  if (self.belongings == nullptr) self.belongings = mem_new<Belongings>();
  return self.belongings;
}

rsp_result region_alloc(Process& self, size_t bytes, void** out) {
  Belongings* const mine = belongings_of(self);
  void* const piece = mine == nullptr ? nullptr : mine->region.alloc(bytes);
  if (piece == nullptr) return RSP_ENOMEM;
  *out = piece;
  return RSP_OK;
}

bool region_free(Process& self, void* piece, size_t bytes) {
  return self.belongings != nullptr && self.belongings->region.free(piece, bytes);
}

void trim_region(Process& self) {
  if (self.belongings == nullptr) return;
  Belongings& mine = *self.belongings;
  mine.region.trim();
  const bool is_of_no_use = mine.region.is_empty() && mine.resources.size() == 0 &&
                            mine.holdings == nullptr && mine.label.is_nil() && mine.dictionary.size() == 0;
  if (is_of_no_use) free_belongings(self);
}

rsp_result add_resource(Process& self, Release release, void* context, uint64_t* number) {
  Belongings* const mine = belongings_of(self);
  Envelope* const record = mine == nullptr ? nullptr : envelope_new(EnvelopeKind::RESOURCE);
  if (record == nullptr) return RSP_ENOMEM;
  // Its code's, which may have it when the runtime has gone (a thread that has not detached).
  envelope_lent(record);
  record->ref = next_number();
  record->aux = reinterpret_cast<uintptr_t>(release);
  record->peer = reinterpret_cast<uintptr_t>(context);
  mine->resources.add(record);
  *number = record->ref;
  return RSP_OK;
}

bool remove_resource(Process& self, uint64_t number) {
  if (self.belongings == nullptr) return false;
  Envelope* const record = self.belongings->resources.find_ref(number);
  if (record == nullptr) return false;
  take_out(self.belongings->resources, record);
  return true;
}

bool release_resources(Process& self, uint32_t at_most) {
  if (self.belongings == nullptr) return true;
  Edges& resources = self.belongings->resources;
  for (uint32_t i = 0; i < at_most; ++i) {
    Envelope* const record = resources.last();
    if (record == nullptr) return true;
    const Release release = reinterpret_cast<Release>(record->aux);
    void* const context = reinterpret_cast<void*>(record->peer);
    take_out(resources, record);
    drop_guarded(release, context);
  }
  return resources.last() == nullptr;
}

void release_resources(Process& self) {
  while (!release_resources(self, UINT32_MAX)) {
  }
}

rsp_result set_label(Process& self, TermBits label) {
  if (label.is_nil() && self.belongings == nullptr) return RSP_OK;
  Belongings* const mine = belongings_of(self);
  if (mine == nullptr) return RSP_ENOMEM;
  mine->label = Term::share(label);
  return RSP_OK;
}

TermBits label_of(const Process& self) {
  return self.belongings == nullptr ? TermBits::nil() : TermBits(self.belongings->label);
}

const Dictionary* dictionary_of(const Process& self) {
  return self.belongings == nullptr ? nullptr : &self.belongings->dictionary;
}

bool free_dictionary(Process& self, uint32_t at_most) {
  return self.belongings == nullptr || self.belongings->dictionary.drop(at_most);
}

void free_belongings(Process& self) {
  if (self.belongings == nullptr) return;
  RSP_ASSERT(self.belongings->resources.size() == 0);
  RSP_ASSERT(self.belongings->holdings == nullptr);
  self.belongings->region.release();
  mem_delete(self.belongings);
  self.belongings = nullptr;
}

void leave_belongings(Process& self) {
  // Relaxed: the stop waits for the end of the process, which comes next.
  if (self.belongings != nullptr) g_left.fetch_add(1, env::RELAXED);
}

void free_left_belongings(Process& self) {
  if (self.belongings == nullptr) return;
  free_belongings(self);
  // Release: pairs with has_left_belongings. None is left, and all is in the account.
  g_left.fetch_sub(1, env::RELEASE);
}

// Pairs with free_left_belongings.
bool has_left_belongings() { return g_left.load(env::ACQUIRE) != 0; }

}  // namespace rsp
