// Collections of requests: many at once, each under a label, whose answers are taken as they come. OTP's request id collections.
//
//     auto asked = reqids<page>::new_();
//     for (const std::string& url : urls) asked.add(fetcher.send_request(fetch{url}), url);
//     while (auto got = asked.receive_response(10s)) show(got->label, got->answer);
//
// Thread: of the process that sent the requests. Rules: S-SRV-40..42.
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "resprout/call.hpp"

namespace resprout {

/** Requests that are answered by an R. Goes with its requests: those that are still in it are given up. */
template <class R = term>
class reqids {
 public:
  /** What became of one of them: its answer, or call_exit with why there is none. */
  struct response {
    result<R> answer;
    term label;
  };

  /** An empty one. */
  // NOLINTNEXTLINE(readability-identifier-naming): reqids_new/0; C++ keeps the word for itself
  static result<reqids> try_new_() {
    rsp_reqids* raw = nullptr;
    const result<void> made = detail::act([&](rsp_self* self) { return rsp_reqids_new(self, &raw); });
    if (!made) return Err{made.error()};
    return Ok{reqids(raw)};
  }
  // NOLINTNEXTLINE(readability-identifier-naming): as above
  static reqids new_() { return try_new_().value(); }

  /** Puts a request in. Labels need not differ. Throws Error (RSP_EALREADY): it is in. */
  result<void> try_add(const request<R>& sent, const term& label) {
    return detail::check(rsp_reqids_add(ids_.get(), sent.reference().raw(), label.raw()));
  }
  void add(const request<R>& sent, const term& label) { try_add(sent, label).value(); }

  size_t size() const noexcept { return rsp_reqids_size(ids_.get()); }

  /** What is in it, in the order it was put in, with the labels. */
  std::vector<std::pair<request<R>, term>> to_list() const {
    std::vector<rsp_ref> requests(size());
    std::vector<rsp_term> labels(requests.size());
    rsp_reqids_to_list(requests.data(), labels.data(), requests.size(), ids_.get());
    std::vector<std::pair<request<R>, term>> all;
    for (size_t i = 0; i < requests.size(); ++i)
      all.emplace_back(request<R>(requests[i]), term::copy_of(labels[i]));
    return all;
  }

  /** Waits for an answer to any of them, and takes that request out; nothing: there are none in it. When the time is over all are
   * given up, and it is empty: call_timeout. Not in a callback. */
  result<std::optional<response>> try_receive_response(timeout within = call_time) {
    return wait_by(&rsp_reqids_receive_response, within);
  }
  std::optional<response> receive_response(timeout within = call_time) {
    return try_receive_response(within).value();
  }

  /** The same, but all are kept when the time is over. */
  result<std::optional<response>> try_wait_response(timeout within) {
    return wait_by(&rsp_reqids_wait_response, within);
  }
  std::optional<response> wait_response(timeout within) { return try_wait_response(within).value(); }

  /** What a message that was received is the answer to, if it is; that request is taken out. In a callback, it is how one
   * comes: to handle_info. */
  result<std::optional<response>> try_check_response(message& received) {
    rsp_term label{0, 0};
    const rsp_result code = rsp_reqids_check_response(&label, ids_.get(), received.raw(), true);
    if (code == RSP_EMISMATCH || code == RSP_ENOREQUEST) return Ok{std::optional<response>()};
    return outcome(code, message::lent(received.raw()), label);
  }
  std::optional<response> check_response(message& received) { return try_check_response(received).value(); }

 private:
  using wait_function = rsp_result (*)(rsp_self*, rsp_msg**, rsp_term*, rsp_reqids*, bool, uint64_t);
  struct deleter {
    void operator()(rsp_reqids* ids) const noexcept { rsp_reqids_free(rsp_current(), ids); }
  };

  explicit reqids(rsp_reqids* raw) noexcept : ids_(raw) {}

  result<std::optional<response>> wait_by(wait_function wait_for, timeout within) {
    const result<rsp_self*> self = detail::current();
    if (!self) return Err{self.error()};
    rsp_msg* raw = nullptr;
    rsp_term label{0, 0};
    const rsp_result code = wait_for(*self, &raw, &label, ids_.get(), true, within.milliseconds());
    if (code == RSP_ENOREQUEST) return Ok{std::optional<response>()};
    if (code == RSP_ETIMEDOUT) return Err{failure(failure::of::CALL, code, detail::word("timeout"))};
    return outcome(code, message::received(raw), label);
  }
  static result<std::optional<response>> outcome(rsp_result code, message answer, rsp_term label) {
    if (code != RSP_OK && code != RSP_EEXITED) return Err{code};
    return Ok{std::optional<response>(
        response{detail::plain_answer::read<R>(code, std::move(answer)), term::adopt(label)})};
  }

  std::unique_ptr<rsp_reqids, deleter> ids_;
};

}  // namespace resprout
