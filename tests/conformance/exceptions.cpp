// Section B: exceptions inside a process, as C raises and catches them.

#include "tests/conformance/harness/case.hpp"

namespace conformance {
namespace {

using Code = std::function<rsp_next(Self&)>;

struct Protected {
  Code body;
  Code after;
};

rsp_next run_body(rsp_self* self, void* code) {
  Self own(self);
  return static_cast<Protected*>(code)->body(own);
}

rsp_next run_after(rsp_self* self, void* code) {
  Self own(self);
  return static_cast<Protected*>(code)->after(own);
}

struct Caught {
  rsp_result result;
  rsp_next next = RSP_NEXT_CONTINUE;
  rsp_exception exception = RSP_EXCEPTION_INIT;

  Caught() = default;
  Caught(const Caught&) = delete;
  Caught& operator=(const Caught&) = delete;
  ~Caught() { rsp_exception_free(&exception); }

  [[nodiscard]] bool is(rsp_class exception_class, const char* pattern) const {
    return result == RSP_ERAISED && exception.exception_class == exception_class &&
           matches(exception.value, pattern);
  }
};

// try body after …: what came of it is in *caught.
void try_it(Self& self, Caught* caught, Code body, Code after = {}) {
  Protected code{std::move(body), std::move(after)};
  caught->result =
      rsp_try(self, &caught->exception, &caught->next, run_body, code.after ? run_after : nullptr, &code);
}

// S-ERR-3
RSP_CASE(19, "a throw in the success branch is not caught by the handler beside it") {
  bool inner_handler_ran = false;
  bool outer_caught = false;
  const Spawned p = t.spawn_monitor(once([&](Self& self) {
    Caught outer;
    try_it(self, &outer, [&](Self& in_outer) {
      Caught inner;
      try_it(in_outer, &inner, [](Self&) { return RSP_NEXT_CONTINUE; });
      if (inner.is(RSP_CLASS_THROW, "_")) inner_handler_ran = true;
      return inner.result == RSP_OK ? in_outer.throw_("v") : RSP_NEXT_CONTINUE;
    });
    outer_caught = outer.is(RSP_CLASS_THROW, "v");
  }));
  t.expect_down(p.monitor, p.pid, "normal");
  EXPECT_FALSE(inner_handler_ran);
  EXPECT_TRUE(outer_caught);
}

// S-ERR-3
RSP_CASE(19, "and uncaught it ends the process") {
  const Spawned p = t.spawn_monitor(once([](Self& self) {
    Caught caught;
    try_it(self, &caught, [](Self&) { return RSP_NEXT_CONTINUE; });
    return caught.result == RSP_OK ? self.throw_("v") : RSP_NEXT_STOP;
  }));
  t.expect_down(p.monitor, p.pid, "{{nocatch, v}, Frames}");
}

// S-ERR-4
RSP_CASE(20, "an exception raised in after replaces the one on its way") {
  bool b_caught = false;
  const Spawned p = t.spawn_monitor(once([&](Self& self) {
    Caught caught;
    try_it(
        self, &caught, [](Self& in) { return in.throw_("a"); }, [](Self& in) { return in.error("b"); });
    b_caught = caught.is(RSP_CLASS_ERROR, "b");
  }));
  t.expect_down(p.monitor, p.pid, "normal");
  EXPECT_TRUE(b_caught);
}

// S-ERR-4
RSP_CASE(20, "also when nothing was on its way") {
  bool b_caught = false;
  const Spawned p = t.spawn_monitor(once([&](Self& self) {
    Caught caught;
    try_it(
        self, &caught, [](Self&) { return RSP_NEXT_CONTINUE; }, [](Self& in) { return in.exit("b"); });
    b_caught = caught.is(RSP_CLASS_EXIT, "b");
  }));
  t.expect_down(p.monitor, p.pid, "normal");
  EXPECT_TRUE(b_caught);
}

// S-ERR-2
RSP_CASE(21, "the value of a body stays what it is whatever after evaluates to") {
  rsp_next value = RSP_NEXT_CONTINUE;
  bool after_ran = false;
  const Spawned p = t.spawn_monitor(once([&](Self& self) {
    Caught caught;
    try_it(
        self, &caught, [](Self&) { return static_cast<rsp_next>(1); },
        [&](Self&) {
          after_ran = true;
          return static_cast<rsp_next>(0);
        });
    value = caught.next;
  }));
  t.expect_down(p.monitor, p.pid, "normal");
  EXPECT_EQ(value, static_cast<rsp_next>(1));
  EXPECT_TRUE(after_ran);
}

// S-ERR-1
RSP_CASE(24, "handlers that do not name the class exit let an exit pass untouched") {
  bool handled = false;
  const Spawned p = t.spawn_monitor(once([&](Self& self) -> rsp_next {
    Caught caught;
    try_it(self, &caught, [](Self& in) { return in.exit("{because, 7}"); });
    if (caught.result != RSP_ERAISED) return RSP_NEXT_STOP;
    if (caught.exception.exception_class != RSP_CLASS_EXIT) {
      handled = true;
      return RSP_NEXT_STOP;
    }
    const rsp_exception& it = caught.exception;
    return rsp_raise(self, it.exception_class, it.value, it.frames);
  }));
  t.expect_down(p.monitor, p.pid, "{because, 7}");
  EXPECT_FALSE(handled);
}

// S-ERR-1, S-ERR-2
RSP_CASE(305, "a throw is caught by class and shape, and after ran without altering the value") {
  int64_t value = 0;
  bool after_ran = false;
  const Spawned p = t.spawn_monitor(once([&](Self& self) {
    Caught caught;
    try_it(
        self, &caught, [](Self& in) { return in.throw_("{result, 7}"); },
        [&](Self&) {
          after_ran = true;
          return RSP_NEXT_STOP;
        });
    if (caught.is(RSP_CLASS_EXIT, "_") || caught.is(RSP_CLASS_THROW, "{other, X}")) return;
    if (caught.is(RSP_CLASS_THROW, "{result, X}")) {
      value = Value::copy_of(caught.exception.value).element(1).integer();
    }
  }));
  t.expect_down(p.monitor, p.pid, "normal");
  EXPECT_EQ(value, 7);
  EXPECT_TRUE(after_ran);
}

rsp_next note_depth(rsp_self*, void* depth) {
  const char here = 0;
  *static_cast<uintptr_t*>(depth) = reinterpret_cast<uintptr_t>(&here);
  return RSP_NEXT_CONTINUE;
}

rsp_next note_depth_and_throw(rsp_self* self, void* depth) {
  (void)note_depth(self, depth);
  return rsp_throw(self, rsp_term_int(1));
}

// S-ERR-5
RSP_CASE(306, "a loop around a protected body leaves the stack as deep as it was") {
  const uint32_t turns = times(10'000'000);
  bool flat = true;
  const Spawned p = t.spawn_monitor(once([&flat, turns](Self& self) {
    uintptr_t first[2] = {};
    for (uint32_t i = 0; i < turns; ++i) {
      // Some of the turns raise, and are caught.
      const bool raises = i % 16 == 15;
      uintptr_t depth = 0;
      Caught caught;
      caught.result = rsp_try(self, &caught.exception, nullptr, raises ? note_depth_and_throw : note_depth,
                              nullptr, &depth);
      if (caught.result != (raises ? RSP_ERAISED : RSP_OK)) flat = false;
      if (first[raises] == 0) first[raises] = depth;
      if (depth != first[raises]) flat = false;
    }
  }));
  const Received end = *t.receive(RSP_INFINITE);  // under valgrind this takes its time
  EXPECT_EQ(end.ref, p.monitor);
  EXPECT_TERM(end.term, "normal");
  EXPECT_TRUE(flat);
}

}  // namespace
}  // namespace conformance
