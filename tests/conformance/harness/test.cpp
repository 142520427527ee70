#include "tests/conformance/harness/test.hpp"

namespace conformance {
namespace {

rsp_self* attached(Where where) {
  rsp_self* self = nullptr;
  ok(rsp_attach(&self), where);
  return self;
}

struct Matching {
  const Test::Wanted* wanted;
};

bool is_wanted(const rsp_msg* message, void* context) {
  return (*static_cast<const Matching*>(context)->wanted)(Received(message));
}

bool count_it(const rsp_msg*, void* count) {
  ++*static_cast<size_t*>(count);
  return false;
}

bool refuse(const rsp_msg*, void*) { return false; }

std::string left(const std::optional<Received>& other) {
  return other ? "; the oldest message is " + other->text() : "; the mailbox is empty";
}

}  // namespace

Test::Test(Where where) : Self(attached(where)) {}

Test::~Test() { EXPECT_EQ(rsp_detach(*this, Value("normal")), RSP_OK); }

std::optional<Received> Test::receive(uint64_t timeout_ms, const Wanted& wanted, Where where) {
  Matching matching{&wanted};
  rsp_receive_opts opts = RSP_RECEIVE_OPTS_INIT;
  opts.timeout_ms = timeout_ms;
  if (wanted) {
    opts.match = is_wanted;
    opts.match_ctx = &matching;
  }
  rsp_msg* message = nullptr;
  const rsp_result result = rsp_receive(*this, &message, &opts);
  if (result == RSP_ETIMEDOUT) return std::nullopt;
  check(result, where);
  std::optional<Received> received(message);
  rsp_msg_free(message);
  return received;
}

Received Test::next(Where where) {
  std::optional<Received> received = receive(PATIENCE_MS, {}, where);
  if (!received) fail(where, "no message came");
  return *std::move(received);
}

void Test::expect_message(Value pattern, Where where) {
  const auto wanted = [&](const Received& it) {
    return it.kind == RSP_MSG_TERM && matches(it.term, pattern);
  };
  if (!receive(PATIENCE_MS, wanted, where)) {
    fail(where, "no message " + pattern.text() + " came" + left(receive(0, {}, where)));
  }
}

void Test::expect_exit(rsp_pid from, Value reason, Where where) {
  const auto wanted = [&](const Received& it) { return it.kind == RSP_MSG_EXIT && it.from == from; };
  const std::optional<Received> it = receive(PATIENCE_MS, wanted, where);
  if (!it) fail(where, "no EXIT came" + left(receive(0, {}, where)));
  if (!matches(it->term, reason)) fail(where, it->text() + ", and not " + reason.text());
}

void Test::expect_down(rsp_ref monitor, rsp_pid of, Value reason, Where where) {
  const auto wanted = [&](const Received& it) { return it.kind == RSP_MSG_DOWN && it.ref == monitor; };
  const std::optional<Received> it = receive(PATIENCE_MS, wanted, where);
  if (!it) fail(where, "no DOWN came" + left(receive(0, {}, where)));
  if (!(it->from == of)) fail(where, it->text() + ", and not from " + testing::PrintToString(of));
  if (!matches(it->term, reason)) fail(where, it->text() + ", and not " + reason.text());
}

Value Test::wait_down(rsp_ref monitor, Where where) {
  const auto wanted = [&](const Received& it) { return it.kind == RSP_MSG_DOWN && it.ref == monitor; };
  std::optional<Received> it = receive(PATIENCE_MS, wanted, where);
  if (!it) fail(where, "no DOWN came" + left(receive(0, {}, where)));
  return std::move(it->term);
}

void Test::expect_nothing(Where where) {
  if (const std::optional<Received> it = receive(NOTHING_MS, {}, where)) {
    fail(where, "this came: " + it->text());
  }
}

bool Test::is_alive(rsp_pid pid, Where where) {
  bool alive = false;
  check(rsp_is_alive(*this, &alive, pid, PATIENCE_MS), where);
  return alive;
}

void Test::expect_alive(rsp_pid pid, Where where) {
  if (!is_alive(pid, where)) fail(where, "it is dead");
}

void Test::expect_dead(rsp_pid pid, Where where) {
  if (is_alive(pid, where)) fail(where, "it is alive");
}

Value Test::info(rsp_pid pid, const char* key, Where where) {
  rsp_term info;
  check(rsp_process_info(*this, &info, pid, PATIENCE_MS), where);
  const Value whole = Value::owner_of(info);
  return whole.at(key, where);
}

size_t Test::queued(Where where) {
  size_t count = 0;
  rsp_receive_opts opts = RSP_RECEIVE_OPTS_INIT;
  opts.timeout_ms = 0;
  opts.match = count_it;
  opts.match_ctx = &count;
  rsp_msg* message = nullptr;
  const rsp_result result = rsp_receive(*this, &message, &opts);
  if (result != RSP_ETIMEDOUT) check(result, where);
  return count;
}

rsp_pid Test::dead_process(Where where) {
  const Spawned p = spawn_monitor(returns(), {}, where);
  expect_down(p.monitor, p.pid, "normal", where);
  return p.pid;
}

void Test::eventually(const char* what, const std::function<bool()>& holds, Where where) {
  rsp_receive_opts opts = RSP_RECEIVE_OPTS_INIT;
  opts.timeout_ms = 1;
  opts.match = refuse;
  for (uint64_t waited_ms = 0; !holds(); waited_ms += opts.timeout_ms) {
    if (waited_ms >= PATIENCE_MS) fail(where, std::string("it never came to this: ") + what);
    rsp_msg* message = nullptr;
    const rsp_result result = rsp_receive(*this, &message, &opts);
    if (result != RSP_ETIMEDOUT) check(result, where);
  }
}

}  // namespace conformance
