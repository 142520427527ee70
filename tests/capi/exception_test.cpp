// resprout/exception.h: raising and catching, nested and in processes of both kinds.
#include <atomic>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "tests/capi/support.hpp"

using namespace capi_test;

namespace {

/** A body from a lambda: rsp_try with captures. */
struct Bodies {
  Code body;
  Code after;
};

rsp_result protect(rsp_self* self, rsp_exception* out, Code body, Code after = nullptr,
                   rsp_next* next = nullptr) {
  Bodies bodies{std::move(body), std::move(after)};
  const rsp_body run_body = [](rsp_self* me, void* ctx) {
    return static_cast<Bodies*>(ctx)->body(me, nullptr);
  };
  const rsp_body run_after = [](rsp_self* me, void* ctx) {
    return static_cast<Bodies*>(ctx)->after(me, nullptr);
  };
  return rsp_try(self, out, next, run_body, bodies.after == nullptr ? nullptr : run_after, &bodies);
}

/** "class value", freed. */
std::string caught(rsp_exception& exception) {
  static const char* const CLASSES[] = {"error ", "exit ", "throw "};
  const std::string text = CLASSES[exception.exception_class] + show(exception.value);
  rsp_exception_free(&exception);
  return text;
}

// The same in a callback and in an attached thread.
class Exceptions : public testing::TestWithParam<bool> {
 protected:
  void in_process(std::function<void(rsp_self*)> code) {
    const Attached me;
    if (GetParam()) {
      code(me);
    } else {
      in_callback(me, std::move(code));
    }
  }
  const Runtime runtime_{2};
};

INSTANTIATE_TEST_SUITE_P(, Exceptions, testing::Bool(),
                         [](const auto& which) { return which.param ? "attached" : "callback"; });

// S-ERR-1, S-ERR-2
TEST_P(Exceptions, are_caught_with_class_and_value) {
  in_process([](rsp_self* self) {
    rsp_exception exception = RSP_EXCEPTION_INIT;
    const auto raised = [](rsp_class exception_class) {
      return [exception_class](rsp_self* me, rsp_msg*) {
        return rsp_raise(me, exception_class, word("v"), NIL);
      };
    };
    EXPECT_EQ(protect(self, &exception, raised(RSP_CLASS_ERROR)), RSP_ERAISED);
    EXPECT_EQ(show(exception.frames), "[]");
    EXPECT_EQ(caught(exception), "error v");
    EXPECT_EQ(protect(self, &exception, raised(RSP_CLASS_EXIT)), RSP_ERAISED);
    EXPECT_EQ(caught(exception), "exit v");
    EXPECT_EQ(protect(self, &exception, raised(RSP_CLASS_THROW)), RSP_ERAISED);
    EXPECT_EQ(caught(exception), "throw v");
    rsp_next next = RSP_NEXT_CONTINUE;
    EXPECT_EQ(protect(
                  self, &exception, [](rsp_self*, rsp_msg*) { return RSP_NEXT_STOP; }, nullptr, &next),
              RSP_OK);
    EXPECT_EQ(next, RSP_NEXT_STOP);
  });
}

// S-ERR-6
TEST_P(Exceptions, of_cpp_are_errors) {
  in_process([](rsp_self* self) {
    rsp_exception exception = RSP_EXCEPTION_INIT;
    EXPECT_EQ(
        protect(self, &exception, [](rsp_self*, rsp_msg*) -> rsp_next { throw std::out_of_range("far"); }),
        RSP_ERAISED);
    EXPECT_EQ(caught(exception), "error {exception,cpp,\"std::out_of_range\",\"far\"}");
    EXPECT_EQ(protect(self, &exception, [](rsp_self*, rsp_msg*) -> rsp_next { throw 7; }), RSP_ERAISED);
    EXPECT_EQ(caught(exception), "error {exception,cpp,\"int\",\"\"}");
  });
}

// S-ERR-4
TEST_P(Exceptions, run_after_in_every_case_and_what_it_raises_wins) {
  in_process([](rsp_self* self) {
    rsp_exception exception = RSP_EXCEPTION_INIT;
    int runs = 0;
    const Code count = [&runs](rsp_self* me, rsp_msg*) {
      ++runs;
      EXPECT_EQ(rsp_checkpoint(me), RSP_OK);
      return RSP_NEXT_STOP;
    };
    const Code calm = [](rsp_self*, rsp_msg*) { return RSP_NEXT_CONTINUE; };
    const Code raise_body = [](rsp_self* me, rsp_msg*) { return rsp_error(me, word("body")); };
    const Code raise_after = [](rsp_self* me, rsp_msg*) { return rsp_throw(me, word("later")); };
    rsp_next next = RSP_NEXT_RAISE;
    EXPECT_EQ(protect(self, &exception, calm, count, &next), RSP_OK);
    EXPECT_EQ(next, RSP_NEXT_CONTINUE);
    EXPECT_EQ(protect(self, &exception, raise_body, count), RSP_ERAISED);
    EXPECT_EQ(caught(exception), "error body");
    EXPECT_EQ(runs, 2);
    EXPECT_EQ(protect(self, &exception, calm, raise_after), RSP_ERAISED);
    EXPECT_EQ(caught(exception), "throw later");
    EXPECT_EQ(protect(self, &exception, raise_body, raise_after), RSP_ERAISED);
    EXPECT_EQ(caught(exception), "throw later");
  });
}

TEST_P(Exceptions, nest_and_pass_on_unchanged) {
  in_process([](rsp_self* self) {
    rsp_exception outer = RSP_EXCEPTION_INIT;
    const rsp_result result = protect(self, &outer, [](rsp_self* me, rsp_msg*) {
      rsp_exception inner = RSP_EXCEPTION_INIT;
      EXPECT_EQ(protect(me, &inner, [](rsp_self* it, rsp_msg*) { return rsp_throw(it, word("deep")); }),
                RSP_ERAISED);
      const rsp_next passed_on = rsp_raise(me, inner.exception_class, inner.value, inner.frames);
      rsp_exception_free(&inner);
      // What is pending is set aside while code that cleans up protects itself.
      rsp_exception other = RSP_EXCEPTION_INIT;
      EXPECT_EQ(protect(me, &other, [](rsp_self* it, rsp_msg*) { return rsp_exit(it, word("other")); }),
                RSP_ERAISED);
      EXPECT_EQ(caught(other), "exit other");
      EXPECT_EQ(protect(me, &other, [](rsp_self*, rsp_msg*) { return RSP_NEXT_CONTINUE; }), RSP_OK);
      return passed_on;
    });
    EXPECT_EQ(result, RSP_ERAISED);
    EXPECT_EQ(caught(outer), "throw deep");
  });
}

TEST_P(Exceptions, that_were_raised_and_not_returned_are_forgotten) {
  in_process([](rsp_self* self) {
    rsp_exception exception = RSP_EXCEPTION_INIT;
    EXPECT_EQ(protect(self, &exception,
                      [](rsp_self* me, rsp_msg*) {
                        EXPECT_EQ(rsp_error(me, word("ignored")), RSP_NEXT_RAISE);
                        return RSP_NEXT_CONTINUE;
                      }),
              RSP_OK);
    EXPECT_EQ(protect(self, &exception, [](rsp_self*, rsp_msg*) { return RSP_NEXT_RAISE; }), RSP_ERAISED);
    EXPECT_EQ(caught(exception), "error bad_return_value");
  });
}

// S-ERR-5
TEST_P(Exceptions, leave_nothing_behind_in_a_loop) {
  in_process([](rsp_self* self) {
    rsp_exception exception = RSP_EXCEPTION_INIT;
    const char* const stack_begin = static_cast<const char*>(__builtin_frame_address(0));
    uint64_t deepest = 0;
    struct Turn {
      const char* stack_begin;
      uint64_t* deepest;
    } turn{stack_begin, &deepest};
    const rsp_body body = [](rsp_self* me, void* ctx) {
      const Turn& of = *static_cast<Turn*>(ctx);
      const uint64_t depth =
          static_cast<uint64_t>(of.stack_begin - static_cast<const char*>(__builtin_frame_address(0)));
      if (*of.deepest == 0) *of.deepest = depth;
      EXPECT_EQ(depth, *of.deepest);
      return rsp_throw(me, NIL);
    };
    // 10^7 turns in all with RESPROUT_STRESS=100.
    const char* const factor = std::getenv("RESPROUT_STRESS");
    const int turns = 100'000 * (factor == nullptr ? 1 : std::stoi(factor));
    for (int i = 0; i < turns; ++i) {
      ASSERT_EQ(rsp_try(self, &exception, nullptr, body, nullptr, &turn), RSP_ERAISED);
      rsp_exception_free(&exception);
    }
  });
}

TEST(ExceptionsOfTheDying, are_not_caught_but_cleaned_up_after) {
  std::atomic<int> cleaned{0};
  const Runtime runtime(2);
  const Attached me;
  const rsp_pid pid = spawn(me, [&](rsp_self* self, rsp_msg*) {
    rsp_exception exception = RSP_EXCEPTION_INIT;
    EXPECT_EQ(protect(
                  self, &exception,
                  [](rsp_self* it, rsp_msg*) {
                    EXPECT_EQ(rsp_exit_signal(it, rsp_self_pid(it), word("fatal")), RSP_EXITING);
                    return rsp_error(it, word("too_late"));
                  },
                  [&](rsp_self* it, rsp_msg*) {
                    ++cleaned;
                    EXPECT_EQ(rsp_checkpoint(it), RSP_EXITING);
                    return RSP_NEXT_CONTINUE;
                  }),
              RSP_EXITING);
    EXPECT_EQ(protect(self, &exception, [](rsp_self*, rsp_msg*) { return RSP_NEXT_CONTINUE; }), RSP_EXITING);
    return RSP_NEXT_CONTINUE;
  });
  EXPECT_EQ(me.end_by_message(pid), "fatal");
  EXPECT_EQ(cleaned, 1);
}

TEST(ExceptionsInAwait, cancel_what_the_body_began_to_await) {
  const Runtime runtime(2);
  const Attached me;
  const rsp_pid pid = spawn(me, [to = me.pid(), asked = false](rsp_self* self, rsp_msg* message) mutable {
    if (asked) {
      EXPECT_EQ(rsp_send(self, to, rsp_msg_term(message)), RSP_OK);
      return RSP_NEXT_CONTINUE;
    }
    asked = true;
    rsp_exception exception = RSP_EXCEPTION_INIT;
    EXPECT_EQ(protect(self, &exception,
                      [](rsp_self* it, rsp_msg*) {
                        rsp_ref ref = {};
                        EXPECT_EQ(rsp_make_ref(it, &ref), RSP_OK);
                        const auto never = [](rsp_self*, rsp_msg*, void*) {
                          ADD_FAILURE();
                          return RSP_NEXT_STOP;
                        };
                        EXPECT_EQ(rsp_await(it, ref, RSP_INFINITE, never, nullptr), RSP_NEXT_AWAIT);
                        return rsp_throw(it, word("changed_my_mind"));
                      }),
              RSP_ERAISED);
    EXPECT_EQ(caught(exception), "throw changed_my_mind");
    return RSP_NEXT_CONTINUE;
  });
  ASSERT_EQ(rsp_send(me, pid, NIL), RSP_OK);
  ASSERT_EQ(rsp_send(me, pid, word("goes_on")), RSP_OK);
  EXPECT_EQ(text_of(me.receive()), "goes_on");
}

// S-EXIT-2, S-EXIT-3, S-EXIT-4
TEST(ExceptionReasons, follow_the_class) {
  rsp_term frames = NIL;
  ASSERT_EQ(rsp_term_list(&frames, nullptr, 0), RSP_OK);
  const auto reason = [&](rsp_class exception_class, rsp_term with_frames) {
    const rsp_exception exception = {sizeof exception, exception_class, word("v"), with_frames};
    rsp_term out = NIL;
    EXPECT_EQ(rsp_exception_reason(&out, &exception), RSP_OK);
    const std::string text = show(out);
    rsp_term_free(out);
    return text;
  };
  EXPECT_EQ(reason(RSP_CLASS_EXIT, frames), "v");
  EXPECT_EQ(reason(RSP_CLASS_ERROR, frames), "{v,[]}");
  EXPECT_EQ(reason(RSP_CLASS_THROW, NIL), "{{nocatch,v},[]}");
  rsp_exception wrong = RSP_EXCEPTION_INIT;
  wrong.exception_class = static_cast<rsp_class>(3);
  rsp_term out = NIL;
  EXPECT_EQ(rsp_exception_reason(&out, &wrong), RSP_EINVAL);
  EXPECT_EQ(rsp_exception_reason(&out, nullptr), RSP_EINVAL);
  EXPECT_EQ(rsp_exception_reason(nullptr, &wrong), RSP_EINVAL);
  rsp_exception_free(nullptr);
}

// S-EXIT-5
TEST(ExceptionTerms, name_language_type_and_message) {
  rsp_term frames = NIL;
  ASSERT_EQ(rsp_term_list(&frames, nullptr, 0), RSP_OK);
  rsp_term out = NIL;
  ASSERT_EQ(rsp_exception_term(&out, atom("python"), "ValueError", 10, "bad \xFF byte", 10, NIL), RSP_OK);
  EXPECT_EQ(show(out), "{exception,python,\"ValueError\",\"bad \xEF\xBF\xBD byte\"}");
  rsp_term_free(out);
  ASSERT_EQ(rsp_exception_term(&out, atom("c"), "T", 1, nullptr, 0, frames), RSP_OK);
  EXPECT_EQ(show(out), "{{exception,c,\"T\",\"\"},[]}");
  rsp_term_free(out);
  EXPECT_EQ(rsp_exception_term(nullptr, atom("c"), "T", 1, "m", 1, frames), RSP_EINVAL);
  EXPECT_EQ(rsp_exception_term(&out, rsp_atom{UINT32_MAX}, "T", 1, "m", 1, frames), RSP_EINVAL);
  EXPECT_EQ(rsp_exception_term(&out, atom("c"), nullptr, 1, "m", 1, frames), RSP_EINVAL);
  EXPECT_EQ(rsp_exception_term(&out, atom("c"), "T", 1, nullptr, 1, frames), RSP_EINVAL);
  EXPECT_EQ(rsp_exception_term(&out, atom("c"), "T", 1, "m", 1, rsp_term_int(1)), RSP_EINVAL);
}

TEST(ExceptionArguments, that_are_malformed_raise_badarg) {
  const Runtime runtime(2);
  const Attached me;
  rsp_exception exception = RSP_EXCEPTION_INIT;
  const auto raised_with = [&](rsp_class exception_class, rsp_term value, rsp_term frames) {
    EXPECT_EQ(protect(me, &exception,
                      [&](rsp_self* it, rsp_msg*) { return rsp_raise(it, exception_class, value, frames); }),
              RSP_ERAISED);
    return caught(exception);
  };
  EXPECT_EQ(raised_with(static_cast<rsp_class>(5), NIL, NIL), "error badarg");
  EXPECT_EQ(raised_with(RSP_CLASS_EXIT, rsp_term{77, 0}, NIL), "error badarg");
  EXPECT_EQ(raised_with(RSP_CLASS_EXIT, NIL, rsp_term_int(1)), "error badarg");
  EXPECT_EQ(rsp_exit(nullptr, NIL), RSP_NEXT_RAISE);
  const rsp_body body = [](rsp_self*, void*) { return RSP_NEXT_CONTINUE; };
  EXPECT_EQ(rsp_try(nullptr, &exception, nullptr, body, nullptr, nullptr), RSP_EINVAL);
  EXPECT_EQ(rsp_try(me, nullptr, nullptr, body, nullptr, nullptr), RSP_EINVAL);
  EXPECT_EQ(rsp_try(me, &exception, nullptr, nullptr, nullptr, nullptr), RSP_EINVAL);
  exception.size = 1;
  EXPECT_EQ(rsp_try(me, &exception, nullptr, body, nullptr, nullptr), RSP_EINVAL);
}

}  // namespace
