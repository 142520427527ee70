#include "core/otp/pg.hpp"

#include "core/otp/internal_server.hpp"
#include "core/otp/pg_records.hpp"
#include "core/otp/server_report.hpp"
#include "core/term/compare.hpp"
#include "core/term/reason.hpp"

namespace rsp {
namespace {

/** MonitorOptions::note: what the scope monitors a process as. */
constexpr uint64_t AS_MEMBER = 1;
constexpr uint64_t AS_SUBSCRIBER = 2;

rsp_result key_of_group(Term* out, TermBits group) { return make_tuple(out, {group}); }
rsp_result key_of_subscribers(Term* out, TermBits group) { return make_tuple(out, {group, ATOM_MONITOR}); }

bool is_group_key(TermBits key) { return key.kind() == Kind::TUPLE && key.size() == 1; }

struct State {
  KeyedStore* store = nullptr;
  PgRecords records;
};

struct Scope {
  Scope(Process& process, void* state)
      : self(process),
        store(*static_cast<State*>(state)->store),
        records(static_cast<State*>(state)->records) {}

  Process& self;
  KeyedStore& store;
  PgRecords& records;

  rsp_result put(TermBits key, TermBits value, Holding** entry) {
    Pid holder;  // of a unique key, which there is none of
    return insert_keyed(self, store, self.pid(), key, value, nullptr, &holder, entry);
  }
};

// ---- What a store says ----

/** A list of what `make` takes of what was found; only of the scope's own. */
template <class Take>
rsp_result list_found(const Findings& found, uint64_t scope, const Take& take, Term* out) {
  TermBits* const all = static_cast<TermBits*>(mem_alloc(sizeof(TermBits) * (found.size() + 1)));
  if (all == nullptr) return RSP_ENOMEM;
  size_t count = 0;
  for (const Findings::Finding& finding : found) {
    if (finding.owner == scope && take(finding.term)) all[count++] = finding.term;
  }
  const rsp_result result = make_list(out, std::span<const TermBits>(all, count));
  mem_free(all);
  return result;
}

/** The members under the key of a group, in the order in which they have joined. */
template <class Take>
rsp_result list_members(KeyedStore& store, uint64_t scope, TermBits group_key, const Take& take, Term* out) {
  Findings found;
  const rsp_result result = find_keyed(store, group_key, &found);
  return result == RSP_OK ? list_found(found, scope, take, out) : result;
}

/** {Group} => nil, for each group. */
rsp_result map_group_keys(KeyedStore& store, Pid scope, Term* out) {
  Findings found;
  rsp_result result = find_keys(store, scope, &found);
  if (result != RSP_OK) return result;
  TermPair* const pairs = static_cast<TermPair*>(mem_alloc(sizeof(TermPair) * (found.size() + 1)));
  if (pairs == nullptr) return RSP_ENOMEM;
  size_t count = 0;
  for (const Findings::Finding& finding : found) {
    if (is_group_key(finding.term)) pairs[count++] = {finding.term, TermBits::nil()};
  }
  result = make_map(out, std::span<const TermPair>(pairs, count));
  mem_free(pairs);
  return result;
}

/** Group => Members, of all. */
rsp_result map_groups(const Scope& scope, Term* out) {
  Term keys;
  rsp_result result = map_group_keys(scope.store, scope.self.pid(), &keys);
  if (result != RSP_OK) return result;
  TermPair* const pairs = static_cast<TermPair*>(mem_alloc(sizeof(TermPair) * (keys.size() + 1)));
  if (pairs == nullptr) return RSP_ENOMEM;
  size_t count = 0;
  for (; count < keys.size(); ++count) {
    const TermBits key = keys.keys()[count];
    Term members;
    result = list_members(
        scope.store, scope.self.id(), key, [](TermBits) { return true; }, &members);
    if (result != RSP_OK) break;
    pairs[count] = {key.element(0), members.release()};
  }
  if (result == RSP_OK) result = make_map(out, std::span<const TermPair>(pairs, count));
  for (size_t i = 0; i < count; ++i) drop_term(pairs[i].value);
  mem_free(pairs);
  return result;
}

// ---- Those who are told ----

rsp_result tell_all(const Scope& scope, TermBits subscribers, Atom what, TermBits group, TermBits pids) {
  Findings found;
  rsp_result result = find_keyed(scope.store, subscribers, &found);
  for (const Findings::Finding& finding : found) {
    if (result != RSP_OK) break;
    if (finding.owner != scope.self.id()) continue;
    Payload payload;
    result = make_tuple(&payload.term, {finding.term.element(1), TermBits(what), group, pids});
    if (result == RSP_OK) result = send(&scope.self, finding.term.element(0).as_pid(), payload);
    if (result == RSP_EOVERLOAD) result = RSP_OK;  // its own limit refuses it
  }
  return result;
}

/** Without memory the scope ends: better than one of whom somebody believes what is not so. */
void tell(const Scope& scope, Atom what, TermBits group, std::span<const TermBits> pids) {
  if (pids.empty()) return;
  Term list;
  Term subscribers;
  rsp_result result = make_list(&list, pids);
  if (result == RSP_OK) result = key_of_subscribers(&subscribers, group);
  if (result == RSP_OK) result = tell_all(scope, subscribers, what, group, list);
  if (result == RSP_OK) result = tell_all(scope, ATOM_MONITOR_SCOPE, what, group, list);
  if (result != RSP_OK) condemn(scope.self, Term(ATOM_SYSTEM_LIMIT));
}

// ---- Members ----

/** What it is monitored by, from its first membership to its last. */
rsp_result watch_member(Scope& scope, Pid pid, LocalRef* out) {
  if (const Membership* const known = scope.records.newest_of(pid)) {
    *out = known->monitor;
    return RSP_OK;
  }
  MonitorOptions options;
  options.note = AS_MEMBER;
  return monitor(scope.self, pid, options, out);
}

void unwatch_member(Scope& scope, Pid pid, LocalRef ref) {
  if (scope.records.newest_of(pid) == nullptr) end_monitor(scope.self, ref);
}

rsp_result join_one(Scope& scope, TermBits group_key, Pid pid) {
  LocalRef ref;
  rsp_result result = watch_member(scope, pid, &ref);
  if (result != RSP_OK) return result;
  Holding* entry;
  result = scope.put(group_key, pid, &entry);
  if (result == RSP_OK && !scope.records.add(pid, ref, group_key, entry)) {
    remove_entry(scope.self, entry);
    result = RSP_ENOMEM;
  }
  if (result != RSP_OK) unwatch_member(scope, pid, ref);
  return result;
}

void end_membership(Scope& scope, Membership* membership) {
  remove_entry(scope.self, membership->entry);
  scope.records.remove(membership);
}

/** False: it is no member. */
bool leave_one(Scope& scope, TermBits group_key, Pid pid) {
  Membership* const membership = scope.records.newest_of(pid, group_key);
  if (membership == nullptr) return false;
  const LocalRef ref = membership->monitor;
  end_membership(scope, membership);
  unwatch_member(scope, pid, ref);
  return true;
}

/** All of them, or none. */
rsp_result join(Scope& scope, TermBits group, TermBits pids, Term* answer) {
  Term key;
  rsp_result result = key_of_group(&key, group);
  size_t joined = 0;
  while (result == RSP_OK && joined < pids.size()) {
    result = join_one(scope, key, pids.element(joined).as_pid());
    if (result == RSP_OK) ++joined;
  }
  if (result != RSP_OK) {
    while (joined > 0) leave_one(scope, key, pids.element(--joined).as_pid());
    return result;
  }
  tell(scope, ATOM_JOIN, group, pids.elements());
  *answer = Term(ATOM_OK);
  return RSP_OK;
}

/** Those of them who are members; not_joined: nobody is. */
rsp_result leave(Scope& scope, TermBits group, TermBits pids, Term* answer) {
  TermBits* const left = static_cast<TermBits*>(mem_alloc(sizeof(TermBits) * (pids.size() + 1)));
  if (left == nullptr) return RSP_ENOMEM;
  Term key;
  size_t count = 0;
  const rsp_result result = key_of_group(&key, group);
  if (result == RSP_OK) {
    for (const TermBits pid : pids.elements()) {
      if (leave_one(scope, key, pid.as_pid())) left[count++] = pid;
    }
    tell(scope, ATOM_LEAVE, group, {left, count});
    *answer = Term(count != 0 || pids.size() == 0 ? ATOM_OK : ATOM_NOT_JOINED);
  }
  mem_free(left);
  return result;
}

/** A member has ended. */
void end_member(Scope& scope, Pid pid) {
  while (Membership* const membership = scope.records.newest_of(pid)) {
    const Term group_key = membership->group_key;
    end_membership(scope, membership);
    const TermBits gone(pid);
    tell(scope, ATOM_LEAVE, group_key.element(0), {&gone, 1});
  }
}

// ---- Subscriptions ----

/** Under `key`, from here on. */
rsp_result subscribe(Scope& scope, Pid client, TermBits key, Term* subscription) {
  LocalRef ref;
  MonitorOptions options;
  options.note = AS_SUBSCRIBER;
  rsp_result result = monitor(scope.self, client, options, &ref);
  if (result != RSP_OK) return result;
  Term term;
  Term value;
  Holding* entry;
  result = make_ref(&term, Ref::local(ref, 0));
  if (result == RSP_OK) result = make_tuple(&value, {client, term});
  if (result == RSP_OK) result = scope.put(key, value, &entry);
  if (result == RSP_OK && !scope.records.add(ref, entry)) {
    remove_entry(scope.self, entry);
    result = RSP_ENOMEM;
  }
  if (result != RSP_OK) {
    end_monitor(scope.self, ref);
    return result;
  }
  *subscription = std::move(term);
  return RSP_OK;
}

/** False: there is no such subscription. */
bool unsubscribe(Scope& scope, LocalRef ref) {
  Subscription* const subscription = scope.records.subscription(ref);
  if (subscription == nullptr) return false;
  end_monitor(scope.self, ref);
  remove_entry(scope.self, subscription->entry);
  scope.records.remove(subscription);
  return true;
}

/** {Ref, What}: what there is now, and what is told from here on. It says of the dead whose end the scope has not heard of, so
 * that the two add up. */
template <class List>
rsp_result subscribe_to(Scope& scope, Pid client, TermBits key, const List& list, Term* answer) {
  Term now;
  Term subscription;
  rsp_result result = list(&now);
  if (result == RSP_OK) result = subscribe(scope, client, key, &subscription);
  if (result != RSP_OK) return result;
  result = make_tuple(answer, {subscription, now});
  if (result != RSP_OK) (void)unsubscribe(scope, subscription.as_ref().as_local());
  return result;
}

rsp_result subscribe_to_group(Scope& scope, Pid client, TermBits group, Term* answer) {
  Term key;
  Term subscribers;
  rsp_result result = key_of_group(&key, group);
  if (result == RSP_OK) result = key_of_subscribers(&subscribers, group);
  if (result != RSP_OK) return result;
  const auto list = [&](Term* now) {
    return list_members(
        scope.store, scope.self.id(), key, [](TermBits) { return true; }, now);
  };
  return subscribe_to(scope, client, subscribers, list, answer);
}

rsp_result subscribe_to_scope(Scope& scope, Pid client, Term* answer) {
  const auto map = [&](Term* now) { return map_groups(scope, now); };
  return subscribe_to(scope, client, ATOM_MONITOR_SCOPE, map, answer);
}

// ---- The server ----

bool are_local_pids(TermBits pids) {
  if (pids.kind() != Kind::LIST) return false;
  for (const TermBits pid : pids.elements()) {
    if (pid.kind() != Kind::PID || pid.as_pid().node != 0 || pid.as_pid().creation != 0) return false;
  }
  return true;
}

/** RSP_EINVAL: it is no request. */
rsp_result answer_request(Scope& scope, Pid client, TermBits request, Term* answer) {
  if (request.is(ATOM_MONITOR_SCOPE)) return subscribe_to_scope(scope, client, answer);
  if (request.is_tagged(ATOM_MONITOR, 2))
    return subscribe_to_group(scope, client, request.element(1), answer);
  if (request.is_tagged(ATOM_DEMONITOR, 2) && request.element(1).kind() == Kind::REF) {
    const Ref& ref = request.element(1).as_ref();
    const bool ended = ref.is_local() && unsubscribe(scope, ref.as_local());
    *answer = ended ? Term(ATOM_OK) : Term::boolean(false);
    return RSP_OK;
  }
  const bool joins = request.is_tagged(ATOM_JOIN, 3);
  if ((!joins && !request.is_tagged(ATOM_LEAVE, 3)) || !are_local_pids(request.element(2))) return RSP_EINVAL;
  return (joins ? &join : &leave)(scope, request.element(1), request.element(2), answer);
}

rsp_next init(rsp_self* raw_self, void* ctx, rsp_term, rsp_server_return* ret) {
  const InCall call(raw_self);
  if (!call.begun()) return RSP_NEXT_CONTINUE;
  const Atom name{static_cast<uint32_t>(reinterpret_cast<uintptr_t>(ctx))};
  State* const state = mem_new<State>();
  if (state == nullptr) {
    ret->action = RSP_SERVER_STOP;
    ret->reason = to_public(TermBits(ATOM_SYSTEM_LIMIT));
    return RSP_NEXT_CONTINUE;
  }
  if (open_store(call.self(), name, false, Term::empty(Kind::LIST), ret)) {
    state->store = keyed_store(name);
    ret->state = state;
  } else {
    mem_delete(state);
  }
  return RSP_NEXT_CONTINUE;
}

void free_scope(void* state) { mem_delete(static_cast<State*>(state)); }

rsp_next handle_call(rsp_self* raw_self, void* state, rsp_msg* raw_message, rsp_from from,
                     rsp_server_return* ret) {
  const InCall call(raw_self);
  if (!call.begun()) return RSP_NEXT_CONTINUE;
  const Envelope& message = *from_public(raw_message);
  Scope scope(call.self(), state);
  Term answer;
  rsp_result result = RSP_EINVAL;
  if (!message.has(envelope_flag::NATIVE))
    result = answer_request(scope, Pid{message.from, 0, 0}, message.term, &answer);
  if (result == RSP_EINVAL) return refuse_call(raw_self, state, raw_message, from, ret);
  ret->action = RSP_SERVER_REPLY;
  ret->reply = to_public(result == RSP_OK ? answer.release() : TermBits(ATOM_SYSTEM_LIMIT));
  return RSP_NEXT_CONTINUE;
}

rsp_next handle_info(rsp_self* raw_self, void* state, rsp_msg* raw_message, rsp_server_return* ret) {
  const Envelope& message = *from_public(raw_message);
  if (message.kind != EnvelopeKind::DOWN) return report_odd_message(raw_self, state, raw_message, ret);
  const InCall call(raw_self);
  if (!call.begun()) return RSP_NEXT_CONTINUE;
  Scope scope(call.self(), state);
  if (message.aux == AS_MEMBER) {
    end_member(scope, Pid{message.from, 0, 0});
    return RSP_NEXT_CONTINUE;
  }
  (void)unsubscribe(scope, LocalRef{message.ref, message.ref_owner});
  return RSP_NEXT_CONTINUE;
}

constexpr rsp_server_ops SCOPE_OPS{
    sizeof(rsp_server_ops), "pg",    &init,   &handle_call, &report_odd_message,
    &handle_info,           nullptr, nullptr, &free_scope,  RSP_RESTART_DEFAULT,
    RSP_SHUTDOWN_DEFAULT,   0,       nullptr, nullptr,      nullptr};

bool is_of_subscription(const Envelope& message, void* context) {
  const TermBits term = message.term;
  if (message.kind != EnvelopeKind::MESSAGE || message.has(envelope_flag::NATIVE)) return false;
  if (term.kind() != Kind::TUPLE || term.size() != 4) return false;
  if (!term.element(1).is(ATOM_JOIN) && !term.element(1).is(ATOM_LEAVE)) return false;
  return equal(term.element(0), *static_cast<const TermBits*>(context));
}

/** Where a scope runs. nullptr: it does not. */
KeyedStore* store_of(Atom scope, Pid* keeper) {
  KeyedStore* const store = keyed_store(scope);
  *keeper = store == nullptr ? Pid{} : keeper_of(*store);
  return keeper->is_none() ? nullptr : store;
}

/** One that ends just now is none. */
rsp_result or_empty(rsp_result result, Term* out) {
  if (result != RSP_ENONAME) return result;
  *out = Term::empty(Kind::LIST);
  return RSP_OK;
}

/** False from its end on, also where the scope has yet to hear of it. */
bool lives(TermBits pid) { return !is_known_dead(pid.as_pid()); }

}  // namespace

rsp_start_spec pg_spec(Atom scope) {
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  spec.ops = &SCOPE_OPS;
  spec.name = to_public(scope);
  spec.ctx = reinterpret_cast<void*>(uintptr_t{scope.id});
  return spec;
}

rsp_result pg_members(Atom scope, TermBits group, Term* out) {
  Pid keeper;
  KeyedStore* const store = store_of(scope, &keeper);
  if (store == nullptr) return or_empty(RSP_ENONAME, out);
  Term key;
  const rsp_result result = key_of_group(&key, group);
  if (result != RSP_OK) return result;
  return or_empty(list_members(*store, keeper.id, key, &lives, out), out);
}

rsp_result pg_groups(Atom scope, Term* out) {
  Pid keeper;
  KeyedStore* const store = store_of(scope, &keeper);
  if (store == nullptr) return or_empty(RSP_ENONAME, out);
  Term keys;
  const rsp_result result = map_group_keys(*store, keeper, &keys);
  if (result != RSP_OK) return or_empty(result, out);
  TermBits* const groups = static_cast<TermBits*>(mem_alloc(sizeof(TermBits) * (keys.size() + 1)));
  if (groups == nullptr) return RSP_ENOMEM;
  size_t count = 0;
  rsp_result made = RSP_OK;
  for (size_t i = 0; i < keys.size() && made == RSP_OK; ++i) {
    Term members;
    made = list_members(*store, keeper.id, keys.keys()[i], &lives, &members);
    if (made == RSP_OK && members.size() != 0) groups[count++] = keys.keys()[i].element(0);
  }
  if (made == RSP_OK) made = make_list(out, std::span<const TermBits>(groups, count));
  mem_free(groups);
  return or_empty(made, out);
}

void pg_flush(Process& self, TermBits subscription) {
  Envelope* message = nullptr;
  while (receive(self, &is_of_subscription, &subscription, 0, &message) == RSP_OK) envelope_free(message);
}

}  // namespace rsp
