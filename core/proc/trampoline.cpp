#include "core/proc/trampoline.hpp"

#include <cstdlib>
#include <exception>
#include <typeinfo>

#include "core/term/reason.hpp"

namespace rsp {
namespace {

/** The readable name of a type; `text` stays owned by the caller, who frees `allocated`. */
const char* readable(const std::type_info& type, char*& allocated) {
  int status = 0;
  allocated = abi::__cxa_demangle(type.name(), nullptr, nullptr, &status);
  return allocated != nullptr ? allocated : type.name();
}

Exception describe(const std::type_info* type, const char* message) {
  char* allocated = nullptr;
  const char* const name = type == nullptr ? "unknown" : readable(*type, allocated);
  Term value;
  const rsp_result built = exception_value(&value, ATOM_CPP, name, message);
  std::free(allocated);
  return Exception{ExceptionClass::ERROR, or_atom(built, std::move(value), ATOM_SYSTEM_LIMIT)};
}

}  // namespace

Exception describe_caught() noexcept {
  try {
    throw;
  } catch (const std::exception& exception) {
    return describe(&typeid(exception), exception.what());
  } catch (...) {
    return describe(abi::__cxa_current_exception_type(), "");
  }
}

Next raise_caught(Process& self) {
  Exception caught = describe_caught();
  return raise(self, caught.exception_class, std::move(caught.value), std::move(caught.frames));
}

void drop_guarded(void (*drop)(void*), void* payload) {
  if (drop == nullptr) return;
  const SectionLimit limit;
  try {
    drop(payload);
  } catch (abi::__forced_unwind&) {
    throw;
  } catch (...) {
    // A destructor that throws has nobody to tell: its process is gone or has done with the value.
  }
}

}  // namespace rsp
