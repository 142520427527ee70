#include "tests/conformance/harness/starting.hpp"

#include <utility>

namespace conformance {
namespace {

rsp_next go_on(rsp_self* raw, const rsp_outcome* outcome, void* context) {
  // The callback that goes on may wait again, with another continuation: so this one must outlive the call.
  Self self(raw);
  const Outcome seen{outcome->result, outcome->pid, outcome->monitor, Value::copy_of(outcome->error)};
  try {
    return (*static_cast<const AfterStart*>(context))(self, seen);
  } catch (const Exiting&) {
    return RSP_NEXT_CONTINUE;  // what it returns does not matter any more
  }
}

void* kept(AfterStart then) {
  const auto code = std::make_shared<AfterStart>(std::move(then));
  keep_until_stop(code);
  return code.get();
}

rsp_start_opts options(const StartHow& how) {
  rsp_start_opts opts = RSP_START_OPTS_INIT;
  opts.link = how.link;
  opts.monitor = how.monitor;
  opts.timeout_ms = how.timeout_ms;
  return opts;
}

rsp_next run_function(rsp_self* raw, void* context, rsp_term args, rsp_start_return* returned) {
  Self self(raw);
  Child child(returned);
  try {
    return (*static_cast<const ChildFunction*>(context))(self, Value::copy_of(args), child);
  } catch (const Exiting&) {
    return RSP_NEXT_CONTINUE;
  }
}

rsp_start_more more_of_functions() {
  rsp_start_more more = RSP_START_MORE_INIT;
  more.function = run_function;
  more.function_name = "case_function";
  return more;
}

Added added(rsp_result result, rsp_pid pid, rsp_term info, rsp_term error) {
  Added it;
  it.result = result;
  it.pid = pid;
  it.info = Value::owner_of(info);
  it.error = Value::owner_of(error);
  return it;
}

}  // namespace

rsp_next await_start(Self& self, Server server, StartHow how, AfterStart then) {
  const rsp_start_spec spec = spec_of(std::move(server), how.name);
  const rsp_start_opts opts = options(how);
  return rsp_await_start(self, &spec, &opts, go_on, kept(std::move(then)));
}

rsp_next await_start_supervisor(Self& self, const rsp_supervisor_spec& spec, bool link, AfterStart then) {
  const rsp_start_opts opts = options({.link = link});
  return rsp_await_start_supervisor(self, &spec, &opts, go_on, kept(std::move(then)));
}

rsp_next await_stop(Self& self, rsp_pid pid, const Value& reason, uint64_t timeout_ms, AfterStart then) {
  return rsp_await_stop(self, pid, reason, timeout_ms, go_on, kept(std::move(then)));
}

rsp_next Child::ok(rsp_pid pid, Value info) {
  returned_->pid = pid;
  returned_->info = rsp_term_copy(info);
  return RSP_NEXT_CONTINUE;
}

rsp_next Child::ignore() {
  returned_->action = RSP_START_IGNORE;
  return RSP_NEXT_CONTINUE;
}

rsp_next Child::error(Value reason) {
  returned_->action = RSP_START_ERROR;
  returned_->reason = rsp_term_copy(reason);
  return RSP_NEXT_CONTINUE;
}

rsp_next Child::bad(Value value) {
  returned_->action = RSP_START_BAD_RETURN;
  returned_->reason = rsp_term_copy(value);
  return RSP_NEXT_CONTINUE;
}

rsp_next Child::as(const Outcome& outcome) {
  if (outcome.result == RSP_OK) return ok(outcome.pid);
  return outcome.result == RSP_EIGNORE ? ignore() : error(outcome.error);
}

ChildFunction starting(Server server) {
  return [server = std::move(server)](Self& self, const Value&, Child& child) {
    return await_start(self, server, {.link = true},
                       [child](Self&, const Outcome& it) mutable { return child.as(it); });
  };
}

rsp_start_spec function_spec(ChildFunction function) {
  static const rsp_start_more more = more_of_functions();
  const auto code = std::make_shared<ChildFunction>(std::move(function));
  keep_until_stop(code);
  rsp_start_spec spec = RSP_START_SPEC_INIT;
  spec.more = &more;
  spec.ctx = code.get();
  return spec;
}

rsp_child_spec function_child(ChildFunction function, const Value& id, rsp_restart restart) {
  rsp_child_spec raw = RSP_CHILD_SPEC_INIT;
  raw.id = id;
  raw.start = function_spec(std::move(function));
  raw.restart = restart;
  return raw;
}

Started start_over(Self& self, const std::vector<rsp_child_spec>& children, SupervisorHow how) {
  const rsp_supervisor_opts opts = options_of(how);
  rsp_start_opts start_opts = RSP_START_OPTS_INIT;
  start_opts.link = how.link;
  Started it;
  rsp_term error{};
  it.result =
      rsp_supervisor_start(self, &it.pid, &error, children.data(), children.size(), &opts, &start_opts);
  it.error = Value::owner_of(error);
  return it;
}

rsp_pid supervisor_over(Self& self, const std::vector<rsp_child_spec>& children, SupervisorHow how,
                        Where where) {
  const Started it = start_over(self, children, how);
  if (it.result != RSP_OK) {
    fail(where, std::string("the start failed: ") + rsp_result_name(it.result) + ", " + it.error.text());
  }
  return it.pid;
}

Added add_child_spec(Self& self, rsp_pid supervisor, const rsp_child_spec& child) {
  rsp_pid pid{};
  rsp_term info{};
  rsp_term error{};
  const rsp_result result =
      rsp_supervisor_start_child_info(self, &pid, &info, &error, supervisor, &child, PATIENCE_MS);
  return added(result, pid, info, error);
}

Added add_child_with(Self& self, rsp_pid supervisor, const Value& args) {
  rsp_pid pid{};
  rsp_term info{};
  rsp_term error{};
  const rsp_result result =
      rsp_supervisor_start_child_args_info(self, &pid, &info, &error, supervisor, args, PATIENCE_MS);
  return added(result, pid, info, error);
}

Added restart_child_with_info(Self& self, rsp_pid supervisor, const Value& id) {
  rsp_pid pid{};
  rsp_term info{};
  rsp_term error{};
  const rsp_result result =
      rsp_supervisor_restart_child_info(self, &pid, &info, &error, supervisor, id, PATIENCE_MS);
  return added(result, pid, info, error);
}

}  // namespace conformance
