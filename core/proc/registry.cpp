#include "core/proc/registry.hpp"

#include "core/env/planted_bug.hpp"
#include "core/env/sometimes.hpp"
#include "core/proc/table.hpp"

namespace rsp {
namespace {

constexpr uint64_t NAME_CLAIM = uint64_t{1} << 32;

uint64_t none(uint32_t serial) {
  return RSP_PLANTED_BUG("registry: name word without the serial") ? 0 : uint64_t{serial} << 33;
}
uint64_t named(uint32_t serial, Atom name) { return none(serial) | name.id; }
uint64_t claimed(uint32_t serial, Atom name) { return none(serial) | NAME_CLAIM | name.id; }
uint64_t closed(uint32_t serial) { return none(serial) | NAME_CLAIM; }
bool is_of(uint64_t word, uint32_t serial) { return (word ^ none(serial)) >> 33 == 0; }

/** The process that `holder`, read from an atom's word, names; nullptr if the slot was never used. */
Process* process_at(uint64_t holder) { return holder == 0 ? nullptr : table().at(Pid{holder, 0, 0}.index()); }

/** N1: the name is taken by a process that is not ending. */
bool is_taken(uint64_t holder) {
  const Process* const process = process_at(holder);
  if (process == nullptr) return false;
  const uint32_t serial = Pid{holder, 0, 0}.serial();
  const uint64_t word = process->name_word.load(env::ACQUIRE);  // pairs with the exchange in close_name
  return is_of(word, serial) && word != closed(serial);
}

void take_out(Atom name, Pid pid) {
  uint64_t mine = pid.id;
  // Fails when somebody has replaced the entry, which N1 allows.
  atom_holder(name).compare_exchange_strong(mine, 0, env::ACQ_REL, env::RELAXED);
}

}  // namespace

rsp_result register_name(Atom name, Pid pid, Pid* holder_out) {
  if (name.id == 0) return RSP_EINVAL;
  Process* const process = pid.is_local() ? process_at(pid.id) : nullptr;
  if (process == nullptr) return RSP_ENOPROC;
  const uint32_t serial = pid.serial();
  uint64_t word = none(serial);
  // Acquire: pairs with open_name. Release: pairs with the exchange of close_name; the claim is there before the entry is.
  if (!process->name_word.compare_exchange_strong(word, claimed(serial, name), env::ACQ_REL, env::ACQUIRE)) {
    return !is_of(word, serial) || word == closed(serial) ? RSP_ENOPROC : RSP_EHASNAME;
  }
  env::Atomic<uint64_t>& entry = atom_holder(name);
  uint64_t holder = entry.load(env::ACQUIRE);  // pairs with the registrar before
  do {
    if (is_taken(holder)) {
      word = claimed(serial, name);
      // Pairs with close_name.
      process->name_word.compare_exchange_strong(word, none(serial), env::ACQ_REL, env::RELAXED);
      if (holder_out != nullptr) *holder_out = Pid{holder, 0, 0};
      return RSP_ENAMETAKEN;
    }
    // Pairs with whereis.
  } while (!entry.compare_exchange_strong(holder, pid.id, env::ACQ_REL, env::ACQUIRE));
  word = claimed(serial, name);
  if (RSP_PLANTED_BUG("registry: register without the last compare")) {
    process->name_word.store(named(serial, name), env::RELEASE);
    return RSP_OK;
  }
  // N2; pairs with close_name and whereis.
  if (process->name_word.compare_exchange_strong(word, named(serial, name), env::ACQ_REL, env::RELAXED))
    return RSP_OK;
  RSP_SOMETIMES("process ended while its name was registered");
  take_out(name, pid);  // N2
  return RSP_ENOPROC;
}

rsp_result unregister_name(Atom name) {
  if (name.id == 0) return RSP_EINVAL;
  const uint64_t holder = atom_holder(name).load(env::ACQUIRE);  // pairs with register_name
  Process* const process = process_at(holder);
  if (process == nullptr) return RSP_ENONAME;
  const Pid pid{holder, 0, 0};
  uint64_t word = named(pid.serial(), name);
  // Fails when the process is ending, another unregister was faster, or its registration is not complete
  // (N4).
  if (!process->name_word.compare_exchange_strong(word, claimed(pid.serial(), name), env::ACQ_REL,
                                                  env::RELAXED)) {
    return RSP_ENONAME;
  }
  take_out(name, pid);
  word = claimed(pid.serial(), name);
  // Pairs with register_name.
  process->name_word.compare_exchange_strong(word, none(pid.serial()), env::ACQ_REL, env::RELAXED);
  return RSP_OK;
}

Pid whereis(Atom name) {
  if (name.id == 0) return Pid{};
  const uint64_t holder = atom_holder(name).load(env::ACQUIRE);  // pairs with the CAS of register_name
  const Process* const process = process_at(holder);
  if (process == nullptr) return Pid{};
  const Pid pid{holder, 0, 0};
  // N4; pairs with register_name.
  return process->name_word.load(env::ACQUIRE) == named(pid.serial(), name) ? pid : Pid{};
}

Atom name_of(const Process& process) {
  const uint64_t word = process.name_word.load(env::ACQUIRE);  // pairs with register_name
  return (word & NAME_CLAIM) != 0 ? Atom{0} : Atom{static_cast<uint32_t>(word)};
}

bool confirm_open_name(Pid pid) {
  Process* const process = pid.is_local() ? process_at(pid.id) : nullptr;
  if (process == nullptr) return false;
  uint64_t word = process->name_word.load(env::RELAXED);
  do {
    if (!is_of(word, pid.serial()) || word == closed(pid.serial())) return false;
    // Release: pairs with the exchange of close_name.
  } while (!process->name_word.compare_exchange_weak(word, word, env::RELEASE, env::RELAXED));
  return true;
}

void open_name(Process& process, uint32_t serial) {
  // Release: pairs with register_name. A registrar of this incarnation learned its pid after this; one of an earlier fails
  // on the serial.
  process.name_word.store(none(serial), env::RELEASE);
}

void close_name(Process& process) {
  const Pid pid = process.pid();
  // Acquire: the entry of the registrar that completed. From here on the name counts as free (N1).
  uint64_t word;
  if (RSP_PLANTED_BUG("registry: exit looks, then stores")) {
    word = process.name_word.load(env::ACQUIRE);
    process.name_word.store(closed(pid.serial()), env::RELEASE);
  } else {
    // N1; pairs with register_name and confirm_open_name.
    word = process.name_word.exchange(closed(pid.serial()), env::ACQ_REL);
  }
  const Atom name{static_cast<uint32_t>(word)};
  if (name.id != 0) take_out(name, pid);
}

}  // namespace rsp
