#include "tests/conformance/harness/supervisor.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

namespace conformance {
namespace {

struct Rest {
  std::function<rsp_next(Self&)> then;
};

rsp_next go_on(rsp_self* raw, rsp_msg*, void* rest) {
  Self self(raw);
  try {
    return static_cast<const Rest*>(rest)->then(self);
  } catch (const Exiting&) {
    return RSP_NEXT_CONTINUE;  // what it returns does not matter any more
  }
}

struct InitCode {
  SupervisorInit code;
};

rsp_next run_init(rsp_self* raw, void* context, rsp_term, rsp_supervisor_init* out) {
  Self self(raw);
  try {
    return static_cast<const InitCode*>(context)->code(self, out);
  } catch (const Exiting&) {
    return RSP_NEXT_CONTINUE;
  }
}

// {stop, R}, {exit, R}, {error, E}
rsp_next obey(Self& self, const Received& message, Answer& answer) {
  if (message.kind != RSP_MSG_TERM || rsp_term_kind(message.term) != RSP_KIND_TUPLE) return answer.nothing();
  const Value argument = message.term.element(1);
  if (matches(message.term, "{stop, _}")) return answer.stop(argument);
  if (matches(message.term, "{exit, _}")) return self.exit(argument);
  if (matches(message.term, "{error, _}")) return self.error(argument);
  return answer.nothing();
}

rsp_next note_and_pause(Self& self, const Notes& notes, const std::string& line, uint64_t ms,
                        const std::string& line_after) {
  const auto after = [notes, line_after](Self&) {
    notes->note(line_after);
    return RSP_NEXT_CONTINUE;
  };
  if (!line.empty()) notes->note(line);
  return ms == 0 ? after(self) : pause(self, ms, after);
}

Started started_with(rsp_result result, rsp_pid pid, rsp_term error) {
  Started started;
  started.result = result;
  started.pid = pid;
  started.error = Value::owner_of(error);
  return started;
}

}  // namespace

void Journal::note(const std::string& line) {
  const std::lock_guard guard(lock_);
  lines_.push_back(line);
}

std::vector<std::string> Journal::lines() const {
  const std::lock_guard guard(lock_);
  return lines_;
}

size_t Journal::count(const std::string& line) const {
  const std::lock_guard guard(lock_);
  return static_cast<size_t>(std::count(lines_.begin(), lines_.end(), line));
}

std::string Journal::latest(const std::string& ending) const {
  const std::vector<std::string> all = lines();
  const auto ends_so = [&](const std::string& line) { return line.ends_with(ending); };
  const auto found = std::find_if(all.rbegin(), all.rend(), ends_so);
  return found == all.rend() ? std::string() : found->substr(0, found->size() - ending.size());
}

std::vector<std::string> Journal::take() {
  const std::lock_guard guard(lock_);
  return std::exchange(lines_, {});
}

Notes make_notes() { return std::make_shared<Journal>(); }

std::vector<std::string> lines(std::vector<std::string> expected) { return expected; }

rsp_next pause(Self& self, uint64_t ms, std::function<rsp_next(Self&)> then) {
  const auto rest = std::make_shared<Rest>(Rest{std::move(then)});
  keep_until_stop(rest);
  return rsp_await(self, self.alias(), ms, go_on, rest.get());
}

Gate make_gate() { return std::make_shared<std::atomic<bool>>(false); }

rsp_next pause_until(Self& self, const Gate& gate, const std::function<rsp_next(Self&)>& then) {
  if (gate->load()) return then(self);
  return pause(self, 1, [gate, then](Self& later) { return pause_until(later, gate, then); });
}

Server noting(const Notes& notes, const std::string& name, uint64_t slow_ms) {
  Server server = not_trapping(notes, name);
  server.init = [notes, name, slow_ms](Self& self, Answer&) {
    self.trap_exit();
    return note_and_pause(self, notes, "", slow_ms, name + " up");
  };
  server.terminate = [notes, name, slow_ms](Self& self, const Value& reason) {
    return note_and_pause(self, notes, name + " told " + reason.text(), slow_ms, name + " gone");
  };
  return server;
}

Server unlinking(const Notes& notes, const std::string& name) {
  Server server = noting(notes, name);
  server.call = [](Self& self, const Received& request, Answer& answer) {
    rsp_pid parent{};
    ok(rsp_term_get_pid(&parent, request.term));
    ok(rsp_unlink(self, parent));
    return answer.reply("done");
  };
  return server;
}

rsp_pid next_pid(Test& t) {
  rsp_pid pid{};
  const Value told = t.next().term;
  ok(rsp_term_get_pid(&pid, told));
  return pid;
}

Server not_trapping(const Notes& notes, const std::string& name) {
  Server server;
  server.init = [notes, name](Self&, Answer& answer) {
    notes->note(name + " up");
    return answer.nothing();
  };
  server.call = [](Self&, const Received& request, Answer& answer) { return answer.reply(request.term); };
  server.info = obey;
  server.terminate = [notes, name](Self&, const Value& reason) {
    notes->note(name + " told " + reason.text());
    return RSP_NEXT_CONTINUE;
  };
  return server;
}

Server fails_to_restart(const Notes& notes, uint32_t failures) {
  Server server = noting(notes, "a");
  const auto starts = std::make_shared<std::atomic<uint32_t>>(0);
  server.init = [notes, starts, failures](Self&, Answer& answer) {
    const uint32_t before = starts->fetch_add(1);
    if (before > 0 && before <= failures) {
      notes->note("a failed");
      return answer.error("nope");
    }
    notes->note("a up");
    return answer.nothing();
  };
  return server;
}

rsp_child_spec raw_child(const ChildSpec& child, const Value& id) {
  rsp_child_spec raw = RSP_CHILD_SPEC_INIT;
  raw.id = id;
  raw.start = spec_of(child.server, child.name);
  raw.restart = child.restart;
  raw.shutdown = child.shutdown;
  raw.shutdown_ms = child.shutdown_ms;
  raw.type = child.type;
  raw.significant = child.significant ? 1 : 0;
  raw.fatal = child.fatal ? 1 : 0;
  raw.backoff = child.backoff;
  raw.start.args = child.args;
  return raw;
}

rsp_supervisor_opts options_of(const SupervisorHow& how) {
  rsp_supervisor_opts opts = RSP_SUPERVISOR_OPTS_INIT;
  opts.strategy = how.strategy;
  opts.auto_shutdown = how.auto_shutdown;
  opts.max_children = how.max_children;
  opts.extra_arguments = how.extra_arguments;
  opts.max_restarts = how.max_restarts;
  opts.period_ms = how.period_ms;
  if (how.name != nullptr) opts.name = atom(how.name);
  return opts;
}

Started start_supervisor(Self& self, const std::vector<ChildSpec>& children, SupervisorHow how) {
  std::vector<Value> ids;
  std::vector<rsp_child_spec> raw;
  for (const ChildSpec& child : children) {
    ids.push_back(child.id == nullptr ? Value() : Value(child.id));
    raw.push_back(raw_child(child, ids.back()));
  }
  const rsp_supervisor_opts opts = options_of(how);
  rsp_start_opts start_opts = RSP_START_OPTS_INIT;
  start_opts.link = how.link;
  rsp_pid pid{};
  rsp_term error{};
  const rsp_result result =
      rsp_supervisor_start(self, &pid, &error, raw.data(), raw.size(), &opts, &start_opts);
  return started_with(result, pid, error);
}

rsp_pid supervisor(Self& self, const std::vector<ChildSpec>& children, SupervisorHow how, Where where) {
  const Started it = start_supervisor(self, children, how);
  if (it.result != RSP_OK) {
    fail(where, std::string("the start failed: ") + rsp_result_name(it.result) + ", " + it.error.text());
  }
  return it.pid;
}

rsp_supervisor_spec callback_supervisor(SupervisorInit init, const char* name) {
  const auto code = std::make_shared<InitCode>(InitCode{std::move(init)});
  keep_until_stop(code);
  rsp_supervisor_spec spec = RSP_SUPERVISOR_SPEC_INIT;
  spec.module = "case_supervisor";
  spec.init = run_init;
  spec.ctx = code.get();
  if (name != nullptr) spec.opts.name = atom(name);
  return spec;
}

Started start_supervisor(Self& self, const rsp_supervisor_spec& spec, bool link) {
  rsp_start_opts start_opts = RSP_START_OPTS_INIT;
  start_opts.link = link;
  rsp_pid pid{};
  rsp_term error{};
  const rsp_result result = rsp_supervisor_start_spec(self, &pid, &error, &spec, &start_opts);
  return started_with(result, pid, error);
}

Value children(Self& self, rsp_pid supervisor, Where where) {
  rsp_term list{};
  ok(rsp_supervisor_which_children(self, &list, supervisor, PATIENCE_MS), where);
  return Value::owner_of(list);
}

rsp_pid child(Self& self, rsp_pid supervisor, const char* id, Where where) {
  const Value all = children(self, supervisor, where);
  for (size_t i = 0; i < all.size(); ++i) {
    const Value row = all.element(i);
    if (!matches(row.element(0), id)) continue;
    rsp_pid pid{};
    if (rsp_term_kind(row.element(1)) == RSP_KIND_PID) ok(rsp_term_get_pid(&pid, row.element(1)), where);
    return pid;
  }
  fail(where, std::string("no child ") + id + " in " + all.text());
}

rsp_pid successor(Test& t, rsp_pid supervisor, const char* id, rsp_pid former, Where where) {
  rsp_pid now{};
  t.eventually(
      "the child is another process",
      [&] {
        now = child(t, supervisor, id, where);
        return now.id != 0 && !(now == former);
      },
      where);
  return now;
}

Started terminate_child(Self& self, rsp_pid supervisor, const Value& id) {
  rsp_term error{};
  const rsp_result result = rsp_supervisor_terminate_child(self, &error, supervisor, id, PATIENCE_MS);
  return started_with(result, rsp_pid{}, error);
}

Started restart_child(Self& self, rsp_pid supervisor, const Value& id) {
  rsp_pid pid{};
  rsp_term error{};
  const rsp_result result = rsp_supervisor_restart_child(self, &pid, &error, supervisor, id, PATIENCE_MS);
  return started_with(result, pid, error);
}

Started delete_child(Self& self, rsp_pid supervisor, const Value& id) {
  rsp_term error{};
  const rsp_result result = rsp_supervisor_delete_child(self, &error, supervisor, id, PATIENCE_MS);
  return started_with(result, rsp_pid{}, error);
}

Started add_child(Self& self, rsp_pid supervisor, const ChildSpec& child) {
  const Value id = child.id == nullptr ? Value() : Value(child.id);
  const rsp_child_spec raw = raw_child(child, id);
  rsp_pid pid{};
  rsp_term error{};
  const rsp_result result = rsp_supervisor_start_child(self, &pid, &error, supervisor, &raw, PATIENCE_MS);
  return started_with(result, pid, error);
}

Started add_child(Self& self, rsp_pid supervisor, const Value& args) {
  rsp_pid pid{};
  rsp_term error{};
  const rsp_result result =
      rsp_supervisor_start_child_args(self, &pid, &error, supervisor, args, PATIENCE_MS);
  return started_with(result, pid, error);
}

void expect_counts(Test& t, rsp_pid supervisor, int specs, int active, int supervisors, int workers) {
  rsp_term map{};
  ok(rsp_supervisor_count_children(t, &map, supervisor, PATIENCE_MS));
  const Value counts = Value::owner_of(map);
  EXPECT_TERM(counts.at("specs"), specs);
  EXPECT_TERM(counts.at("active"), active);
  EXPECT_TERM(counts.at("supervisors"), supervisors);
  EXPECT_TERM(counts.at("workers"), workers);
}

std::vector<Value> supervisor_reports(const char* context) {
  std::vector<Value> found;
  for (const Report& report : reports()) {
    if (!matches(report.map.at("report"), "supervisor_report")) continue;
    if (matches(report.map.at("errorContext"), context)) found.push_back(report.map);
  }
  return found;
}

}  // namespace conformance
