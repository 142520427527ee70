#include "core/term/reason.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <string>

#include "core/term/format.hpp"
#include "tests/core/term/balance.hpp"

namespace rsp {
namespace {

class ReasonTest : public Balanced {};

std::string show(TermBits term) {
  char text[500];
  return std::string(text, format_bounded(text, sizeof text, term));
}

const Frame FRAMES[] = {{"server.cpp", 12, "handle_call"}, {"main.cpp", 3, "main"}};
constexpr const char* SHOWN_FRAMES = "[{\"server.cpp\",12,\"handle_call\"},{\"main.cpp\",3,\"main\"}]";

TEST_F(ReasonTest, normal_shutdown_and_shutdown_with_detail_are_expected) {
  Term detailed;
  ASSERT_EQ(reason_shutdown(&detailed, TermBits::integer(7)), RSP_OK);
  EXPECT_EQ(show(detailed), "{shutdown,7}");
  EXPECT_TRUE(is_expected(ATOM_NORMAL));
  EXPECT_TRUE(is_expected(ATOM_SHUTDOWN));
  EXPECT_TRUE(is_expected(detailed));
  EXPECT_TRUE(is_normal(ATOM_NORMAL));
  EXPECT_FALSE(is_normal(ATOM_SHUTDOWN));
  EXPECT_FALSE(is_normal(detailed));
  EXPECT_FALSE(is_shutdown(ATOM_NORMAL));
  EXPECT_TRUE(is_shutdown(ATOM_SHUTDOWN));
  EXPECT_TRUE(is_shutdown(detailed));
}

TEST_F(ReasonTest, everything_else_is_abnormal) {
  Term tuple_of_one;
  Term tuple_of_three;
  Term list;
  Term nested;
  Term text;
  ASSERT_EQ(make_tuple(&tuple_of_one, {ATOM_SHUTDOWN}), RSP_OK);
  ASSERT_EQ(make_tuple(&tuple_of_three, {ATOM_SHUTDOWN, ATOM_OK, ATOM_OK}), RSP_OK);
  ASSERT_EQ(make_list(&list, {ATOM_SHUTDOWN, ATOM_OK}), RSP_OK);
  ASSERT_EQ(make_tuple(&nested, {ATOM_NORMAL, ATOM_OK}), RSP_OK);
  ASSERT_EQ(make_string(&text, "normal"), RSP_OK);
  for (TermBits reason :
       {TermBits(ATOM_KILL), TermBits(ATOM_KILLED), TermBits(ATOM_NOPROC), TermBits::nil(),
        TermBits::boolean(true), TermBits::integer(0), TermBits(Pid{}), TermBits(tuple_of_one),
        TermBits(tuple_of_three), TermBits(list), TermBits(nested), TermBits(text)}) {
    EXPECT_FALSE(is_expected(reason)) << show(reason);
  }
}

TEST_F(ReasonTest, builders_make_the_shapes_of_the_table) {
  Term frames;
  ASSERT_EQ(make_frames(&frames, FRAMES), RSP_OK);
  EXPECT_EQ(show(frames), SHOWN_FRAMES);
  const std::string end = std::string(",") + SHOWN_FRAMES + "}";
  Term reason;
  ASSERT_EQ(reason_error(&reason, ATOM_BADARG, frames), RSP_OK);
  EXPECT_EQ(show(reason), "{badarg" + end);
  ASSERT_EQ(reason_exception(&reason, ATOM_CPP, "std::runtime_error", "no \"luck\"", frames), RSP_OK);
  EXPECT_EQ(show(reason), "{{exception,cpp,\"std::runtime_error\",\"no \\\"luck\\\"\"}" + end);
  ASSERT_EQ(reason_nocatch(&reason, TermBits::integer(42), frames), RSP_OK);
  EXPECT_EQ(show(reason), "{{nocatch,42}" + end);
  ASSERT_EQ(reason_fault(&reason, ATOM_SIGSEGV, frames), RSP_OK);
  EXPECT_EQ(show(reason), "{{fault,'SIGSEGV'}" + end);
  ASSERT_EQ(reason_fault(&reason, ATOM_STACK_OVERFLOW, TermBits::empty(Kind::LIST)), RSP_OK);
  EXPECT_EQ(show(reason), "{{fault,stack_overflow},[]}");
  ASSERT_EQ(reason_limit(&reason, ATOM_MAILBOX), RSP_OK);
  EXPECT_EQ(show(reason), "{limit,mailbox}");
  ASSERT_EQ(reason_tagged(&reason, ATOM_BAD_RETURN_VALUE, ATOM_OK), RSP_OK);
  EXPECT_EQ(show(reason), "{bad_return_value,ok}");
  ASSERT_EQ(exception_value(&reason, ATOM_PYTHON, "ValueError", ""), RSP_OK);
  EXPECT_EQ(show(reason), "{exception,python,\"ValueError\",\"\"}");
}

TEST_F(ReasonTest, failed_call_carries_what_was_called) {
  Term request;
  ASSERT_EQ(make_tuple(&request, {ATOM_GET, TermBits::integer(1)}), RSP_OK);
  Term reason;
  ASSERT_EQ(reason_with_call_info(&reason, ATOM_NOPROC, Pid::local(3, 1), request, TermBits::integer(5000)),
            RSP_OK);
  EXPECT_EQ(show(reason), "{noproc,{call,<0.3.1>,{get,1},5000}}");
  ASSERT_EQ(reason_with_call_info(&reason, ATOM_TIMEOUT, ATOM_SERVER, request, ATOM_INFINITY), RSP_OK);
  EXPECT_EQ(show(reason), "{timeout,{call,server,{get,1},infinity}}");
}

TEST_F(ReasonTest, end_of_an_os_process_is_told_by_status_and_signal) {
  Term reason;
  ASSERT_EQ(reason_exit_status(&reason, 0), RSP_OK);
  EXPECT_TRUE(is_normal(reason));
  ASSERT_EQ(reason_exit_status(&reason, 3), RSP_OK);
  EXPECT_EQ(show(reason), "{exit_status,3}");
  ASSERT_EQ(reason_signal(&reason, SIGSEGV), RSP_OK);
  EXPECT_EQ(show(reason), "{signal,'SIGSEGV'}");
  ASSERT_EQ(reason_signal(&reason, 63), RSP_OK);
  EXPECT_EQ(show(reason), "{signal,63}");
  Atom name{77};
  EXPECT_TRUE(signal_atom(SIGKILL, &name));
  EXPECT_EQ(name, ATOM_SIGKILL);
  EXPECT_FALSE(signal_atom(0, &name));
  EXPECT_EQ(name, ATOM_SIGKILL);
}

TEST_F(ReasonTest, texts_of_exceptions_need_not_be_utf8) {
  Term reason;
  ASSERT_EQ(reason_exception(&reason, ATOM_CPP, "E", "caf\xE9", TermBits::empty(Kind::LIST)), RSP_OK);
  EXPECT_EQ(show(reason), "{{exception,cpp,\"E\",\"caf\xEF\xBF\xBD\"},[]}");
  Term frames;
  const Frame bad[] = {{"\xFF", 1, "\xFE"}};
  ASSERT_EQ(make_frames(&frames, bad), RSP_OK);
  EXPECT_EQ(show(frames), "[{\"\xEF\xBF\xBD\",1,\"\xEF\xBF\xBD\"}]");
}

TEST_F(ReasonTest, no_frames_are_the_empty_list_without_a_block) {
  Term frames = ATOM_OK;
  ASSERT_EQ(make_frames(&frames, {}), RSP_OK);
  EXPECT_TRUE(frames.is_same(TermBits::empty(Kind::LIST)));
}

TEST_F(ReasonTest, or_atom_is_what_was_built_or_the_atom) {
  Term built;
  const rsp_result result = reason_shutdown(&built, ATOM_OK);
  EXPECT_TRUE(or_atom(result, std::move(built), ATOM_SYSTEM_LIMIT).is_tagged(ATOM_SHUTDOWN, 2));
  EXPECT_TRUE(or_atom(RSP_ENOMEM, Term(), ATOM_SYSTEM_LIMIT).is(ATOM_SYSTEM_LIMIT));
}

#ifdef RESPROUT_FAULT_INJECTION
TEST_F(ReasonTest, builders_refuse_and_leave_out_alone_when_memory_fails) {
  Term frames;
  ASSERT_EQ(make_frames(&frames, FRAMES), RSP_OK);
  const auto each = [&](auto build) {
    return fail_each_allocation([&] {
      Term reason = ATOM_OK;
      const rsp_result result = build(&reason);
      if (result != RSP_OK) {
        EXPECT_TRUE(reason.is(ATOM_OK));
      }
      return result;
    });
  };
  EXPECT_EQ(each([&](Term* out) { return make_frames(out, FRAMES); }), 8);
  EXPECT_EQ(each([&](Term* out) { return reason_exception(out, ATOM_CPP, "type", "message", frames); }), 4);
  EXPECT_EQ(each([&](Term* out) { return reason_error(out, ATOM_BADARG, frames); }), 1);
  EXPECT_EQ(each([&](Term* out) { return reason_nocatch(out, ATOM_OK, frames); }), 2);
  EXPECT_EQ(each([&](Term* out) { return reason_fault(out, ATOM_SIGFPE, frames); }), 2);
  EXPECT_EQ(each([&](Term* out) { return reason_exit_status(out, 1); }), 1);
  EXPECT_EQ(each([&](Term* out) { return reason_exit_status(out, 0); }), 0);
  EXPECT_EQ(each([&](Term* out) { return reason_signal(out, SIGFPE); }), 1);
  EXPECT_EQ(each([&](Term* out) {
              return reason_with_call_info(out, ATOM_NOPROC, ATOM_SERVER, ATOM_GET, ATOM_INFINITY);
            }),
            2);
  EXPECT_EQ(frames.ref_count(), 1u);
}
#endif

// S-REP-3
TEST(Reasons, without_requests_are_the_same_but_for_those) {
  Term call;
  ASSERT_EQ(reason_with_call_info(&call, ATOM_NOPROC, ATOM_SERVER, ATOM_GET, ATOM_INFINITY), RSP_OK);
  Term nested;
  ASSERT_EQ(reason_shutdown(&nested, call), RSP_OK);
  Term shown;
  ASSERT_EQ(without_requests(&shown, nested), RSP_OK);
  EXPECT_EQ(show(shown), "{shutdown,{noproc,{call,server,'_',infinity}}}");
  Term plain;
  ASSERT_EQ(reason_shutdown(&plain, TermBits::integer(7)), RSP_OK);
  ASSERT_EQ(without_requests(&shown, plain), RSP_OK);
  EXPECT_TRUE(shown.is_same(plain)) << "what has none is not copied";
}

// S-REP-3: one tuple in 4^9 places
TEST(Reasons, without_requests_take_no_longer_for_what_they_share) {
  Term term = ATOM_OK;
  for (int i = 0; i < 9; ++i) {
    Term wider;
    ASSERT_EQ(make_tuple(&wider, {term, term, term, term}), RSP_OK);
    term = wider;
  }
  Term shown;
  EXPECT_EQ(without_requests(&shown, term), RSP_OK);
}

}  // namespace
}  // namespace rsp
