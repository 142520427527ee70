// Applications for cases: a top with one child, "NAME up", "NAME gone", and callbacks that note "NAME prep_stop" and
// "NAME stop".
#pragma once

#include <optional>

#include "resprout/application.h"
#include "tests/conformance/harness/starting.hpp"

namespace conformance::applications {

struct ApplicationHow {
  std::vector<const char*> needs = {};
  const char* prep_stop_raises = nullptr;
  std::optional<Server> server = {};        // the one child, in place of one that notes
  std::optional<ChildFunction> start = {};  // in place of a top
  rsp_strategy strategy = RSP_ONE_FOR_ONE;
  int64_t max_restarts = 0;
  Gate prep_stop_waits = {};  // for this, if it is one
};

/// Loads one, and says what that came to. Its top is registered as NAME_top.
Started load(Self& self, const Notes& notes, const char* name, const ApplicationHow& how = {});
Started start(Self& self, const char* name, rsp_application_type type = RSP_APPLICATION_TEMPORARY);
Started stop(Self& self, const char* name);
Started unload(Self& self, const char* name);

struct Ensured {
  rsp_result result;
  Value started;
  Value error;
};
Ensured ensure(Self& self, const char* name, uint64_t timeout_ms = PATIENCE_MS);

Value which(Self& self);
Value loaded(Self& self);

/// A request to the controller, and its answer.
rsp_ref ask(Self& self, const Value& request);
Value answer(Self& self, rsp_ref request);

/// The child of its top.
rsp_pid child_of(Test& t, const char* name);
/// The master of the only application that runs.
rsp_pid only_master(Test& t);

std::vector<Value> application_reports();

}  // namespace conformance::applications
