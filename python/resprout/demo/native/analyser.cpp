// The analyser process: a server in C++ that a supervisor in Python starts by library and symbol.
//
// It takes jobs, does one after the other a step at a time, and tells the dispatcher what came out. A file
// that it can't take is not its business: it ends, and the reason names the file. Between two steps it goes
// back to its mailbox, so that a kill or a new dispatcher is heard in the middle of a large file.
//
// Arguments: {Place, BufferBytes, Dispatcher, Recorder}; the last two are registered names.
//
//   in   cast  {analyse, Number, Path, Size, Digest}   a job; they are done in the order they come
//        cast  introduce                               say who you are: to the sender, a new dispatcher
//   out  cast  {here, Place, Pid, [Number]}            to the dispatcher: what it has still to do
//        cast  {figures, Number, Lines, Words, Deepest, Characters}
//        cast  {up, Place, Pid, Time}                  to the recorder: it serves; nanoseconds, monotonic
//        cast  {down, Place, Pid, Time}                to the recorder: it is about to end, by itself
//        exit  {Failure, Path, Detail}                 RSP_DEMO_FAILURE_MAP
//
// 1. It introduces itself when it starts, to whoever is the dispatcher then. A dispatcher that is registered
//    later asks. So neither has to wait for the other, and no pair is left that does not know each other.
// 2. Results go to whoever asked last: the latest dispatcher has taken over the jobs of the one before.
// 3. The first job not answered is the one it is at; the others were not touched.
#include <time.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "python/resprout/demo/native/file_analysis.hpp"
#include "python/resprout/demo/native/terms.hpp"

namespace rsp_demo {
namespace {

constexpr std::int64_t LARGEST_BUFFER = std::int64_t{1} << 24;

std::uint64_t monotonic_ns() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(now.tv_nsec);
}

struct Job {
  std::int64_t number = 0;
  std::string path;
  std::uint64_t size = 0;
  Sha256Digest digest{};
};

class Analyser {
 public:
  explicit Analyser(rsp_term args)
      : place_(to_integer(element(args, 0))), buffer_(buffer_size(to_integer(element(args, 1)))) {
    expect(rsp().term_get_atom(&dispatcher_name_, element(args, 2)));
    expect(rsp().term_get_atom(&recorder_name_, element(args, 3)));
  }

  /// It serves: tells so to those who have to know.
  void started(rsp_self* self) {
    record(self, up_);
    dispatcher_ = rsp().whereis(dispatcher_name_);
    introduce(self);
  }

  void on_cast(rsp_self* self, const rsp_msg* msg) {
    const rsp_term request = rsp().msg_term(msg);
    if (rsp().term_equal(request, rsp().term_atom(introduce_))) {
      dispatcher_ = rsp().msg_from(msg);
      introduce(self);
      return;
    }
    if (!is_tagged(request, analyse_, 5)) {
      throw std::invalid_argument("the analyser takes {analyse, Number, Path, Size, Digest} and introduce");
    }
    dispatcher_ = rsp().msg_from(msg);
    jobs_.push_back(read_job(request));
    if (jobs_.size() == 1) {
      begin(self);
    }
  }

  /// One step of the job in hand. False: the file is one it can't take, and outcome() says why.
  bool step(rsp_self* self) {
    if (analysis_.step(buffer_) == FileAnalysis::Step::MORE) {
      step_later(self);
      return true;
    }
    const Outcome& outcome = analysis_.outcome();
    if (outcome.failure != Failure::NONE) {
      return false;
    }
    const Figures& figures = outcome.figures;
    const Term result =
        tuple({rsp().term_atom(figures_), rsp().term_int(jobs_.front().number), integer(figures.lines),
               integer(figures.words), integer(figures.deepest), integer(figures.characters)});
    cast(self, dispatcher_, result);
    jobs_.pop_front();
    if (!jobs_.empty()) {
      begin(self);
    }
    return true;
  }

  /// The reason to end with, after step() has said false.
  Term failure() const {
    const Outcome& outcome = analysis_.outcome();
    const Term path = binary(jobs_.front().path);
    return tuple({word(failure_name(outcome.failure)), path.get(), integer(outcome.detail)});
  }

  void ending(rsp_self* self) { record(self, down_); }

 private:
  static std::size_t buffer_size(std::int64_t bytes) {
    if (bytes < 1 || bytes > LARGEST_BUFFER) {
      throw std::invalid_argument("the analyser's buffer: 1 to 16,777,216 bytes");
    }
    return static_cast<std::size_t>(bytes);
  }

  static Job read_job(rsp_term request) {
    Job job;
    job.number = to_integer(element(request, 1));
    job.path = to_bytes(element(request, 2));
    const std::int64_t size = to_integer(element(request, 3));
    const std::string_view digest = to_bytes(element(request, 4));
    if (size < 0 || digest.size() != job.digest.size()) {
      throw std::invalid_argument("the analyser's job: a size that is none, or a digest that is no SHA-256");
    }
    job.size = static_cast<std::uint64_t>(size);
    std::copy(digest.begin(), digest.end(), job.digest.begin());
    return job;
  }

  void begin(rsp_self* self) {
    const Job& job = jobs_.front();
    analysis_.begin(job.path.c_str(), job.size, job.digest);
    step_later(self);
  }

  void step_later(rsp_self* self) { expect(rsp().send(self, rsp().self_pid(self), rsp().term_nil())); }

  void introduce(rsp_self* self) {
    std::vector<rsp_term> numbers;
    for (const Job& job : jobs_) {
      numbers.push_back(rsp().term_int(job.number));
    }
    const Term jobs = list(numbers);
    cast(self, dispatcher_,
         tuple({rsp().term_atom(here_), rsp().term_int(place_), rsp().term_pid(rsp().self_pid(self)),
                jobs.get()}));
  }

  void record(rsp_self* self, rsp_atom event) {
    cast(self, rsp().whereis(recorder_name_),
         tuple({rsp().term_atom(event), rsp().term_int(place_), rsp().term_pid(rsp().self_pid(self)),
                integer(monotonic_ns())}));
  }

  /// To nobody, or to somebody who has ended, nothing is sent.
  static void cast(rsp_self* self, rsp_pid to, const Term& message) {
    if (to.id != 0) {
      expect(rsp().cast(self, to, message.get()));
    }
  }

  const rsp_atom introduce_ = atom("introduce");
  const rsp_atom analyse_ = atom("analyse");
  const rsp_atom figures_ = atom("figures");
  const rsp_atom here_ = atom("here");
  const rsp_atom up_ = atom("up");
  const rsp_atom down_ = atom("down");

  std::int64_t place_;
  std::vector<unsigned char> buffer_;
  rsp_atom dispatcher_name_{};
  rsp_atom recorder_name_{};
  rsp_pid dispatcher_{};
  std::deque<Job> jobs_;  // the first is the one in hand
  FileAnalysis analysis_;
};

Analyser& of(void* state) { return *static_cast<Analyser*>(state); }

rsp_next init(rsp_self*, void*, rsp_term args, rsp_server_return* ret) {
  ret->state = std::make_unique<Analyser>(args).release();
  ret->has_continue = true;
  return RSP_NEXT_CONTINUE;
}

rsp_next handle_continue(rsp_self* self, void* state, rsp_term, rsp_server_return*) {
  of(state).started(self);
  return RSP_NEXT_CONTINUE;
}

rsp_next handle_cast(rsp_self* self, void* state, rsp_msg* msg, rsp_server_return*) {
  of(state).on_cast(self, msg);
  return RSP_NEXT_CONTINUE;
}

rsp_next handle_info(rsp_self* self, void* state, rsp_msg* msg, rsp_server_return*) {
  Analyser& analyser = of(state);
  if (rsp().msg_from(msg).id != rsp().self_pid(self).id) {
    return RSP_NEXT_CONTINUE;  // the next step is its own message; what others send without cast is not for
                               // it
  }
  return analyser.step(self) ? RSP_NEXT_CONTINUE : rsp().exit(self, analyser.failure().get());
}

rsp_next terminate(rsp_self* self, void* state, rsp_term) {
  of(state).ending(self);
  return RSP_NEXT_CONTINUE;
}

void free_state(void* state) { delete static_cast<Analyser*>(state); }

rsp_server_ops make_ops() noexcept {
  rsp_server_ops ops{};
  ops.size = sizeof(ops);
  ops.name = "analyser";
  ops.init = init;
  ops.handle_cast = handle_cast;
  ops.handle_info = handle_info;
  ops.handle_continue = handle_continue;
  ops.terminate = terminate;
  ops.free_state = free_state;
  ops.shutdown = RSP_SHUTDOWN_BRUTAL_KILL;  // it holds nothing that another analysis would not find again
  return ops;
}

const rsp_server_ops OPS = make_ops();

}  // namespace
}  // namespace rsp_demo

extern "C" RSP_API const rsp_server_ops* analyser(const rsp_api* table) {
  if (table->size < sizeof(rsp_api)) {
    return nullptr;  // the library is older than the header this was built with
  }
  rsp_demo::set_table(table);
  return &rsp_demo::OPS;
}
