#include "core/term/atom_table.hpp"

#include <bit>
#include <cstring>

#include "core/base/assert.hpp"
#include "core/env/planted_bug.hpp"
#include "core/mem/alloc.hpp"
#include "core/term/utf8.hpp"

namespace rsp::atom_detail {

AtomTable::Place AtomTable::place_of(uint32_t number) noexcept {
  const uint32_t at = number - PREDEFINED_ATOMS + FIRST_SEGMENT;
  const auto segment = static_cast<uint32_t>(std::bit_width(at) - std::bit_width(FIRST_SEGMENT));
  return {segment, at - (FIRST_SEGMENT << segment)};
}

// Of a number below next_number_.
AtomTable::Node& AtomTable::node_of(uint32_t number) noexcept {
  const Place place = place_of(number);
  // ACQUIRE: pairs with the RELEASE of provide_segment; the zeroes of the segment come before its address.
  Node* segment = segments_[place.segment].load(env::ACQUIRE);
  RSP_ASSERT(segment != nullptr);
  return segment[place.offset];
}

std::string_view AtomTable::text_of(const Node& node) noexcept {
  const char* text = node.text.load(env::ACQUIRE);  // ACQUIRE: pairs with the RELEASE of prepare.
  RSP_ASSERT(text != nullptr);
  return {text, node.length};
}

bool AtomTable::provide_segment(uint32_t index) noexcept {
  if (segments_[index].load(env::ACQUIRE) != nullptr) return true;  // ACQUIRE: as in node_of.
  void* fresh = mem_alloc_forever(sizeof(Node) * (size_t{FIRST_SEGMENT} << index));
  if (fresh == nullptr) return false;
  Node* expected = nullptr;
  // RELEASE: pairs with the ACQUIRE of node_of.
  if (!segments_[index].compare_exchange_strong(expected, static_cast<Node*>(fresh), env::RELEASE,
                                                env::RELAXED)) {
    mem_free_unpublished(fresh);
  }
  return true;
}

bool AtomTable::pop_spare(uint32_t* number) noexcept {
  // ACQUIRE: pairs with the RELEASE of hand_back, before which the node was put in order.
  uint64_t head = spares_.load(env::ACQUIRE);
  while (static_cast<uint32_t>(head) != 0) {
    *number = static_cast<uint32_t>(head);
    // RELAXED: if another thread has taken this node meanwhile, the CAS fails and what was read is not used.
    const uint32_t below = node_of(*number).child[0].load(env::RELAXED);
    const uint64_t uses =
        RSP_PLANTED_BUG("atom table: spares without a count of uses") ? 0 : (head >> 32) + 1;
    // ACQUIRE: pairs with the RELEASE of hand_back.
    if (spares_.compare_exchange_weak(head, uses << 32 | below, env::ACQUIRE, env::ACQUIRE)) {
      node_of(*number).child[0].store(0, env::RELAXED);  // RELAXED: published with the node (A1).
      return true;
    }
  }
  return false;
}

void AtomTable::hand_back(uint32_t number) noexcept {
  Node& node = node_of(number);
  uint64_t head = spares_.load(env::RELAXED);  // RELAXED: only its number is used, and the CAS confirms it.
  uint64_t desired;
  do {
    node.child[0].store(static_cast<uint32_t>(head), env::RELAXED);  // RELAXED: the CAS below publishes it.
    const uint64_t uses =
        RSP_PLANTED_BUG("atom table: spares without a count of uses") ? 0 : (head >> 32) + 1;
    desired = uses << 32 | number;
    // RELEASE: pairs with the ACQUIRE of pop_spare.
  } while (!spares_.compare_exchange_weak(head, desired, env::RELEASE, env::RELAXED));
}

rsp_result AtomTable::take_number(uint32_t* number) noexcept {
  if (pop_spare(number)) return RSP_OK;
  uint32_t next = next_number_.load(env::RELAXED);  // RELAXED: the CAS confirms it.
  do {
    if (next >= MAX_ATOMS) return RSP_ELIMIT;
    // Before the number is taken, so that every number below next_number_ has its node.
    if (!provide_segment(place_of(next).segment)) return RSP_ENOMEM;
    // RELEASE: pairs with the ACQUIRE of exists, which looks for the segment next.
  } while (!next_number_.compare_exchange_weak(next, next + 1, env::RELEASE, env::RELAXED));
  *number = next;
  return RSP_OK;
}

/// A node with this text that nothing links to yet.
rsp_result AtomTable::prepare(std::string_view text, uint32_t hash, uint32_t* number) noexcept {
  if (text.size() > MAX_ATOM_BYTES || !utf8_is_valid(text) || utf8_length(text) > MAX_ATOM_CODE_POINTS) {
    return RSP_EINVAL;
  }
  char* copy = static_cast<char*>(mem_alloc_forever(text.size() + 1));
  if (copy == nullptr) return RSP_ENOMEM;
  const rsp_result taken = take_number(number);
  if (taken != RSP_OK) {
    mem_free_unpublished(copy);
    return taken;
  }
  if (!text.empty()) std::memcpy(copy, text.data(), text.size());
  Node& node = node_of(*number);
  node.hash = hash;
  node.length = static_cast<uint32_t>(text.size());
  // RELEASE: pairs with the ACQUIRE of text_of, for numbers that came another way than through a link.
  node.text.store(copy, env::RELEASE);
  return RSP_OK;
}

void AtomTable::discard(uint32_t number) noexcept {
  // RELAXED: nobody was given the number.
  mem_free_unpublished(const_cast<char*>(node_of(number).text.exchange(nullptr, env::RELAXED)));
  hand_back(number);
}

/// The number of this text, or 0 and the empty link where it belongs. `*link` and `*bits` say where the
/// search goes on when that link turns out to be taken.
uint32_t AtomTable::search(std::string_view text, uint32_t hash, env::Atomic<uint32_t>** link,
                           uint32_t* bits) noexcept {
  for (;;) {
    // ACQUIRE: pairs with the RELEASE of the CAS in intern (A1).
    const uint32_t number = (*link)->load(env::ACQUIRE);
    if (number == 0) return 0;
    Node& node = node_of(number);
    if (node.hash == hash && text_of(node) == text) return number;
    *link = &node.child[*bits & 3];
    *bits >>= 2;
  }
}

rsp_result AtomTable::intern(std::string_view text, uint32_t hash, uint32_t* number) noexcept {
  env::Atomic<uint32_t>* link = &roots_[hash % ROOTS];
  uint32_t bits = hash >> ROOT_BITS;
  uint32_t mine = 0;
  for (;;) {
    const uint32_t found = search(text, hash, &link, &bits);
    if (found != 0) {
      if (mine != 0) discard(mine);
      *number = found;
      return RSP_OK;
    }
    if (mine == 0) {
      const rsp_result prepared = prepare(text, hash, &mine);
      if (prepared != RSP_OK) return prepared;
    }
    if (RSP_PLANTED_BUG("atom table: link stored without a compare")) {
      link->store(mine, env::RELEASE);
      *number = mine;
      return RSP_OK;
    }
    uint32_t expected = 0;
    // RELEASE: pairs with the ACQUIRE of search. After a failure the search goes on from the same link.
    if (link->compare_exchange_strong(expected, mine, env::RELEASE, env::RELAXED)) {
      *number = mine;
      return RSP_OK;
    }
  }
}

uint32_t AtomTable::find(std::string_view text, uint32_t hash) noexcept {
  env::Atomic<uint32_t>* link = &roots_[hash % ROOTS];
  uint32_t bits = hash >> ROOT_BITS;
  return search(text, hash, &link, &bits);
}

bool AtomTable::exists(uint32_t number) noexcept {
  // ACQUIRE: pairs with the RELEASE of take_number: the segment is there.
  if (number < PREDEFINED_ATOMS || number >= next_number_.load(env::ACQUIRE)) return false;
  // RELAXED: only whether there is one; text_of reads it in order.
  return node_of(number).text.load(env::RELAXED) != nullptr;
}

std::string_view AtomTable::text(uint32_t number) noexcept { return text_of(node_of(number)); }

env::Atomic<uint64_t>& AtomTable::holder(uint32_t number) noexcept { return node_of(number).holder; }

uint32_t AtomTable::end() noexcept { return next_number_.load(env::RELAXED); }  // RELAXED: a bare count.

void AtomTable::free_all() noexcept {
  const uint32_t count = end();
  for (uint32_t number = PREDEFINED_ATOMS; number < count; ++number) {
    mem_free_unpublished(const_cast<char*>(node_of(number).text.load(env::RELAXED)));
  }
  for (env::Atomic<Node*>& segment : segments_) mem_free_unpublished(segment.load(env::RELAXED));
}

}  // namespace rsp::atom_detail
