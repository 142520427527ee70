// Applications: trees of processes with a name, which are started and stopped as one, after those that they need.
//
//     application("shop")
//         .applications({"database"})                        // it needs this one
//         .top(supervisor(one_for_one).child<till>("till"))
//         .stop([] { std::puts("closed"); })
//         .load();
//     application_ref("shop").ensure_all_started(application_type::permanent);
//     …
//     application_ref("shop").stop();
//
// Thread: any but a callback; each call waits for the controller, a process of the runtime's own. In a callback send the request
// {start, Name, Type} or {stop, Name} to "application_controller". Rules: S-APP.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "resprout/application.h"
#include "resprout/supervisor.hpp"

namespace resprout {

// NOLINTBEGIN(readability-identifier-naming): words of OTP, written as they are
/** What it means when the top of an application ends by itself. */
enum class application_type {
  temporary = RSP_APPLICATION_TEMPORARY,  ///< it is reported, and nothing else
  transient = RSP_APPLICATION_TRANSIENT,  ///< for normal the same; else as of a permanent one
  permanent =
      RSP_APPLICATION_PERMANENT  ///< the program that run() runs ends, for that reason; where none runs all
                                 ///< applications are stopped, the latest first
};
// NOLINTEND(readability-identifier-naming)

/** An application that runs, as which_applications says. */
struct application_info {
  atom name;
  application_type type = application_type::temporary;
};

namespace detail {

/** `call(self, error)`: what it says about an application. */
template <class Call>
result<void> about_application(Call&& call) {
  const caller self;
  if (self.code() != RSP_OK) return Err{self.code()};
  held_term error;
  const rsp_result code = call(self.self(), error.out());
  if (code == RSP_OK) return Ok<>{};
  if (code == RSP_ETIMEDOUT) error = word("timeout");
  return Err{failure(failure::of::APPLICATION, code, std::move(error))};
}

/** `call(self, out)`: what it says about all of them, as a T. */
template <class T, class Call>
result<T> about_applications(Call&& call) {
  const caller self;
  if (self.code() != RSP_OK) return Err{self.code()};
  rsp_term raw{0, 0};
  const rsp_result code = call(self.self(), &raw);
  if (code != RSP_OK) return Err{code};
  return term::adopt(raw).try_to<T>();
}

/** The callbacks of an application: lent to their processes by the runtime, which has a copy for each load. */
struct application_code {
  using callback = std::function<rsp_next(rsp_self*)>;

  static rsp_next run_prep_stop(rsp_self* self, void* code) {
    return static_cast<application_code*>(code)->prep_stop(self);
  }
  static rsp_next run_stop(rsp_self* self, void* code) {
    return static_cast<application_code*>(code)->stop(self);
  }
  static void free(void* code) { delete static_cast<application_code*>(code); }

  template <class F>
  static callback of(F function) {
    return [function = std::move(function)](rsp_self* self) mutable {
      return guarded(self, [&]() -> rsp_next {
        if constexpr (std::is_void_v<decltype(function())>) {
          function();
        } else {
          const result<void> done = function();
          if (!done) return done.error().raise_in(self);
        }
        return RSP_NEXT_CONTINUE;
      });
    };
  }

  callback prep_stop;
  callback stop;
};

}  // namespace detail

/** An application that is loaded, by its name. Throws application_error: refused ({not_loaded, Name}, {already_started, Name}, ...),
 * failed, or not done in time (timeout). */
class application_ref {
 public:
  explicit application_ref(const atom& name) noexcept : name_(name) {}
  const atom& name() const noexcept { return name_; }

  /** Starts it, and waits until its top is up; what it needs has to run ({not_started, Dependency}). A timeout leaves it
   * starting. */
  result<void> try_start(application_type type = application_type::temporary,
                         timeout within = infinite) const {
    return detail::about_application([&](rsp_self* self, rsp_term* error) {
      return rsp_application_start(self, error, name_.raw(), raw_type(type), within.milliseconds());
    });
  }
  void start(application_type type = application_type::temporary, timeout within = infinite) const {
    try_start(type, within).value();
  }

  /** Starts it, and before it all those that it needs and that do not run, all of this type: the names of those that it has started,
   * in order. Where one does not start, with {Name, Why}, these are stopped again. */
  result<std::vector<atom>> try_ensure_all_started(application_type type = application_type::temporary,
                                                   timeout within = infinite) const {
    rsp_term started{0, 0};
    const result<void> done = detail::about_application([&](rsp_self* self, rsp_term* error) {
      return rsp_application_ensure_all_started(self, &started, error, name_.raw(), raw_type(type),
                                                within.milliseconds());
    });
    if (!done) return Err{done.error()};
    return term::adopt(started).try_to<std::vector<atom>>();
  }
  std::vector<atom> ensure_all_started(application_type type = application_type::temporary,
                                       timeout within = infinite) const {
    return try_ensure_all_started(type, within).value();
  }

  /** Stops it, and waits until it is gone: prep_stop, the top and all below it, stop, in that order. Those that need it are not
   * looked at. A timeout leaves it stopping. */
  result<void> try_stop(timeout within = infinite) const {
    return detail::about_application([&](rsp_self* self, rsp_term* error) {
      return rsp_application_stop(self, error, name_.raw(), within.milliseconds());
    });
  }
  void stop(timeout within = infinite) const { try_stop(within).value(); }

  /** Forgets it, if it does not run. */
  result<void> try_unload() const {
    return detail::about_application(
        [&](rsp_self* self, rsp_term* error) { return rsp_application_unload(self, error, name_.raw()); });
  }
  void unload() const { try_unload().value(); }

 private:
  static rsp_application_type raw_type(application_type type) noexcept {
    return static_cast<rsp_application_type>(type);
  }

  atom name_;
};

/** How an application is to be; `load` makes it known. A value: it may be copied, and changed for another one. */
class application {
 public:
  explicit application(const atom& name) : name_(name) {}

  /** The names of those that must run before it starts. They may be loaded later. */
  application& applications(std::vector<atom> names) { return applications_ = std::move(names), *this; }
  /** What it starts: a supervisor, as a rule; or any other process. What only a supervisor looks at (id, restart, shutdown)
   * does not count. */
  application& top(child_spec what) { return top_.assign(1, std::move(what)), *this; }
  /** Runs before the top is told to end, or when it has ended by itself: in a process of its own, on a worker. It returns nothing,
   * or, in a program without exceptions, a result. What it throws is reported, and changes nothing of the rest. */
  template <class F>
  application& prep_stop(F function) {
    return code_.prep_stop = detail::application_code::of(std::move(function)), *this;
  }
  /** The same when the top is gone. */
  template <class F>
  application& stop(F function) {
    return code_.stop = detail::application_code::of(std::move(function)), *this;
  }

  /** Makes it known, so that it can be started. Throws application_error: {already_loaded, Name}, or what is wrong with the
   * top (RSP_ESPEC). Refused (RSP_EINVAL) without a top, and with one that is to have a key of a registry. */
  result<application_ref> try_load() const {
    detail::raw_children top(top_);
    if (top.code() != RSP_OK) return Err{top.code()};
    rsp_application_spec spec = RSP_APPLICATION_SPEC_INIT;
    spec.name = name_.raw();
    const std::vector<rsp_atom> needed = detail::raw_atoms(applications_);
    spec.applications = needed.data();
    spec.application_count = needed.size();
    if (top.size() != 0) {
      if (top.data()->via_registry.id != 0) return Err{RSP_EINVAL};
      spec.supervisor = top.data()->supervisor;
      if (spec.supervisor == nullptr) spec.start = &top.data()->start;
    }
    auto code = std::make_unique<detail::application_code>(code_);
    if (code->prep_stop) spec.prep_stop = &detail::application_code::run_prep_stop;
    if (code->stop) spec.stop = &detail::application_code::run_stop;
    spec.ctx = code.get();
    spec.ctx_free = &detail::application_code::free;
    const result<void> done = detail::about_application([&](rsp_self* self, rsp_term* error) {
      const rsp_result loaded = rsp_application_load(self, error, &spec);
      if (loaded != RSP_EINVAL) {
        top.given();
        (void)code.release();
      }
      return loaded;
    });
    if (!done) return Err{done.error()};
    return Ok{application_ref(name_)};
  }
  application_ref load() const { return try_load().value(); }

 private:
  atom name_;
  std::vector<atom> applications_;
  std::vector<child_spec> top_;  // one, or none yet
  detail::application_code code_;
};

/** The applications that run, in order of start. */
inline result<std::vector<application_info>> try_which_applications() {
  using raw = std::vector<std::tuple<atom, atom>>;
  const result<raw> all = detail::about_applications<raw>(
      [](rsp_self* self, rsp_term* out) { return rsp_application_which(self, out); });
  if (!all) return Err{all.error()};
  std::vector<application_info> found;
  for (const auto& [name, type] : *all) {
    application_info info;
    info.name = name;
    if (type == atom("permanent")) info.type = application_type::permanent;
    if (type == atom("transient")) info.type = application_type::transient;
    found.push_back(info);
  }
  return Ok{std::move(found)};
}
inline std::vector<application_info> which_applications() { return try_which_applications().value(); }

/** The names of all that are loaded; those that run are among them. */
inline result<std::vector<atom>> try_loaded_applications() {
  return detail::about_applications<std::vector<atom>>(
      [](rsp_self* self, rsp_term* out) { return rsp_application_loaded(self, out); });
}
inline std::vector<atom> loaded_applications() { return try_loaded_applications().value(); }

}  // namespace resprout
