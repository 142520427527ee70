// Child specifications: what Python says, as the C API takes it.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "python/native/payload.hpp"
#include "python/native/python.hpp"
#include "resprout/application.h"

namespace rsp::python {

/** Everything that the structs of a start point to. Python's form of a start is a dict:
 *
 *   kind server       server, args, kwargs, name, via, lane, limits
 *   kind function     function, args, kwargs, name, via, lane, limits
 *   kind task         the same, and task_type: what reports call it
 *   kind native       library, symbol, args (a value that has a term), name, via, stall_ms, worker, limits
 *   kind agent        function, args, kwargs, name, via, lane, limits
 *   kind registry     name, via, keys (0 unique, 1 duplicate), listeners
 *   kind scope        name, via
 *   kind event_manager  name, via, lane, limits
 *   kind started_by   module, function, args, kwargs
 *   kind supervisor   module, children, strategy, auto_shutdown, max_restarts, period_ms, name, init (class,
 *                     args, kwargs) or None; partitions, with_partition
 *
 * where via is None or a Via; limits are those of a mailbox (limits.hpp), and lane is None or a function that makes an OwnLane;
 * and of a child that of its start with id, restart, shutdown, shutdown_ms, type, significant, fatal, backoff (None, or min_ms, max_ms, factor,
 * jitter, reset_after_ms).
 *
 * Of an application it is name, applications (names), top (a start or a supervisor), prep_stop and stop (functions, or None).
 */
class Specs {
 public:
  /** CHECK: nothing will run, so that no lane is made, and none need be there. */
  enum class Purpose { START, CHECK };

  explicit Specs(Purpose purpose = Purpose::START) : purpose_(purpose) {}
  ~Specs();
  Specs(const Specs&) = delete;
  Specs& operator=(const Specs&) = delete;

  rsp_start_spec start(const py::dict& from);
  /** The key that it is started under. */
  void read_via(const py::dict& from, rsp_atom* registry, rsp_term* key);
  rsp_supervisor_spec supervisor(const py::dict& from);
  rsp_child_spec child(const py::dict& from);
  const std::vector<rsp_child_spec>& children(const py::list& from);
  rsp_supervisor_opts options(const py::dict& from);
  rsp_application_spec application(const py::dict& from);

  /** The runtime has taken over the contexts. */
  void hand_over() {
    contexts_.clear();
    made_.clear();
  }

 private:
  rsp_start_spec agent(const py::dict& from);
  rsp_start_spec registry(const py::dict& from);
  rsp_start_spec scope(const py::dict& from);
  rsp_start_spec event_manager(rsp_start_spec like, const py::object& lane);
  rsp_start_spec function(const py::dict& from);
  const char* keep(const py::handle& text);
  Payload* context(const py::object& object);
  rsp_term term(const py::handle& value, const char* what);
  const rsp_backoff* backoff(const py::tuple& from);
  py::object own_lane(const py::object& make) const;
  rsp_lane* lane_of(const py::object& own) const;

  Purpose purpose_;
  std::deque<std::string> texts_;
  std::deque<OwnedTerm> terms_;
  std::deque<std::vector<rsp_child_spec>> lists_;
  std::deque<rsp_supervisor_spec> supervisors_;
  std::deque<rsp_start_spec> starts_;  // of applications
  std::vector<rsp_atom> applications_;
  std::deque<rsp_start_more> functions_;
  std::deque<rsp_backoff> backoffs_;
  std::vector<Payload*> contexts_;
  std::vector<rsp_start_spec> made_;  // by the runtime, with contexts of its own
};

}  // namespace rsp::python
