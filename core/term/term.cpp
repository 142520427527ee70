#include "core/term/term.hpp"

#include <cstring>
#include <new>

#include "core/env/planted_bug.hpp"
#include "core/env/sometimes.hpp"
#include "core/mem/alloc.hpp"
#include "core/term/block.hpp"
#include "core/term/compare.hpp"
#include "core/term/utf8.hpp"

namespace rsp {

namespace term_detail {

namespace {

constexpr uint64_t ADDRESS_MASK = (uint64_t{1} << ADDRESS_BITS) - 1;
constexpr unsigned LINK_KIND_SHIFT = 56;

/// Whether these were the last references.
bool drop(Block* block, uint64_t count) noexcept {
  // ACQUIRE: pairs with the ACQ_REL fetch_sub of whoever dropped the others, whose last reads of the block
  // must come before it is freed. Who holds all references needs no locked instruction: nobody else is there
  // to add one.
  if (block->count.load(env::ACQUIRE) == count) return true;
  // RELEASE half: pairs with the ACQUIRE of whoever drops the last reference; our reads of the block come before its end.
  // ACQUIRE half: the same, when that is us.
  const uint64_t before = block->count.fetch_sub(static_cast<int64_t>(count), env::ACQ_REL);
  RSP_ASSERT(before >= count);
  if (RSP_PLANTED_BUG("term: the last holder told by the load alone")) return false;
  return before == count;
}

// Frees a dead container and everything that dies with it. The list of dead containers runs through their
// count fields, so this neither recurses nor allocates.
void free_container(uint64_t meta, uint64_t data) noexcept {
  uint64_t next = 0;
  for (;;) {
    const TermBits dead = TermBits::from_raw(meta, data);
    for (TermBits child : children(dead)) {
      if (!child.is_boxed()) continue;
      Block* block = block_of(child.data());
      if (!drop(block, 1)) continue;
      if (child.kind() < Kind::TUPLE) {
        mem_free_shared(block);
      } else {
        // RELAXED: the block is ours alone now.
        block->count.store(next, env::RELAXED);
        next = child.data() | static_cast<uint64_t>(child.kind()) << LINK_KIND_SHIFT;
      }
    }
    mem_free_shared(block_of(data));
    if (next == 0) return;
    meta = next >> LINK_KIND_SHIFT;
    data = next & ADDRESS_MASK;
    next = block_of(data)->count.load(env::RELAXED);  // RELAXED: written by this thread.
  }
}

}  // namespace

void add_refs(uint64_t data, uint64_t count) noexcept {
  // RELAXED: the caller holds a reference, so the block lives; who gets the new one gets it from the caller.
  block_of(data)->count.fetch_add(static_cast<int64_t>(count), env::RELAXED);
}

void drop_refs(uint64_t meta, uint64_t data, uint64_t count) noexcept {
  if (count == 0) return;
  Block* block = block_of(data);
  if (!drop(block, count)) return;
  if (TermBits::from_raw(meta, data).kind() < Kind::TUPLE) {
    mem_free_shared(block);
  } else {
    free_container(meta, data);
  }
}

Block* new_block(size_t payload_bytes, uint32_t size, uint32_t nodes) noexcept {
  void* memory = mem_alloc_shared(sizeof(Block) + payload_bytes);
  if (memory == nullptr) {
    RSP_SOMETIMES("no memory for a term");
    return nullptr;
  }
  return ::new (memory) Block{1, size, nodes};
}

}  // namespace term_detail

using term_detail::bits_of;
using term_detail::Block;
using term_detail::new_block;

/// In two registers: each message comes by here, and what lies in memory as two words is slow to read as one.
bool term_detail::is_well_formed(uint64_t meta, uint64_t data) noexcept {
  const uint64_t above_kind = meta >> 8;
  const TermBits term = TermBits::from_raw(meta, data);
  switch (term.kind()) {
    case Kind::NIL:
      return above_kind == 0 && data == 0;
    case Kind::BOOL:
      return above_kind == 0 && data <= 1;
    case Kind::INT:
      return above_kind == 0;
    case Kind::FLOAT:
      return above_kind == 0 && term.is_same(TermBits::real(std::bit_cast<double>(data)));
    case Kind::ATOM:
      // Only numbers in the table, and not the words that have a kind of their own (E3).
      return above_kind == 0 && data < MAX_ATOMS && term.is_same(Atom{static_cast<uint32_t>(data)}) &&
             atom_exists(Atom{static_cast<uint32_t>(data)});
    case Kind::PID:
      return true;
    case Kind::REF:
      return above_kind == 0 && data != 0 && data % BLOCK_ALIGNMENT == 0 && data >> ADDRESS_BITS == 0;
    case Kind::BINARY:
    case Kind::STRING:
    case Kind::TUPLE:
    case Kind::LIST:
    case Kind::MAP:
      return above_kind == 0 && data % BLOCK_ALIGNMENT == 0 && data >> ADDRESS_BITS == 0;
  }
  return false;
}

bool TermBits::is_tagged(Atom tag, size_t arity) const noexcept {
  return kind() == Kind::TUPLE && size() == arity && arity > 0 && element(0).is(tag);
}

const Ref& TermBits::as_ref() const noexcept {
  RSP_ASSERT(kind() == Kind::REF);
  return *static_cast<const Ref*>(block()->payload());
}

std::string_view TermBits::as_bytes() const noexcept {
  RSP_ASSERT(kind() == Kind::BINARY || kind() == Kind::STRING);
  if (data_ == 0) return "";
  return {static_cast<const char*>(block()->payload()), block()->size};
}

size_t TermBits::size() const noexcept {
  RSP_ASSERT(kind() >= Kind::BINARY);
  return data_ == 0 ? 0 : block()->size;
}

std::span<const TermBits> TermBits::elements() const noexcept {
  RSP_ASSERT(kind() == Kind::TUPLE || kind() == Kind::LIST);
  return term_detail::children(*this);
}

TermBits TermBits::element(size_t index) const noexcept {
  const auto all = elements();
  RSP_ASSERT(index < all.size());
  return all[index];
}

std::span<const TermBits> TermBits::keys() const noexcept {
  RSP_ASSERT(kind() == Kind::MAP);
  return term_detail::children(*this).first(size());
}

std::span<const TermBits> TermBits::values() const noexcept {
  RSP_ASSERT(kind() == Kind::MAP);
  return term_detail::children(*this).last(size());
}

bool TermBits::find(TermBits key, TermBits* out) const noexcept {
  const auto all = keys();
  size_t low = 0;
  size_t high = all.size();
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    const int order = compare_exact(all[middle], key);
    if (order == 0) {
      *out = values()[middle];
      return true;
    }
    if (order < 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return false;
}

uint64_t TermBits::node_count() const noexcept { return is_boxed() ? block()->nodes : 1; }

uint64_t TermBits::ref_count() const noexcept {
  // RELAXED: a reading for tests, which order it by other means.
  return is_boxed() ? block()->count.load(env::RELAXED) : 0;
}

namespace {

rsp_result make_bytes(Term* out, Kind kind, std::string_view bytes) noexcept {
  if (bytes.empty()) {
    *out = Term::empty(kind);
    return RSP_OK;
  }
  if (bytes.size() > MAX_TERM_BYTES) return RSP_ELIMIT;
  Block* block = new_block(bytes.size() + 1, static_cast<uint32_t>(bytes.size()), 1);
  if (block == nullptr) return RSP_ENOMEM;
  char* payload = static_cast<char*>(block->payload());
  std::memcpy(payload, bytes.data(), bytes.size());
  payload[bytes.size()] = 0;
  *out = Term::adopt(bits_of(kind, block));
  return RSP_OK;
}

rsp_result make_sequence(Term* out, Kind kind, std::span<const TermBits> elements) noexcept {
  if (elements.empty()) {
    *out = Term::empty(kind);
    return RSP_OK;
  }
  uint64_t nodes = 1;
  for (TermBits element : elements) {
    nodes += element.node_count();
    if (nodes > MAX_TERM_NODES)
      return RSP_ELIMIT;  // At once: the sum over a long row of large terms could wrap.
  }
  Block* block =
      new_block(elements.size_bytes(), static_cast<uint32_t>(elements.size()), static_cast<uint32_t>(nodes));
  if (block == nullptr) return RSP_ENOMEM;
  std::memcpy(block->payload(), elements.data(), elements.size_bytes());
  for (TermBits element : elements) {
    if (element.is_boxed()) term_detail::add_refs(element.data(), 1);
  }
  *out = Term::adopt(bits_of(kind, block));
  return RSP_OK;
}

}  // namespace

rsp_result make_ref(Term* out, const Ref& ref) noexcept {
  if (ref.len == 0 || ref.len > Ref::WORDS) return RSP_EINVAL;
  Block* block = new_block(sizeof(Ref), 0, 1);
  if (block == nullptr) return RSP_ENOMEM;
  Ref* copy = ::new (block->payload()) Ref(ref);
  for (uint32_t i = ref.len; i < Ref::WORDS; ++i) copy->words[i] = 0;
  *out = Term::adopt(bits_of(Kind::REF, block));
  return RSP_OK;
}

rsp_result make_binary(Term* out, std::string_view bytes) noexcept {
  return make_bytes(out, Kind::BINARY, bytes);
}

rsp_result make_string(Term* out, std::string_view text) noexcept {
  if (text.size() > MAX_TERM_BYTES) return RSP_ELIMIT;
  if (!utf8_is_valid(text)) return RSP_EINVAL;
  return make_bytes(out, Kind::STRING, text);
}

rsp_result make_text(Term* out, std::string_view bytes) noexcept {
  if (utf8_is_valid(bytes)) return make_bytes(out, Kind::STRING, bytes);

  constexpr std::string_view REPLACEMENT = "\xEF\xBF\xBD";  // U+FFFD
  // Twice over the same bytes: to measure, then to write.
  auto mend = [&](char* to) {
    size_t written = 0;
    for (std::string_view rest = bytes; !rest.empty();) {
      uint32_t code_point;
      const size_t valid = utf8_decode(rest, &code_point);
      const std::string_view piece = valid == 0 ? REPLACEMENT : rest.substr(0, valid);
      if (to != nullptr) std::memcpy(to + written, piece.data(), piece.size());
      written += piece.size();
      rest.remove_prefix(valid == 0 ? 1 : valid);
    }
    return written;
  };
  const size_t size = mend(nullptr);
  if (size > MAX_TERM_BYTES) return RSP_ELIMIT;
  Block* block = new_block(size + 1, static_cast<uint32_t>(size), 1);
  if (block == nullptr) return RSP_ENOMEM;
  char* payload = static_cast<char*>(block->payload());
  mend(payload);
  payload[size] = 0;
  *out = Term::adopt(bits_of(Kind::STRING, block));
  return RSP_OK;
}

rsp_result make_tuple(Term* out, std::span<const TermBits> elements) noexcept {
  return make_sequence(out, Kind::TUPLE, elements);
}

rsp_result make_list(Term* out, std::span<const TermBits> elements) noexcept {
  return make_sequence(out, Kind::LIST, elements);
}

}  // namespace rsp
