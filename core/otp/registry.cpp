#include "core/otp/registry.hpp"

#include "core/otp/internal_server.hpp"
#include "core/term/compare.hpp"
#include "core/term/reason.hpp"

namespace rsp {
namespace {

struct Options {
  Atom name{};
  bool unique = true;
  Term listeners;  // a list of atoms
};

// What a start specification holds is its caller's until it is used, so it is in no account of the runtime.
void free_options(void* ctx) {
  Options* const options = static_cast<Options*>(ctx);
  options->~Options();
  mem_free_shared(options);
}

// ---- The process ----

rsp_next init(rsp_self* raw_self, void* ctx, rsp_term, rsp_server_return* ret) {
  const InCall call(raw_self);
  if (!call.begun()) return RSP_NEXT_CONTINUE;
  const Options& options = *static_cast<const Options*>(ctx);
  (void)open_store(call.self(), options.name, options.unique, options.listeners, ret);
  return RSP_NEXT_CONTINUE;
}

constexpr rsp_server_ops REGISTRY_OPS{
    sizeof(rsp_server_ops), "registry", &init,   &refuse_call, &report_odd_message,
    &report_odd_message,    nullptr,    nullptr, nullptr,      RSP_RESTART_DEFAULT,
    RSP_SHUTDOWN_DEFAULT,   0,          nullptr, nullptr,      nullptr};

// ---- What it tells its listeners ----

/** The message `text` for each listener, made and not sent. */
rsp_result make_notices(const Process& self, const Term& text, const Term& listeners, Envelope** out) {
  Envelope* last = nullptr;
  for (const TermBits listener : listeners.elements()) {
    Envelope* const notice = envelope_new_plain(EnvelopeKind::MESSAGE);
    if (notice == nullptr) return RSP_ENOMEM;
    notice->from = self.id();
    notice->term = Term(text).release();
    notice->aux = listener.as_atom().id;
    notice->next = nullptr;
    if (last == nullptr) *out = notice;
    if (last != nullptr) last->next = notice;
    last = notice;
  }
  return RSP_OK;
}

/** What listeners hear of one entry: as soon as it is there, and when it goes. */
struct Notices {
  Envelope* of_register = nullptr;
  Envelope* of_unregister = nullptr;
};

rsp_result make_notices(const Process& self, Atom registry, TermBits key, TermBits value,
                        const Term& listeners, Notices* out) {
  if (listeners.size() == 0) return RSP_OK;
  Term comes;
  Term goes;
  rsp_result result =
      make_tuple(&comes, {TermBits(ATOM_REGISTER), TermBits(registry), key, self.pid(), value});
  if (result == RSP_OK)
    result = make_tuple(&goes, {TermBits(ATOM_UNREGISTER), TermBits(registry), key, self.pid()});
  if (result == RSP_OK) result = make_notices(self, comes, listeners, &out->of_register);
  if (result == RSP_OK) result = make_notices(self, goes, listeners, &out->of_unregister);
  return result;
}

// ---- What was found ----

/** A list of what `make` makes of each finding that `wanted` wants. */
template <class Wanted, class Make>
rsp_result list_of(const Findings& found, const Wanted& wanted, const Make& make, Term* out) {
  if (found.size() == 0) {
    *out = Term::empty(Kind::LIST);
    return RSP_OK;
  }
  TermBits* const rows = static_cast<TermBits*>(mem_alloc(sizeof(TermBits) * found.size()));
  if (rows == nullptr) return RSP_ENOMEM;
  rsp_result result = RSP_OK;
  size_t made = 0;
  for (const Findings::Finding& finding : found) {
    if (!wanted(finding.term)) continue;
    Term row;
    result = make(finding, &row);
    if (result != RSP_OK) break;
    rows[made++] = row.release();
  }
  if (result == RSP_OK) result = make_list(out, std::span<const TermBits>(rows, made));
  for (size_t i = 0; i < made; ++i) drop_term(rows[i]);
  mem_free(rows);
  return result;
}

rsp_result pair_of(const Findings::Finding& finding, Term* out) {
  return make_tuple(out, {TermBits(Pid{finding.owner, 0, 0}), finding.term});
}

bool fits(TermBits value, TermBits pattern) {
  if (pattern.is(ATOM_ANY)) return true;
  if (pattern.kind() != Kind::TUPLE || value.kind() != Kind::TUPLE || pattern.size() != value.size())
    return equal(value, pattern);
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (!pattern.element(i).is(ATOM_ANY) && !equal(value.element(i), pattern.element(i))) return false;
  }
  return true;
}

template <class Wanted>
rsp_result pairs_of(Atom registry, TermBits key, const Wanted& wanted, Term* out) {
  KeyedStore* const store = keyed_store(registry);
  if (store == nullptr) return RSP_ENONAME;
  Findings found;
  const rsp_result result = find_keyed(*store, key, &found);
  return result == RSP_OK ? list_of(found, wanted, &pair_of, out) : result;
}

// ---- Meta ----

/** `before` with `value` as the key's, or without the key. */
rsp_result changed(const Term& before, TermBits key, const TermBits* value, Term* after) {
  const size_t size = before.size();
  TermPair* const pairs = static_cast<TermPair*>(mem_alloc(sizeof(TermPair) * (size + 1)));
  if (pairs == nullptr) return RSP_ENOMEM;
  size_t count = 0;
  for (size_t i = 0; i < size; ++i) {
    if (!equal(before.keys()[i], key)) pairs[count++] = {before.keys()[i], before.values()[i]};
  }
  if (value != nullptr) pairs[count++] = {key, *value};
  const rsp_result result = make_map(after, std::span<const TermPair>(pairs, count));
  mem_free(pairs);
  return result;
}

rsp_result change_meta(Atom registry, TermBits key, const TermBits* value) {
  KeyedStore* const store = keyed_store(registry);
  if (store == nullptr) return RSP_ENONAME;
  Term before;
  Term after;
  do {
    rsp_result result = meta_of(*store, &before);
    if (result == RSP_OK) result = changed(before, key, value, &after);
    if (result != RSP_OK) return result;
  } while (!replace_meta(*store, before, after));
  return RSP_OK;
}

}  // namespace

rsp_result make_registry_spec(rsp_start_spec* out, const rsp_registry_opts& opts) {
  const Atom name = from_public(opts.name);
  if (name.id == 0 || !atom_exists(name)) return RSP_EINVAL;
  if (opts.keys != RSP_REGISTRY_UNIQUE && opts.keys != RSP_REGISTRY_DUPLICATE) return RSP_EINVAL;
  if (opts.listener_count != 0 && opts.listeners == nullptr) return RSP_EINVAL;
  for (size_t i = 0; i < opts.listener_count; ++i) {
    const Atom listener = from_public(opts.listeners[i]);
    if (listener.id == 0 || !atom_exists(listener)) return RSP_EINVAL;
  }
  void* const memory = mem_alloc_shared(sizeof(Options));
  TermBits* const listeners =
      static_cast<TermBits*>(mem_alloc_shared(sizeof(TermBits) * (opts.listener_count + 1)));
  rsp_result result = memory == nullptr || listeners == nullptr ? RSP_ENOMEM : RSP_OK;
  if (result == RSP_OK) {
    for (size_t i = 0; i < opts.listener_count; ++i) listeners[i] = TermBits(from_public(opts.listeners[i]));
    Options* const options = new (memory) Options{name, opts.keys == RSP_REGISTRY_UNIQUE, Term()};
    result = make_list(&options->listeners, std::span<const TermBits>(listeners, opts.listener_count));
  }
  mem_free_shared(listeners);
  if (result != RSP_OK) {
    mem_free_shared(memory);
    return result;
  }
  *out = RSP_START_SPEC_INIT;
  out->ops = &REGISTRY_OPS;
  out->name = opts.name;
  out->ctx = memory;
  out->ctx_free = &free_options;
  return RSP_OK;
}

rsp_result register_key(Process& self, Atom registry, TermBits key, TermBits value, Pid* holder) {
  KeyedStore* const store = keyed_store(registry);
  const Pid keeper = store == nullptr ? Pid{} : keeper_of(*store);
  if (keeper.is_none()) return RSP_ENONAME;
  const Term listeners = listeners_of(*store, keeper);
  Notices notices;
  const bool was_linked = is_linked(self, keeper);
  rsp_result result = make_notices(self, registry, key, value, listeners, &notices);
  // What takes the link back, before there is one: what fails for want of memory leaves nothing.
  Envelope* const undo = was_linked ? nullptr : unlink_new();
  if (!was_linked && undo == nullptr) result = RSP_ENOMEM;
  // The link first: a registry that ends from here on takes the caller along, or refuses it.
  if (result == RSP_OK) result = link_incidentally(self, keeper);
  if (result == RSP_OK)
    result = insert_keyed(self, *store, keeper, key, value, notices.of_unregister, holder);
  if (result == RSP_OK) {
    for (size_t i = 0; i < listeners.size(); ++i) pay_for_send(&self);
    send_notices(notices.of_register);
    envelope_free_blank(undo);
    return RSP_OK;
  }
  drop_notices(notices.of_register);
  drop_notices(notices.of_unregister);
  if (!was_linked) forget_link(self, keeper, nullptr, undo);
  return result == RSP_ENOPROC ? RSP_ENONAME : result;
}

rsp_result unregister_key(Process& self, Atom registry, TermBits key) {
  KeyedStore* const store = keyed_store(registry);
  const Pid keeper = store == nullptr ? Pid{} : keeper_of(*store);
  if (keeper.is_none()) return RSP_ENONAME;
  if (!has_keyed(self, *store)) return RSP_OK;
  remove_keyed(self, *store, key);
  // Without memory for it the link stays, as if there were another key.
  if (!has_keyed(self, *store)) (void)unlink_incidental(self, keeper);
  return RSP_OK;
}

rsp_result update_value(Process& self, Atom registry, TermBits key, TermBits value, Term* old) {
  KeyedStore* const store = keyed_store(registry);
  return store == nullptr ? RSP_ENONAME : update_keyed(self, *store, key, value, old);
}

rsp_result lookup_key(Atom registry, TermBits key, Term* out) {
  return pairs_of(
      registry, key, [](TermBits) { return true; }, out);
}

rsp_result match_key(Atom registry, TermBits key, TermBits pattern, Term* out) {
  return pairs_of(
      registry, key, [pattern](TermBits value) { return fits(value, pattern); }, out);
}

rsp_result whereis_key(Atom registry, TermBits key, Pid* out) {
  KeyedStore* const store = keyed_store(registry);
  return store == nullptr ? RSP_ENONAME : find_owner(*store, key, out);
}

rsp_result keys_of(Atom registry, Pid pid, Term* out) {
  KeyedStore* const store = keyed_store(registry);
  if (store == nullptr) return RSP_ENONAME;
  Findings found;
  const rsp_result result = find_keys(*store, pid, &found);
  if (result != RSP_OK) return result;
  const auto key_of = [](const Findings::Finding& finding, Term* key) {
    *key = Term::share(finding.term);
    return RSP_OK;
  };
  return list_of(
      found, [](TermBits) { return true; }, key_of, out);
}

rsp_result count_keys(Atom registry, uint64_t* out) {
  KeyedStore* const store = keyed_store(registry);
  return store == nullptr ? RSP_ENONAME : count_keyed(*store, out);
}

rsp_result get_meta(Atom registry, TermBits key, Term* out) {
  KeyedStore* const store = keyed_store(registry);
  if (store == nullptr) return RSP_ENONAME;
  Term meta;
  const rsp_result result = meta_of(*store, &meta);
  if (result != RSP_OK) return result;
  TermBits value;
  if (!meta.find(key, &value)) return RSP_EMISMATCH;
  *out = Term::share(value);
  return RSP_OK;
}

rsp_result put_meta(Atom registry, TermBits key, TermBits value) {
  return change_meta(registry, key, &value);
}

rsp_result delete_meta(Atom registry, TermBits key) { return change_meta(registry, key, nullptr); }

Term via_term(Atom registry, TermBits key) {
  Term via;
  return or_atom(make_tuple(&via, {TermBits(ATOM_VIA), TermBits(registry), key}), std::move(via), registry);
}

}  // namespace rsp
