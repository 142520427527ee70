#include "core/term/atom.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "core/term/atom_table.hpp"

namespace rsp {

namespace {

using atom_detail::hash_text;

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

consteval std::array<uint16_t, PREDEFINED_ATOMS> make_ranks() {
  std::array<uint16_t, PREDEFINED_ATOMS> in_order{};
  for (uint16_t id = 0; id < PREDEFINED_ATOMS; ++id) in_order[id] = id;
  std::sort(in_order.begin(), in_order.end(), [](uint16_t a, uint16_t b) { return TEXTS[a] < TEXTS[b]; });
  std::array<uint16_t, PREDEFINED_ATOMS> ranks{};
  for (uint16_t rank = 0; rank < PREDEFINED_ATOMS; ++rank) ranks[in_order[rank]] = rank;
  return ranks;
}
constexpr std::array<uint16_t, PREDEFINED_ATOMS> RANKS = make_ranks();

constinit env::Atomic<uint64_t> predefined_holders[PREDEFINED_ATOMS];
constinit atom_detail::AtomTable table;

}  // namespace

rsp_result atom_intern(std::string_view text, Atom* out) noexcept {
  const uint32_t hash = hash_text(text);
  if (find_predefined(text, hash, out)) return RSP_OK;
  return table.intern(text, hash, &out->id);
}

bool atom_find(std::string_view text, Atom* out) noexcept {
  const uint32_t hash = hash_text(text);
  if (find_predefined(text, hash, out)) return true;
  const uint32_t number = table.find(text, hash);
  if (number == 0) return false;
  *out = Atom{number};
  return true;
}

bool atom_exists(Atom atom) noexcept { return is_predefined(atom) || table.exists(atom.id); }

std::string_view atom_name(Atom atom) noexcept {
  return is_predefined(atom) ? TEXTS[atom.id] : table.text(atom.id);
}

uint32_t atom_rank(Atom predefined) noexcept { return RANKS[predefined.id]; }

int compare_atoms(Atom a, Atom b) noexcept {
  if (is_predefined(a) && is_predefined(b))
    return static_cast<int>(RANKS[a.id]) - static_cast<int>(RANKS[b.id]);
  return atom_name(a).compare(atom_name(b));
}

env::Atomic<uint64_t>& atom_holder(Atom atom) noexcept {
  return is_predefined(atom) ? predefined_holders[atom.id] : table.holder(atom.id);
}

uint32_t atom_count() noexcept { return table.end(); }

}  // namespace rsp
