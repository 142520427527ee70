#include "core/term/atom.hpp"

#include <array>
#include <bit>
#include <cstring>

#include "core/base/assert.hpp"
#include "core/base/limits.hpp"
#include "core/mem/alloc.hpp"
#include "core/term/utf8.hpp"

namespace rsp {

namespace {

constexpr uint32_t hash_text(std::string_view text) noexcept {
  uint32_t hash = 2166136261u;
  for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  // The trie takes the hash two bits at a time, so all of them must depend on the whole text.
  hash = (hash ^ hash >> 16) * 0x85EBCA6Bu;
  hash = (hash ^ hash >> 13) * 0xC2B2AE35u;
  return hash ^ hash >> 16;
}

// The predefined words: an open-addressing table made by the compiler.

constexpr std::array<std::string_view, PREDEFINED_ATOMS> TEXTS = {
#define RSP_ATOM_TEXT(name, text) std::string_view(text),
    RSP_ATOM_MAP(RSP_ATOM_TEXT)
#undef RSP_ATOM_TEXT
};

constexpr uint32_t TABLE_SIZE = std::bit_ceil(2 * PREDEFINED_ATOMS);
constexpr uint16_t NO_ATOM = UINT16_MAX;
static_assert(PREDEFINED_ATOMS < NO_ATOM);

consteval std::array<uint16_t, TABLE_SIZE> make_table() {
  std::array<uint16_t, TABLE_SIZE> table{};
  table.fill(NO_ATOM);
  for (uint32_t id = 0; id < PREDEFINED_ATOMS; ++id) {
    uint32_t at = hash_text(TEXTS[id]) % TABLE_SIZE;
    while (table[at] != NO_ATOM) at = (at + 1) % TABLE_SIZE;
    table[at] = static_cast<uint16_t>(id);
  }
  return table;
}
constexpr std::array<uint16_t, TABLE_SIZE> TABLE = make_table();

constexpr bool find_predefined(std::string_view text, uint32_t hash, Atom* out) noexcept {
  for (uint32_t at = hash % TABLE_SIZE; TABLE[at] != NO_ATOM; at = (at + 1) % TABLE_SIZE) {
    if (TEXTS[TABLE[at]] != text) continue;
    *out = Atom{TABLE[at]};
    return true;
  }
  return false;
}

consteval bool each_text_is_listed_once() {
  for (uint32_t id = 0; id < PREDEFINED_ATOMS; ++id) {
    Atom found;
    if (!find_predefined(TEXTS[id], hash_text(TEXTS[id]), &found) || found.id != id) return false;
  }
  return true;
}
static_assert(each_text_is_listed_once());

constinit env::Atomic<uint64_t> predefined_holders[PREDEFINED_ATOMS];

// All other words: the trie.

struct Node {
  env::Atomic<uint64_t> holder;
  env::Atomic<const char*> text;  // nullptr: the number is not given out
  env::Atomic<uint32_t> child[4];
  uint32_t hash;
  uint32_t length;
};

constexpr uint32_t FIRST_SEGMENT = 64;
constexpr uint32_t SEGMENTS = 15;
static_assert(uint64_t{FIRST_SEGMENT} * ((1u << SEGMENTS) - 1) >= MAX_ATOMS);

constexpr uint32_t ROOTS = 256;
constexpr unsigned ROOT_BITS = 8;
static_assert(ROOTS == 1u << ROOT_BITS);

constinit env::Atomic<Node*> segments[SEGMENTS];  // segment k holds FIRST_SEGMENT << k nodes
constinit env::Atomic<uint32_t> roots[ROOTS];
constinit env::Atomic<uint32_t> next_number{PREDEFINED_ATOMS};
// Nodes handed back (A3): uses:32 | number:32, a stack linked through child[0]. The count of uses makes the
// CAS of a pop fail when the same number came back meanwhile.
constinit env::Atomic<uint64_t> spares;

struct Place {
  uint32_t segment;
  uint32_t offset;
};

constexpr Place place_of(uint32_t number) noexcept {
  const uint32_t at = number - PREDEFINED_ATOMS + FIRST_SEGMENT;
  const uint32_t segment = static_cast<uint32_t>(std::bit_width(at) - std::bit_width(FIRST_SEGMENT));
  return {segment, at - (FIRST_SEGMENT << segment)};
}
static_assert(place_of(PREDEFINED_ATOMS).segment == 0 && place_of(PREDEFINED_ATOMS).offset == 0);
static_assert(place_of(PREDEFINED_ATOMS + 63).segment == 0 && place_of(PREDEFINED_ATOMS + 63).offset == 63);
static_assert(place_of(PREDEFINED_ATOMS + 64).segment == 1 && place_of(PREDEFINED_ATOMS + 64).offset == 0);
static_assert(place_of(MAX_ATOMS - 1).segment < SEGMENTS);

/// The node of a number below next_number.
Node& node_of(uint32_t number) noexcept {
  const Place place = place_of(number);
  // ACQUIRE: pairs with the RELEASE of provide_segment; the zeroes of the segment come before its address.
  Node* segment = segments[place.segment].load(env::ACQUIRE);
  RSP_ASSERT(segment != nullptr);
  return segment[place.offset];
}

bool provide_segment(uint32_t index) noexcept {
  if (segments[index].load(env::ACQUIRE) != nullptr) return true;  // ACQUIRE: as in node_of.
  void* fresh = mem_alloc_forever(sizeof(Node) * (size_t{FIRST_SEGMENT} << index));
  if (fresh == nullptr) return false;
  Node* expected = nullptr;
  // RELEASE: pairs with the ACQUIRE of node_of.
  if (!segments[index].compare_exchange_strong(expected, static_cast<Node*>(fresh), env::RELEASE,
                                               env::RELAXED)) {
    mem_free_unpublished(fresh);
  }
  return true;
}

bool pop_spare(uint32_t* number) noexcept {
  // ACQUIRE: pairs with the RELEASE of push_spare, before which the node was put in order.
  uint64_t head = spares.load(env::ACQUIRE);
  while (static_cast<uint32_t>(head) != 0) {
    *number = static_cast<uint32_t>(head);
    // RELAXED: if another thread has taken this node meanwhile, the CAS fails and what was read is not used.
    const uint32_t below = node_of(*number).child[0].load(env::RELAXED);
    const uint64_t uses = (head >> 32) + 1;
    if (spares.compare_exchange_weak(head, uses << 32 | below, env::ACQUIRE, env::ACQUIRE)) {
      node_of(*number).child[0].store(0, env::RELAXED);  // RELAXED: published with the node (A1).
      return true;
    }
  }
  return false;
}

void push_spare(uint32_t number) noexcept {
  Node& node = node_of(number);
  uint64_t head = spares.load(env::RELAXED);
  uint64_t desired;
  do {
    node.child[0].store(static_cast<uint32_t>(head), env::RELAXED);  // RELAXED: the CAS below publishes it.
    desired = ((head >> 32) + 1) << 32 | number;
    // RELEASE: pairs with the ACQUIRE of pop_spare.
  } while (!spares.compare_exchange_weak(head, desired, env::RELEASE, env::RELAXED));
}

rsp_result take_number(uint32_t* number) noexcept {
  if (pop_spare(number)) return RSP_OK;
  uint32_t next = next_number.load(env::RELAXED);
  do {
    if (next >= MAX_ATOMS) return RSP_ELIMIT;
    // Before the number is taken, so that every number below next_number has its node.
    if (!provide_segment(place_of(next).segment)) return RSP_ENOMEM;
    // RELEASE: pairs with the ACQUIRE of atom_exists, which looks for the segment next.
  } while (!next_number.compare_exchange_weak(next, next + 1, env::RELEASE, env::RELAXED));
  *number = next;
  return RSP_OK;
}

/// A node with this text that nothing links to yet.
rsp_result prepare(std::string_view text, uint32_t hash, uint32_t* number) noexcept {
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

void discard(uint32_t number) noexcept {
  Node& node = node_of(number);
  // RELAXED: nobody was given the number.
  char* text = const_cast<char*>(node.text.exchange(nullptr, env::RELAXED));
  mem_free_unpublished(text);
  push_spare(number);
}

std::string_view text_of(const Node& node) noexcept {
  const char* text = node.text.load(env::ACQUIRE);  // ACQUIRE: pairs with the RELEASE of prepare.
  RSP_ASSERT(text != nullptr);
  return {text, node.length};
}

/// The number of this text, or 0 and the empty link where it belongs. `*link` and `*bits` say where the
/// search goes on when that link turns out to be taken.
uint32_t search(std::string_view text, uint32_t hash, env::Atomic<uint32_t>** link, uint32_t* bits) noexcept {
  for (;;) {
    // ACQUIRE: pairs with the RELEASE of the CAS in atom_intern (A1).
    const uint32_t number = (*link)->load(env::ACQUIRE);
    if (number == 0) return 0;
    Node& node = node_of(number);
    if (node.hash == hash && text_of(node) == text) return number;
    *link = &node.child[*bits & 3];
    *bits >>= 2;
  }
}

}  // namespace

rsp_result atom_intern(std::string_view text, Atom* out) noexcept {
  const uint32_t hash = hash_text(text);
  if (find_predefined(text, hash, out)) return RSP_OK;

  env::Atomic<uint32_t>* link = &roots[hash % ROOTS];
  uint32_t bits = hash >> ROOT_BITS;
  uint32_t mine = 0;
  for (;;) {
    const uint32_t found = search(text, hash, &link, &bits);
    if (found != 0) {
      if (mine != 0) discard(mine);
      *out = Atom{found};
      return RSP_OK;
    }
    if (mine == 0) {
      const rsp_result prepared = prepare(text, hash, &mine);
      if (prepared != RSP_OK) return prepared;
    }
    uint32_t expected = 0;
    // RELEASE: pairs with the ACQUIRE of search. After a failure the search goes on from the same link.
    if (link->compare_exchange_strong(expected, mine, env::RELEASE, env::RELAXED)) {
      *out = Atom{mine};
      return RSP_OK;
    }
  }
}

bool atom_find(std::string_view text, Atom* out) noexcept {
  const uint32_t hash = hash_text(text);
  if (find_predefined(text, hash, out)) return true;
  env::Atomic<uint32_t>* link = &roots[hash % ROOTS];
  uint32_t bits = hash >> ROOT_BITS;
  const uint32_t found = search(text, hash, &link, &bits);
  if (found == 0) return false;
  *out = Atom{found};
  return true;
}

bool atom_exists(Atom atom) noexcept {
  if (atom.id < PREDEFINED_ATOMS) return true;
  // ACQUIRE: pairs with the RELEASE of take_number: the segment is there.
  if (atom.id >= next_number.load(env::ACQUIRE)) return false;
  // RELAXED: only whether there is one; text_of reads it in order.
  return node_of(atom.id).text.load(env::RELAXED) != nullptr;
}

std::string_view atom_name(Atom atom) noexcept {
  return atom.id < PREDEFINED_ATOMS ? TEXTS[atom.id] : text_of(node_of(atom.id));
}

env::Atomic<uint64_t>& atom_holder(Atom atom) noexcept {
  return atom.id < PREDEFINED_ATOMS ? predefined_holders[atom.id] : node_of(atom.id).holder;
}

uint32_t atom_count() noexcept {
  return next_number.load(env::RELAXED);
}

}  // namespace rsp
