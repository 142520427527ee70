#include "tests/conformance/harness/puppet.hpp"

namespace conformance {
namespace {

struct Action {
  std::function<rsp_next(Self&)> run;
};

void drop_action(void* action) { delete static_cast<Action*>(action); }

constexpr rsp_native_ops ACTION = {sizeof(rsp_native_ops), drop_action, nullptr};

Process puppet(std::shared_ptr<std::vector<Received>> received) {
  return {[](Self&) { return RSP_NEXT_CONTINUE; },
          [received](Self& self, rsp_msg* message) {
            if (const void* action = rsp_msg_native(message, &ACTION)) {
              return static_cast<const Action*>(action)->run(self);
            }
            received->emplace_back(message);
            return RSP_NEXT_CONTINUE;
          }};
}

}  // namespace

Puppet::Puppet(Test& t, SpawnHow how, Where where)
    : t_(t),
      received_(std::make_shared<std::vector<Received>>()),
      pid_(t.spawn(puppet(received_), how, where)) {}

Puppet::Puppet(Puppet& parent, SpawnHow how, Where where)
    : t_(parent.t_), received_(std::make_shared<std::vector<Received>>()), pid_{} {
  parent.run([&](Self& self) { pid_ = self.spawn(puppet(received_), how, where); }, where);
}

void Puppet::run(const std::function<void(Self&)>& action, Where where) {
  const Value done = Value::tuple({atom("done"), t_.next_number()});
  tell(
      [&action, &done, t = t_.pid()](Self& self) {
        action(self);
        self.send(t, done);
        return RSP_NEXT_CONTINUE;
      },
      where);
  t_.expect_message(done, where);
}

void Puppet::tell(std::function<rsp_next(Self&)> action, Where where) {
  Action* const payload = new Action{std::move(action)};
  const rsp_result result = rsp_send_native(t_, pid_, payload, &ACTION);
  if (result != RSP_OK) drop_action(payload);
  ok(result, where);
}

void Puppet::returns(Where where) {
  tell([](Self&) { return RSP_NEXT_STOP; }, where);
}

void Puppet::exits(const char* reason, Where where) {
  tell([reason](Self& self) { return self.exit(reason); }, where);
}

void Puppet::errors(const char* value, Where where) {
  tell([value](Self& self) { return self.error(value); }, where);
}

void Puppet::throws(const char* value, Where where) {
  tell([value](Self& self) { return self.throw_(value); }, where);
}

std::optional<Received> Puppet::find(const Wanted& wanted, Where where) {
  std::optional<Received> found;
  run(
      [&](Self&) {
        for (auto it = received_->begin(); it != received_->end(); ++it) {
          if (!wanted(*it)) continue;
          found = std::move(*it);
          received_->erase(it);
          return;
        }
      },
      where);
  return found;
}

Received Puppet::wait(const char* what, const Wanted& wanted, Where where) {
  std::optional<Received> found;
  t_.eventually(
      what,
      [&] {
        found = find(wanted, where);
        return found.has_value();
      },
      where);
  return *std::move(found);
}

void Puppet::expect_message(Value pattern, Where where) {
  wait(
      pattern.text().c_str(),
      [&](const Received& it) { return it.kind == RSP_MSG_TERM && matches(it.term, pattern); }, where);
}

void Puppet::expect_exit(rsp_pid from, Value reason, Where where) {
  const Received it = wait(
      "EXIT", [&](const Received& one) { return one.kind == RSP_MSG_EXIT && one.from == from; }, where);
  if (!matches(it.term, reason)) fail(where, it.text() + ", and not " + reason.text());
}

void Puppet::expect_down(rsp_ref monitor, Value reason, Where where) {
  const Received it = wait(
      "DOWN", [&](const Received& one) { return one.kind == RSP_MSG_DOWN && one.ref == monitor; }, where);
  if (!matches(it.term, reason)) fail(where, it.text() + ", and not " + reason.text());
}

void Puppet::expect_nothing(Where where) {
  // T's own mailbox is none of its business: only time has to pass.
  (void)t_.receive(
      NOTHING_MS, [](const Received&) { return false; }, where);
  if (const std::optional<Received> it = find([](const Received&) { return true; }, where)) {
    fail(where, "it received " + it->text());
  }
}

}  // namespace conformance
