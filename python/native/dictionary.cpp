#include "python/native/dictionary.hpp"

#include "python/native/arguments.hpp"
#include "python/native/errors.hpp"
#include "resprout/dictionary.h"

namespace rsp::python {
namespace {

/** The value of what a call writes, or its error. */
py::object value_of(rsp_result result, const OwnedTerm& term) {
  if (!check(result)) throw py::error_already_set();
  return made(from_term(term.get()));
}

void set_label(const py::object& label) {
  const TermOf term(label, "label");
  if (!check(rsp_set_label(caller_of(), term.get()))) throw py::error_already_set();
}

py::object get_label() {
  OwnedTerm label;
  const rsp_result result = rsp_get_label(caller_of(), label.out());
  return value_of(result, label);
}

py::object put(const py::object& key, const py::object& value) {
  const TermOf key_term(key, "key");
  const TermOf value_term(value, "value");
  OwnedTerm previous;
  const rsp_result result = rsp_put(caller_of(), previous.out(), key_term.get(), value_term.get());
  return value_of(result, previous);
}

py::object get(const py::object& key) {
  const TermOf key_term(key, "key");
  OwnedTerm value;
  const rsp_result result = rsp_get(caller_of(), value.out(), key_term.get());
  return value_of(result, value);
}

py::object erase(const py::object& key) {
  const TermOf key_term(key, "key");
  OwnedTerm previous;
  const rsp_result result = rsp_erase(caller_of(), previous.out(), key_term.get());
  return value_of(result, previous);
}

py::object get_keys() {
  OwnedTerm keys;
  const rsp_result result = rsp_get_keys(caller_of(), keys.out());
  return value_of(result, keys);
}

}  // namespace

void add_dictionary(py::module_& module) {
  module.def("set_label", &set_label, py::arg("label"),
             "Say what the calling process is, for people who look at it: label in process_info,\n"
             "process_label in reports. None takes it away.\n"
             "\n"
             "Args:\n"
             "    label: any value that has a term (docs/python.md, Values).\n"
             "\n"
             "Raises:\n"
             "    TypeError: it has none.\n"
             "\n"
             "Does not block. Mirrors proc_lib:set_label/1.");
  module.def("get_label", &get_label,
             "The label of the calling process; None if it has none.\n"
             "\n"
             "Does not block. Mirrors proc_lib:get_label/1.");
  module.def(
      "put", &put, py::arg("key"), py::arg("value"),
      "Set the value of a key in the dictionary of the calling process. Returns the one before, or None.\n"
      "\n"
      "The dictionary is there in all callbacks of the process, nobody else changes it, and it goes with\n"
      "the process: one that is started anew has an empty one.\n"
      "\n"
      "Args:\n"
      "    key, value: what has a term (docs/python.md, Values). 1, 1.0 and True are three keys.\n"
      "\n"
      "Raises:\n"
      "    TypeError: one of them has none.\n"
      "\n"
      "Does not block. Mirrors erlang:put/2.");
  module.def("get", &get, py::arg("key"),
             "The value of a key in the dictionary of the calling process; None if there is none.\n"
             "\n"
             "Does not block. Mirrors erlang:get/1.");
  module.def("erase", &erase, py::arg("key"),
             "Take a key out of the dictionary of the calling process. Returns its value, or None.\n"
             "\n"
             "Does not block. Mirrors erlang:erase/1.");
  module.def("get_keys", &get_keys,
             "All keys of the dictionary of the calling process, in no order.\n"
             "\n"
             "Does not block. Mirrors erlang:get_keys/0.");
}

}  // namespace rsp::python
