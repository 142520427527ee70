// The C++ headers in a program that is compiled without exceptions and without type information: all of it works through
// the try_ forms. A program, since the test framework has exceptions.
#include <cstdio>
#include <cstdlib>

#include "resprout/report.h"
#include "resprout/resprout.hpp"

#ifdef __cpp_exceptions
#error this is about a program without exceptions
#endif

using namespace resprout;

namespace {

void check(bool holds, const char* what, int line) {
  if (holds) return;
  std::fprintf(stderr, "line %d: not so: %s\n", line, what);
  std::exit(1);
}
#define CHECK(condition) check(condition, #condition, __LINE__)

struct divider : gen_server<divider> {
  struct divide {
    using reply = int;
    int by;
  };
  struct fail {};

  result<void> init(int of) {
    if (of < 0) return Err{RSP_EINVAL};
    number = of;
    return Ok<>{};
  }
  reply<int> handle(divide m) {
    if (m.by == 0) return flow::raise(Exit(atom("by_zero")));
    return number / m.by;
  }
  result<void> handle_cast(fail) {
    const result<void> linked = try_link(pid());
    return linked;
  }
  int number = 0;
};

struct lamp : gen_statem<lamp> {
  struct press {};
  struct ask {
    using reply = bool;
  };

  result<void> init() { return try_next_state("off"); }
  result<void> handle(press&, const event& e) { return try_next_state(e.in("off") ? "on" : "off"); }
  reply<bool> handle(ask&, const event& e) { return e.in("on"); }
  result<void> handle_event(const event&) { return try_next_event(event_type::call, 1); }  // malformed
};

struct sum : gen_event<sum> {
  struct total {
    using reply = int;
  };

  result<void> init(int begin) {
    if (begin < 0) return Err{RSP_EINVAL};
    so_far = begin;
    return Ok<>{};
  }
  result<event_flow> handle_event(const message& m) {
    const result<int> more = m.content().try_to<int>();
    if (!more) return Err{more.error()};
    so_far += *more;
    return Ok{event_flow::go_on()};
  }
  int handle(total) { return so_far; }
  int so_far = 0;
};

term reason_of(const ref& watch) {
  result<message> down = try_receive([&](const message& m) { return m.is_down() && m.reference() == watch; });
  CHECK(down.is_ok());
  return down->content();
}

void servers() {
  const result<supervisor_ref> tree = supervisor(one_for_one).child<divider>("divider", 84).try_start();
  CHECK(tree.is_ok());
  const server_ref<divider> d("divider");
  result<int> quotient = d.try_call(divider::divide{2});
  CHECK(quotient.is_ok() && *quotient == 42);
  const pid first = d.pid();
  const result<ref> watch = try_monitor(first);
  CHECK(watch.is_ok());
  quotient = d.try_call(divider::divide{0});
  CHECK(quotient.is_err() && quotient.error().code() == RSP_EEXITED);
  const result<term> reason = quotient.error().reason().try_element(0);
  CHECK(reason.is_ok() && *reason == term(atom("by_zero")));
  CHECK(reason_of(*watch) == term(atom("by_zero")));
  pid second = d.pid();
  while (!second || second == first) second = d.pid();
  const result<ref> again = try_monitor(second);
  CHECK(again.is_ok());
  CHECK(d.try_cast(divider::fail{}).is_ok());
  CHECK(reason_of(*again).to_string() == "{badarg,[]}");
  CHECK(divider::try_start(-1).error().code() == RSP_EEXITED);
  CHECK(tree->try_stop().is_ok());
}

struct counted : gen_server<counted> {
  struct get {
    using reply = int64_t;
  };
  result<void> init(const extra_args& more) {
    const result<int64_t> first = more.try_at<int64_t>(0);
    if (!first) return Err{first.error()};
    value = *first;
    return Ok<>{};
  }
  int64_t handle(get) const { return value; }
  int64_t value = 0;
};

struct opener : gen_server<opener> {
  struct open {
    using reply = bool;
  };
  explicit opener(supervisor_ref where) : rooms(where) {}
  result<flow> handle(open, reply_to<bool> from) {
    const result<start_request> asked = rooms.try_start_child_request(server<divider>(84));
    if (!asked) return Err{asked.error()};
    return Ok{flow::wait_for(*asked, infinite, [from](const result<pid>& started) {
      return from.try_reply(started.is_ok() && *started);
    })};
  }
  supervisor_ref rooms;
};

void trees() {
  const result<supervisor_ref> rooms = supervisor(dynamic).try_start();
  CHECK(rooms.is_ok());
  const result<server_ref<opener>> front = opener::try_start(*rooms);
  CHECK(front.is_ok());
  const result<bool> opened = front->try_call(opener::open{});
  CHECK(opened.is_ok() && *opened);
  CHECK(rooms->try_count_children()->active == 1);
  CHECK(try_stop(front->pid()).is_ok());
  CHECK(rooms->try_stop().is_ok());

  const result<supervisor_ref> pool = supervisor(simple_one_for_one).child(server<counted>()).try_start();
  CHECK(pool.is_ok());
  const result<pid> child = pool->try_start_child_args({42});
  CHECK(child.is_ok());
  const result<int64_t> value = server_ref<counted>(*child).try_call(counted::get{});
  CHECK(value.is_ok() && *value == 42);
  CHECK(pool->try_start_child_args({}).is_err());
  CHECK(pool->try_stop().is_ok());

  const result<supervisor_ref> grown =
      supervisor::with_init([] { return supervisor().child(server<divider>(1)); }).try_start();
  CHECK(grown.is_ok() && grown->try_which_children().is_ok() && grown->try_which_children()->size() == 1);
  CHECK(grown->try_start_child(started_by(1, [] { return started::link(server<divider>(2)); })).is_ok());
  const result<started_child> told = grown->try_start_child_info(started_by(3, [] {
    return started::link_then(server<divider>(2), [](const result<pid>& it) -> result<started> {
      if (!it) return Err{it.error()};
      return Ok{started(*it, 42)};
    });
  }));
  CHECK(told.is_ok() && told->process && told->info == term(42));
  CHECK(grown->try_start_child(started_by(2, []() -> result<pid> { return Err{RSP_ENOMEM}; })).is_err());
  CHECK(grown->try_stop().is_ok());
  CHECK(supervisor::with_init([]() -> result<supervisor> { return Err{RSP_ENOMEM}; }).try_start().is_err());

  const partition_supervisor dividers("dividers");
  const result<supervisor_ref> parts = dividers.of(server<divider>(84)).partitions(2).try_start();
  CHECK(parts.is_ok());
  const result<pid> part = dividers.try_whereis("ada");
  CHECK(part.is_ok());
  const result<int> quotient = server_ref<divider>(*part).try_call(divider::divide{2});
  CHECK(quotient.is_ok() && *quotient == 42);
  CHECK(parts->try_stop().is_ok());
  const result<multi_call_result> none = try_multi_call({this_node()}, "nobody", 1);
  CHECK(none.is_ok() && none->replies.empty() && none->bad_nodes.size() == 1);
}

void machines() {
  const result<server_ref<lamp>> l = lamp::try_start();
  CHECK(l.is_ok());
  CHECK(l->try_cast(lamp::press{}).is_ok());
  const result<bool> is_on = l->try_call(lamp::ask{});
  CHECK(is_on.is_ok() && *is_on);
  const result<ref> watch = try_monitor(l->pid());
  CHECK(watch.is_ok() && try_cast(l->pid(), 1).is_ok());
  CHECK(reason_of(*watch).to_string() == "{badarg,[]}");
}

void events() {
  const result<event_manager> sums = event_manager::try_start();
  CHECK(sums.is_ok());
  CHECK(sums->try_add_handler(handler<sum>(-1)).error().code() == RSP_EHANDLER);
  CHECK(sums->try_add_handler(handler<sum>(40)).is_ok());
  CHECK(sums->try_notify(2).is_ok());
  const result<int> total = sums->try_call<sum>(sum::total{});
  CHECK(total.is_ok() && *total == 42);
  CHECK(sums->try_sync_notify("no number").is_ok());
  CHECK(sums->try_call<sum>(sum::total{}).error().code() == RSP_EMISMATCH);
  CHECK(try_stop(sums->pid()).is_ok());
}

void processes() {
  const auto made = try_spawn_monitor([](message& m) -> result<void> {
    if (m.content() == term("go on")) return try_send(m.sender(), "went on");
    return try_send(atom("nobody"), 1);
  });
  CHECK(made.is_ok());
  CHECK(try_send(made->first, "go on").is_ok());
  const result<message> answer = try_receive();
  CHECK(answer.is_ok() && answer->content() == term("went on"));
  CHECK(try_send(made->first, "fail").is_ok());
  CHECK(reason_of(made->second).to_string() == "{badarg,[]}");
  const pid stops = *try_spawn([](message&) { return next::exit(atom("done")); });
  const result<ref> watch = try_monitor(stops);
  CHECK(try_send(stops, 1).is_ok());
  CHECK(reason_of(*watch) == term(atom("done")));
}

void tasks_and_agents() {
  CHECK(try_async([] { return 42; })->try_await().value() == 42);
  CHECK(try_async([]() -> result<int> { return Ok{43}; })->try_await().value() == 43);
  const result<supervisor_ref> tree = supervisor(dynamic).try_start();
  CHECK(tree.is_ok());
  const auto failing = try_async_nolink(tree->pid(), []() -> result<int> { return Err{RSP_ENOPROC}; });
  CHECK(failing.is_ok());
  const result<int> none = failing->try_await();
  CHECK(none.error().reason().try_element(0)->to_string() == "{noproc,[]}");
  const int inputs[] = {1, 2, 3};
  auto stream = try_async_stream(std::vector<int>(inputs, inputs + 3), [](int& n) { return 2 * n; });
  CHECK(stream.is_ok());
  int sum = 0;
  for (auto next = stream->try_next(); next.is_ok() && *next; next = stream->try_next()) sum += ***next;
  CHECK(sum == 12);
  CHECK(tree->try_stop().is_ok());

  const result<agent<int>> counter = agent<int>::try_start(1);
  CHECK(counter.is_ok());
  CHECK(counter->try_update([](int& value) { ++value; }).is_ok());
  CHECK(counter->try_get().value() == 2);
  CHECK(counter->try_update([](int&) -> result<void> { return Err{RSP_ENOPROC}; }).error().code() ==
        RSP_EEXITED);
}

void terms() {
  CHECK(term::try_from("\xff").error().code() == RSP_EINVAL);
  CHECK(term(1).try_to<std::string>().error().code() == RSP_ETYPE);
  CHECK(atom::try_from("\xff").error().code() == RSP_EINVAL);
}

}  // namespace

int main() {
  rsp_set_report_sink([](void*, rsp_report_level, rsp_term) {}, nullptr);
  const result<runtime> rt = runtime::try_start();
  CHECK(rt.is_ok());
  CHECK(runtime::try_start().error().code() == RSP_EALREADY);
  const result<attachment> me = try_attach();
  CHECK(me.is_ok());
  terms();
  processes();
  servers();
  trees();
  machines();
  events();
  tasks_and_agents();
  return 0;
}
