// Tables: keys and values that belong to a process and that all may read, without asking anybody. OTP's ets, of type set.
//
//     ets_options options;
//     options.name = "visits";
//     options.heir = keeper;                                    // who has it when the caller ends
//     ets visits = ets::new_(options);
//     visits.insert("anna", 1);
//     …anywhere…       std::optional<term> count = ets::whereis("visits")->lookup("anna");
//
// Thread: any; one that is no process may do what everybody may. A call throws Error: RSP_ENOTABLE where the table is over,
// RSP_EACCESS where it is not for the caller to do. Each is atomic, but for the walks. Rules: S-ETS.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "resprout/ets.h"
#include "resprout/process.hpp"

namespace resprout {

// NOLINTBEGIN(readability-identifier-naming): words of OTP, written as they are
/** Who may use a table. */
enum class ets_access {
  protected_ = RSP_ETS_PROTECTED,  ///< the owner writes, all read
  public_ = RSP_ETS_PUBLIC,        ///< all write and read
  private_ = RSP_ETS_PRIVATE       ///< the owner writes and reads
};
// NOLINTEND(readability-identifier-naming)

struct ets_options {
  atom name;  ///< what ets::whereis finds it by; `undefined`: nothing
  ets_access access = ets_access::protected_;
  pid heir;        ///< who has it when its owner ends; nobody: it ends with its owner
  term heir_data;  ///< what the heir is sent with it
};

/** A table, by its reference: a value, that goes into messages as a term. */
class ets {
 public:
  using entry = std::pair<term, term>;

  explicit ets(const ref& table) noexcept : table_(table) {}

  /** Makes one, which is the caller's: of a process. Throws Error (RSP_ENAMETAKEN, RSP_ELIMIT). */
  // NOLINTNEXTLINE(readability-identifier-naming): new/2, which C++ keeps for itself
  static result<ets> try_new_(const ets_options& options = {}) {
    const result<ref> made = detail::ask<ref, rsp_ref>([&](rsp_self* self, rsp_ref* out) {
      rsp_ets_opts opts = RSP_ETS_OPTS_INIT;
      opts.name = options.name.raw();
      opts.access = static_cast<rsp_ets_access>(options.access);
      opts.heir = options.heir.raw();
      opts.heir_data = options.heir_data.raw();
      return rsp_ets_new(self, out, &opts);
    });
    if (!made) return Err{made.error()};
    return Ok{ets(*made)};
  }
  // NOLINTNEXTLINE(readability-identifier-naming): as above
  static ets new_(const ets_options& options = {}) { return try_new_(options).value(); }

  /** The table that has a name, if there is one. */
  static result<std::optional<ets>> try_whereis(const atom& name) {
    rsp_ref out{};
    const rsp_result code = rsp_ets_whereis(&out, name.raw());
    if (code != RSP_OK) return Err{code};
    return Ok{out.len == 0 ? std::optional<ets>() : std::optional<ets>(ref(out))};
  }
  static std::optional<ets> whereis(const atom& name) { return try_whereis(name).value(); }

  const ref& reference() const noexcept { return table_; }

  /** Ends the table, and all that is in it. */
  result<void> try_delete_table() const { return detail::check(rsp_ets_delete(rsp_current(), table_.raw())); }
  void delete_table() const { try_delete_table().value(); }

  /** Makes another process its owner, which is sent {'ETS-TRANSFER', Table, FromPid, Data}. Of the owner. Throws Error
   * (RSP_ENOPROC): that is dead, and the table stays. */
  result<void> try_give_away(pid to, const term& data = {}) const {
    return detail::act(
        [&](rsp_self* self) { return rsp_ets_give_away(self, table_.raw(), to.raw(), data.raw()); });
  }
  void give_away(pid to, const term& data = {}) const { try_give_away(to, data).value(); }

  /** Names another heir, or none. Of the owner. */
  result<void> try_set_heir(pid heir, const term& data = {}) const {
    return detail::act(
        [&](rsp_self* self) { return rsp_ets_set_heir(self, table_.raw(), heir.raw(), data.raw()); });
  }
  void set_heir(pid heir, const term& data = {}) const { try_set_heir(heir, data).value(); }

  /** Puts a value under a key, in the place of what was there. */
  result<void> try_insert(const term& key, const term& value) const {
    return detail::check(rsp_ets_insert(rsp_current(), table_.raw(), key.raw(), value.raw()));
  }
  void insert(const term& key, const term& value) const { try_insert(key, value).value(); }

  /** Puts a value under a key that is not there. False: it is there, and nothing was changed. */
  result<bool> try_insert_new(const term& key, const term& value) const {
    return write<bool>([&](bool* out) {
      return rsp_ets_insert_new(rsp_current(), out, table_.raw(), key.raw(), value.raw());
    });
  }
  bool insert_new(const term& key, const term& value) const { return try_insert_new(key, value).value(); }

  /** The value of a key, if that is there. */
  result<std::optional<term>> try_lookup(const term& key) const {
    return find([&](rsp_term* out) { return rsp_ets_lookup(rsp_current(), out, table_.raw(), key.raw()); });
  }
  std::optional<term> lookup(const term& key) const { return try_lookup(key).value(); }

  /** Whether a key is there. */
  result<bool> try_member(const term& key) const {
    return write<bool>(
        [&](bool* out) { return rsp_ets_member(rsp_current(), out, table_.raw(), key.raw()); });
  }
  bool member(const term& key) const { return try_member(key).value(); }

  /** Takes a key out, and brings its value: of all who take one, exactly one gets it. */
  result<std::optional<term>> try_take(const term& key) const {
    return find([&](rsp_term* out) { return rsp_ets_take(rsp_current(), out, table_.raw(), key.raw()); });
  }
  std::optional<term> take(const term& key) const { return try_take(key).value(); }

  /** Takes a key out. One that is not there is no error. */
  result<void> try_delete_key(const term& key) const {
    return detail::check(rsp_ets_delete_key(rsp_current(), table_.raw(), key.raw()));
  }
  void delete_key(const term& key) const { try_delete_key(key).value(); }

  /** Adds to the integer that a key has, and gives back the sum; a key that is not there has `initial`. Throws Error: RSP_ETYPE (no
   * integer), RSP_ELIMIT (the sum does not fit), RSP_EMISMATCH (no such key, and no `initial`). */
  result<int64_t> try_update_counter(const term& key, int64_t increment = 1,
                                     std::optional<int64_t> initial = std::nullopt) const {
    return write<int64_t>([&](int64_t* out) {
      return rsp_ets_update_counter(rsp_current(), out, table_.raw(), key.raw(), increment,
                                    initial ? &*initial : nullptr);
    });
  }
  int64_t update_counter(const term& key, int64_t increment = 1,
                         std::optional<int64_t> initial = std::nullopt) const {
    return try_update_counter(key, increment, initial).value();
  }

  /** Where a walk begins; nothing: the table is empty. A walk comes by each key that stays exactly once. */
  result<std::optional<entry>> try_first() const {
    return step([&](rsp_term* key_out, rsp_term* value_out) {
      return rsp_ets_first(rsp_current(), key_out, value_out, table_.raw());
    });
  }
  std::optional<entry> first() const { return try_first().value(); }

  /** What comes behind a key, also behind one that is not there any more; nothing: it was the last. */
  result<std::optional<entry>> try_next(const term& key) const {
    return step([&](rsp_term* key_out, rsp_term* value_out) {
      return rsp_ets_next(rsp_current(), key_out, value_out, table_.raw(), key.raw());
    });
  }
  std::optional<entry> next(const term& key) const { return try_next(key).value(); }

  /** All that is in it: each entry that stays exactly once, not one moment of a table that others change. */
  result<std::vector<entry>> try_tab2list() const {
    const result<std::optional<term>> list =
        find([&](rsp_term* out) { return rsp_ets_tab2list(rsp_current(), out, table_.raw()); });
    if (!list) return Err{list.error()};
    return (*list)->try_to<std::vector<entry>>();
  }
  std::vector<entry> tab2list() const { return try_tab2list().value(); }

  /** What it is, a map: id, name, owner, heir, protection, size (entries) and memory (bytes). */
  result<term> try_info() const {
    rsp_term raw{0, 0};
    const rsp_result code = rsp_ets_info(&raw, table_.raw());
    if (code != RSP_OK) return Err{code};
    return Ok{term::adopt(raw)};
  }
  term info() const { return try_info().value(); }

  friend bool operator==(const ets& a, const ets& b) noexcept { return a.table_ == b.table_; }
  friend bool operator!=(const ets& a, const ets& b) noexcept { return !(a == b); }

 private:
  template <class T, class Write>
  static result<T> write(Write&& to) {
    T out{};
    const rsp_result code = to(&out);
    if (code != RSP_OK) return Err{code};
    return Ok{out};
  }
  template <class Find>
  static result<std::optional<term>> find(Find&& at) {
    rsp_term raw{0, 0};
    const rsp_result code = at(&raw);
    if (code == RSP_EMISMATCH) return Ok{std::optional<term>()};
    if (code != RSP_OK) return Err{code};
    return Ok{std::optional<term>(term::adopt(raw))};
  }
  template <class Step>
  static result<std::optional<entry>> step(Step&& to) {
    rsp_term key{0, 0};
    rsp_term value{0, 0};
    const rsp_result code = to(&key, &value);
    if (code == RSP_EMISMATCH) return Ok{std::optional<entry>()};
    if (code != RSP_OK) return Err{code};
    return Ok{std::optional<entry>(entry(term::adopt(key), term::adopt(value)))};
  }

  ref table_;
};

}  // namespace resprout
