// Section I: requests that are sent first and collected later, by name, and on several nodes.

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "resprout/request.h"
#include "tests/conformance/harness/case.hpp"
#include "tests/conformance/harness/server.hpp"

namespace conformance {
namespace {

// Replies `ok`; ends for boom when it is asked `die`; leaves `never` open.
Server servant() {
  Server server;
  server.call = [](Self& self, const Received& request, Answer& answer) {
    if (matches(request.term, "die")) return self.exit("boom");
    return matches(request.term, "never") ? answer.nothing() : answer.reply("ok");
  };
  return server;
}

rsp_ref send_request(Self& self, rsp_pid server, Value request) {
  rsp_ref made{};
  ok(rsp_send_request(self, &made, server, request));
  return made;
}

// A wait's outcome: reply X, error R of SERVER, or the code.
std::string outcome(rsp_result result, rsp_msg* answer) {
  if (result != RSP_OK && result != RSP_EEXITED) return rsp_result_name(result);
  const rsp_atom name = rsp_msg_name(answer);
  const std::string said = text_of(rsp_msg_term(answer));
  std::string text = result == RSP_OK ? "reply " + said : "error " + said;
  if (name.id != 0) text += " of " + text_of(rsp_term_atom(name));
  rsp_msg_free(answer);
  return text;
}

std::string wait_response(Self& self, rsp_ref request, uint64_t timeout_ms) {
  rsp_msg* answer = nullptr;
  const rsp_result result = rsp_wait_response(self, &answer, request, timeout_ms);
  return outcome(result, answer);
}

std::string receive_response(Self& self, rsp_ref request, uint64_t timeout_ms) {
  rsp_msg* answer = nullptr;
  const rsp_result result = rsp_receive_response(self, &answer, request, timeout_ms);
  return outcome(result, answer);
}

// A collection of T's.
class Ids {
 public:
  explicit Ids(Test& t) : t_(t) { ok(rsp_reqids_new(t, &ids_)); }
  ~Ids() { free(); }
  Ids(const Ids&) = delete;
  Ids& operator=(const Ids&) = delete;
  operator rsp_reqids*() const { return ids_; }  // NOLINT

  void send(rsp_pid to, Value request, Value label) {
    ok(rsp_reqids_send_request(t_, ids_, to, request, label));
  }
  size_t size() const { return rsp_reqids_size(ids_); }
  void free() {
    rsp_reqids_free(t_, ids_);
    ids_ = nullptr;
  }

  // The label and the outcome.
  std::string receive(bool delete_it = true, uint64_t timeout_ms = PATIENCE_MS) {
    return take(&rsp_reqids_receive_response, delete_it, timeout_ms);
  }
  std::string wait(bool delete_it = true, uint64_t timeout_ms = PATIENCE_MS) {
    return take(&rsp_reqids_wait_response, delete_it, timeout_ms);
  }

 private:
  std::string take(decltype(&rsp_reqids_receive_response) verb, bool delete_it, uint64_t timeout_ms) {
    rsp_msg* answer = nullptr;
    rsp_term label{};
    const rsp_result result = verb(t_, &answer, &label, ids_, delete_it, timeout_ms);
    const Value owned = Value::owner_of(label);
    const bool answered = result == RSP_OK || result == RSP_EEXITED;
    return (answered ? owned.text() + ": " : "") + outcome(result, answer);
  }

  Test& t_;
  rsp_reqids* ids_ = nullptr;
};

// S-SRV-13
RSP_CASE(142, "a cast to a free name: ok, and nothing happens") {
  EXPECT_EQ(rsp_cast_name(t, atom("nobody"), Value("x")), RSP_OK);
  EXPECT_EQ(rsp_cast_name(nullptr, atom("nobody"), Value("x")), RSP_OK);
  const rsp_atom node = rsp_node();
  EXPECT_EQ(rsp_abcast(t, &node, 1, atom("nobody"), Value("x")), RSP_OK);
  t.expect_nothing();
}

// S-SRV-13, S-SRV-45
RSP_CASE(142, "and to one that somebody has it arrives as a cast") {
  Server server;
  server.cast = [own = t.pid()](Self& self, const Received& request, Answer& answer) {
    self.send(own, request.term);
    return answer.nothing();
  };
  (void)started(t, server, {.name = "somebody"});
  EXPECT_EQ(rsp_cast_name(t, atom("somebody"), Value("x")), RSP_OK);
  t.expect_message("x");
  const rsp_atom nodes[] = {rsp_node(), atom("far@away")};
  EXPECT_EQ(rsp_abcast(t, nodes, 2, atom("somebody"), Value("y")), RSP_OK);
  t.expect_message("y");
  t.expect_nothing();
}

// S-SRV-44
RSP_CASE(157, "a multi_call to an absent name: no reply, and a bad node") {
  const rsp_atom node = rsp_node();
  rsp_msg* reply = nullptr;
  EXPECT_EQ(rsp_multi_call(t, &reply, &node, 1, atom("n"), Value("x"), RSP_INFINITE), RSP_OK);
  EXPECT_EQ(reply, nullptr);
  t.expect_nothing();
}

// S-SRV-44
RSP_CASE(
    157,
    "a reply stands at its node's place; one that cannot be reached, dies or is asked of itself is bad") {
  const rsp_pid p = started(t, servant(), {.name = "n"});
  const std::array<rsp_atom, 3> nodes = {rsp_node(), atom("far@away"), rsp_node()};
  std::array<rsp_msg*, 3> replies{};
  ok(rsp_multi_call(t, replies.data(), nodes.data(), 3, atom("n"), Value("x"), RSP_INFINITE));
  EXPECT_EQ(outcome(RSP_OK, replies[0]), "reply ok");
  EXPECT_EQ(replies[1], nullptr);
  EXPECT_EQ(outcome(RSP_OK, replies[2]), "reply ok");
  ok(rsp_multi_call(t, replies.data(), nodes.data(), 1, atom("n"), Value("die"), RSP_INFINITE));
  EXPECT_EQ(replies[0], nullptr);
  t.expect_dead(p);
  t.register_name("me");
  ok(rsp_multi_call(t, replies.data(), nodes.data(), 1, atom("me"), Value("x"), RSP_INFINITE));
  EXPECT_EQ(replies[0], nullptr);
  t.expect_nothing();
}

// S-SRV-44
RSP_CASE(157, "a late reply is dropped") {
  const auto caller = std::make_shared<rsp_from>();
  Server server;
  server.call = [caller](Self&, const Received&, Answer& answer) {
    *caller = answer.from();
    return answer.nothing();
  };
  server.info = [caller, own = t.pid()](Self& self, const Received&, Answer& answer) {
    ok(rsp_reply(self, *caller, Value("late")));
    self.send(own, "replied");
    return answer.nothing();
  };
  const rsp_pid p = started(t, server, {.name = "n"});
  const rsp_atom node = rsp_node();
  rsp_msg* reply = nullptr;
  ok(rsp_multi_call(t, &reply, &node, 1, atom("n"), Value("x"), 5));
  EXPECT_EQ(reply, nullptr);
  t.send(p, "now");
  t.expect_message("replied");
  t.expect_nothing();
}

// S-SRV-41
RSP_CASE(159, "three servers, one dies: two replies and one error, each under its label; it empties") {
  Ids ids(t);
  EXPECT_EQ(ids.receive(), "RSP_ENOREQUEST");
  ids.send(started(t, servant()), "work", "a");
  ids.send(started(t, servant()), "die", "b");
  ids.send(started(t, servant()), "work", Value("{c, 3}"));
  EXPECT_EQ(ids.size(), 3u);
  std::vector<std::string> seen;
  for (size_t left = 3; left > 0; --left) {
    seen.push_back(ids.receive());
    EXPECT_EQ(ids.size(), left - 1);
  }
  std::sort(seen.begin(), seen.end());
  const std::vector<std::string> expected = {"a: reply ok", "b: error boom", "{c,3}: reply ok"};
  for (std::string& line : seen) std::erase(line, ' ');
  for (size_t i = 0; i < 3; ++i) {
    std::string wanted = expected[i];
    std::erase(wanted, ' ');
    EXPECT_EQ(seen[i], wanted);
  }
  EXPECT_EQ(ids.receive(), "RSP_ENOREQUEST");
  EXPECT_EQ(ids.wait(), "RSP_ENOREQUEST");
  t.expect_nothing();
}

// S-SRV-16
RSP_CASE(159, "waiting keeps the requests at the timeout, receiving gives all of them up") {
  const rsp_pid p = started(t, servant());
  Ids ids(t);
  ids.send(p, "never", "a");
  ids.send(p, "never", "b");
  EXPECT_EQ(ids.wait(true, 5), "RSP_ETIMEDOUT");
  EXPECT_EQ(ids.size(), 2u);
  ids.send(p, "work", "c");
  EXPECT_EQ(ids.receive(), "c: reply ok");
  EXPECT_EQ(ids.receive(true, 5), "RSP_ETIMEDOUT");
  EXPECT_EQ(ids.size(), 0u);
  t.exit_signal(p, "kill");
  EXPECT_TERM(t.wait_end(p), "_");
  t.expect_nothing();  // no DOWN of what was given up
}

// S-SRV-41
RSP_CASE(159, "a request that is not deleted stays in; of such ones a wait lasts until its timeout") {
  Ids ids(t);
  ids.send(started(t, servant()), "work", "a");
  EXPECT_EQ(ids.receive(false), "a: reply ok");
  EXPECT_EQ(ids.size(), 1u);
  EXPECT_EQ(ids.wait(false, 5), "RSP_ETIMEDOUT");
  EXPECT_EQ(ids.size(), 1u);
  t.expect_nothing();
}

// S-SRV-40
RSP_CASE(159, "a message is checked against a request, and against a collection") {
  const rsp_pid p = started(t, servant());
  const rsp_ref other = send_request(t, p, "never");
  Ids ids(t);
  ids.send(p, "work", "a");
  rsp_receive_opts opts = RSP_RECEIVE_OPTS_INIT;
  rsp_msg* message = nullptr;
  ok(rsp_receive(t, &message, &opts));
  EXPECT_TRUE(rsp_msg_is_reply(message));
  EXPECT_EQ(rsp_check_response(message, other), RSP_EMISMATCH);
  EXPECT_EQ(rsp_check_response(message, rsp_msg_ref(message)), RSP_OK);
  rsp_term label{};
  EXPECT_EQ(rsp_reqids_check_response(&label, ids, message, true), RSP_OK);
  EXPECT_TERM(Value::owner_of(label), "a");
  EXPECT_EQ(rsp_reqids_check_response(&label, ids, message, true), RSP_ENOREQUEST);
  rsp_msg_free(message);

  ok(rsp_reqids_add(ids, other, Value("b")));
  t.send(t.pid(), "chaff");
  t.exit_signal(p, "kill");
  ok(rsp_receive(t, &message, &opts));
  EXPECT_FALSE(rsp_msg_is_reply(message));
  EXPECT_EQ(rsp_check_response(message, other), RSP_EMISMATCH);
  EXPECT_EQ(rsp_reqids_check_response(&label, ids, message, true), RSP_EMISMATCH);
  rsp_msg_free(message);
  ok(rsp_receive(t, &message, &opts));
  EXPECT_EQ(rsp_check_response(message, other), RSP_EEXITED);
  EXPECT_EQ(rsp_reqids_check_response(&label, ids, message, false), RSP_EEXITED);
  EXPECT_TERM(Value::owner_of(label), "b");
  EXPECT_EQ(ids.size(), 1u);
  EXPECT_EQ(outcome(RSP_EEXITED, message), "error killed");
  t.expect_nothing();
}

// S-SRV-42
RSP_CASE(159, "a collection that is freed gives up what is in it, answered or not") {
  const rsp_pid p = started(t, servant());
  Ids ids(t);
  ids.send(p, "work", "a");
  ids.send(p, "never", "b");
  EXPECT_TERM(reply_of(t, p, "work"), "ok");  // so the first is answered
  EXPECT_EQ(t.queued(), 1u);
  ids.free();
  EXPECT_EQ(t.queued(), 0u);
  t.exit_signal(p, "kill");
  EXPECT_TERM(t.wait_end(p), "_");
  t.expect_nothing();
}

// S-SRV-16
RSP_CASE(159, "a request that was waited for in vain can be waited for again; one that is over cannot") {
  const auto caller = std::make_shared<rsp_from>();
  Server server;
  server.call = [caller](Self&, const Received&, Answer& answer) {
    *caller = answer.from();
    return answer.nothing();
  };
  server.info = [caller](Self& self, const Received&, Answer& answer) {
    ok(rsp_reply(self, *caller, Value("late")));
    return answer.nothing();
  };
  const rsp_pid p = started(t, server);
  const rsp_ref first = send_request(t, p, "work");
  EXPECT_EQ(wait_response(t, first, 0), "RSP_ETIMEDOUT");
  EXPECT_EQ(wait_response(t, first, 5), "RSP_ETIMEDOUT");
  t.send(p, "now");
  EXPECT_EQ(wait_response(t, first, PATIENCE_MS), "reply late");
  EXPECT_EQ(wait_response(t, first, PATIENCE_MS), "RSP_EINVAL");
  const rsp_ref second = send_request(t, p, "work");
  EXPECT_EQ(wait_response(t, second, 0), "RSP_ETIMEDOUT");
  EXPECT_EQ(receive_response(t, second, 5), "RSP_ETIMEDOUT");
  EXPECT_EQ(wait_response(t, second, PATIENCE_MS), "RSP_EINVAL");
  t.send(p, "now");
  t.expect_nothing();
}

// S-SRV-43
RSP_CASE(159, "a request to a free name is answered by noproc, of that name; to a name, by who has it") {
  rsp_ref request{};
  ok(rsp_send_request_name(t, &request, atom("nobody"), Value("x")));
  EXPECT_EQ(receive_response(t, request, PATIENCE_MS), "error noproc of nobody");
  (void)started(t, servant(), {.name = "somebody"});
  ok(rsp_send_request_name(t, &request, atom("somebody"), Value("x")));
  EXPECT_EQ(receive_response(t, request, PATIENCE_MS), "reply ok");
  ok(rsp_send_request_name(t, &request, atom("somebody"), Value("die")));
  EXPECT_EQ(receive_response(t, request, PATIENCE_MS), "error boom");
  t.expect_nothing();
}

// S-SRV-16
RSP_CASE(159, "a reply that races the timeout: one outcome, and nothing of it is left, 1,000 times") {
  const rsp_pid p = started(t, servant());
  for (uint32_t i = 0; i < times(1'000); ++i) {
    const rsp_ref request = send_request(t, p, "work");
    const std::string first = wait_response(t, request, i % 2);
    if (first == "reply ok") {
      EXPECT_EQ(receive_response(t, request, 0), "RSP_EINVAL");
    } else {
      EXPECT_EQ(first, "RSP_ETIMEDOUT");
      const std::string second = receive_response(t, request, 0);
      EXPECT_TRUE(second == "reply ok" || second == "RSP_ETIMEDOUT") << second;
    }
  }
  EXPECT_TERM(reply_of(t, p, "work"), "ok");  // its replies have all passed by
  EXPECT_EQ(t.queued(), 0u);
}

// S-SRV-42
RSP_CASE(159, "who ends with open requests hears of none: their servers' records go too") {
  const rsp_pid p = started(t, servant());
  const Spawned asker = t.spawn_monitor(once([p](Self& self) {
    rsp_reqids* ids = nullptr;
    ok(rsp_reqids_new(self, &ids));
    for (int i = 0; i < 5; ++i) ok(rsp_reqids_send_request(self, ids, p, Value("never"), Value(i)));
    rsp_reqids_free(nullptr, ids);  // by nobody: nothing is given up
  }));
  t.expect_down(asker.monitor, asker.pid, "normal");
  t.eventually("no monitor is left", [&] { return matches(t.info(p, "monitored_by"), "[]"); });
  t.expect_alive(p);
}

}  // namespace
}  // namespace conformance
