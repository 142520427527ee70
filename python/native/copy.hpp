// What a receiver in the same interpreter gets: the value itself where it cannot change, a copy where it can
// (docs/python.md, "Messages").
//
//   shared   None bool int float complex str bytes, Pid Ref Atom, enums, functions, classes, modules; the
//   types of
//            immutable_types; frozen dataclasses; classes with __resprout_share__ = True; tuples and
//            frozensets of such
//   copied   list dict set bytearray, and tuples that hold some, structurally
//   pickled  anything else, once, with protocol 5; refused in strict mode
//
// A value nested deeper than MOST_LEVELS, or in itself, is pickled as a whole: pickle keeps identities.
#pragma once

#include "python/native/python.hpp"

namespace rsp::python {

/** A new reference to what the receiver gets, or nullptr with an error. */
PyObject* copy_message(PyObject* value);

}  // namespace rsp::python
