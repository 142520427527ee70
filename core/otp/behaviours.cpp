#include "core/otp/behaviours.hpp"

#include "core/otp/gen_server.hpp"
#include "core/otp/plain.hpp"
#include "core/otp/supervisor.hpp"

namespace rsp {

const Behaviour& behaviour_of(const StartSpec& spec) {
  switch (spec.form) {
    case StartSpec::Form::SERVER:
    case StartSpec::Form::LIBRARY:
      return gen_server_behaviour();
    case StartSpec::Form::HANDLER:
      return plain_behaviour();
    case StartSpec::Form::SUPERVISOR:
      return supervisor_behaviour();
  }
  RSP_UNREACHABLE("start form");
}

void* new_state(StartSpec& spec, const Starter& starter) {
  switch (spec.form) {
    case StartSpec::Form::SERVER:
    case StartSpec::Form::LIBRARY:
      return gen_server_new(spec, starter);
    case StartSpec::Form::HANDLER:
      return plain_new(spec, starter);
    case StartSpec::Form::SUPERVISOR:
      return supervisor_new(spec, starter);
  }
  RSP_UNREACHABLE("start form");
}

}  // namespace rsp
