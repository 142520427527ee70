#include "core/proc/holdings.hpp"

#include "core/base/assert.hpp"
#include "core/proc/belongings.hpp"

namespace rsp {
namespace {

void take_out(Belongings& mine, Holding* holding) {
  (holding->previous == nullptr ? mine.holdings : holding->previous->next) = holding->next;
  if (holding->next != nullptr) holding->next->previous = holding->previous;
}

}  // namespace

bool prepare_holdings(Process& self) { return belongings_of(self) != nullptr; }

void add_holding(Process& self, Holding* holding) {
  RSP_ASSERT(self.belongings != nullptr);
  RSP_ASSERT(holding->release != nullptr);
  Holding*& first = self.belongings->holdings;
  holding->previous = nullptr;
  holding->next = first;
  if (first != nullptr) first->previous = holding;
  first = holding;
}

Holding* first_holding(const Process& self) {
  return self.belongings == nullptr ? nullptr : self.belongings->holdings;
}

void release_holding(Process& self, Holding* holding) {
  take_out(*self.belongings, holding);
  holding->release(self, holding);
}

bool release_holdings(Process& self, uint32_t at_most) {
  for (uint32_t i = 0; i < at_most; ++i) {
    Holding* const holding = first_holding(self);
    if (holding == nullptr) return true;
    release_holding(self, holding);
  }
  return first_holding(self) == nullptr;
}

}  // namespace rsp
