#include "python/resprout/demo/native/terms.hpp"

#include <stdexcept>
#include <string>

namespace rsp_demo {
namespace {

std::atomic<const rsp_api*> the_table;

}  // namespace

const rsp_api& rsp() noexcept {
  return *the_table.load(std::memory_order_relaxed);  // every start stores the same address
}

void set_table(const rsp_api* table) noexcept { the_table.store(table, std::memory_order_relaxed); }

void expect(rsp_result result) {
  if (result != RSP_OK && result != RSP_EXITING) {
    throw std::runtime_error(std::string(rsp().result_name(result)) + ": " + rsp().result_message(result));
  }
}

rsp_atom atom(std::string_view text) {
  rsp_atom made = {0};
  expect(rsp().atom_intern(&made, text.data(), text.size()));
  return made;
}

rsp_term word(std::string_view text) { return rsp().term_atom(atom(text)); }

rsp_term integer(std::uint64_t value) { return rsp().term_int(static_cast<std::int64_t>(value)); }

Term binary(std::string_view bytes) {
  rsp_term made = {0, 0};
  expect(rsp().term_binary(&made, bytes.data(), bytes.size()));
  return Term(made);
}

Term tuple(std::initializer_list<rsp_term> elements) {
  rsp_term made = {0, 0};
  expect(rsp().term_tuple(&made, elements.begin(), elements.size()));
  return Term(made);
}

Term list(std::span<const rsp_term> elements) {
  rsp_term made = {0, 0};
  expect(rsp().term_list(&made, elements.data(), elements.size()));
  return Term(made);
}

rsp_term element(rsp_term tuple, std::size_t index) {
  rsp_term lent = {0, 0};
  expect(rsp().term_element(&lent, tuple, index));
  return lent;
}

std::int64_t to_integer(rsp_term term) {
  std::int64_t value = 0;
  expect(rsp().term_get_int(&value, term));
  return value;
}

std::string_view to_bytes(rsp_term term) {
  const char* bytes = nullptr;
  std::size_t size = 0;
  expect(rsp().term_get_bytes(&bytes, &size, term));
  return {bytes, size};
}

bool is_tagged(rsp_term term, rsp_atom tag, std::size_t size) {
  std::size_t elements = 0;
  if (rsp().term_kind(term) != RSP_KIND_TUPLE || rsp().term_size(&elements, term) != RSP_OK ||
      elements != size) {
    return false;
  }
  return rsp().term_equal(element(term, 0), rsp().term_atom(tag));
}

}  // namespace rsp_demo
