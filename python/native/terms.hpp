// Python values and terms (docs/python.md, "Values").
//
//   None bool int float   nil bool int float      an int outside 64 bits has no term
//   Atom                  atom                    Atom is a str, and equal to the plain str of its letters
//   str                   string                  with lone surrogates: no term
//   bytes bytearray       binary                  comes back as bytes
//   tuple list dict       tuple list map
//   Pid Ref               pid ref
//
// Subclasses count as what they derive from. Everything else has no term.
#pragma once

#include <string>

#include "python/native/python.hpp"

namespace rsp::python {

enum class Converted {
  OK,
  NO_TERM,  // the value, or a part of it, has no term: no Python error is set
  FAILED    // a Python error is set
};

/** Why a value has no term: "message[2]['cache'] is a Lock, ...". */
struct NoTerm {
  std::string path;  // inside the value
  std::string why;
};

/** The term of a value. *out is the caller's, only on OK. */
Converted try_term(PyObject* value, rsp_term* out, NoTerm* no_term);

/** The same, where a value without a term is a mistake: false with TypeError "<what><path> ...". */
bool to_term(PyObject* value, const char* what, rsp_term* out);

/** An exit reason: what has no term becomes the text of its repr. A str that is one of OTP's reasons means
 * the atom, alone or as the first element of a tuple. False: an error is set. */
bool to_reason(PyObject* value, rsp_term* out);

/** The Python value of a term; a new reference, or an error. */
PyObject* from_term(rsp_term term);

/** The arguments that a start gives its init, with those that its supervisor adds behind them; a new reference, or an
 * error. `more`: a list, or nil. */
PyObject* join_args(PyObject* args, rsp_term more);

/** A name: a str or an Atom. False: an error is set. */
bool to_name(PyObject* value, rsp_atom* out);

/** The atom of a text that is known to be one. */
rsp_atom atom_of(const char* text);
rsp_term atom_term(const char* text);

}  // namespace rsp::python
