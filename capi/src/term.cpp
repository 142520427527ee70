// resprout/term.h over core/term: arguments are checked here, the rest is the core's.
#include "resprout/term.h"

#include <bit>
#include <cstddef>
#include <span>
#include <string_view>

#include "core/base/ids.hpp"
#include "core/term/atom.hpp"
#include "core/term/compare.hpp"
#include "core/term/format.hpp"
#include "core/term/term.hpp"

using rsp::Kind;
using rsp::Term;
using rsp::TermBits;

static_assert(sizeof(rsp_term) == sizeof(TermBits) && alignof(rsp_term) == alignof(TermBits));
static_assert(sizeof(rsp_term_pair) == sizeof(rsp::TermPair));
static_assert(offsetof(rsp_term_pair, value) == offsetof(rsp::TermPair, value));
static_assert(std::bit_cast<rsp_term>(TermBits::from_raw(1, 2)).meta == 1);
static_assert(RSP_KIND_NIL == static_cast<int>(Kind::NIL) && RSP_KIND_BOOL == static_cast<int>(Kind::BOOL));
static_assert(RSP_KIND_INT == static_cast<int>(Kind::INT) && RSP_KIND_FLOAT == static_cast<int>(Kind::FLOAT));
static_assert(RSP_KIND_ATOM == static_cast<int>(Kind::ATOM) && RSP_KIND_PID == static_cast<int>(Kind::PID));
static_assert(RSP_KIND_REF == static_cast<int>(Kind::REF));
static_assert(RSP_KIND_BINARY == static_cast<int>(Kind::BINARY));
static_assert(RSP_KIND_STRING == static_cast<int>(Kind::STRING));
static_assert(RSP_KIND_TUPLE == static_cast<int>(Kind::TUPLE) &&
              RSP_KIND_LIST == static_cast<int>(Kind::LIST));
static_assert(RSP_KIND_MAP == static_cast<int>(Kind::MAP) && RSP_KIND_MAP == rsp::KINDS - 1);

namespace {

constexpr rsp_term NO_TERM = {RSP_KIND_INVALID, 0};

TermBits bits_of(rsp_term term) noexcept { return std::bit_cast<TermBits>(term); }
rsp_term public_of(TermBits bits) noexcept { return std::bit_cast<rsp_term>(bits); }

rsp_result hand_over(rsp_term* out, rsp_result result, Term& term) noexcept {
  if (result == RSP_OK) *out = public_of(term.release());
  return result;
}

template <class... Outs>
rsp_result check(rsp_term term, bool has_right_kind, const Outs*... outs) noexcept {
  if (((outs == nullptr) || ...) || !bits_of(term).is_well_formed()) return RSP_EINVAL;
  return has_right_kind ? RSP_OK : RSP_ETYPE;
}

template <class... Outs>
rsp_result check(rsp_term term, Kind kind, const Outs*... outs) noexcept {
  return check(term, bits_of(term).kind() == kind, outs...);
}

template <class T>
bool is_readable(const T* items, size_t count) noexcept {
  return items != nullptr || count == 0;
}

bool are_terms(std::span<const TermBits> terms) noexcept {
  for (TermBits term : terms) {
    if (!term.is_well_formed()) return false;
  }
  return true;
}

std::span<const TermBits> bits_of(const rsp_term* terms, size_t count) noexcept {
  return {reinterpret_cast<const TermBits*>(terms), count};
}

}  // namespace

extern "C" {

rsp_result rsp_atom_intern(rsp_atom* out, const char* text, size_t len) {
  if (out == nullptr || !is_readable(text, len)) return RSP_EINVAL;
  rsp::Atom atom;
  const rsp_result result = rsp::atom_intern(std::string_view(text, len), &atom);
  if (result == RSP_OK) *out = rsp::to_public(atom);
  return result;
}

rsp_result rsp_atom_name(const char** out, size_t* len_out, rsp_atom atom) {
  if (out == nullptr || !rsp::atom_exists(rsp::from_public(atom))) return RSP_EINVAL;
  const std::string_view name = rsp::atom_name(rsp::from_public(atom));
  *out = name.data();
  if (len_out != nullptr) *len_out = name.size();
  return RSP_OK;
}

rsp_term rsp_term_nil(void) { return public_of(TermBits::nil()); }
rsp_term rsp_term_bool(bool value) { return public_of(TermBits::boolean(value)); }
rsp_term rsp_term_int(int64_t value) { return public_of(TermBits::integer(value)); }
rsp_term rsp_term_float(double value) { return public_of(TermBits::real(value)); }

rsp_term rsp_term_atom(rsp_atom atom) {
  return rsp::atom_exists(rsp::from_public(atom)) ? public_of(rsp::from_public(atom)) : NO_TERM;
}

rsp_term rsp_term_pid(rsp_pid pid) {
  return pid.node < rsp::MAX_NODES ? public_of(rsp::from_public(pid)) : NO_TERM;
}

rsp_result rsp_term_ref(rsp_term* out, rsp_ref ref) {
  if (out == nullptr) return RSP_EINVAL;
  Term term;
  return hand_over(out, rsp::make_ref(&term, rsp::from_public(ref)), term);
}

rsp_result rsp_term_binary(rsp_term* out, const void* bytes, size_t len) {
  if (out == nullptr || !is_readable(static_cast<const char*>(bytes), len)) return RSP_EINVAL;
  Term term;
  return hand_over(out, rsp::make_binary(&term, {static_cast<const char*>(bytes), len}), term);
}

rsp_result rsp_term_string(rsp_term* out, const char* text, size_t len) {
  if (out == nullptr || !is_readable(text, len)) return RSP_EINVAL;
  Term term;
  return hand_over(out, rsp::make_string(&term, {text, len}), term);
}

rsp_result rsp_term_tuple(rsp_term* out, const rsp_term* elements, size_t count) {
  if (out == nullptr || !is_readable(elements, count) || !are_terms(bits_of(elements, count)))
    return RSP_EINVAL;
  Term term;
  return hand_over(out, rsp::make_tuple(&term, bits_of(elements, count)), term);
}

rsp_result rsp_term_list(rsp_term* out, const rsp_term* elements, size_t count) {
  if (out == nullptr || !is_readable(elements, count) || !are_terms(bits_of(elements, count)))
    return RSP_EINVAL;
  Term term;
  return hand_over(out, rsp::make_list(&term, bits_of(elements, count)), term);
}

rsp_result rsp_term_map(rsp_term* out, const rsp_term_pair* pairs, size_t count) {
  if (out == nullptr || !is_readable(pairs, count)) return RSP_EINVAL;
  for (size_t i = 0; i < count; ++i) {
    if (!bits_of(pairs[i].key).is_well_formed() || !bits_of(pairs[i].value).is_well_formed())
      return RSP_EINVAL;
  }
  Term term;
  return hand_over(out, rsp::make_map(&term, std::span(reinterpret_cast<const rsp::TermPair*>(pairs), count)),
                   term);
}

rsp_term rsp_term_copy(rsp_term term) {
  return bits_of(term).is_well_formed() ? public_of(Term::share(bits_of(term)).release()) : term;
}

void rsp_term_free(rsp_term term) {
  if (bits_of(term).is_well_formed()) rsp::drop_term(bits_of(term));
}

rsp_kind rsp_term_kind(rsp_term term) {
  return bits_of(term).is_well_formed() ? static_cast<rsp_kind>(bits_of(term).kind()) : RSP_KIND_INVALID;
}

rsp_result rsp_term_get_bool(bool* out, rsp_term term) {
  const rsp_result result = check(term, Kind::BOOL, out);
  if (result == RSP_OK) *out = bits_of(term).as_bool();
  return result;
}

rsp_result rsp_term_get_int(int64_t* out, rsp_term term) {
  const rsp_result result = check(term, Kind::INT, out);
  if (result == RSP_OK) *out = bits_of(term).as_int();
  return result;
}

rsp_result rsp_term_get_float(double* out, rsp_term term) {
  const rsp_result result = check(term, Kind::FLOAT, out);
  if (result == RSP_OK) *out = bits_of(term).as_float();
  return result;
}

rsp_result rsp_term_get_atom(rsp_atom* out, rsp_term term) {
  const rsp_result result = check(term, bits_of(term).is_atom(), out);
  if (result == RSP_OK) *out = rsp::to_public(bits_of(term).as_atom());
  return result;
}

rsp_result rsp_term_get_pid(rsp_pid* out, rsp_term term) {
  const rsp_result result = check(term, Kind::PID, out);
  if (result == RSP_OK) *out = rsp::to_public(bits_of(term).as_pid());
  return result;
}

rsp_result rsp_term_get_ref(rsp_ref* out, rsp_term term) {
  const rsp_result result = check(term, Kind::REF, out);
  if (result == RSP_OK) *out = rsp::to_public(bits_of(term).as_ref());
  return result;
}

rsp_result rsp_term_get_bytes(const char** out, size_t* len_out, rsp_term term) {
  const Kind kind = bits_of(term).kind();
  const rsp_result result = check(term, kind == Kind::BINARY || kind == Kind::STRING, out, len_out);
  if (result != RSP_OK) return result;
  const std::string_view bytes = bits_of(term).as_bytes();
  *out = bytes.data();
  *len_out = bytes.size();
  return RSP_OK;
}

rsp_result rsp_term_size(size_t* out, rsp_term term) {
  const rsp_result result = check(term, bits_of(term).kind() >= Kind::BINARY, out);
  if (result == RSP_OK) *out = bits_of(term).size();
  return result;
}

rsp_result rsp_term_element(rsp_term* out, rsp_term term, size_t index) {
  const Kind kind = bits_of(term).kind();
  const rsp_result result = check(term, kind == Kind::TUPLE || kind == Kind::LIST, out);
  if (result != RSP_OK) return result;
  if (index >= bits_of(term).size()) return RSP_EINVAL;
  *out = public_of(bits_of(term).element(index));
  return RSP_OK;
}

rsp_result rsp_term_map_get(rsp_term* out, rsp_term map, rsp_term key) {
  const rsp_result result = check(map, Kind::MAP, out);
  if (result != RSP_OK) return result;
  if (!bits_of(key).is_well_formed()) return RSP_EINVAL;
  TermBits value;
  if (!bits_of(map).find(bits_of(key), &value)) return RSP_EMISMATCH;
  *out = public_of(value);
  return RSP_OK;
}

rsp_result rsp_term_map_pair(rsp_term* key_out, rsp_term* value_out, rsp_term map, size_t index) {
  const rsp_result result = check(map, Kind::MAP, key_out, value_out);
  if (result != RSP_OK) return result;
  if (index >= bits_of(map).size()) return RSP_EINVAL;
  *key_out = public_of(bits_of(map).keys()[index]);
  *value_out = public_of(bits_of(map).values()[index]);
  return RSP_OK;
}

bool rsp_term_equal(rsp_term a, rsp_term b) {
  return bits_of(a).is_well_formed() && bits_of(b).is_well_formed() && rsp::equal(bits_of(a), bits_of(b));
}

rsp_result rsp_term_compare(int* out, rsp_term a, rsp_term b) {
  if (out == nullptr || !bits_of(a).is_well_formed() || !bits_of(b).is_well_formed()) return RSP_EINVAL;
  *out = rsp::compare(bits_of(a), bits_of(b));
  return RSP_OK;
}

rsp_result rsp_term_format(char* out, size_t capacity, size_t* len_out, rsp_term term) {
  if (!is_readable(out, capacity) || !bits_of(term).is_well_formed()) return RSP_EINVAL;
  const size_t length = rsp::format(out, capacity, bits_of(term));
  if (len_out != nullptr) *len_out = length;
  return RSP_OK;
}

}  // extern "C"
