// The process dictionary: keys and values, terms both, that a process keeps for its own code (docs/semantics.md, S-DICT).
//
// One row of slots, at most three quarters of them full. A key lies in the slot of its hash or in one of those behind it,
// with no free slot in between; erasing moves up what came after, so that a look-up costs what is in the dictionary, and
// not what ever was. The row doubles and halves as needed, and an empty dictionary has none.
//
// Rejected: a map term, as a put would copy it; a part of a RingTable (ring_table.hpp), whose entries are blocks of
// their own and whose locks nobody would need here.
//
// Private to the owner of the process (core/proc/belongings.hpp).
#pragma once

#include <cstdint>

#include "core/term/term.hpp"

namespace rsp {

class Dictionary {
 public:
  Dictionary() = default;
  Dictionary(const Dictionary&) = delete;
  Dictionary& operator=(const Dictionary&) = delete;
  ~Dictionary() { (void)drop(UINT64_MAX); }

  uint64_t size() const { return size_; }

  /** The value of a key, lent until it changes; nil: there is none. */
  TermBits get(TermBits key) const;

  /** Sets it, and gives back the value before; nil: there was none. RSP_ENOMEM: nothing has changed. */
  [[nodiscard]] rsp_result put(TermBits key, TermBits value, Term* previous);

  /** Takes it out, and gives it back; nil: there was none. */
  Term erase(TermBits key);

  /** A list of all keys, in no order. RSP_ENOMEM, RSP_ELIMIT. */
  [[nodiscard]] rsp_result keys(Term* out) const;

  /** A list of {Key, Value}, in no order, of so many at most. RSP_ENOMEM, RSP_ELIMIT. */
  [[nodiscard]] rsp_result pairs(Term* out, uint64_t at_most) const;

  /** The end of it: frees so many slots at most. True: none is left. Until then only drop may be called. */
  [[nodiscard]] bool drop(uint64_t at_most);

 private:
  struct Slot {
    uint64_t hash;  // 0: free
    TermBits key;   // both owned
    TermBits value;
  };

  /** That of the key, or the free one where it would be. There is one. */
  Slot& slot_of(TermBits key, uint64_t hash) const;
  [[nodiscard]] bool resize(uint64_t capacity);

  Slot* slots_ = nullptr;
  uint64_t capacity_ = 0;  // a power of two, or 0
  uint64_t size_ = 0;
};

}  // namespace rsp
