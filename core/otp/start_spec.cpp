#include "core/otp/start_spec.hpp"

#include <cstring>

#include "core/otp/child_spec.hpp"
#include "core/otp/gen_server.hpp"
#include "core/otp/gen_statem.hpp"
#include "core/otp/plain.hpp"
#include "core/otp/start_function.hpp"
#include "core/otp/supervisor.hpp"
#include "core/otp/task.hpp"
#include "core/term/reason.hpp"

namespace rsp {
namespace {

char* copy_text(const char* text) {
  const size_t length = std::strlen(text) + 1;
  char* const copy = static_cast<char*>(mem_alloc(length));
  if (copy != nullptr) std::memcpy(copy, text, length);
  return copy;
}

/** Ours, of what the caller's refers to, which is readable. */
rsp_start_more more_of(const rsp_start_spec& from) {
  rsp_start_more more = RSP_START_MORE_INIT;
  if (from.more != nullptr) (void)read_struct(&more, *from.more);
  return more;
}

int ways_to_start(const rsp_start_spec& from) {
  return (from.ops != nullptr) + (from.library != nullptr || from.symbol != nullptr) +
         (from.handler != nullptr) + (more_of(from).function != nullptr);
}

bool is_task_type(const rsp_server_ops& ops) {
  return ops.name != nullptr && ops.init == nullptr && is_task(ops) && !is_machine(ops);
}

/** Whether exactly one way to start is given, and it is whole. */
bool is_whole(const rsp_start_spec& from) {
  if (ways_to_start(from) != 1) return false;
  if (from.ops != nullptr) return is_server_type(*from.ops) || is_task_type(*from.ops);
  if (from.library != nullptr) return from.symbol != nullptr;
  if (from.handler != nullptr) return true;
  // What is of the child is for the function to say.
  const bool says_of_child = from.name.id != 0 || from.max_messages != 0 || from.max_message_bytes != 0;
  return more_of(from).function_name != nullptr && !says_of_child;
}

const StartKind& kind_of(const StartSpec& spec) {
  if (spec.function != nullptr) return start_function_kind();
  if (spec.handler != nullptr) return plain_kind();
  return spec.ops != nullptr && is_task(*spec.ops) ? task_kind() : gen_server_kind();
}

/** A copy, if there is a text. False: memory is short. */
bool copy_text(char** out, const char* text) {
  if (text == nullptr) return true;
  *out = copy_text(text);
  return *out != nullptr;
}

bool is_same(const MailboxLimits& limits, const MailboxLimits& other) {
  return limits.max_messages == other.max_messages && limits.max_bytes == other.max_bytes &&
         limits.overflow == other.overflow;
}

bool is_same_text(const char* text, const char* other) {
  if (text == nullptr || other == nullptr) return text == other;
  return std::strcmp(text, other) == 0;
}

}  // namespace

bool is_server_type(const rsp_server_ops& ops) {
  if (ops.name == nullptr || ops.init == nullptr || is_task(ops)) return false;
  return !is_machine(ops) || (ops.handle_call == nullptr && ops.handle_cast == nullptr &&
                              ops.handle_info == nullptr && ops.handle_continue == nullptr);
}

bool has_start(const rsp_start_spec& from) { return ways_to_start(from) != 0; }

rsp_result make_start_spec(StartSpec** out, const rsp_start_spec& from) {
  if (!is_whole(from)) return RSP_EINVAL;
  const rsp_start_more more = more_of(from);
  if (from.stall_ms != 0 && from.lane != nullptr) return RSP_EINVAL;  // what a lane runs is not watched
  if (from.worker != 0 && from.lane != nullptr) return RSP_EINVAL;
  if (!from_public(from.args).is_well_formed() || !atom_exists(from_public(from.name))) return RSP_EINVAL;
  if (!is_overflow(from.overflow)) return RSP_EINVAL;
  StartSpec* const spec = mem_new<StartSpec>();
  if (spec == nullptr) return RSP_ENOMEM;
  spec->ctx = from.ctx;
  spec->args = Term::share(from_public(from.args));
  spec->name = from_public(from.name);
  spec->lane = reinterpret_cast<Lane*>(from.lane);
  spec->worker = from.worker;
  spec->stall_ms = from.stall_ms;
  spec->limits = {from.max_messages, from.max_message_bytes, static_cast<Overflow>(from.overflow)};
  spec->ops = from.ops;
  spec->handler = from.handler;
  spec->function = more.function;
  spec->kind = &kind_of(*spec);
  const bool has_texts = copy_text(&spec->library, from.library) && copy_text(&spec->symbol, from.symbol) &&
                         copy_text(&spec->function_name, more.function_name);
  if (!has_texts) {
    disown(spec);
    return RSP_ENOMEM;
  }
  spec->ctx_free = from.ctx_free;
  *out = spec;
  return RSP_OK;
}

rsp_result make_start_spec(StartSpec** out, Term* error, const rsp_supervisor_spec& description) {
  rsp_supervisor_spec from;
  if (!read_struct(&from, description)) return RSP_EINVAL;
  StartSpec* const spec = mem_new<StartSpec>();
  if (spec == nullptr) return RSP_ENOMEM;
  spec->kind = &supervisor_kind();
  spec->name = from_public(from.opts.name);
  const rsp_result result = make_supervisor_spec(&spec->supervisor, error, from);
  if (result != RSP_OK) {
    disown(spec);
    return result;
  }
  spec->args = Term::share(from_public(from.args));
  spec->ctx = from.ctx;
  spec->ctx_free = from.ctx_free;
  spec->init_lane = reinterpret_cast<Lane*>(from.lane);
  *out = spec;
  return RSP_OK;
}

bool is_alike(const StartSpec& spec, const StartSpec& other) {
  if (&spec == &other) return true;
  if (spec.ctx_free != nullptr || other.ctx_free != nullptr) return false;
  if (spec.supervisor != nullptr || other.supervisor != nullptr) return false;
  if (spec.ticket != nullptr || other.ticket != nullptr) return false;
  return spec.kind == other.kind && spec.ops == other.ops && spec.handler == other.handler &&
         spec.function == other.function && is_same_text(spec.library, other.library) &&
         is_same_text(spec.symbol, other.symbol) && is_same_text(spec.function_name, other.function_name) &&
         spec.ctx == other.ctx && spec.name == other.name && spec.lane == other.lane &&
         spec.worker == other.worker && spec.stall_ms == other.stall_ms && is_same(spec.limits, other.limits);
}

StartSpec* share(StartSpec* spec) {
  spec->owners.fetch_add(1, env::RELAXED);
  return spec;
}

void disown(StartSpec* spec) {
  // Acquire and release: the last owner frees what the others have read.
  if (spec->owners.fetch_sub(1, env::ACQ_REL) != 1) return;
  drop_guarded(spec->ctx_free, spec->ctx);
  mem_free(spec->library);
  mem_free(spec->symbol);
  mem_free(spec->function_name);
  if (spec->supervisor != nullptr) free_supervisor_spec(spec->supervisor);
  mem_delete(spec->ticket);
  mem_delete(spec);
}

void unmake(StartSpec* spec) {
  spec->ctx_free = nullptr;
  if (spec->supervisor != nullptr) unmake(spec->supervisor->children);
  disown(spec);
}

void drop_contexts(const rsp_start_spec& spec) { drop_guarded(spec.ctx_free, spec.ctx); }

void drop_contexts(const rsp_supervisor_spec& spec) {
  drop_guarded(spec.ctx_free, spec.ctx);
  if (spec.init == nullptr) drop_contexts(ChildSpecs(spec.children, spec.child_count));
}

void drop_contexts(const ChildSpecs& children) {
  for (size_t i = 0; i < children.size(); ++i) {
    const rsp_child_spec child = children[i];
    drop_contexts(child.start);
    if (child.supervisor != nullptr) drop_contexts(*child.supervisor);
  }
}

bool takes_args(const StartSpec& spec) {
  if (spec.supervisor != nullptr) return spec.supervisor->init != nullptr;
  return spec.handler == nullptr;
}

bool is_args_list(TermBits args) { return args.is_nil() || args.kind() == Kind::LIST; }

rsp_result join_args(Term* out, TermBits first, TermBits second) {
  const size_t before = first.is_nil() ? 0 : first.size();
  const size_t count = before + (second.is_nil() ? 0 : second.size());
  TermBits* const all = static_cast<TermBits*>(mem_alloc(sizeof(TermBits) * (count + 1)));
  if (all == nullptr) return RSP_ENOMEM;
  for (size_t i = 0; i < count; ++i) all[i] = i < before ? first.element(i) : second.element(i - before);
  const rsp_result result = make_list(out, std::span<const TermBits>(all, count));
  mem_free(all);
  return result;
}

Term module_of(const StartSpec& spec) {
  const char* const text = spec.kind->module(spec);
  Atom atom;
  if (atom_intern(text, &atom) == RSP_OK) return Term(atom);
  Term name;
  return or_atom(make_text(&name, text), std::move(name), ATOM_UNDEFINED);
}

}  // namespace rsp
