// resprout/application.h over core/otp/application.
#include "resprout/application.h"

#include "capi/src/caller.hpp"
#include "core/otp/application.hpp"

using namespace rsp;
using namespace rsp::capi;

namespace {

bool is_application(rsp_atom name) { return name.id != 0 && is_atom(name); }

bool is_type(rsp_application_type type) {
  return type >= RSP_APPLICATION_TEMPORARY && type <= RSP_APPLICATION_PERMANENT;
}

/** Runs `ask(Process&, Term* error)` for the caller. */
template <class Ask>
rsp_result as_caller(rsp_self* self, rsp_term* error_out, Ask&& ask) {
  Caller caller(self);
  if (caller.refused()) return caller.result();
  Term error;
  const rsp_result result = ask(caller.self(), &error);
  if (result == RSP_EEXITED) give(error_out, std::move(error));
  return result;
}

rsp_result ask_about(rsp_self* self, rsp_term* error_out, Atom what, rsp_atom name, uint64_t timeout_ms) {
  if (!is_application(name)) return RSP_EINVAL;
  return as_caller(self, error_out, [&](Process& process, Term* error) {
    return ask_about_application(process, what, from_public(name), timeout_ms, error);
  });
}

rsp_result ask_for(rsp_self* self, rsp_term* out, Atom what) {
  if (out == nullptr) return RSP_EINVAL;
  return as_caller(self, nullptr, [&](Process& process, Term* error) {
    Term answer;
    const rsp_result result = ask_controller(process, Term(what), NEVER, &answer, error);
    if (result == RSP_OK) give(out, std::move(answer));
    return result;
  });
}

}  // namespace

extern "C" {

rsp_result rsp_application_load(rsp_self* self, rsp_term* error_out, const rsp_application_spec* spec) {
  rsp_application_spec ours;
  if (spec == nullptr || !read_struct(&ours, *spec)) return RSP_EINVAL;
  if (ours.supervisor != nullptr && !is_readable_throughout(*ours.supervisor)) return RSP_EINVAL;
  if (ours.start != nullptr && !is_readable_throughout(*ours.start)) return RSP_EINVAL;
  const AccountVisit visit;
  ApplicationSpec* made = nullptr;
  Term wrong;
  const rsp_result result = make_application_spec(&made, &wrong, ours);
  if (result == RSP_ESPEC) give(error_out, std::move(wrong));
  if (result != RSP_OK) return result;
  Caller caller(self);
  if (caller.refused()) {
    disown(made);
    return caller.result();
  }
  Term error;
  const rsp_result loaded = load_application(caller.self(), made, &error);
  if (loaded == RSP_EEXITED) give(error_out, std::move(error));
  return loaded;
}

rsp_result rsp_application_unload(rsp_self* self, rsp_term* error_out, rsp_atom name) {
  return ask_about(self, error_out, ATOM_UNLOAD, name, NEVER);
}

rsp_result rsp_application_start(rsp_self* self, rsp_term* error_out, rsp_atom name,
                                 rsp_application_type type, uint64_t timeout_ms) {
  if (!is_application(name) || !is_type(type)) return RSP_EINVAL;
  return as_caller(self, error_out, [&](Process& process, Term* error) {
    return start_application(process, from_public(name), type, timeout_ms, error);
  });
}

rsp_result rsp_application_ensure_all_started(rsp_self* self, rsp_term* started_out, rsp_term* error_out,
                                              rsp_atom name, rsp_application_type type, uint64_t timeout_ms) {
  if (!is_application(name) || !is_type(type)) return RSP_EINVAL;
  return as_caller(self, error_out, [&](Process& process, Term* error) {
    Term started;
    const rsp_result result =
        ensure_all_started(process, from_public(name), type, timeout_ms, &started, error);
    if (result == RSP_OK) give(started_out, std::move(started));
    return result;
  });
}

rsp_result rsp_application_stop(rsp_self* self, rsp_term* error_out, rsp_atom name, uint64_t timeout_ms) {
  return ask_about(self, error_out, ATOM_STOP, name, timeout_ms);
}

rsp_result rsp_application_which(rsp_self* self, rsp_term* out) {
  return ask_for(self, out, ATOM_WHICH_APPLICATIONS);
}

rsp_result rsp_application_loaded(rsp_self* self, rsp_term* out) {
  return ask_for(self, out, ATOM_LOADED_APPLICATIONS);
}

}  // extern "C"
