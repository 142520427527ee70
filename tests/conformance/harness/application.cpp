#include "tests/conformance/harness/application.hpp"

#include "resprout/request.h"

namespace conformance::applications {
namespace {

/// What the callbacks of an application know.
struct Parts {
  Notes notes;
  std::string name;
  const char* prep_stop_raises = nullptr;
  Gate gate = {};
};

rsp_next prep_stop(rsp_self* raw, void* ctx) {
  const Parts& parts = *static_cast<Parts*>(ctx);
  Self self(raw);
  parts.notes->note(parts.name + " prep_stop");
  if (parts.prep_stop_raises != nullptr) return self.exit(parts.prep_stop_raises);
  return parts.gate == nullptr ? RSP_NEXT_CONTINUE
                               : pause_until(self, parts.gate, [](Self&) { return RSP_NEXT_CONTINUE; });
}

rsp_next after_stop(rsp_self*, void* ctx) {
  const Parts& parts = *static_cast<Parts*>(ctx);
  parts.notes->note(parts.name + " stop");
  return RSP_NEXT_CONTINUE;
}

std::string top_of(const std::string& name) { return name + "_top"; }

}  // namespace

Started load(Self& self, const Notes& notes, const char* name, const ApplicationHow& how) {
  const auto parts = std::make_shared<Parts>(Parts{notes, name, how.prep_stop_raises, how.prep_stop_waits});
  keep_until_stop(parts);
  std::vector<rsp_atom> needs;
  for (const char* needed : how.needs) needs.push_back(atom(needed));
  const Value id = "child";
  const rsp_child_spec child =
      raw_child({.server = how.server.value_or(noting(notes, name)), .id = "child"}, id);
  rsp_supervisor_spec top = RSP_SUPERVISOR_SPEC_INIT;
  top.children = &child;
  top.child_count = 1;
  top.opts.strategy = how.strategy;
  top.opts.max_restarts = how.max_restarts;
  top.opts.name = atom(top_of(name));
  rsp_application_spec spec = RSP_APPLICATION_SPEC_INIT;
  spec.name = atom(name);
  spec.applications = needs.data();
  spec.application_count = needs.size();
  rsp_start_spec start = RSP_START_SPEC_INIT;
  if (how.start) {
    start = function_spec(*how.start);
    spec.start = &start;
  } else {
    spec.supervisor = &top;
  }
  spec.prep_stop = prep_stop;
  spec.stop = after_stop;
  spec.ctx = parts.get();
  Started loaded;
  rsp_term error{};
  loaded.result = rsp_application_load(self, &error, &spec);
  loaded.error = Value::owner_of(error);
  return loaded;
}

Started start(Self& self, const char* name, rsp_application_type type) {
  Started started;
  rsp_term error{};
  started.result = rsp_application_start(self, &error, atom(name), type, PATIENCE_MS);
  started.error = Value::owner_of(error);
  return started;
}

Started stop(Self& self, const char* name) {
  Started stopped;
  rsp_term error{};
  stopped.result = rsp_application_stop(self, &error, atom(name), PATIENCE_MS);
  stopped.error = Value::owner_of(error);
  return stopped;
}

Started unload(Self& self, const char* name) {
  Started unloaded;
  rsp_term error{};
  unloaded.result = rsp_application_unload(self, &error, atom(name));
  unloaded.error = Value::owner_of(error);
  return unloaded;
}

Ensured ensure(Self& self, const char* name, uint64_t timeout_ms) {
  rsp_term started{};
  rsp_term error{};
  const rsp_result result = rsp_application_ensure_all_started(self, &started, &error, atom(name),
                                                               RSP_APPLICATION_TEMPORARY, timeout_ms);
  return {result, Value::owner_of(started), Value::owner_of(error)};
}

Value which(Self& self) {
  rsp_term all{};
  ok(rsp_application_which(self, &all));
  return Value::owner_of(all);
}

Value loaded(Self& self) {
  rsp_term all{};
  ok(rsp_application_loaded(self, &all));
  return Value::owner_of(all);
}

rsp_ref ask(Self& self, const Value& request) {
  rsp_ref ref{};
  ok(rsp_send_request_name(self, &ref, atom("application_controller"), request));
  return ref;
}

Value answer(Self& self, rsp_ref request) {
  rsp_msg* message = nullptr;
  ok(rsp_receive_response(self, &message, request, PATIENCE_MS));
  const Value said = Value::copy_of(rsp_msg_term(message));
  rsp_msg_free(message);
  return said;
}

rsp_pid child_of(Test& t, const char* name) { return child(t, whereis(top_of(name).c_str()), "child"); }

rsp_pid only_master(Test& t) {
  const Value links = t.info(whereis("application_controller"), "links");
  EXPECT_EQ(links.size(), 1u) << links.text();
  rsp_pid master{};
  if (links.size() == 1) ok(rsp_term_get_pid(&master, links.element(0)));
  return master;
}

std::vector<Value> application_reports() {
  std::vector<Value> found;
  for (const Report& report : reports()) {
    if (matches(report.map.at("report"), "application_report")) found.push_back(report.map);
  }
  return found;
}

}  // namespace conformance::applications
