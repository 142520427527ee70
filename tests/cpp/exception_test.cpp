// resprout/exception.hpp: what ends a process, and with which reason.
#include <stdexcept>

#include "tests/cpp/support.hpp"

using namespace cpp_test;

namespace {

class CppExceptions : public Cpp {
 protected:
  /** What a process ends for that runs this. */
  term end_of(std::function<void()> code) {
    const auto made = spawn_monitor([code = std::move(code)](message&) { code(); });
    send(made.first, nullptr);
    return reason_of(made.second);
  }
};

// S-EXIT-2..4
TEST_F(CppExceptions, of_the_three_classes_end_a_process_with_their_reasons) {
  EXPECT_EQ(end_of([] { throw Exit(term::tuple("why"_atom, 1)); }), term::tuple("why"_atom, 1));
  EXPECT_EQ(end_of([] { throw Error("broken"); }), term::tuple("broken", term::list({})));
  EXPECT_EQ(end_of([] { throw Throw(7); }), term::tuple(term::tuple("nocatch"_atom, 7), term::list({})));
}

// S-EXIT-5, S-ERR-6; case 298
TEST_F(CppExceptions, of_the_language_end_a_process_with_type_and_text) {
  const auto reason = [](const char* type, const char* text) {
    return term::tuple(term::tuple("exception"_atom, "cpp"_atom, type, text), term::list({}));
  };
  EXPECT_EQ(end_of([] { throw std::out_of_range("too far"); }), reason("std::out_of_range", "too far"));
  EXPECT_EQ(end_of([] { throw 7; }), reason("int", ""));
}

// S-ERR-1, S-ERR-2
TEST_F(CppExceptions, are_caught_inside_by_class_and_value) {
  EXPECT_EQ(end_of([] {
              try {
                throw Throw(1);
              } catch (const Error&) {
                throw Exit("wrong"_atom);
              } catch (const Throw& caught) {
                EXPECT_EQ(caught.exception_class(), RSP_CLASS_THROW);
                EXPECT_EQ(caught.value(), 1);
                throw Exit("caught"_atom);
              }
            }),
            "caught"_atom);
  EXPECT_EQ(end_of([] {
              try {
                throw Exit("stop"_atom);
              } catch (const std::exception&) {  // an exit is none
                throw Exit("wrong"_atom);
              }
            }),
            "stop"_atom);
}

// S-ERR-1
TEST_F(CppExceptions, are_passed_on_unchanged) {
  EXPECT_EQ(end_of([] {
              try {
                throw Error("as it was");
              } catch (const Error&) {
                throw;
              }
            }),
            term::tuple("as it was", term::list({})));
}

// S-SRV-10, S-ERR-8
TEST_F(CppExceptions, of_a_failed_call_are_of_class_exit) {
  const term reason = term::tuple("noproc"_atom, term::tuple("call"_atom, "nobody"_atom, 1, 5000));
  const call_exit caught = thrown_by<call_exit>([] { (void)call("nobody"_atom, 1); });
  EXPECT_EQ(caught.exception_class(), RSP_CLASS_EXIT);
  EXPECT_EQ(caught.reason(), reason);
  EXPECT_EQ(caught.cause(), "noproc"_atom);
  EXPECT_EQ(end_of([reason] { throw call_exit(detail::held_term::copy_of(reason.raw())); }), reason);
  const result<term> failed = try_call("nobody"_atom, 1);
  EXPECT_EQ(failed.error().code(), RSP_EEXITED);
  EXPECT_EQ(failed.error().reason(), reason);
}

TEST_F(CppExceptions, of_refusals_say_what_to_do) {
  const Error error = thrown_by<Error>([] { link(pid()); });
  EXPECT_EQ(error.code(), RSP_EINVAL);
  EXPECT_EQ(error.value(), "badarg"_atom);
  EXPECT_STREQ(error.what(), rsp_result_message(RSP_EINVAL));
  const auto code_of = [](auto code) { return thrown_by<Error>(code).code(); };
  EXPECT_EQ(code_of([] { send("nobody"_atom, 1); }), RSP_ENONAME);
  EXPECT_EQ(code_of([] { (void)receive(0s); }), RSP_ETIMEDOUT);
  EXPECT_EQ(code_of([] { (void)attach(); }), RSP_EALREADY);
  EXPECT_EQ(code_of([] { (void)runtime(); }), RSP_EALREADY);
  // In a callback nothing waits.
  EXPECT_EQ(end_of([&] { throw Exit(rsp_result_name(code_of([] { (void)receive(); }))); }),
            "RSP_EWOULDBLOCK");
  EXPECT_EQ(end_of([&] { throw Exit(rsp_result_name(code_of([] { (void)call("x"_atom, 1); }))); }),
            "RSP_EWOULDBLOCK");
}

// S-EXIT-14, S-NAT-4
TEST_F(CppExceptions, unwind_a_process_that_an_exit_signal_has_ended) {
  std::atomic<int> alive{0};
  EXPECT_EQ(end_of([&alive] {
              const counted held(alive);
              try {
                resprout::exit(self(), "me"_atom);
              } catch (const std::exception&) {
                send("never"_atom, 1);
              }
            }),
            "me"_atom);
  EXPECT_EQ(alive, 0);
}

TEST_F(CppExceptions, that_leave_a_predicate_take_no_message) {
  send(self(), 1);
  const auto throws = [](const message&) -> bool { throw std::runtime_error("no"); };
  EXPECT_THROW((void)receive(throws), std::runtime_error);
  EXPECT_EQ(receive(0s).content(), 1);
}

}  // namespace
