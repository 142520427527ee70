// Failures, and what is thrown: result<T>, and the exceptions of the three classes.
//
// Each function that can fail has two forms. The plain one throws: `pid worker = spawn(code);`. The other, under
// `try_` and the same name, returns: `result<pid> worker = try_spawn(code);`. On the same input they agree: the
// plain form is the other one, and `.value()`.
//
// Three classes end a process, if nobody catches them inside it:
//
//     throw Error(value)    a failed operation              {Value, []}
//     throw Exit(reason)    this process wants to stop      Reason
//     throw Throw(value)    a return from far below         {{nocatch, Value}, []}
//
// Any other exception is an error too, with its type and text: {{exception, cpp, "std::out_of_range", What}, []}.
// A call that failed throws call_exit (call_timeout), which is of class exit. Exit is no std::exception, so that
// who catches those does not hold up a process that wants to stop.
//
// A program that is compiled without exceptions (-fno-exceptions) uses the try_ forms: a plain form that fails
// there says what failed, and aborts.
//
// The terms in here are read with resprout/term.hpp. Rules: S-ERR-1..8, S-EXIT-2..5.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "resprout/exception.h"
#include "resprout/term.h"

#if defined(__cpp_exceptions) || defined(__EXCEPTIONS)
#define RSP_CPP_EXCEPTIONS 1
#else
#define RSP_CPP_EXCEPTIONS 0
#endif

namespace resprout {

class pid;
class term;

namespace detail {

/** What a call says that has nobody to tell. */
inline void ignore(rsp_result) noexcept {}

/** One reference to a term. */
class held_term {
 public:
  held_term() noexcept : raw_{0, 0} {}
  /** Takes the caller's reference. */
  static held_term adopt(rsp_term raw) noexcept {
    held_term held;
    held.raw_ = raw;
    return held;
  }
  static held_term copy_of(rsp_term raw) noexcept { return adopt(rsp_term_copy(raw)); }
  held_term(const held_term& other) noexcept : raw_(rsp_term_copy(other.raw_)) {}
  held_term(held_term&& other) noexcept : raw_(other.release()) {}
  held_term& operator=(held_term other) noexcept {
    std::swap(raw_, other.raw_);
    return *this;
  }
  ~held_term() { rsp_term_free(raw_); }

  rsp_term get() const noexcept { return raw_; }
  rsp_term release() noexcept { return std::exchange(raw_, rsp_term{0, 0}); }
  /** For a function that writes a term. */
  rsp_term* out() noexcept {
    *this = held_term();
    return &raw_;
  }

 private:
  rsp_term raw_;
};

/** The term of a word of ours; nil without memory. */
inline held_term word(const char* text) noexcept {
  rsp_atom atom{0};
  size_t length = 0;
  while (text[length] != '\0') ++length;
  return rsp_atom_intern(&atom, text, length) == RSP_OK ? held_term::adopt(rsp_term_atom(atom)) : held_term();
}

/** In Erlang's notation. */
inline std::string show(rsp_term term) {
  size_t length = 0;
  if (rsp_term_format(nullptr, 0, &length, term) != RSP_OK) return "(no term)";
  std::string text(length, '\0');
  ignore(rsp_term_format(&text[0], length + 1, nullptr, term));  // a string has room for the zero
  return text;
}

/** The atom that a refusal is as an exception, the same in each language. */
inline const char* word_of(rsp_result code) noexcept {
  switch (code) {
    case RSP_ENOPROC:
      return "noproc";
    case RSP_ENOMEM:
    case RSP_ELIMIT:
    case RSP_EOS:
      return "system_limit";
    case RSP_ETIMEDOUT:
      return "timeout";
    case RSP_EOVERLOAD:
      return "overload";
    case RSP_ESTOPPED:
      return "not_running";
    case RSP_EFORKED:
      return "forked";
    case RSP_EWOULDBLOCK:
    case RSP_EWRONGTHREAD:
    case RSP_ENOTPROCESS:
    case RSP_EALREADY:
      return "wrong_context";
    default:
      return "badarg";
  }
}

#if RSP_CPP_EXCEPTIONS
template <class Exception>
[[noreturn]] void raise(Exception exception) {
  throw exception;
}
#else
template <class Exception>
[[noreturn]] void raise(const Exception& exception) {
  std::fprintf(stderr, "resprout: %s, in a program without exceptions: use the try_ form\n",
               exception.text().c_str());
  std::abort();
}
#endif

}  // namespace detail

/** What all exceptions of the three classes have in common: what is thrown, and how it ends a process. */
class raised {
 public:
  raised(rsp_class exception_class, detail::held_term value) noexcept
      : class_(exception_class), value_(std::move(value)) {}

  /** error, exit or throw. */
  rsp_class exception_class() const noexcept { return class_; }
  /** The value that was raised: of an exit its reason. */
  term value() const;
  /** What a process ends for that this leaves. */
  term reason() const;
  std::string text() const {
    static const char* const NAMES[] = {"error: ", "exit: ", "throw: "};
    return NAMES[class_] + detail::show(value_.get());
  }
  /** Makes it the pending exception of a process. For the border of a callback. */
  rsp_next raise_in(rsp_self* self) const noexcept { return rsp_raise(self, class_, value_.get(), {0, 0}); }

 protected:
  const detail::held_term& held() const noexcept { return value_; }

 private:
  rsp_class class_;
  detail::held_term value_;
};

/** Class error: a failed operation. Thrown by the program with a value of its own, and by each call that is refused, with
 * an atom (badarg, noproc, system_limit, ...) and a code. */
class Error : public std::exception, public raised {
 public:
  explicit Error(const term& value);
  explicit Error(rsp_result code)
      : raised(RSP_CLASS_ERROR, detail::word(detail::word_of(code))),
        code_(code),
        what_(rsp_result_message(code)) {}

  /** Why a call was refused; RSP_OK where the program threw it. */
  rsp_result code() const noexcept { return code_; }
  const char* what() const noexcept override { return what_.c_str(); }

 private:
  rsp_result code_ = RSP_OK;
  std::string what_;
};

/** Class exit: this process wants to stop, for a reason. */
class Exit : public raised {
 public:
  explicit Exit(const term& reason);
};

/** Class throw: a return from far below, which somebody above must catch. In a callback of a server it counts as the
 * callback's value. */
class Throw : public std::exception, public raised {
 public:
  explicit Throw(const term& value);
  const char* what() const noexcept override { return what_.c_str(); }

 private:
  std::string what_;
};

/** A call has failed: class exit, with the reason {Reason, {call, Server, Request, Timeout}}; of a request that was sent
 * before {Reason, Server}, of a stop the reason alone. */
class call_exit : public std::exception, public raised {
 public:
  explicit call_exit(detail::held_term reason, bool names_server = true)
      : raised(RSP_CLASS_EXIT, std::move(reason)),
        names_server_(names_server),
        what_("a call failed: " + detail::show(held().get())) {}

  /** The server's part of it: its exit reason, noproc, timeout, calling_self. */
  term cause() const;
  const char* what() const noexcept override { return what_.c_str(); }

 private:
  bool names_server_;
  std::string what_;
};

/** There was no answer in time. The server is not told, and a late answer never arrives. */
class call_timeout : public call_exit {
 public:
  using call_exit::call_exit;
};

/** A server or supervisor did not start. */
class start_error : public std::exception {
 public:
  explicit start_error(rsp_result code, detail::held_term reason)
      : code_(code), reason_(std::move(reason)), what_("not started: " + detail::show(reason_.get())) {}

  rsp_result code() const noexcept { return code_; }
  /** Why not: what init said, {already_started, Pid}, timeout, what is wrong with a specification. */
  term reason() const;
  std::string text() const { return what_; }
  const char* what() const noexcept override { return what_.c_str(); }

 protected:
  const detail::held_term& held() const noexcept { return reason_; }

 private:
  rsp_result code_;
  detail::held_term reason_;
  std::string what_;
};

/** The name belongs to a live process. */
class already_started : public start_error {
 public:
  using start_error::start_error;
  pid process() const;
};

/** init has declined: there is no process, and nothing is wrong. */
class start_ignored : public start_error {
 public:
  using start_error::start_error;
};

/** A supervisor has refused to do something about a child: not_found, running, restarting; or it has ended. */
class child_error : public std::exception {
 public:
  explicit child_error(detail::held_term reason)
      : reason_(std::move(reason)), what_("the call about a child failed: " + detail::show(reason_.get())) {}

  term reason() const;
  std::string text() const { return what_; }
  const char* what() const noexcept override { return what_.c_str(); }

 private:
  detail::held_term reason_;
  std::string what_;
};

namespace detail {

/** A call about something that is no process has failed. */
class call_about : public std::exception {
 public:
  rsp_result code() const noexcept { return code_; }
  /** Why: as the class says. */
  term reason() const;
  std::string text() const { return what_; }
  const char* what() const noexcept override { return what_.c_str(); }

 protected:
  call_about(const char* about, rsp_result code, held_term reason)
      : code_(code),
        reason_(std::move(reason)),
        what_(std::string("the call about an ") + about + " failed: " + show(reason_.get())) {}

 private:
  rsp_result code_;
  held_term reason_;
  std::string what_;
};

}  // namespace detail

/** An application was not loaded, started, stopped or unloaded. Its reason: {not_loaded, Name} and its like, timeout, what is wrong
 * with the top, why it did not start. Of ensure_all_started {Name, Why}: the one that did not start. */
class application_error : public detail::call_about {
 public:
  explicit application_error(rsp_result code, detail::held_term reason)
      : call_about("application", code, std::move(reason)) {}
};

/** An event handler does not exist (RSP_EMISMATCH), was not added, or has failed (RSP_EHANDLER). Its reason: what its init said;
 * {'EXIT', Reason} where it raised; module_not_found, bad_module. */
class handler_error : public detail::call_about {
 public:
  explicit handler_error(rsp_result code, detail::held_term reason)
      : call_about("event handler", code, std::move(reason)) {}
};

/** An exit signal has ended the process whose code this is. Each call of the runtime throws it from then on, so that the
 * code comes to its end; catching it changes nothing. No std::exception. */
struct process_exit {
  std::string text() const { return rsp_result_message(RSP_EXITING); }
};

/** Why a call failed, as a value: what the try_ forms return, and what the plain ones throw. */
class failure {
 public:
  /** What it is that failed, which is what `reason` says why of. */
  enum class of { REFUSAL, CALL, STOP, START, CHILD, APPLICATION, HANDLER };

  failure(rsp_result code) noexcept : code_(code) {}  // NOLINT(google-explicit-constructor): it is one
  failure(of what, rsp_result code, detail::held_term reason) noexcept
      : what_(what), code_(code), reason_(std::move(reason)) {}

  rsp_result code() const noexcept { return code_; }
  /** Of a call, a start, or a call about a child, an application or an event handler: why; else nil. */
  term reason() const;
  /** Why, and what to do about it. */
  std::string text() const { return has_reason() ? detail::show(reason_.get()) : rsp_result_message(code_); }
  /** Throws it: Error, call_exit, call_timeout, start_error, child_error, application_error, handler_error or
   * process_exit. */
  [[noreturn]] void raise() const {
    if (code_ == RSP_EXITING) detail::raise(process_exit{});
    if (!has_reason()) detail::raise(Error(code_));
    switch (what_) {
      case of::CALL:
      case of::STOP:
        if (code_ == RSP_ETIMEDOUT) detail::raise(call_timeout(reason_, what_ == of::CALL));
        detail::raise(call_exit(reason_, what_ == of::CALL));
      case of::START:
        if (code_ == RSP_ENAMETAKEN) detail::raise(already_started(code_, reason_));
        if (code_ == RSP_EIGNORE) detail::raise(start_ignored(code_, reason_));
        detail::raise(start_error(code_, reason_));
      case of::APPLICATION:
        detail::raise(application_error(code_, reason_));
      case of::HANDLER:
        detail::raise(handler_error(code_, reason_));
      case of::CHILD:
      default:
        if (code_ == RSP_ETIMEDOUT) detail::raise(call_timeout(reason_));
        detail::raise(child_error(reason_));
    }
  }
  /** Why; of what gives no reason what it is. */
  term reason_or_word() const;
  /** Makes it the pending exception of a process, for a callback that is not to throw. */
  rsp_next raise_in(rsp_self* self) const noexcept {
    if ((what_ == of::CALL || what_ == of::STOP) && has_reason()) return rsp_exit(self, reason_.get());
    return rsp_error(self, raw_reason_or_word().get());
  }

 private:
  detail::held_term raw_reason_or_word() const noexcept {
    return has_reason() ? detail::held_term::copy_of(reason_.get()) : detail::word(detail::word_of(code_));
  }
  bool has_reason() const noexcept {
    switch (code_) {
      case RSP_EEXITED:
      case RSP_ETIMEDOUT:
      case RSP_ECALLINGSELF:
      case RSP_EOVERLOAD:
      case RSP_ENAMETAKEN:
      case RSP_EIGNORE:
      case RSP_ESPEC:
      case RSP_ELIBRARY:
        return what_ != of::REFUSAL;
      case RSP_EMISMATCH:
      case RSP_EHANDLER:
        return what_ == of::HANDLER;
      default:
        return false;
    }
  }

  of what_ = of::REFUSAL;
  rsp_result code_;
  detail::held_term reason_;
};

/** What a result is made of when all went well. */
template <class T = void>
struct Ok {
  T value;
};
template <>
struct Ok<void> {};
template <class T>
Ok(T) -> Ok<T>;

/** What a result is made of when it did not. */
struct Err {
  failure error;
};

/** A value, or why there is none. */
template <class T>
class [[nodiscard]] result {
 public:
  template <class U>
  result(Ok<U> ok) : value_(std::move(ok.value)), error_(RSP_OK) {}  // NOLINT(google-explicit-constructor)
  result(Err err) : error_(std::move(err.error)) {}                  // NOLINT(google-explicit-constructor)

  bool is_ok() const noexcept { return value_.has_value(); }
  bool is_err() const noexcept { return !is_ok(); }
  explicit operator bool() const noexcept { return is_ok(); }
  /** The value; throws the failure. */
  T& value() & { return ok_or_raise(), *value_; }
  const T& value() const& { return ok_or_raise(), *value_; }
  T value() && { return ok_or_raise(), std::move(*value_); }
  /** The value of one that is_ok. */
  T& operator*() & noexcept { return *value_; }
  const T& operator*() const& noexcept { return *value_; }
  T&& operator*() && noexcept { return std::move(*value_); }
  T* operator->() noexcept { return &*value_; }
  const T* operator->() const noexcept { return &*value_; }
  /** Why there is none, of one that is_err. */
  const failure& error() const noexcept { return error_; }

 private:
  void ok_or_raise() const {
    if (!is_ok()) error_.raise();
  }

  std::optional<T> value_;
  failure error_;
};

/** Nothing, or why it failed. */
template <>
class [[nodiscard]] result<void> {
 public:
  result(Ok<>) noexcept : error_(RSP_OK) {}          // NOLINT(google-explicit-constructor)
  result(Err err) : error_(std::move(err.error)) {}  // NOLINT(google-explicit-constructor)

  bool is_ok() const noexcept { return error_.code() == RSP_OK; }
  bool is_err() const noexcept { return !is_ok(); }
  explicit operator bool() const noexcept { return is_ok(); }
  /** Throws the failure. */
  void value() const {
    if (is_err()) error_.raise();
  }
  const failure& error() const noexcept { return error_; }

 private:
  failure error_;
};

namespace detail {

inline result<void> check(rsp_result code) noexcept {
  if (code == RSP_OK) return Ok<>{};
  return Err{code};
}

/** Runs the code of a callback. What leaves it becomes the pending exception of the process: those of ours here, all
 * others where the library calls. */
template <class Body>
rsp_next guarded(rsp_self* self, Body&& body) {
#if RSP_CPP_EXCEPTIONS
  try {
    return body();
  } catch (const raised& exception) {
    return exception.raise_in(self);
  } catch (const process_exit&) {
    return RSP_NEXT_STOP;  // it is over; what is returned does not matter
  }
#else
  (void)self;
  return body();
#endif
}

}  // namespace detail
}  // namespace resprout
