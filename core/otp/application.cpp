// What an application is made from, and the calls that wait for the controller.
#include "core/otp/application.hpp"

#include <algorithm>

#include "core/otp/child_spec.hpp"
#include "core/otp/client.hpp"
#include "core/otp/proc_lib.hpp"
#include "core/term/reason.hpp"

namespace rsp {
namespace {

bool is_name(rsp_atom atom) { return atom.id != 0 && atom_exists(from_public(atom)); }

bool is_well_formed(const rsp_application_spec& from) {
  if (!is_name(from.name) || (from.supervisor != nullptr) == (from.start != nullptr)) return false;
  if (from.application_count != 0 && from.applications == nullptr) return false;
  for (size_t i = 0; i < from.application_count; ++i) {
    if (!is_name(from.applications[i])) return false;
  }
  return true;
}

rsp_result copy_names(Term* out, const rsp_application_spec& from) {
  if (from.application_count == 0) {
    *out = Term::empty(Kind::LIST);
    return RSP_OK;
  }
  TermBits* const names = static_cast<TermBits*>(mem_alloc(sizeof(TermBits) * from.application_count));
  if (names == nullptr) return RSP_ENOMEM;
  for (size_t i = 0; i < from.application_count; ++i) names[i] = TermBits(from_public(from.applications[i]));
  const rsp_result result = make_list(out, std::span<const TermBits>(names, from.application_count));
  mem_free(names);
  return result;
}

void drop_contexts(const rsp_application_spec& from) {
  if (from.supervisor != nullptr) rsp::drop_contexts(*from.supervisor);
  if (from.start != nullptr) rsp::drop_contexts(*from.start);
  drop_guarded(from.ctx_free, from.ctx);
}

Atom word_of(rsp_application_type type) {
  switch (type) {
    case RSP_APPLICATION_TRANSIENT:
      return ATOM_TRANSIENT;
    case RSP_APPLICATION_PERMANENT:
      return ATOM_PERMANENT;
    default:
      return ATOM_TEMPORARY;
  }
}

}  // namespace

rsp_result make_application_spec(ApplicationSpec** out, Term* error, const rsp_application_spec& from) {
  if (!is_well_formed(from)) return RSP_EINVAL;
  StartSpec* start = nullptr;
  rsp_result result = from.supervisor != nullptr ? make_start_spec(&start, error, *from.supervisor)
                                                 : make_start_spec(&start, *from.start);
  if (result == RSP_EINVAL) return result;
  ApplicationSpec* const spec = result == RSP_OK ? mem_new<ApplicationSpec>() : nullptr;
  if (result == RSP_OK && spec == nullptr) result = RSP_ENOMEM;
  if (result == RSP_OK) result = copy_names(&spec->applications, from);
  if (result != RSP_OK) {
    if (start != nullptr) unmake(start);
    mem_delete(spec);
    drop_contexts(from);
    return result;
  }
  spec->name = from_public(from.name);
  spec->start = start;
  spec->prep_stop = from.prep_stop;
  spec->stop = from.stop;
  spec->ctx = from.ctx;
  spec->ctx_free = from.ctx_free;
  spec->lane = reinterpret_cast<Lane*>(from.lane);
  *out = spec;
  return RSP_OK;
}

ApplicationSpec* share(ApplicationSpec* spec) {
  spec->owners.fetch_add(1, env::RELAXED);
  return spec;
}

void disown(ApplicationSpec* spec) {
  // Acquire and release: the last owner frees what the others have read.
  if (spec->owners.fetch_sub(1, env::ACQ_REL) != 1) return;
  disown(spec->start);
  drop_guarded(spec->ctx_free, spec->ctx);
  mem_delete(spec);
}

rsp_result load_application(Process& self, ApplicationSpec* spec, Term* error) {
  Pid controller;
  rsp_result result =
      self.process_class == ProcessClass::HANDLER ? RSP_EWOULDBLOCK : find_controller(self, &controller);
  if (result != RSP_OK) {
    disown(spec);
    return result;
  }
  Payload payload;
  payload.native = spec;
  payload.ops = &load_ops();
  Term answer;
  return ask(self, controller, std::move(payload), NEVER, &answer, error);
}

rsp_result ask_controller(Process& self, Term request, uint64_t timeout_ms, Term* out, Term* error) {
  Pid controller;
  const rsp_result result =
      self.process_class == ProcessClass::HANDLER ? RSP_EWOULDBLOCK : find_controller(self, &controller);
  if (result != RSP_OK) return result;
  return ask(self, controller, Payload{std::move(request), nullptr, nullptr}, timeout_ms, out, error);
}

rsp_result start_application(Process& self, Atom name, rsp_application_type type, uint64_t timeout_ms,
                             Term* error) {
  Term request;
  Term ok;
  const rsp_result built =
      make_tuple(&request, {TermBits(ATOM_START), TermBits(name), TermBits(word_of(type))});
  return built == RSP_OK ? ask_controller(self, std::move(request), timeout_ms, &ok, error) : built;
}

rsp_result ask_about_application(Process& self, Atom what, Atom name, uint64_t timeout_ms, Term* error) {
  Term request;
  Term ok;
  const rsp_result built = make_tuple(&request, {TermBits(what), TermBits(name)});
  return built == RSP_OK ? ask_controller(self, std::move(request), timeout_ms, &ok, error) : built;
}

// ---- One after those that it needs ----

namespace {

/** One that is to be started, and those that wait for it. */
struct Needed {
  Atom name;
  const Needed* by;
};

/** What a call has asked for, the latest first. */
class Asked {
 public:
  Asked() = default;
  Asked(const Asked&) = delete;
  Asked& operator=(const Asked&) = delete;
  ~Asked() {
    while (pop().id != 0) continue;
  }

  bool is_empty() const { return latest_ == nullptr; }

  bool add(Atom name) {
    Node* const node = mem_new<Node>();
    if (node == nullptr) return false;
    *node = Node{name, false, latest_};
    latest_ = node;
    return true;
  }

  bool has(TermBits name) const {
    const Node* node = latest_;
    while (node != nullptr && !name.is(node->name)) node = node->before;
    return node != nullptr;
  }

  /** It is this call that has started the latest. */
  void mark_started() {
    latest_->is_started = true;
    ++started_;
  }

  /** `undefined`: there is none. */
  Atom pop() {
    Node* const node = latest_;
    if (node == nullptr) return Atom{};
    const Atom name = node->name;
    if (node->is_started) --started_;
    latest_ = node->before;
    mem_delete(node);
    return name;
  }

  /** Those that this call has started, in order. */
  rsp_result list(Term* out) const {
    TermBits* const names = static_cast<TermBits*>(mem_alloc(sizeof(TermBits) * (started_ + 1)));
    if (names == nullptr) return RSP_ENOMEM;
    size_t left = started_;
    for (const Node* node = latest_; node != nullptr; node = node->before) {
      if (node->is_started) names[--left] = TermBits(node->name);
    }
    const rsp_result result = make_list(out, std::span<const TermBits>(names, started_));
    mem_free(names);
    return result;
  }

 private:
  struct Node {
    Atom name{};
    bool is_started = false;
    Node* before = nullptr;
  };
  Node* latest_ = nullptr;
  size_t started_ = 0;
};

/** One call. The controller remembers what it has asked for by its number, until it says how it has ended. */
struct EnsureStarted {
  Process& self;
  rsp_application_type type;
  uint64_t deadline_ns;
  int64_t number = static_cast<int64_t>(next_number());
  Asked asked{};

  rsp_result start(const Needed& needed, Term* error);
  rsp_result start_needed(const Needed& needed, Atom missing, Term* error);
  void keep();
  void take_back();
};

/** RSP_EEXITED with {Name, E}. */
rsp_result failed(Atom name, TermBits why, Term* error) {
  Term reason;
  const rsp_result built = make_tuple(&reason, {TermBits(name), why});
  *error = or_atom(built, std::move(reason), ATOM_SYSTEM_LIMIT);
  return RSP_EEXITED;
}

uint64_t left_ms(uint64_t deadline_ns) {
  constexpr uint64_t NS_IN_MS = 1'000'000;
  if (deadline_ns == NEVER) return UINT64_MAX;
  const uint64_t now_ns = env::now_ns();
  return deadline_ns <= now_ns ? 0 : (deadline_ns - now_ns + NS_IN_MS - 1) / NS_IN_MS;
}

rsp_result EnsureStarted::start_needed(const Needed& needed, Atom missing, Term* error) {
  for (const Needed* each = &needed; each != nullptr; each = each->by) {
    if (each->name.id != missing.id) continue;
    Term circle;
    const rsp_result built = make_tuple(&circle, {TermBits(ATOM_CIRCULAR_DEPENDENCY), TermBits(missing)});
    return failed(needed.name, or_atom(built, std::move(circle), ATOM_CIRCULAR_DEPENDENCY), error);
  }
  return start(Needed{missing, &needed}, error);
}

rsp_result EnsureStarted::start(const Needed& needed, Term* error) {
  for (;;) {
    Term request;
    Term ok;
    Term why;
    if (!asked.add(needed.name)) return RSP_ENOMEM;
    rsp_result result = make_tuple(&request, {TermBits(ATOM_START), TermBits(needed.name),
                                              TermBits(word_of(type)), TermBits::integer(number)});
    if (result == RSP_OK) result = ask_controller(self, std::move(request), left_ms(deadline_ns), &ok, &why);
    if (result == RSP_OK) asked.mark_started();
    if (result != RSP_EEXITED) return result;
    if (why.is_tagged(ATOM_ALREADY_STARTED, 2) && why.element(1).is(needed.name)) return RSP_OK;
    asked.pop();
    // What was asked for, and has ended meanwhile, is not started time and again.
    const bool is_missing = why.is_tagged(ATOM_NOT_STARTED, 2) && !asked.has(why.element(1));
    if (!is_missing) return failed(needed.name, why, error);
    result = start_needed(needed, why.element(1).as_atom(), error);
    if (result != RSP_OK) return result;
  }
}

void EnsureStarted::keep() {
  Term request;
  Term ignored;
  if (asked.is_empty() || make_tuple(&request, {TermBits(ATOM_START), TermBits::integer(number)}) != RSP_OK)
    return;
  (void)!ask_controller(self, std::move(request), NEVER, &ignored, &ignored);
}

/** A start that goes on when the time is over is among them, and it ends before what it needs. */
void EnsureStarted::take_back() {
  for (Atom each = asked.pop(); each.id != 0; each = asked.pop()) {
    Term request;
    Term ignored;
    const rsp_result built =
        make_tuple(&request, {TermBits(ATOM_STOP), TermBits(each), TermBits::integer(number)});
    // That it is gone already, or cannot be stopped, does not change what has failed.
    if (built == RSP_OK) (void)!ask_controller(self, std::move(request), NEVER, &ignored, &ignored);
  }
}

}  // namespace

rsp_result ensure_all_started(Process& self, Atom name, rsp_application_type type, uint64_t timeout_ms,
                              Term* started, Term* error) {
  EnsureStarted all{self, type, deadline_in_ms(timeout_ms)};
  rsp_result result = all.start(Needed{name, nullptr}, error);
  if (result == RSP_OK) result = all.asked.list(started);
  if (result == RSP_OK) {
    all.keep();
  } else {
    all.take_back();
  }
  return result;
}

}  // namespace rsp
